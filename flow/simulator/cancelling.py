"""Cancellation: in one step, or previewed and then confirmed; and what it refunds."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from flow.simulator.announcing import announce
from flow.simulator.catalogue import Refund
from flow.simulator.checks import read_body
from flow.simulator.records import Package, PendingCancellation, QuoteRecord
from flow.simulator.refusal import bad_fields, missing, rule_broken, status_change
from flow.simulator.views import cancellation_view
from flow.simulator.world import World
from models.base import Empty, Json
from models.cancellations import CancelBooking
from models.mails import MailEvent
from models.money import round_amount
from models.quotes import PackageStatus, QuoteStatus

__all__ = ["cancel_booking", "confirm_cancellation"]


def cancel_booking(world: World, ins: str, body: object) -> Json:
    """Cancel, or preview it (cancel_booking#2, cancel_booking_with_confirmation#2)."""
    request = read_body(CancelBooking, body)
    package = world.package(ins)
    if package.status is not PackageStatus.CONFIRMED:
        raise status_change(package.status)
    chosen = _chosen(world, package, request)
    at = world.clock.stamp()
    pending = PendingCancellation(
        package=ins,
        refunds={quote.id: refund(package, quote, at) for quote in chosen},
        previewed_at=at,
        reasons={
            entry.id: entry.reason_for_cancellation
            for entry in request.quotes or []
            if entry.reason_for_cancellation is not None
        },
    )
    if request.preview:
        cancellation_id = world.dice.code("CCL")
        world.cancellations[cancellation_id] = pending
        return cancellation_view(world, package, pending, cancellation_id=cancellation_id)
    _cancel(world, package, pending)
    return cancellation_view(world, package, pending)


def _chosen(world: World, package: Package, request: CancelBooking) -> list[QuoteRecord]:
    """The named policies, or all that can be cancelled.

    That `can_be_cancelled` has to hold is documented (contract section 5); the words for it, and
    for a policy that does not exist, were not recorded: our choice.
    """
    now = world.clock.now()
    if request.quotes is None:
        chosen = [quote for quote in package.policies if quote.is_in_force(now)]
        if not chosen:
            raise rule_broken("No policy of this booking can be cancelled")
        return chosen
    named = [package.find(entry.id) for entry in request.quotes]
    faults: list[Any] = [
        {}
        if quote is not None and quote.id in package.booked
        else {"id": [f"Quote {entry.id} does not exist."]}
        for quote, entry in zip(named, request.quotes, strict=True)
    ]
    if any(faults):
        raise bad_fields({"quotes": faults})
    chosen = list({quote.id: quote for quote in named if quote is not None}.values())
    for quote in chosen:
        if quote.status is not QuoteStatus.CONFIRMED:
            raise status_change(quote.status, "Quote")
        if not quote.is_in_force(now):
            raise rule_broken(f"Quote {quote.id} has ended and can not be cancelled")
    return chosen


def refund(package: Package, quote: QuoteRecord, now: datetime) -> Decimal:
    """What a cancellation at that instant gives back.

    Until the day on which the cooling-off period ends, everything that was paid (recorded:
    100 %), and the same before cover begins. Later, the price of the days not used, a day once
    begun counting as unused, rounded down. # pro rata was not recorded: our choice
    """
    paid = quote.paid_so_far()
    if now.date() <= quote.cooling_off_ends(package.country).date() or now <= quote.start:
        return paid
    if quote.policy.refund is Refund.NOTHING:
        return Decimal(0)
    days = max((quote.end - quote.start).days, 1)
    used = min((now - quote.start).days, days)
    back = paid - quote.priced.price * used / days
    return max(round_amount(back, package.currency, ROUND_DOWN), Decimal(0))


def _cancel(world: World, package: Package, pending: PendingCancellation) -> None:
    """Make it so: the instant is that of the preview, if there was one (contract 6.3)."""
    for quote in package.policies:
        if quote.id in pending.refunds:
            quote.status = QuoteStatus.CANCELLED
            quote.cancelled_at = pending.previewed_at
            quote.reason = pending.reasons.get(quote.id, "")
            quote.updated_at = world.clock.stamp()
    if not any(quote.is_live for quote in package.policies):
        package.status = PackageStatus.CANCELLED
    package.updated_at = world.clock.stamp()
    gone = [quote for quote in package.policies if quote.id in pending.refunds]
    announce(world, package, MailEvent.BOOKING_CANCELLED, gone, refunds=pending.refunds)


def confirm_cancellation(world: World, ins: str, cancellation_id: str, body: object) -> Json:
    """Make a preview final, within its 24 hours (cancel_booking_with_confirmation#4).

    Late, repeated and outdated confirmations are refused. # not recorded: our choice
    """
    read_body(Empty, body)
    package = world.package(ins)
    pending = world.cancellations.get(cancellation_id)
    if pending is None or pending.package != ins:
        raise missing("Cancellation")
    if package.status is not PackageStatus.CONFIRMED:
        raise status_change(package.status)
    if world.clock.now() > pending.confirm_before:
        raise rule_broken("The cancellation was not confirmed in time, preview it again")
    for quote in package.policies:
        if quote.id not in pending.refunds:
            continue
        if quote.status is not QuoteStatus.CONFIRMED:
            raise status_change(quote.status, "Quote")
        if not quote.is_in_force(world.clock.now()):
            raise rule_broken(f"Quote {quote.id} has ended and can not be cancelled")
        if refund(package, quote, pending.previewed_at) != pending.refunds[quote.id]:
            raise rule_broken("The booking has changed since the preview, preview it again")
    _cancel(world, package, pending)
    return cancellation_view(world, package, pending)
