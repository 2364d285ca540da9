"""What cannot happen by the effects never happens; every effect is met, and says why it is so."""

from __future__ import annotations

import pytest

from flow.effects import CONSTANT, EFFECTS, TRACKED, facts_after
from flow.machine import Facts
from flow.reach import adjacent_pairs, can_be, possible_pairs
from flow.table import INITIAL, ROWS, Condition, Row, State, rows_from
from tests.kit import TO_BOOKED, TO_COMPLETED, Move, T, Walk, tracked


def _row(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


def test_nothing_but_what_an_order_begins_with_holds_at_first() -> None:
    assert tracked(Facts()) == frozenset()
    assert CONSTANT <= TRACKED


def test_each_row_has_one_effect_at_most_and_each_effect_a_row() -> None:
    for row in ROWS:
        assert sum(effect.concerns(row) for effect in EFFECTS) <= 1, row.name
    for effect in EFFECTS:
        assert any(effect.concerns(row) for row in ROWS), effect
        assert effect.because.endswith(".")


def test_possible_pairs_are_some_of_those_that_lie_next_to_each_other() -> None:
    possible = possible_pairs()
    assert len(adjacent_pairs()) == sum(len(rows_from(row.dest)) for row in ROWS)
    assert set(possible) < set(adjacent_pairs())
    assert {row for pair in possible for row in pair} == set(ROWS), "every row can be taken"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("reserve: paid -> pending", "confirm_payment: pending -> booked"),
        ("opt_out: booked -> booked", "opt_out: booked -> booked"),
        ("pay: in_cart -> paid (approved)", "reserve: paid -> pending"),
        ("keep_shopping: covered -> browsing", "add_to_cart: browsing -> in_cart"),
        ("change_mind: covered -> offered", "decline_cover: offered -> covered (some)"),
    ],
)
def test_conditions_that_exclude_each_other_make_a_pair_impossible(one: str, two: str) -> None:
    assert (_row(one), _row(two)) in adjacent_pairs()
    assert (_row(one), _row(two)) not in possible_pairs()


def test_a_condition_can_be_what_some_journey_makes_it() -> None:
    assert not can_be(INITIAL, Condition.MONEY_COLLECTED, True)
    assert can_be(State.PENDING, Condition.MONEY_COLLECTED, True)
    assert can_be(State.COMPLETED, Condition.RENEWABLE, False), "nobody vouches for that one"
    assert not can_be(State.COMPLETED, Condition.LIVE_POLICY, False)


@pytest.mark.parametrize(
    "moves",
    [
        [*TO_COMPLETED, (T.CANCEL, {"items": ["LAPTOP"]}), T.REFUND, T.CANCEL, T.REFUND],
        [*TO_BOOKED[:3], (T.DECLINE_COVER, {}), T.CHANGE_MIND, T.CHOOSE_COVER, T.PAY, T.RESERVE],
        [T.OPEN_PORTAL, (T.FILL_FORM, {"sku": "LAPTOP"}), T.PAY, T.COLLECT, T.BOOK],
    ],
)
def test_facts_change_as_the_effects_say(moves: list[Move]) -> None:
    walk = Walk()
    for move in moves:
        before = tracked(walk.journey.order.facts())
        walk.go(move)
        row = walk.journey.history.last.row
        assert row is not None
        assert tracked(walk.journey.order.facts()) in set(facts_after(row, before)), row.name
