"""One isolated state of the simulated insurer: its packages, clock, dice, outbox and keys."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flow.chance import Clock, Dice
from flow.simulator.catalogue import Catalogue
from flow.simulator.records import (
    OfferShelf,
    Package,
    PendingCancellation,
    PendingRenewal,
    PendingUpdate,
)
from flow.simulator.refusal import unknown_package
from models.exchange import Answer

__all__ = ["KEY_HOURS", "Postman", "StoredAnswer", "World"]

Postman = Callable[[dict[str, Any], Package, Mapping[str, Decimal]], None]
"""Takes an e-mail of the outbox, its booking, and refunds by policy."""

KEY_HOURS = 48
"""How long an idempotency key is remembered (contract section 3)."""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What an idempotency key was used for, and the answer it got."""

    fingerprint: str
    answer: Answer
    at: datetime

    def has_expired(self, now: datetime) -> bool:
        """Whether the key may be used anew."""
        return now - self.at > timedelta(hours=KEY_HOURS)


@dataclass(slots=True)
class World:
    """State of one partner in one world; nothing in it is shared with another.

    `outages` holds statuses of failures to come: each call takes one and does nothing else.
    `running` holds idempotency keys of calls that have begun and not ended. `listener` is handed
    each event for the partner's webhook; `noticed` holds what time has brought and was told.
    `postman` is handed each e-mail, what it is about, and what it tells of refunds. `site` makes
    links in answers point elsewhere than the catalogue says.
    """

    partner: str
    catalogue: Catalogue
    clock: Clock
    dice: Dice
    packages: dict[str, Package] = field(default_factory=dict)
    updates: dict[str, PendingUpdate] = field(default_factory=dict)
    cancellations: dict[str, PendingCancellation] = field(default_factory=dict)
    renewals: dict[str, PendingRenewal] = field(default_factory=dict)
    tokens: dict[str, bool] = field(default_factory=dict)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, StoredAnswer] = field(default_factory=dict)
    noticed: set[tuple[str, str]] = field(default_factory=set)
    listener: Callable[[dict[str, Any]], None] | None = None
    postman: Postman | None = None
    site: Callable[[], str] | None = None
    running: set[str] = field(default_factory=set)
    outages: deque[int] = field(default_factory=deque)
    offers: OfferShelf = field(default_factory=OfferShelf)

    @property
    def web(self) -> str:
        """Where links in answers point."""
        return self.catalogue.web if self.site is None else self.site()

    @property
    def profile(self) -> dict[str, Any]:
        """The partner as answers show it, under this world's partner code."""
        own = {"id": self.partner}
        subsidiary = self.catalogue.partner.get("subsidiary")
        nested = {"subsidiary": {**subsidiary, **own}} if isinstance(subsidiary, dict) else {}
        return {**self.catalogue.partner, **own, **nested}

    def package(self, ins: str) -> Package:
        """The package of that id.

        Raises:
            Refusal: 404, there is none in this world.
        """
        package = self.packages.get(ins)
        if package is None:
            raise unknown_package()
        return package
