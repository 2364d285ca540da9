"""Events as plain JSON objects: what the JSON and NDJSON reports write.

Nothing here depends on when or how fast a run was: two runs with one seed give the same bytes.
"""

from __future__ import annotations

from typing import Any

from flow.coverage import Coverage
from flow.explorer.exploring import Exploration
from flow.explorer.findings import Finding
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
                "coverage": _coverage(coverage),
            }
        case ExplorationStarted():
            return {"event": "exploration_started", **_exploration_begun(event)}
        case FindingMade(finding=finding):
            return {"event": "finding_made", **_finding(finding)}
        case ExplorationFinished(exploration=exploration):
            return {"event": "exploration_finished", **_exploration(exploration)}
        case CoverageSummed():
            return {"event": "coverage_summed", **_coverage_summed(event)}


def _coverage(coverage: Coverage) -> dict[str, float]:
    """Percent visited."""
    return {
        "states": round(coverage.state_share, 2),
        "transitions": round(coverage.row_share, 2),
        "pairs": round(coverage.pair_share, 2),
        "possible_pairs": round(coverage.possible_pairs_visited.percent, 2),
        "conditions": round(coverage.conditions_visited.percent, 2),
        "faults": round(coverage.faults_visited.percent, 2),
        "markets": round(coverage.sales_visited.percent, 2),
    }


def _exploration_begun(event: ExplorationStarted) -> dict[str, Any]:
    return {
        "version": event.version,
        "backend": event.backend,
        "shop": event.shop,
        "seed": event.seed,
        "journeys": event.journeys,
        "max_steps": event.max_steps,
        "faults": event.faults,
        "at_once": event.at_once,
        "personas": list(event.personas),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "meaning": finding.meaning,
        "detail": finding.detail,
        "journey": finding.journey,
        "found_in": finding.found_in,
        "blame": {"who": finding.blame.who, "evidence": finding.blame.evidence},
        "steps": finding.story.steps,
        "faults": finding.story.faults,
        "transitions": list(finding.played.rows),
        "scenario": finding.yaml(),
    }


def _exploration(exploration: Exploration) -> dict[str, Any]:
    return {
        "seed": exploration.seed,
        "journeys": exploration.journeys,
        "steps": exploration.steps,
        "findings": len(exploration.findings),
        "interrupted": exploration.is_interrupted,
        "personas": dict(sorted(exploration.personas.items())),
        "never_reached": [state.value for state in exploration.missed_states],
        "never_taken": list(exploration.missed_rows),
        "coverage": _coverage(exploration.coverage),
    }


def _coverage_summed(event: CoverageSummed) -> dict[str, Any]:
    coverage = event.coverage
    return {
        "version": event.version,
        "seed": event.seed,
        "exit_code": None if event.summary is None else event.summary.exit_code,
        "coverage": _coverage(coverage),
        "states": {state.value: times for state, times in sorted(coverage.states.items())},
        "transitions": dict(sorted(coverage.rows.items())),
        "never_reached": [state.value for state in coverage.missed_states],
        "never_taken": [row.name for row in coverage.missed_rows],
        "never_in_a_row": [[one.name, two.name] for one, two in coverage.missed_pairs],
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
