"""The listener that writes the HTML report: it collects, and writes one file at the end.

Everything is in that file; it asks for nothing else, and runs no script. What takes longer or
shorter from run to run stands in a section of its own, so that all else is the same for the same
seed. Long lists are cut, and say so: the file stays small however much was played.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any, TextIO

from flow.chart import draw_chart
from flow.coverage import Coverage
from flow.explorer.exploring import Exploration
from flow.pages.rendering import render
from flow.reports.events import (
    CaseFinished,
    CoverageSummed,
    Event,
    ExplorationFinished,
    ExplorationStarted,
    FindingMade,
    RunFinished,
    RunStarted,
)
from flow.reports.html.heat import chart_counts, markets, rows_visited, states_visited
from flow.reports.html.tables import failures, found, missed, slowest
from flow.shopper import Cover, PaymentModel
from flow.suite.verdict import Status, Summary, Verdict

__all__ = ["HtmlReport"]

_PLAYED = 2000
"""Scenarios that are listed by name."""


class HtmlReport:
    """One HTML page that can be forwarded.

    Args:
        verb: what was done: `run`, `replay`, `explore` or `coverage`.
        repeat: the command that does it again.
    """

    def __init__(self, stream: TextIO, *, verb: str = "run", repeat: str = "") -> None:
        self._stream = stream
        self._about: dict[str, Any] = {
            "verb": verb,
            "repeat": repeat,
            "python": platform.python_version(),
        }
        self._started: RunStarted | ExplorationStarted | None = None
        self._verdicts: list[Verdict] = []

    def hear(self, event: Event) -> None:
        """Collect, and write at the end."""
        match event:
            case RunStarted() | ExplorationStarted():
                self._started = event
            case CaseFinished(verdict=verdict):
                self._verdicts.append(verdict)
            case FindingMade():
                pass  # the exploration holds it, too
            case RunFinished(summary=summary, coverage=coverage):
                self._write("run", **_of_run(self._verdicts, summary), **_of_coverage(coverage))
            case ExplorationFinished(exploration=exploration):
                self._write("explore", **self._of_exploration(exploration))
            case CoverageSummed(coverage=coverage, summary=summary):
                totals = None if summary is None else _totals(summary)
                result = "done" if summary is None else _RESULTS[summary.exit_code]
                self._started = RunStarted(
                    event.version, event.backend, event.shop, event.seed, cases=0
                )
                self._write("coverage", result=result, totals=totals, **_of_coverage(coverage))

    def _write(self, page: str, **given: Any) -> None:
        started = self._started
        self._stream.write(render(f"report/{page}.html", started=started, **self._about, **given))

    def _of_exploration(self, exploration: Exploration) -> dict[str, Any]:
        started = self._started
        assert isinstance(started, ExplorationStarted)
        calm = "inconclusive" if exploration.is_interrupted else "passed"
        return {
            "result": "failed" if exploration.findings else calm,
            "exploration": exploration,
            "personas": sorted(exploration.personas.items()),
            "slowest": exploration.pace.slowest(_SLOWEST),
            "found": found(exploration.findings, backend=started.backend, shop=started.shop),
            **_of_coverage(exploration.coverage),
        }


_SLOWEST = 10
_RESULTS = {0: "passed", 1: "failed", 3: "inconclusive", 5: "inconclusive"}


def _of_run(verdicts: Sequence[Verdict], summary: Summary) -> dict[str, Any]:
    told = failures(verdicts)
    wrong = summary.count(Status.FAILED) + summary.count(Status.ERROR)
    return {
        "result": _RESULTS[summary.exit_code],
        "totals": _totals(summary),
        "failures": told,
        "failures_left_out": wrong - len(told),
        "played": verdicts[:_PLAYED],
        "played_left_out": max(0, len(verdicts) - _PLAYED),
        "slowest": slowest(verdicts),
        "seconds": sum(verdict.seconds for verdict in verdicts),
    }


def _totals(summary: Summary) -> dict[str, int]:
    """How many ended how; the words a reader knows."""
    counts = {status.value: summary.count(status) for status in Status}
    return {**counts, "not run": summary.not_run}


def _of_coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "shares": coverage.shares,
        "chart": draw_chart(chart_counts(coverage), title="The purchase flow, as it was visited"),
        "states": states_visited(coverage),
        "rows": rows_visited(coverage),
        "markets": markets(coverage),
        "covers": [cover.replace("_", " ") for cover in Cover],
        "payments": list(PaymentModel),
        "missed": missed(coverage),
    }
