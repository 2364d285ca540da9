"""The insurer's e-mails: written into the outbox when something happens, and sent again."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from flow.simulator.blocks import coi_links, money, pds_link, stamp
from flow.simulator.checks import read_body
from flow.simulator.records import Package, QuoteRecord
from flow.simulator.refusal import rule_broken
from flow.simulator.world import World
from models.base import Json
from models.mails import MailEvent, SendEmail
from models.quotes import PackageStatus

__all__ = ["post", "send_email"]

_SUBJECTS = {
    MailEvent.BOOKING_CREATED: "Your policy documents",
    MailEvent.BOOKING_UPDATED: "Your policy has changed",
    MailEvent.BOOKING_CANCELLED: "Your policy was cancelled",
    MailEvent.RENEWAL_CREATED: "Your policy was renewed",
}


def post(
    world: World,
    package: Package,
    event: MailEvent,
    quotes: list[QuoteRecord] | None = None,
    *,
    refunds: Mapping[str, Decimal] | None = None,
) -> None:
    """Put an e-mail about a booking into the outbox, and tell whoever delivers it."""
    mail = _mail(
        world,
        package,
        event=event.value,
        subject=f"{_SUBJECTS[event]}: {package.id}",
        quotes=package.policies if quotes is None else quotes,
    )
    world.outbox.append(mail)
    if world.postman is not None:
        world.postman(mail, package, refunds or {})


def _mail(
    world: World, package: Package, *, event: str, subject: str, quotes: list[QuoteRecord]
) -> Json:
    """An e-mail with the policy details, as it lies in the outbox. Our own form."""
    return {
        "event": event,
        "to": (package.policyholder or {}).get("email") or "",
        "booking": package.id,
        "sent_at": stamp(world.clock.stamp()),
        "subject": subject,
        "policies": [
            {
                "id": quote.id,
                "name": quote.policy.name,
                **money("price", quote.priced.price, package.currency),
                "start": quote.start.isoformat(),
                "end": quote.end.isoformat(),
            }
            for quote in quotes
        ],
        "certificate": coi_links(world, package)["pdf"],
        "wording": pds_link(world, package),
    }


def send_email(world: World, ins: str, body: object) -> None:
    """Send an e-mail again (trigger_email#2); the cancellation's only when cancelled.

    A package that is not booked has nobody to write to. # not recorded: our choice
    """
    request = read_body(SendEmail, body)
    package = world.package(ins)
    event = request.event or MailEvent.BOOKING_CREATED
    if event is MailEvent.BOOKING_CANCELLED and package.status is not PackageStatus.CANCELLED:
        # Recorded text: trigger_email__wrong_payload#2.
        raise rule_broken("BOOKING_CANCELLED email can be only triggered for CANCELLED bookings.")
    if package.policyholder is None:
        raise rule_broken(f"{event} email can be only triggered for bookings.")
    post(world, package, event)
