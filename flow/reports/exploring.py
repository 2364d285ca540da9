"""Tells listeners of an exploration while it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from flow.explorer.exploring import Exploration
from flow.reports.events import ExplorationFinished, ExplorationStarted, FindingMade, Listener

__all__ = ["Narrator"]


class Narrator:
    """Hears how far an exploration is, and tells what is new in it.

    Args:
        started: told at once.

    Attributes:
        latest: the exploration, as far as it was heard of.
    """

    def __init__(self, started: ExplorationStarted, listeners: Sequence[Listener]) -> None:
        self._listeners = listeners
        self.latest = Exploration(seed=started.seed)
        self._told = 0
        for listener in listeners:
            listener.hear(started)

    def hear(self, exploration: Exploration) -> None:
        """Tell of findings that were made since the last time."""
        self.latest = exploration
        for finding in exploration.findings[self._told :]:
            for listener in self._listeners:
                listener.hear(FindingMade(finding))
        self._told = len(exploration.findings)

    def finish(self) -> None:
        """Tell the end; of one that was interrupted, what it had come to."""
        for listener in self._listeners:
            listener.hear(ExplorationFinished(self.latest))
