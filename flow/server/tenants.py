"""Worlds as a server keeps them: the simulated state, and what was seen and set up around it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from flow.chance import Clock, derive_seed
from flow.documents.postbox import Postbox, Posted
from flow.server.faults import Faults
from flow.server.journal import Journal
from flow.server.limits import Limiter
from flow.server.watch import Watch
from flow.server.webhooks import Webhooks
from flow.simulator.insurer import Insurer
from flow.simulator.world import World

__all__ = ["MOST_WORLDS", "Tenant", "Tenants", "TooManyWorlds"]

MOST_WORLDS = 10_000
"""How many worlds one server keeps; a test that makes more has forgotten to delete them."""


class TooManyWorlds(Exception):
    """The server keeps as many worlds as it will."""


@dataclass(slots=True, kw_only=True)
class Tenant:
    """One partner's world behind HTTP: its state, journal, faults, limit, webhooks, e-mails."""

    partner: str
    name: str
    world: World
    journal: Journal
    faults: Faults
    webhooks: Webhooks
    snapshots: dict[str, bytes]
    postbox: Postbox
    limiter: Limiter | None = None


class Tenants:
    """All worlds of a server, each made on first use.

    Args:
        insurer: keeps their state.
        journal_size: how many calls each journal keeps.
        deliver: brings e-mails to an SMTP server; they stay in the outbox unless given.
    """

    def __init__(
        self,
        insurer: Insurer,
        *,
        journal_size: int = 1000,
        deliver: Callable[[Posted], None] | None = None,
    ) -> None:
        self.insurer = insurer
        self._deliver = deliver
        self.journal_size = journal_size
        self.strangers = Journal(journal_size)
        """Calls that reached no world: unknown paths, and those turned away at the gate."""
        self.answers: Counter[int | None] = Counter()
        """Answers by status; None counts connections that were cut."""
        self.faults = Faults(derive_seed(insurer.seed, "faults"))
        """Faults of the whole server."""
        self.wake: Callable[[], None] = lambda: None
        """Called when a webhook may be due; the dispatcher sets it."""
        self.watch = Watch()
        """Who wants to know when something happens in a world."""
        self.clock = insurer.new_clock()
        """For calls that belong to no world."""
        self._tenants: dict[tuple[str, str], Tenant] = {}
        self._count = 0

    def all(self) -> tuple[Tenant, ...]:
        """All of them, in the order in which they were made."""
        return tuple(self._tenants.values())

    def next_number(self) -> int:
        """The number of the next call, counted over the whole server."""
        self._count += 1
        return self._count

    def get(self, partner: str, name: str = "") -> Tenant:
        """The tenant of that partner and world.

        Raises:
            TooManyWorlds: it would be one too many.
        """
        tenant = self._tenants.get((partner, name))
        return tenant if tenant is not None else self._make(partner, name)

    def find(self, partner: str, name: str = "") -> Tenant | None:
        """The same, without making it."""
        return self._tenants.get((partner, name))

    def _make(self, partner: str, name: str) -> Tenant:
        if len(self._tenants) >= MOST_WORLDS:
            msg = f"this server keeps {MOST_WORLDS} worlds already; delete some"
            raise TooManyWorlds(msg)
        seed = derive_seed(self.insurer.seed, partner, name, "faults")
        tenant = Tenant(
            partner=partner,
            name=name,
            world=self.insurer.world(partner, name),
            journal=Journal(self.journal_size),
            faults=Faults(seed),
            webhooks=Webhooks(),
            snapshots={},
            postbox=Postbox(self._deliver),
        )
        self._tenants[(partner, name)] = tenant
        self._listen(tenant)
        return tenant

    def _listen(self, tenant: Tenant) -> None:
        tenant.webhooks.wake = lambda: self.wake()
        tenant.postbox.attach(tenant.world)
        tenant.world.listener = lambda body: tenant.webhooks.announce(body, tenant.world)

    def renew(self, tenant: Tenant, *, seed: int | None = None, clock: Clock | None = None) -> None:
        """Empty a world: state, journal, faults and deliveries; subscriptions stay."""
        tenant.world = self.insurer.renew(tenant.partner, tenant.name, seed=seed, clock=clock)
        tenant.journal.clear()
        own = self.insurer.seed if seed is None else seed
        tenant.faults = Faults(derive_seed(own, tenant.partner, tenant.name, "faults"))
        tenant.limiter = None
        tenant.webhooks.forget()
        self._listen(tenant)

    def delete(self, tenant: Tenant) -> None:
        """Drop a world and all about it."""
        self._tenants.pop((tenant.partner, tenant.name), None)
        self.insurer.forget(tenant.partner, tenant.name)
