"""How long steps take, kind by kind: the wall clock's only place in an exploration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

__all__ = ["Pace", "Timed", "Timing"]


@dataclass(frozen=True, slots=True)
class Timed:
    """A step of a journey, and the seconds it took: judging it included."""

    kind: str
    number: int
    seconds: float


@dataclass(slots=True)
class Timing:
    """Steps of one kind: how many, the seconds of all and of the longest, and where that was."""

    count: int = 0
    total: float = 0.0
    longest: float = 0.0
    journey: int = 0
    step: int = 0

    @property
    def mean(self) -> float:
        """Seconds of a usual one."""
        return self.total / self.count if self.count else 0.0

    def merge(self, other: Timing) -> None:
        """Add another's steps to these."""
        self.count += other.count
        self.total += other.total
        if other.longest > self.longest:
            self.longest, self.journey, self.step = other.longest, other.journey, other.step


@dataclass(slots=True)
class Pace:
    """Timings by kind of step: a trigger, an attempt, or two triggers at once."""

    kinds: dict[str, Timing] = field(default_factory=dict)

    def add(self, journey: int, steps: Iterable[Timed]) -> None:
        """Count the steps of a journey."""
        for step in steps:
            one = Timing(1, step.seconds, step.seconds, journey, step.number)
            self.kinds.setdefault(step.kind, Timing()).merge(one)

    def merge(self, other: Pace) -> None:
        """Add another's."""
        for kind, timing in other.kinds.items():
            self.kinds.setdefault(kind, Timing()).merge(timing)

    def slowest(self, most: int) -> list[tuple[str, Timing]]:
        """Kinds with the longest steps, the longest first."""
        return sorted(self.kinds.items(), key=lambda item: -item[1].longest)[:most]
