"""Keeps what a world's e-mails were about, so that each can be printed as it was when written."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flow.documents.mails import letter_of
from flow.paper.letter import Letter
from flow.simulator.records import Package
from flow.simulator.world import World

__all__ = ["MOST_KEPT", "Postbox", "Posted"]

MOST_KEPT = 1000
"""E-mails of a world that can be printed as they were; older ones print their booking as it is."""


@dataclass(frozen=True, slots=True)
class Posted:
    """An e-mail of the outbox, and its booking at that moment."""

    world: World
    mail: dict[str, Any]
    package: Package
    refunds: Mapping[str, Decimal]

    def letter(self) -> Letter:
        """The e-mail as a letter."""
        return letter_of(self.world, self.mail, self.package, self.refunds)


class Postbox:
    """Takes the e-mails of a world.

    Args:
        deliver: told of each, when somebody is to bring it.
    """

    def __init__(self, deliver: Callable[[Posted], None] | None = None) -> None:
        self._deliver = deliver
        self._kept: deque[Posted] = deque(maxlen=MOST_KEPT)

    def attach(self, world: World) -> None:
        """Take the e-mails of this world from now on, and forget those of the last one."""
        self._kept.clear()

        def take(mail: dict[str, Any], package: Package, refunds: Mapping[str, Decimal]) -> None:
            posted = Posted(world, mail, package.draft(), refunds)
            self._kept.append(posted)
            if self._deliver is not None:
                self._deliver(posted)

        world.postman = take

    def letter(self, world: World, number: int) -> Letter | None:
        """The e-mail of that place in the outbox, counted from 1; None where there is none."""
        if not 1 <= number <= len(world.outbox):
            return None
        mail = world.outbox[number - 1]
        posted = next((one for one in self._kept if one.mail is mail), None)
        if posted is not None:
            return posted.letter()
        package = world.packages.get(mail["booking"])
        return None if package is None else letter_of(world, mail, package, {})
