"""Repeated measurements of one thing, and how they are told: median, quartiles, number."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Figure", "alternate", "ratio", "seconds"]


@dataclass(frozen=True, slots=True)
class Figure:
    """Measurements of one thing, in seconds."""

    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one: a colleague's compile run does not move it."""
        return statistics.median(self.samples)

    @property
    def quartiles(self) -> tuple[float, float]:
        """A quarter of the measurements lie below the first, a quarter above the second."""
        if len(self.samples) < 2:
            return self.median, self.median
        low, _, high = statistics.quantiles(self.samples, n=4, method="inclusive")
        return low, high

    def cells(self) -> tuple[str, str, str]:
        """Median, quartiles and number, as a table shows them."""
        low, high = self.quartiles
        return _told(self.median), f"{_told(low)} - {_told(high)}", str(len(self.samples))


def _told(length: float) -> str:
    if abs(length) >= 1:
        return f"{length:.2f} s"
    if abs(length) >= 0.001:
        return f"{length * 1e3:.2f} ms"
    return f"{length * 1e6:.0f} us"


def seconds(action: Callable[[], object]) -> float:
    """How long an action takes; what others left to collect is collected before."""
    gc.collect()
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def alternate(
    rounds: int, measures: Sequence[tuple[str, Callable[[], float]]]
) -> dict[str, Figure]:
    """Take all measures in turn, round by round, so that a slow spell meets all of them.

    A measure that is cheap may be listed several times: it is taken as often in a round.
    """
    taken: dict[str, list[float]] = {name: [] for name, _ in measures}
    for number in range(rounds):
        # Back and forth: none always follows the same other.
        for name, measure in measures[:: 1 if number % 2 == 0 else -1]:
            taken[name].append(measure())
    return {name: Figure(tuple(samples)) for name, samples in taken.items()}


def ratio(figure: Figure, base: Figure) -> str:
    """How many times the base's median a figure's is."""
    return f"{figure.median / base.median:.2f} x"
