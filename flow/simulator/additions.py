"""What bodies of bookings made through the offers API have on top of all others (contract 6.7).

Rows of policies are in `blocks`; here are the booking, its policyholder, and its cancellation.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flow.simulator.blocks import money
from flow.simulator.records import Package, QuoteRecord
from flow.simulator.world import World
from models.base import Json

__all__ = [
    "of_booked",
    "of_booking",
    "of_cancellation",
    "of_cancelled",
    "of_policyholder",
    "partner",
]

_ZERO = Decimal(0)
_REGION = "eu-central-1"


def of_booking(world: World, package: Package, account_url: str) -> Json:
    """Links to sign up, claim and cancel, and the offer it was made from (confirm-first#1)."""
    web = f"{world.web}/{package.locale}"
    token = f"security_token={package.security_token}"
    account = f"{account_url}&region={_REGION}"
    return {
        "account_url": account,
        "sign_up_url": account,
        "fnol_link": f"{web}/account/claims/fnol?bookingID={package.id}&{token}",
        "cancel_link": f"{web}/cancel/{package.id}?{token}",
        "booking_agent": package.booking_agent,
        "fast_quote_id": package.fast_quote_id,
    }


def of_booked(quote: QuoteRecord) -> Json:
    """A booked policy's (confirm-first#1). The reason, once cancelled, is our choice."""
    return {
        "third_party_admins": [],
        "ombudsman_list": [],
        "cancellation_info": {"reason_for_cancellation": quote.reason},
    }


def of_policyholder(holder: dict[str, Any]) -> Json:
    """The policyholder's (confirm-first#1)."""
    return {
        "gender": holder.get("gender"),
        "company_reg_id": holder.get("company_reg_id"),
        "fields_allowed_to_update": [],
    }


def of_cancellation(body: Json) -> Json:
    """A cancellation's: the refund once more, and where it is paid out (cancel-preview#1)."""
    return {
        "refund_amount": body["total_refund"],
        "refund_amount_formatted": body["total_refund_formatted"],
        "cancellation_payout_url": None,
    }


def of_cancelled(quote: QuoteRecord, when: str | None) -> Json:
    """A cancelled policy's: no commission is left, no end is told (cancel-confirm-1#1)."""
    names = ("partner_commission", "surcharge_commission", "total_commission")
    commission: Json = {}
    for name in names:
        commission.update(money(name, _ZERO, quote.priced.currency))
    return {"policy_end_date": None, "cancelled_from": when, "commission": commission}


def partner(world: World, package: Package) -> Json:
    """The partner block, with what it has on top since 2026 where it was made from an offer."""
    profile, extra = world.profile, world.catalogue.partner_additions
    if package.fast_quote_id is None:
        return profile
    subsidiary = profile.get("subsidiary")
    nested = {"subsidiary": {**subsidiary, **extra}} if isinstance(subsidiary, dict) else {}
    return {**profile, **extra, **nested}
