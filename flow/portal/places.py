"""Where a store's tablets find the insurer: one place for each world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from flow.backends.base import Backend
from flow.chance import wall_clock
from models import Mail

__all__ = ["NoSuchPlace", "Place", "Places", "SinglePlace"]


class NoSuchPlace(Exception):
    """There is no such world, and none can be made; says why, to the associate."""


class Place(Protocol):
    """One world of an insurer, as a store's tablets reach it."""

    @property
    def name(self) -> str:
        """Of the world; empty for the unnamed one."""

    @property
    def backend(self) -> Backend:
        """The insurer."""

    @property
    def has_ended(self) -> bool:
        """Whether the world was reset or deleted, and with it all that was under way here."""

    def now(self) -> datetime:
        """The world's present instant."""

    def outbox(self) -> Sequence[Mail]:
        """E-mails the insurer has sent, oldest first."""

    def new_id(self) -> str:
        """An identifier that was never given out before."""


class Places(Protocol):
    """All of them."""

    def enter(self, world: str) -> Place:
        """The place of that name.

        Raises:
            NoSuchPlace: there is none.
        """


class SinglePlace:
    """One insurer for everybody: a portal in front of a backend, without a server.

    Args:
        backend: the insurer.
        new_id: gives out identifiers.
    """

    def __init__(self, backend: Backend, new_id: Callable[[], str]) -> None:
        self.name = ""
        self.backend = backend
        self.has_ended = False
        self._new_id = new_id
        self._clock = wall_clock()

    def enter(self, world: str) -> Place:
        """This one, whatever the name."""
        return self

    def now(self) -> datetime:
        """The insurer's present instant; the real one where its clock cannot be seen."""
        controls = self.backend.controls
        return self._clock.now() if controls is None else controls.now()

    def outbox(self) -> Sequence[Mail]:
        """The insurer's e-mails; none where they cannot be seen."""
        controls = self.backend.controls
        return () if controls is None else controls.outbox()

    def new_id(self) -> str:
        """See `Place`."""
        return self._new_id()
