"""What a run, an exploration or a coverage tells its listeners, and what a listener is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from flow.coverage import Coverage
from flow.explorer.exploring import Exploration
from flow.explorer.findings import Finding
from flow.suite.verdict import Summary, Verdict

__all__ = [
    "CaseFinished",
    "CoverageSummed",
    "Event",
    "ExplorationFinished",
    "ExplorationStarted",
    "FindingMade",
    "Listener",
    "RunFinished",
    "RunStarted",
]


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


@dataclass(frozen=True, slots=True)
class ExplorationStarted:
    """Random shoppers set out: where, how many at most, how long, with what befalling them."""

    version: str
    backend: str
    shop: str
    seed: int
    journeys: int
    max_steps: int
    faults: float
    personas: tuple[str, ...]
    at_once: bool


@dataclass(frozen=True, slots=True)
class FindingMade:
    """A kind of trouble was met for the first time, shrunk and investigated."""

    finding: Finding


@dataclass(frozen=True, slots=True)
class ExplorationFinished:
    """An exploration ended, or was ended."""

    exploration: Exploration


@dataclass(frozen=True, slots=True)
class CoverageSummed:
    """What was visited in all: by scenarios that were played, if any were, and as files say."""

    version: str
    backend: str
    shop: str
    seed: int
    coverage: Coverage
    summary: Summary | None


Event = (
    RunStarted
    | CaseFinished
    | RunFinished
    | ExplorationStarted
    | FindingMade
    | ExplorationFinished
    | CoverageSummed
)


class Listener(Protocol):
    """Hears every event of a run, in order."""

    def hear(self, event: Event) -> None:
        """Take note."""
