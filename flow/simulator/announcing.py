"""What the insurer tells unasked: events for webhooks, beside the e-mails (contract section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from flow.simulator.mailing import post
from flow.simulator.records import Package, QuoteRecord
from flow.simulator.views import webhook_view
from flow.simulator.world import World
from models.mails import MailEvent
from models.quotes import PackageStatus
from models.webhooks import WebhookEvent

__all__ = ["DUE_DAYS", "EXPIRED_DAYS", "NOTICE_DAYS", "announce", "announce_renewals"]

NOTICE_DAYS = 30
"""How long before its end a renewal is first announced. # never recorded: our choice"""
DUE_DAYS = 7
"""How long before its end a renewal is due. # never recorded: our choice"""
EXPIRED_DAYS = 0
"""How long after its end a policy that was not renewed has expired. # our choice"""


def announce(
    world: World,
    package: Package,
    event: MailEvent,
    quotes: list[QuoteRecord] | None = None,
    *,
    refunds: Mapping[str, Decimal] | None = None,
) -> None:
    """Send the e-mail, and tell the partner's listener, if there is one."""
    post(world, package, event, quotes, refunds=refunds)
    tell(world, package, WebhookEvent(event.value), refunds=refunds)


def tell(
    world: World,
    package: Package,
    event: WebhookEvent,
    *,
    refunds: Mapping[str, Decimal] | None = None,
) -> None:
    """Hand an event to whoever listens to this world."""
    if world.listener is not None:
        world.listener(webhook_view(package, event.value, refunds or {}))


def announce_renewals(world: World) -> None:
    """Tell what the clock has brought since the last time: notices, due dates, expiries.

    Each is told once a policy, in the order in which they fell due.
    """
    now = world.clock.now()
    told: list[tuple[datetime, int, Package, WebhookEvent]] = []
    for package in world.packages.values():
        if package.status is not PackageStatus.CONFIRMED:
            continue
        for quote in package.policies:
            if not quote.policy.renewable or quote.status.value != "CONFIRMED":
                continue
            for event, days in _CALENDAR:
                when = quote.end + timedelta(days=days)
                if when <= now and (quote.id, event.value) not in world.noticed:
                    world.noticed.add((quote.id, event.value))
                    told.append((when, len(told), package, event))
    for _, _, package, event in sorted(told, key=lambda entry: entry[:2]):
        tell(world, package, event)


_CALENDAR = (
    (WebhookEvent.RENEWAL_NOTIFICATION, -NOTICE_DAYS),
    (WebhookEvent.RENEWAL_DUE, -DUE_DAYS),
    (WebhookEvent.RENEWAL_EXPIRED, EXPIRED_DAYS),
)
