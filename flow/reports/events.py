"""What a run tells its listeners, and what a listener is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from flow.coverage import Coverage
from flow.suite.verdict import Summary, Verdict

__all__ = ["CaseFinished", "Event", "Listener", "RunFinished", "RunStarted"]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins: on what, with how many scenarios."""

    version: str
    backend: str
    shop: str
    seed: int
    cases: int


@dataclass(frozen=True, slots=True)
class CaseFinished:
    """A scenario ended."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run ended, and what of the table it visited."""

    summary: Summary
    coverage: Coverage


Event = RunStarted | CaseFinished | RunFinished


class Listener(Protocol):
    """Hears every event of a run, in order."""

    def hear(self, event: Event) -> None:
        """Take note."""
