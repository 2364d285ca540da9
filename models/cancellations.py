"""Cancellation, as a preview and as done (contract section 6.3)."""

from __future__ import annotations

from pydantic import Field

from models.base import MOST_ENTRIES, Reply, Request
from models.bookings import CertificateLinks, Partner, PolicyHolder
from models.identifiers import CancellationId, CurrencyCode, InsNumber, Uuid
from models.money import Amount
from models.quotes import Commission, Insured, PackageStatus, Policy, QuoteStatus

__all__ = [
    "CancelBooking",
    "Cancellation",
    "PolicyCancelled",
    "QuoteToCancel",
]


class QuoteToCancel(Request):
    """A policy to cancel. A reason is accepted here and nowhere else (contract section 1)."""

    id: str
    reason_for_cancellation: str | None = None


class CancelBooking(Request):
    """Cancel policies, or preview it. Without `quotes`: all of them."""

    preview: bool | None = None
    quotes: list[QuoteToCancel] | None = Field(default=None, min_length=1, max_length=MOST_ENTRIES)
    refund_required: bool | None = None


class PolicyCancelled(Reply):
    """A policy as a cancellation shows it; `price` stays what it was.

    `adjustment_fee` is a settlement figure between insurer and underwriter, not withheld from
    the customer.
    """

    id: Uuid
    policy_start_date: str
    policy_end_date: str | None
    policy_cancellation_date: str | None
    policy_coolingoff_date: str | None
    status: QuoteStatus
    price: Amount
    refund_value: Amount
    adjustment_fee: Amount
    policy: Policy
    insured: list[Insured] | None
    created_at: str
    confirmed_at: str | None
    updated_at: str
    cancelled_at: str | None
    commission: Commission | None
    cancelled_from: str | None = None


class Cancellation(Reply):
    """What is refunded. A preview already says CANCELLED; `cancellation_id` tells them apart.

    `cancellation_id` and `confirm_before` are set on a preview and null when it is done.
    `refund_amount` is `total_refund` once more, and came with the offers API (cancel-preview#1).
    """

    id: InsNumber
    status: PackageStatus
    quotes: list[PolicyCancelled]
    policyholder: PolicyHolder
    pds_url: str
    coi: CertificateLinks
    created_at: str
    updated_at: str
    total_price: Amount
    total_price_formatted: str
    total_refund: Amount
    total_refund_formatted: str
    total_tax: Amount
    total_tax_formatted: str
    total_premium: Amount
    total_premium_formatted: str
    currency: CurrencyCode
    cancellation_id: CancellationId | None
    confirm_before: str | None
    partner: Partner | None = None
    refund_amount: Amount | None = None
    refund_amount_formatted: str | None = None
    cancellation_payout_url: str | None = None
