"""Events as plain JSON objects: what the JSON and NDJSON reports write.

Nothing here depends on when or how fast a run was: two runs with one seed give the same bytes.
"""

from __future__ import annotations

from typing import Any

from flow.reports.events import CaseFinished, Event, RunFinished, RunStarted
from flow.suite.verdict import Status, StepVerdict, Verdict

__all__ = ["record"]


def record(event: Event) -> dict[str, Any]:
    """The event as a JSON object, its kind under `event`."""
    match event:
        case RunStarted():
            return {
                "event": "run_started",
                "version": event.version,
                "backend": event.backend,
                "shop": event.shop,
                "seed": event.seed,
                "scenarios": event.cases,
            }
        case CaseFinished(verdict=verdict):
            return {"event": "scenario_finished", **_verdict(verdict)}
        case RunFinished(summary=summary, coverage=coverage):
            return {
                "event": "run_finished",
                "seed": summary.seed,
                "exit_code": summary.exit_code,
                "scenarios": {status.value: summary.count(status) for status in Status},
                "not_run": summary.not_run,
                "coverage": {
                    "states": round(coverage.state_share, 2),
                    "transitions": round(coverage.row_share, 2),
                    "pairs": round(coverage.pair_share, 2),
                    "possible_pairs": round(coverage.possible_pairs_visited.percent, 2),
                    "conditions": round(coverage.conditions_visited.percent, 2),
                    "faults": round(coverage.faults_visited.percent, 2),
                    "markets": round(coverage.sales_visited.percent, 2),
                },
            }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.name,
        "file": verdict.file,
        "line": verdict.line,
        "tags": list(verdict.tags),
        "status": verdict.status.value,
        "state": verdict.state,
        "steps": [_step(step) for step in verdict.steps],
        "failures": list(verdict.failures),
        "broken_promises": [
            {"promise": breach.promise, "step": breach.step, "detail": breach.detail}
            for breach in verdict.breaches
        ],
        "transitions": list(verdict.rows),
        "reason": verdict.reason,
    }


def _step(step: StepVerdict) -> dict[str, Any]:
    return {
        "number": step.number,
        "step": step.label,
        "file": step.file,
        "line": step.line,
        "result": step.result,
        "state": step.state,
        "calls": list(step.calls),
        "failures": list(step.failures),
    }
