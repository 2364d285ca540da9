from __future__ import annotations

from dataclasses import replace

import pytest

from flow.errors import IllegalMove
from flow.machine import Facts, check, fire
from flow.table import ROWS, Condition, Outcome, Row, State, Trigger


def _facts(row: Row) -> Facts:
    """Facts under which the row's conditions hold."""
    return replace(Facts(), **dict.fromkeys(map(str, row.when), True))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_is_taken_when_its_conditions_hold(row: Row) -> None:
    facts = _facts(row)
    check(row.trigger, row.source, facts)
    assert fire(row.trigger, row.source, facts, row.outcome) is row


@pytest.mark.parametrize(
    ("row", "condition"),
    [(row, condition) for row in ROWS for condition in (*row.when, *row.unless)],
    ids=lambda value: value.name if isinstance(value, Row) else str(value),
)
def test_no_row_is_taken_against_a_condition(row: Row, condition: Condition) -> None:
    facts = replace(_facts(row), **{condition: condition not in row.when})
    others = [other for other in ROWS if other is not row and other.source is row.source]
    if any(
        o.trigger is row.trigger and o.outcome is row.outcome and facts.meets(o) for o in others
    ):
        assert fire(row.trigger, row.source, facts, row.outcome) is not row
        return
    with pytest.raises(IllegalMove):
        fire(row.trigger, row.source, facts, row.outcome)


def test_an_illegal_move_says_what_would_be_allowed() -> None:
    with pytest.raises(IllegalMove) as caught:
        check(Trigger.BOOK, State.DECLINED, Facts())
    assert caught.value.trigger == "book"
    assert caught.value.allowed == ("change_mind", "pay", "abandon")
    assert str(caught.value).startswith("cannot book while declined; allowed from here: ")


def test_a_final_state_allows_nothing() -> None:
    with pytest.raises(IllegalMove, match="nothing, this state is final"):
        check(Trigger.PAY, State.CLOSED, Facts())


def test_an_unmet_condition_is_named() -> None:
    with pytest.raises(IllegalMove, match="it needs cover chosen"):
        check(Trigger.BOOK, State.COLLECTED, Facts())


def test_an_outcome_nobody_foresaw_is_an_error_and_not_silence() -> None:
    """`transitions` itself would answer False; here nothing passes unnoticed."""
    with pytest.raises(IllegalMove, match="nothing is foreseen for the outcome 'all'"):
        fire(Trigger.PAY, State.COVERED, Facts(), Outcome.ALL)


def test_every_condition_is_a_fact() -> None:
    assert {condition.value for condition in Condition} <= set(Facts.__slots__)
