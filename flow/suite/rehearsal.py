"""Walks a scenario through the table without running it, and names the first impossible step.

Outcomes that only a run can tell leave several states possible; a step is impossible when the
table allows it in none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from flow.acts import AtOnce, Pay
from flow.errors import ScenarioInvalid
from flow.shopper import Card
from flow.spelling import did_you_mean
from flow.suite.grammar import RefusedBy, ScenarioStep
from flow.table import INITIAL, Outcome, Row, State, Trigger, rows_from, triggers_from

__all__ = ["rehearse"]

_CARDS = {
    Card.APPROVED: Outcome.APPROVED,
    Card.COVER_DECLINED: Outcome.APPROVED,
    Card.CHALLENGE_PASSED: Outcome.CHALLENGED,
    Card.CHALLENGE_FAILED: Outcome.CHALLENGED,
}


def rehearse(steps: Sequence[ScenarioStep]) -> list[ScenarioInvalid]:
    """The first step that cannot happen where it stands, if any: each order stands by itself."""
    standing: dict[int, set[State]] = {}
    for step in steps:
        possible = standing.setdefault(step.order, {INITIAL})
        if _is_refused_by_flow(step):
            continue
        fault = None
        if step.at_once is not None:
            fault = _rehearse_both(step, step.at_once, possible)
        elif step.trigger is not None:
            fault = _rehearse_one(step, step.trigger, possible)
        if fault is not None:
            return [fault]
    return []


def _rehearse_one(
    step: ScenarioStep, trigger: Trigger, possible: set[State]
) -> ScenarioInvalid | None:
    """Move on to where it may lead."""
    rows = [row for state in possible for row in rows_from(state, trigger)]
    if not rows:
        return _impossible(step, trigger, possible)
    if step.refused is None and not step.silent:  # else nothing moves
        reached = {row.dest for row in rows if _may_come(step, row)}
        possible.clear()
        possible.update(reached or {row.dest for row in rows})
    return None


def _rehearse_both(
    step: ScenarioStep, both: AtOnce, possible: set[State]
) -> ScenarioInvalid | None:
    """Both have to be possible where the shopper stands; either may be carried out, or both."""
    triggers = (both.first.trigger, both.second.trigger)
    reached: set[State] = set()
    for trigger in triggers:
        if not any(rows_from(state, trigger) for state in possible):
            return _impossible(step, trigger, possible)
        reached |= _dests(possible, trigger)
    reached |= {dest for trigger in triggers for dest in _dests(reached, trigger)}
    wanted = step.expect.state if step.expect is not None else None
    possible |= reached
    if wanted in possible:
        possible.intersection_update({wanted})
    return None


def _dests(states: set[State], trigger: Trigger) -> set[State]:
    return {row.dest for state in states for row in rows_from(state, trigger)}


def _is_refused_by_flow(step: ScenarioStep) -> bool:
    return step.refused is not None and step.refused.by is RefusedBy.FLOW


def _may_come(step: ScenarioStep, row: Row) -> bool:
    """Whether the row's outcome fits what the step says of itself."""
    if isinstance(step.act, Pay):
        return row.outcome is _CARDS.get(step.act.card, Outcome.REFUSED)
    if step.expect is not None and step.expect.state is not None:
        return row.dest is step.expect.state
    return True


def _impossible(step: ScenarioStep, trigger: Trigger, possible: set[State]) -> ScenarioInvalid:
    states = sorted(possible)
    allowed = list(dict.fromkeys(trigger for state in states for trigger in triggers_from(state)))
    where = " or ".join(states)
    options = ", ".join(allowed) if allowed else "nothing, this state is final"
    near = did_you_mean(trigger, list(allowed))
    hint = f"allowed from here: {options}"
    return step.place.fault(f"cannot {trigger} while {where}", f"{hint}; {near}" if near else hint)
