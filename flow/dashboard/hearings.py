"""Dashboard: what the calls of each journey testify to; each call is heard once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from flow.dashboard.journeys import LOOSE, Journey
from flow.promises.promise import Breach
from flow.simulator.world import World
from flow.testimony.judging import Hearing, Told

__all__ = ["Hearings"]

_MOST = 2000
"""Journeys of which it is kept; of those looked at longest ago it is not."""
_TURN = 32
"""Calls that are judged before others have their turn: the insurer answers on the same loop."""


@dataclass(slots=True)
class _Kept:
    """How far a journey was heard, in which world; one reader at a time hears on."""

    world: World
    hearing: Hearing = field(default_factory=Hearing)
    numbers: list[int] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def begins(self, journey: Journey) -> bool:
        """Whether the journey is this one, gone on."""
        heard = [entry.number for entry in journey.entries[: len(self.numbers)]]
        return self.world is journey.tenant.world and heard == self.numbers


class Hearings:
    """Judges journeys when somebody asks, in turns with whatever else the server does."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], _Kept] = OrderedDict()

    async def of(self, journey: Journey) -> list[Told]:
        """What its calls tell, call by call."""
        if journey.name == LOOSE:
            return []
        kept = self._find(journey)
        async with kept.lock:
            for entry in journey.entries[len(kept.numbers) :]:
                kept.told.append(kept.hearing.hear(entry.shown()))
                kept.numbers.append(entry.number)
                if len(kept.numbers) % _TURN == 0:
                    await asyncio.sleep(0)
        return kept.told[: len(journey.entries)]

    def _find(self, journey: Journey) -> _Kept:
        key = (journey.tenant.partner, journey.tenant.name, journey.name)
        kept = self._kept.get(key)
        if kept is None or not kept.begins(journey):
            kept = self._kept[key] = _Kept(journey.tenant.world)
        self._kept.move_to_end(key)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return kept

    async def of_all(self, journeys: Sequence[Journey]) -> list[tuple[Journey, list[Breach]]]:
        """The broken promises of each."""
        judged = []
        for number, journey in enumerate(journeys):
            judged.append((journey, await self.breaches(journey)))
            if number % _TURN == 0:
                await asyncio.sleep(0)
        return judged

    async def breaches(self, journey: Journey) -> list[Breach]:
        """Its broken promises, in the order in which they were seen."""
        return [breach for told in await self.of(journey) for breach in told.breaches]
