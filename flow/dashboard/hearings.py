"""Dashboard: what the calls of each journey testify to, kept until another call is made."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from flow.dashboard.journeys import LOOSE, Journey
from flow.promises.promise import Breach
from flow.testimony.judging import Told, hear

__all__ = ["Hearings"]

_MOST = 5000
"""Journeys of which it is kept."""
_TURN = 64
"""Calls that are judged before others have their turn: the insurer answers on the same loop."""


class Hearings:
    """Judges journeys when somebody asks, and once."""

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[object, ...], list[Told]] = OrderedDict()

    def of(self, journey: Journey) -> list[Told]:
        """What its calls tell, call by call."""
        if journey.name == LOOSE:
            return []
        told = self._told.get(journey.stamp)
        if told is None:
            told = self._told[journey.stamp] = hear(entry.shown() for entry in journey.entries)
            if len(self._told) > _MOST:
                self._told.popitem(last=False)
        return told

    async def of_all(self, journeys: Sequence[Journey]) -> list[tuple[Journey, list[Breach]]]:
        """The broken promises of each; in turns with whatever else the server does."""
        judged, calls = [], 0
        for journey in journeys:
            if journey.stamp not in self._told:
                calls += len(journey.entries)
            judged.append((journey, self.breaches(journey)))
            if calls >= _TURN:
                calls = 0
                await asyncio.sleep(0)
        return judged

    def breaches(self, journey: Journey) -> list[Breach]:
        """Its broken promises, in the order in which they were seen."""
        return [breach for told in self.of(journey) for breach in told.breaches]
