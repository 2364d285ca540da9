"""Renewals: the next term priced, confirmed or declined.

Documented, never recorded (contract section 12, question 12): rules and bodies are our choice.
"""

from __future__ import annotations

from dataclasses import replace

from flow.simulator.announcing import announce
from flow.simulator.checks import read_body
from flow.simulator.quoting import price_again
from flow.simulator.rating import policy_end
from flow.simulator.records import Package, PendingRenewal, QuoteRecord
from flow.simulator.refusal import missing, rule_broken, status_change
from flow.simulator.views import booking_view, renewal_view
from flow.simulator.world import World
from models.base import Empty, Json
from models.mails import MailEvent
from models.quotes import PackageStatus, QuoteStatus
from models.renewals import ConfirmRenewal

__all__ = ["confirm_renewal", "decline_renewal", "quote_renewal"]


def quote_renewal(world: World, ins: str, body: object) -> Json:
    """Price the next term of every renewable policy in force; it starts when that one ends."""
    read_body(Empty, body)
    package = world.package(ins)
    if package.status is not PackageStatus.CONFIRMED:
        raise status_change(package.status)
    old = [
        quote
        for quote in package.policies
        if quote.policy.renewable and quote.is_in_force(world.clock.now())
    ]
    if not old:
        raise rule_broken("No policy of this booking can be renewed")
    renewal_id = world.dice.code("UPD")
    pending = PendingRenewal(
        package=ins,
        next_terms={quote.id: _next(world, package, quote) for quote in old},
        based_on=package.updated_at,
    )
    _forget(world, ins)
    world.renewals[renewal_id] = pending
    return renewal_view(world, package, renewal_id, list(pending.next_terms.values()))


def _next(world: World, package: Package, quote: QuoteRecord) -> QuoteRecord:
    term = replace(
        quote,
        id=world.dice.uuid(),
        start=quote.end,
        end=policy_end(quote.policy, quote.fields, quote.end),
        status=QuoteStatus.RECEIVED,
        created_at=world.clock.stamp(),
        updated_at=world.clock.stamp(),
        confirmed_at=None,
        plan=None,
        parts=[],
        renewals=quote.renewals + 1,
    )
    price_again(world, package, term)
    return term


def _forget(world: World, ins: str) -> None:
    """Drop offered renewals of a booking: only the latest one stands."""
    for renewal_id in [key for key, value in world.renewals.items() if value.package == ins]:
        del world.renewals[renewal_id]


def confirm_renewal(world: World, ins: str, renewal_id: str, body: object) -> Json:
    """The old policy becomes RENEWED, the next term CONFIRMED, in the same booking."""
    read_body(ConfirmRenewal, body)
    package = world.package(ins)
    pending = world.renewals.get(renewal_id)
    if pending is None or pending.package != ins:
        raise missing("Renewal")
    if package.status is not PackageStatus.CONFIRMED:
        raise status_change(package.status)
    if pending.based_on != package.updated_at or not all(
        quote.is_in_force(world.clock.now())
        for quote in package.policies
        if quote.id in pending.next_terms
    ):
        raise rule_broken("The booking has changed since this renewal was priced")
    confirmed = world.clock.stamp()
    begun: list[QuoteRecord] = []
    for quote in package.policies:
        term = pending.next_terms.get(quote.id)
        if term is None or quote.status is not QuoteStatus.CONFIRMED:
            continue
        quote.status = QuoteStatus.RENEWED
        quote.updated_at = world.clock.stamp()
        term.status = QuoteStatus.CONFIRMED
        term.confirmed_at = confirmed
        term.updated_at = world.clock.stamp()
        package.quotes[max(package.quotes) + 1] = term
        package.booked.append(term.id)
        begun.append(term)
    package.updated_at = world.clock.stamp()
    _forget(world, ins)
    announce(world, package, MailEvent.RENEWAL_CREATED, begun)
    return booking_view(world, package)


def decline_renewal(world: World, ins: str, body: object) -> None:
    """Drop the offered renewal; with none offered it is refused."""
    read_body(Empty, body)
    world.package(ins)
    if not any(pending.package == ins for pending in world.renewals.values()):
        raise missing("Renewal")
    _forget(world, ins)
