"""Dashboard: what the insurer holds of a journey now, asked of its world and not of calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flow.dashboard.timeline import instant
from flow.simulator.records import Package, QuoteRecord
from flow.simulator.world import World
from models.money import Money

__all__ = ["PolicyShown", "policies_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyShown:
    """A quote, or the policy that it became.

    Attributes:
        age: how long ago it was quoted, by the clock of its world.
    """

    id: str
    package: str
    name: str
    status: str
    price: str
    start: str
    end: str
    quoted_at: str
    age: str
    transaction: str | None


def policies_of(world: World, ids: Iterable[str]) -> list[PolicyShown]:
    """The quotes of these packages, in their order."""
    now = world.clock.now()
    return [
        _shown(world.packages[name], quote, now)
        for name in sorted(ids)
        if name in world.packages
        for quote in world.packages[name].made
    ]


def _shown(package: Package, quote: QuoteRecord, now: datetime) -> PolicyShown:
    return PolicyShown(
        id=quote.id,
        package=package.id,
        name=quote.policy.name,
        status=quote.status.value,
        price=str(Money(quote.priced.price, package.currency)),
        start=instant(quote.start),
        end=instant(quote.end),
        quoted_at=instant(quote.created_at),
        age=_age(now - quote.created_at),
        transaction=package.partner_transaction_id,
    )


def _age(time: timedelta) -> str:
    if time < timedelta(minutes=1):
        return "just now"
    hours, minutes = divmod(time.seconds // 60, 60)
    for count, unit in ((time.days, "day"), (hours, "hour"), (minutes, "minute")):
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
