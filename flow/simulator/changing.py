"""Modifications of a booking: applied at once, or priced and then confirmed."""

from __future__ import annotations

from typing import Any

from flow.simulator.announcing import announce
from flow.simulator.checks import read_body
from flow.simulator.quoting import price_again, quote_fields
from flow.simulator.records import Package, PendingUpdate
from flow.simulator.refusal import bad_fields, missing, rule_broken, status_change
from flow.simulator.views import modification_view
from flow.simulator.world import World
from models.base import Empty, Json
from models.bookings import ModifyBooking
from models.mails import MailEvent
from models.quotes import PackageStatus, QuoteStatus

__all__ = ["confirm_modification", "modify_booking", "quote_modification"]


_REQUIRED = ("first_name", "last_name", "email", "country")
"""Details a policyholder cannot be without."""


def _confirmed(world: World, ins: str) -> Package:
    """A booking that can be changed; others are refused in the wording of contract section 5."""
    package = world.package(ins)
    if package.status is not PackageStatus.CONFIRMED:
        raise status_change(package.status)
    return package


def _changes(package: Package, request: ModifyBooking) -> PendingUpdate:
    """The change that was asked for, checked against the booking.

    How a faulty one is refused was not recorded: our choice.
    """
    faults: list[Any] = []
    fields: dict[str, dict[str, Any]] = {}
    for entry in request.quotes or []:
        quote = package.find(entry.id) if entry.id in package.booked else None
        if quote is None or entry.id in fields:
            reason = "does not exist" if quote is None else "is listed twice"
            faults.append({"id": [f"Quote {entry.id} {reason}."]})
            continue
        if quote.status is not QuoteStatus.CONFIRMED:
            raise status_change(quote.status, "Quote")
        try:
            fields[entry.id] = quote_fields(quote, entry.update_fields)
            faults.append({})
        except ValueError as error:
            faults.append({"update_fields": error.args[0]})
    if any(faults):
        raise bad_fields({"quotes": faults})
    holder = request.policyholder.wire() if request.policyholder is not None else {}
    emptied = [name for name in _REQUIRED if name in holder and holder[name] is None]
    if emptied:
        raise bad_fields(
            {"policyholder": {name: ["This field may not be null."] for name in emptied}}
        )
    return PendingUpdate(
        package=package.id, policyholder=holder, fields=fields, based_on=package.updated_at
    )


def _applied(world: World, package: Package, change: PendingUpdate) -> Package:
    """A draft of the booking with the change put in.

    Timestamps move when a policy changes; contact details leave them (recorded:
    booking_modification#2).
    """
    draft = package.draft()
    draft.policyholder = {**(draft.policyholder or {}), **change.policyholder}
    for quote_id, fields in change.fields.items():
        quote = draft.find(quote_id)
        if quote is None or quote.status is not QuoteStatus.CONFIRMED:
            raise rule_broken(f"Quote {quote_id} can no longer be changed")
        if world.clock.now() >= quote.end:
            raise rule_broken(f"Quote {quote.id} has ended and can not be changed")  # our choice
        old = quote.priced.price
        quote.fields = fields
        if quote.policy.starts is not None:  # not recorded: our choice
            quote.start = fields[quote.policy.starts]
        price_again(world, draft, quote)
        if quote.parts and quote.priced.price != old:
            raise rule_broken("A policy paid in instalments keeps its price")  # our choice
        quote.updated_at = world.clock.stamp()
    if change.fields:
        draft.updated_at = world.clock.stamp()
    return draft


def modify_booking(world: World, ins: str, body: object) -> Json:
    """Apply a change at once (booking_modification#2)."""
    request = read_body(ModifyBooking, body)
    before = _confirmed(world, ins)
    after = _applied(world, before, _changes(before, request))
    world.packages[ins] = after
    announce(world, after, MailEvent.BOOKING_UPDATED)
    return modification_view(world, before, after)


def quote_modification(world: World, ins: str, body: object) -> Json:
    """Price a change and change nothing (booking_modification_quote_workflow#2)."""
    request = read_body(ModifyBooking, body)
    before = _confirmed(world, ins)
    change = _changes(before, request)
    after = _applied(world, before, change)
    update_id = world.dice.code("UPD")
    world.updates[update_id] = change
    return modification_view(world, before, after, update_id=update_id)


def confirm_modification(world: World, ins: str, update_id: str, body: object) -> Json:
    """Apply a priced change, once. One priced before another change is refused: our choice."""
    read_body(Empty, body)
    before = world.package(ins)
    change = world.updates.get(update_id)
    if change is None or change.package != ins:
        raise missing("Update")
    if before.status is not PackageStatus.CONFIRMED:
        raise status_change(before.status)
    if change.based_on != before.updated_at:
        raise rule_broken("The booking has changed since this update was priced")
    after = _applied(world, before, change)
    world.packages[ins] = after
    del world.updates[update_id]
    announce(world, after, MailEvent.BOOKING_UPDATED)
    return modification_view(world, before, after)
