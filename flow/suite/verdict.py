"""What came of a scenario: its steps, what it expected in vain, which promises broke."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from flow.coverage import Coverage
from flow.promises.promise import Breach

__all__ = ["Status", "StepVerdict", "Summary", "Verdict"]


class Status(StrEnum):
    """How a scenario ended.

    FAILED: shop or insurer did not do what was expected. ERROR: nobody can say, for the insurer
    was not reachable or a step could not be made. SKIPPED: it was not tried, and why is said.
    """

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepVerdict:
    """One step: what it was, where it led, what was wrong.

    Attributes:
        seconds: how long it took; two that differ in nothing else are the same.
    """

    number: int
    label: str
    file: str
    line: int
    result: str
    state: str
    calls: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One scenario's end.

    Attributes:
        rows: names of the table's rows that were taken, in order.
        coverage: everything that was visited, these rows among it.
        failures: expectations at the end that did not hold.
        expected_at: where they stand, as file and line.
        reason: why it ended in ERROR or SKIPPED.
        seconds: how long it took; left out of reports that must be the same twice.
        papers: the folder of its documents, where they were saved.
    """

    name: str
    file: str
    line: int
    tags: tuple[str, ...]
    status: Status
    seed: int
    state: str
    steps: tuple[StepVerdict, ...] = ()
    failures: tuple[str, ...] = ()
    breaches: tuple[Breach, ...] = ()
    rows: tuple[str, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    expected_at: str = ""
    reason: str | None = None
    seconds: float = 0.0
    papers: str | None = None

    @property
    def complaints(self) -> list[str]:
        """Everything that was wrong, a line each, with its place."""
        found = [
            f"{step.file}:{step.line}: step {step.number}, {step.label}: {failure}"
            for step in self.steps
            for failure in step.failures
        ]
        found += [f"{self.expected_at}: at the end: {failure}" for failure in self.failures]
        found += [
            f"promise {breach.promise}, broken after step {breach.step}: {breach.detail}"
            for breach in self.breaches
        ]
        if self.reason:
            found.append(self.reason)
        return found


@dataclass(slots=True)
class Summary:
    """A run so far."""

    seed: int
    verdicts: list[Verdict] = field(default_factory=list)
    not_run: int = 0

    def count(self, status: Status) -> int:
        """How many ended so."""
        return sum(verdict.status is status for verdict in self.verdicts)

    @property
    def exit_code(self) -> int:
        """0 all held, 1 something failed, 3 inconclusive, 5 nothing ran."""
        if self.count(Status.FAILED):
            return 1
        if self.count(Status.ERROR) or self.not_run:
            return 3
        if not self.verdicts:
            return 5
        return 0 if self.count(Status.PASSED) else 3
