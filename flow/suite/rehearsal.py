"""Walks a scenario through the table without running it, and names the first impossible step.

Outcomes that only a run can tell leave several states possible; a step is impossible when the
table allows it in none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from flow.acts import Pay
from flow.errors import ScenarioInvalid
from flow.shopper import Card
from flow.spelling import did_you_mean
from flow.suite.grammar import RefusedBy, ScenarioStep
from flow.table import INITIAL, Outcome, Row, State, rows_from, triggers_from

__all__ = ["rehearse"]

_CARDS = {
    Card.APPROVED: Outcome.APPROVED,
    Card.COVER_DECLINED: Outcome.APPROVED,
    Card.CHALLENGE_PASSED: Outcome.CHALLENGED,
    Card.CHALLENGE_FAILED: Outcome.CHALLENGED,
}


def rehearse(steps: Sequence[ScenarioStep]) -> list[ScenarioInvalid]:
    """The first step that cannot happen where it stands, if any."""
    possible = {INITIAL}
    for step in steps:
        if step.trigger is None or _is_refused_by_flow(step):
            continue
        rows = [row for state in possible for row in rows_from(state, step.trigger)]
        if not rows:
            return [_impossible(step, possible)]
        if step.refused is not None or step.silent:
            continue  # nothing moves
        reached = {row.dest for row in rows if _may_come(step, row)}
        possible = reached or {row.dest for row in rows}
    return []


def _is_refused_by_flow(step: ScenarioStep) -> bool:
    return step.refused is not None and step.refused.by is RefusedBy.FLOW


def _may_come(step: ScenarioStep, row: Row) -> bool:
    """Whether the row's outcome fits what the step says of itself."""
    if isinstance(step.act, Pay):
        return row.outcome is _CARDS.get(step.act.card, Outcome.REFUSED)
    if step.expect is not None and step.expect.state is not None:
        return row.dest is step.expect.state
    return True


def _impossible(step: ScenarioStep, possible: set[State]) -> ScenarioInvalid:
    states = sorted(possible)
    allowed = list(dict.fromkeys(trigger for state in states for trigger in triggers_from(state)))
    where = " or ".join(states)
    options = ", ".join(allowed) if allowed else "nothing, this state is final"
    near = did_you_mean(str(step.trigger), list(allowed))
    hint = f"allowed from here: {options}"
    return step.place.fault(
        f"cannot {step.trigger} while {where}", f"{hint}; {near}" if near else hint
    )
