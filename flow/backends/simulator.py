"""The simulated insurer as a Backend, in process: no sockets, no JSON text, the same door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flow.backends.wire import WireBackend
from flow.simulator.insurer import WORLD_HEADER, Insurer
from flow.simulator.world import World
from models import Answer, Call, Mail

if TYPE_CHECKING:
    from flow.documents.postbox import Postbox
    from flow.paper.sheet import Sheet

__all__ = ["InsurerControls", "SimulatorBackend"]

PARTNER = "RETLR"
"""The partner code used when none is given."""


class _InProcess:
    """Hands calls straight to the insurer's door."""

    def __init__(self, insurer: Insurer) -> None:
        self._insurer = insurer

    def send(self, call: Call) -> Answer:
        return self._insurer.answer(call)


class InsurerControls:
    """Clock and outbox of one world in process."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._postbox: Postbox | None = None

    def now(self) -> datetime:
        """The world's present instant."""
        return self._world.clock.now()

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._world.clock.advance(by)

    def outbox(self) -> Sequence[Mail]:
        """E-mails sent in this world, oldest first."""
        return [Mail.from_wire(mail) for mail in self._world.outbox]

    def keep_letters(self) -> None:
        """Keep of coming e-mails what is needed to print them."""
        from flow.documents.postbox import Postbox  # late: most journeys print nothing

        self._postbox = Postbox()
        self._postbox.attach(self._world)

    def letter(self, number: int) -> bytes:
        """The e-mail of that place in the outbox, counted from 1, as a MIME message."""
        letter = self._postbox.letter(self._world, number) if self._postbox is not None else None
        return b"" if letter is None else letter.to_bytes()

    def sheets(self) -> dict[str, Sheet]:
        """Certificate and policy wording of each booking, by the name of the file."""
        from flow.documents.shelf import sheets_of

        return sheets_of(self._world)


class SimulatorBackend(WireBackend):
    """A partner of the simulated insurer, in a world of its own.

    Args:
        insurer: the insurer to talk to; a new one from `seed` unless given.
        seed: identifiers follow from it.
        partner: the partner code.
        world: name of the world; the unnamed one unless given.
    """

    def __init__(
        self,
        insurer: Insurer | None = None,
        *,
        seed: int = 0,
        partner: str = PARTNER,
        world: str = "",
    ) -> None:
        self.insurer = insurer or Insurer(seed=seed)
        super().__init__(
            _InProcess(self.insurer),
            partner=partner,
            headers={WORLD_HEADER: world} if world else {},
            controls=InsurerControls(self.insurer.world(partner, world)),
        )
