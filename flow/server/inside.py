"""The insurer for those who live in the same house: pages beside its door, such as the portal.

Their calls take the same road as a partner's, faults and journal included, without a signature.
They come from threads on which pages are made, and are answered on the server's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from anyio import from_thread

from flow.backends.wire import NoAnswer, WireBackend
from flow.portal.places import NoSuchPlace
from flow.server.app import App
from flow.server.door import Door
from flow.server.partners import is_world_name
from flow.server.tenants import Tenant, TooManyWorlds
from models import Answer, Call, Mail

__all__ = ["InsidePlace", "InsidePlaces"]


class _InsideTransport:
    """Hands calls to the door, as one of the house, as long as the world is the one entered."""

    def __init__(self, door: Door, tenant: Tenant, has_ended: Callable[[], bool]) -> None:
        self._door = door
        self._tenant = tenant
        self._has_ended = has_ended

    async def _ask(self, call: Call) -> Answer | None:
        if self._has_ended():
            msg = "the world has begun anew"
            raise NoAnswer(msg)
        return await self._door.inside(call, self._tenant)

    def send(self, call: Call) -> Answer:
        answer = from_thread.run(self._ask, call)
        if answer is None:
            msg = "the connection was cut"
            raise NoAnswer(msg)
        return answer


class InsidePlace:
    """A world of this server; it has ended when it was reset or deleted. See `portal.places`."""

    def __init__(self, app: App, tenant: Tenant) -> None:
        self.name = tenant.name
        self._app = app
        self._tenant = tenant
        self._world = tenant.world
        transport = _InsideTransport(app.door, tenant, lambda: self.has_ended)
        self.backend = WireBackend(transport, partner=tenant.partner, controls=self)

    @property
    def has_ended(self) -> bool:
        """Whether the world is no longer the one that was entered."""
        tenants, own = self._app.tenants, self._tenant
        return tenants.find(own.partner, own.name) is not own or own.world is not self._world

    def now(self) -> datetime:
        """The world's present instant."""
        return from_thread.run_sync(self._world.clock.now)

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        from_thread.run_sync(self._world.clock.advance, by)

    def outbox(self) -> Sequence[Mail]:
        """E-mails sent in this world, oldest first."""
        return [Mail.from_wire(mail) for mail in list(self._world.outbox)]

    def new_id(self) -> str:
        """Drawn anew, not from the world's dice: a world that is restored has seen the old ones."""
        return str(uuid4())


class InsidePlaces:
    """All worlds of the server's first partner."""

    def __init__(self, app: App) -> None:
        self._app = app

    def enter(self, world: str) -> InsidePlace:
        """That world, made on first use.

        Raises:
            NoSuchPlace: it cannot be called so, or there are too many.
        """
        if not is_world_name(world):
            msg = "A world's name is up to 64 letters, digits, dots or dashes"
            raise NoSuchPlace(msg)
        try:
            partner = self._app.settings.partners.first_code
            tenant = from_thread.run_sync(self._app.tenants.get, partner, world)
        except TooManyWorlds as error:
            raise NoSuchPlace(str(error)) from error
        return InsidePlace(self._app, tenant)
