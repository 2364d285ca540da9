"""Records as the JSON bodies the insurer sends, key for key and form for form (contract 6)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from flow.simulator import additions
from flow.simulator.blocks import (
    coi_links,
    duration,
    money,
    pds_link,
    policy_block,
    policy_record,
    stamp,
    start_text,
    zulu,
)
from flow.simulator.records import Package, Part, PendingCancellation, QuoteRecord
from flow.simulator.world import World
from models.base import Json
from models.instalments import InstalmentStatus
from models.money import format_amount, round_amount
from models.quotes import PackageStatus, QuoteStatus

__all__ = [
    "booking_page",
    "booking_view",
    "cancellation_view",
    "fast_quote_view",
    "instalments_view",
    "modification_view",
    "package_view",
    "renewal_view",
    "webhook_view",
]

_ZERO = Decimal(0)


_HOLDER_KEYS = (
    "first_name",
    "middle_name",
    "last_name",
    "email",
    "phone",
    "country",
    "age",
    "address1",
    "address2",
    "city",
    "postcode",
    "region",
    "secondary_email",
    "birth_date",
    "company",
)


def _quote(world: World, package: Package, quote: QuoteRecord) -> Json:
    priced = quote.priced
    return {
        **policy_record(world, package, quote),
        **money("discount_price", priced.price, priced.currency),
        **money("discount_amount", _ZERO, priced.currency),
        "instalment_plans": [
            {"name": plan.name, "label": plan.label, "amount": float(priced.price)}
            for plan in quote.policy.plans
        ],
    }


def _live_total(quotes: list[QuoteRecord]) -> tuple[Decimal, Decimal]:
    """Price and tax of the live ones."""
    live = [quote.priced for quote in quotes if quote.is_live]
    return (
        sum((priced.price for priced in live), _ZERO),
        sum((priced.tax for priced in live), _ZERO),
    )


def package_view(world: World, package: Package) -> Json:
    """A quote package: `quotes` is an object keyed by position (contract section 6.1)."""
    counted = package.policies if package.booked else package.made
    total, _ = _live_total(counted)
    return {
        "id": package.id,
        "status": package.status.value,
        "currency": package.currency,
        **money("total_price", total, package.currency),
        "partner_transaction_id": package.partner_transaction_id,
        "created_at": stamp(package.created_at),
        "updated_at": stamp(package.updated_at),
        "pds_url": pds_link(world, package),
        "security_token": package.security_token,
        "quotes": {
            str(position): None if quote is None else _quote(world, package, quote)
            for position, quote in sorted(package.quotes.items())
        },
        "bundle_code": None,
        **money("bundle_price", total, package.currency),
        "bundle_content": {},
        "bundle_discount_percent": 0.0,
        **money("bundle_discount_amount", _ZERO, package.currency),
        "errors": package.errors,
    }


def fast_quote_view(world: World, package: Package, fast_quote_id: str) -> Json:
    """A price that stores nothing. # not recorded: our choice (contract section 1, row 1b)"""
    whole = package_view(world, package)
    kept = ("currency", "total_price", "total_price_formatted", "quotes", "errors")
    return {"fast_quote_id": fast_quote_id, **{key: whole[key] for key in kept}}


def _policyholder(package: Package) -> Json:
    holder = package.policyholder or {}
    body = {**{key: holder.get(key) for key in _HOLDER_KEYS}, "allow_updates": False}
    if package.fast_quote_id is not None:
        body.update(additions.of_policyholder(holder))
    return body


def _booked(world: World, package: Package, quote: QuoteRecord) -> Json:
    body = {
        **policy_record(world, package, quote),
        "next_renewal": None,
        "can_be_cancelled": quote.is_in_force(world.clock.now()),
    }
    if quote.policy.offer_rows:
        body.update(additions.of_booked(quote))
    return body


def booking_view(world: World, package: Package, *, full: bool = False) -> Json:
    """A booking; `full` adds what only GET carries (contract section 6.2)."""
    total, tax = _live_total(package.policies)
    body = {
        "id": package.id,
        "status": package.status.value,
        "currency": package.currency,
        **money("total_price", total, package.currency),
        "partner_transaction_id": package.partner_transaction_id,
        "created_at": stamp(package.created_at),
        "updated_at": stamp(package.updated_at),
        "pds_url": pds_link(world, package),
        "security_token": package.security_token,
        "quotes": [_booked(world, package, quote) for quote in package.policies],
        "coi": coi_links(world, package),
        "account_url": (
            f"{world.web}/{package.locale}/account?id={package.account_id}"
            f"&signup_token={package.signup_token}"
        ),
        "policyholder": _policyholder(package),
        **money("total_tax", tax, package.currency),
        **money("total_premium", total - tax, package.currency),
    }
    if package.fast_quote_id is not None:
        body.update(additions.of_booking(world, package, body["account_url"]))
    if full:
        body["partner"] = additions.partner(world, package)
        body["customer_language"] = package.language or "en"
    return body


def modification_view(
    world: World, before: Package, after: Package, *, update_id: str | None = None
) -> Json:
    """A booking after a change, with new minus old prices (contract section 6.4)."""
    body = booking_view(world, after)
    total = _ZERO
    for shown, new in zip(body["quotes"], after.policies, strict=True):
        old = before.find(new.id)
        diff = new.priced.price - (old.priced.price if old is not None else _ZERO)
        total += diff
        shown.update(money("price_diff", diff, after.currency))
    body.update(money("total_price_diff", total, after.currency))
    if update_id is not None:
        body["update_id"] = update_id
    return body


def cancellation_view(
    world: World,
    package: Package,
    pending: PendingCancellation,
    *,
    cancellation_id: str | None = None,
) -> Json:
    """A cancellation, previewed (with its id) or done (contract section 6.3).

    A preview shows everything as it would be: CANCELLED at both levels.
    """
    preview = cancellation_id is not None
    quotes = [quote for quote in package.policies if quote.id in pending.refunds]
    left, left_tax = _live_total(
        [quote for quote in package.policies if quote.id not in pending.refunds]
    )
    rest = any(quote.is_live for quote in package.policies if quote.id not in pending.refunds)
    seen = stamp(pending.previewed_at) if preview else None
    body = {
        "id": package.id,
        "status": (PackageStatus.CONFIRMED if rest else PackageStatus.CANCELLED).value,
        "quotes": [
            _cancelled(package, quote, pending.refunds[quote.id], preview_at=seen)
            for quote in quotes
        ],
        "policyholder": _policyholder(package),
        "pds_url": pds_link(world, package),
        "coi": coi_links(world, package),
        "created_at": stamp(package.created_at),
        "updated_at": seen or stamp(package.updated_at),
        **money("total_price", left, package.currency),
        **money("total_refund", sum(pending.refunds.values(), _ZERO), package.currency),
        **money("total_tax", left_tax, package.currency),
        **money("total_premium", left - left_tax, package.currency),
        "currency": package.currency,
        "cancellation_id": cancellation_id,
        "confirm_before": stamp(pending.confirm_before) if preview else None,
        "partner": additions.partner(world, package),
    }
    if package.fast_quote_id is not None:
        body.update(additions.of_cancellation(body))
    return body


def _cancelled(
    package: Package, quote: QuoteRecord, refund: Decimal, *, preview_at: str | None
) -> Json:
    when = None if preview_at else stamp(quote.cancelled_at)
    body = {
        "id": quote.id,
        "policy_start_date": zulu(quote.start),
        "policy_end_date": zulu(quote.end),
        "policy_cancellation_date": when,
        "policy_coolingoff_date": stamp(quote.cooling_off_ends(package.country)),
        "status": QuoteStatus.CANCELLED.value,
        "price": float(quote.priced.price),
        "refund_value": float(refund),
        # Net premium less commission, a settlement figure: contract section 6.3.
        "adjustment_fee": float(quote.priced.premium - quote.priced.commission),
        "policy": policy_block(quote, named=False),
        "insured": quote.insured,
        "created_at": stamp(quote.created_at),
        "confirmed_at": stamp(quote.confirmed_at),
        "updated_at": preview_at or stamp(quote.updated_at),
        "cancelled_at": when,
        "commission": None,
    }
    if quote.policy.offer_rows:
        body.update(additions.of_cancelled(quote, when))
    return body


def instalments_view(package: Package) -> Json:
    """Schedules of the policies that are paid in parts (contract section 6.5)."""
    return {
        "quotes": [_schedule(quote) for quote in package.policies if quote.parts],
        "currency": package.currency,
    }


def _schedule(quote: QuoteRecord) -> Json:
    parts = {part.number: _part(quote, part) for part in quote.parts}
    due = [part for part in quote.parts if not part.paid]
    paid = [part for part in quote.parts if part.paid]
    # With the first part only, the instant of booking was recorded; later parts: our choice.
    until = paid[-1].ends if len(paid) > 1 else quote.confirmed_at
    return {
        "id": quote.id,
        "next_payment": dict(parts[due[0].number]) if due else None,
        "paid_until": stamp(until),
        "payment_schedule": list(parts.values()),
        "total_amount_paid": float(sum((part.amount for part in paid), _ZERO)),
        "total_amount_due": float(sum((part.amount for part in due), _ZERO)),
    }


def _text_amount(name: str, amount: Decimal, currency: str) -> Json:
    rounded = round_amount(amount, currency)
    return {name: str(rounded), f"{name}_formatted": format_amount(rounded, currency)}


def _part(quote: QuoteRecord, part: Part) -> Json:
    currency = quote.priced.currency
    rules = [rule for rule, _ in quote.priced.taxes]
    return {
        "id": part.id,
        "number": part.number,
        "quote": quote.id,
        "period_start_date": zulu(part.starts),
        "period_end_date": zulu(part.ends),
        "status": (InstalmentStatus.PAID if part.paid else InstalmentStatus.UNPAID).value,
        "commission": 0.0,
        "total_amount": float(part.amount),
        "tax": {
            "taxes": [
                {
                    "tax_code": rule.code,
                    "tax_type": rule.kind.value,
                    "tax_label": rule.label,
                    "tax_value": f"{rule.value:.20f}",
                    **_text_amount("tax_amount", amount, currency),
                }
                for rule, amount in zip(rules, part.taxes, strict=True)
            ],
            **_text_amount("total_tax", sum(part.taxes, _ZERO), currency),
            **_text_amount("total_amount_without_tax", part.premium, currency),
        },
        "surcharges": {},
        "payment_failures": None,
    }


def booking_page(world: World, packages: list[Package], *, limit: int, offset: int) -> Json:
    """One page of bookings with links to its neighbours (contract section 6.6)."""
    base = f"{world.catalogue.api}/partners/{world.partner}/bookings/"
    following, before = offset + limit, offset - limit
    return {
        "count": len(packages),
        "next": (f"{base}?limit={limit}&offset={following}" if following < len(packages) else None),
        "previous": None
        if offset <= 0
        # The way back to the start drops the offset: list_bookings#1.
        else f"{base}?limit={limit}" + (f"&offset={before}" if before > 0 else ""),
        "results": [booking_view(world, package) for package in packages[offset : offset + limit]],
    }


def renewal_view(world: World, package: Package, renewal_id: str, terms: list[QuoteRecord]) -> Json:
    """The next terms as offered. # not recorded: our choice"""
    return {
        "renewal_id": renewal_id,
        "id": package.id,
        "currency": package.currency,
        "quotes": [_booked(world, package, quote) for quote in terms],
    }


def webhook_view(package: Package, event: str, refunds: Mapping[str, Decimal]) -> Json:
    """An event and the booking after it (contract section 8)."""
    total, _ = _live_total(package.policies)
    return {
        "event": event,
        "payload": {
            "id": package.id,
            "status": package.status.value,
            "currency": package.currency,
            **money("total_price", total, package.currency),
            "partner_transaction_id": package.partner_transaction_id,
            "quotes": [_told(quote, refunds) for quote in package.policies],
        },
    }


def _told(quote: QuoteRecord, refunds: Mapping[str, Decimal]) -> Json:
    """A policy as webhooks tell it; what its booking does not tell is null here too: our choice."""
    untold = quote.policy.offer_rows
    body: Json = {
        "id": quote.id,
        "policy_start_date": start_text(quote),
        "policy_end_date": None if untold else quote.end.isoformat(),
        "status": quote.status.value,
        **money("price", quote.priced.price, quote.priced.currency),
        "policy": {
            "policy_type": quote.policy.type,
            "policy_name": quote.policy.name,
            "policy_version": quote.policy.edition,
        },
        "duration": None if untold else duration(quote.end - quote.start),
        "total_renewed_times": quote.renewals,
    }
    if quote.id in refunds:
        body["refund_value"] = float(refunds[quote.id])
    return body
