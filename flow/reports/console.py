"""What a person at a terminal reads: a line a scenario, every complaint, and the sum."""

from __future__ import annotations

import sys
from typing import Any, TextIO

from flow.coverage import Coverage
from flow.reports.events import CaseFinished, Event, RunFinished, RunStarted
from flow.suite.verdict import Status, Summary, Verdict

__all__ = ["ConsoleReport"]

_WORDS = {
    Status.PASSED: "PASS ",
    Status.FAILED: "FAIL ",
    Status.ERROR: "ERROR",
    Status.SKIPPED: "SKIP ",
}


class ConsoleReport:
    """Writes to a stream.

    Args:
        verbosity: -1 prints failures and the sum, 0 a line a scenario, 1 every step too.
        progress: show a bar instead of a line for what passes.
    """

    def __init__(
        self, stream: TextIO | None = None, *, verbosity: int = 0, progress: bool = False
    ) -> None:
        self._stream: TextIO | None = stream or sys.stdout  # None once closed: `>&-`
        self._verbosity = verbosity
        self._progress = progress
        self._bar: Any = None

    def hear(self, event: Event) -> None:
        """Print what the event says."""
        match event:
            case RunStarted():
                self._begin(event)
            case CaseFinished(verdict=verdict):
                self._case(verdict)
            case RunFinished(summary=summary, coverage=coverage):
                self._end(summary, coverage)

    def _print(self, text: str = "") -> None:
        if self._stream is not None:
            self._stream.write(f"{text}\n")

    def _begin(self, event: RunStarted) -> None:
        if self._verbosity >= 0:
            self._print(
                f"purchaseflow {event.version}: {_count(event.cases)}, backend"
                f" {event.backend}, shop {event.shop}"
            )
        if self._progress:
            import click

            self._bar = click.progressbar(
                length=event.cases, file=self._stream, label="scenarios", show_eta=False
            )
            self._bar.__enter__()

    def _case(self, verdict: Verdict) -> None:
        if self._bar is not None:
            self._bar.update(1)
        failed = verdict.status is not Status.PASSED
        plain = self._bar is None and self._verbosity >= 0
        if failed or plain or self._verbosity > 0:
            self._print(f"{_WORDS[verdict.status]} {verdict.file}: {verdict.name}")
        if self._verbosity > 0:
            for step in verdict.steps:
                calls = f"  [{', '.join(step.calls)}]" if step.calls else ""
                moved = "" if step.result in ("moved", "done") else f" ({step.result})"
                self._print(f"        {step.number:>2} {step.label} -> {step.state}{moved}{calls}")
        for complaint in verdict.complaints:
            self._print(f"      {complaint}")

    def _end(self, summary: Summary, coverage: Coverage) -> None:
        if self._bar is not None:
            self._bar.__exit__(None, None, None)
        parts = [f"{summary.count(Status.PASSED)} passed"]
        for status in (Status.FAILED, Status.ERROR, Status.SKIPPED):
            if summary.count(status):
                parts.append(f"{summary.count(status)} {status}")
        if summary.not_run:
            parts.append(f"{summary.not_run} not run")
        self._print()
        self._print(f"{_count(len(summary.verdicts))}: {', '.join(parts)}")
        self._print(
            f"coverage: states {coverage.state_share:.1f} %, transitions"
            f" {coverage.row_share:.1f} %, pairs of transitions {coverage.pair_share:.1f} %"
            f" ({coverage.possible_pairs_visited.percent:.1f} % of those that can happen)"
        )
        self._print(f"seed: {summary.seed}")


def _count(number: int) -> str:
    return f"{number} scenario" if number == 1 else f"{number} scenarios"
