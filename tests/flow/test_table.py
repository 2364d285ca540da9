from __future__ import annotations

from flow import machine
from flow.acts import ACTS
from flow.machine import Facts
from flow.shops.base import Shop
from flow.shops.reference import ReferenceShop
from flow.table import FINAL, INITIAL, ROWS, Branch, State, Step, Trigger


def test_every_step_and_branch_has_rows() -> None:
    parts = {row.part for row in ROWS}
    assert parts == set(Step) | set(Branch)


def test_every_state_can_be_reached() -> None:
    reached = {INITIAL}
    while True:
        more = {row.dest for row in ROWS if row.source in reached} - reached
        if not more:
            break
        reached |= more
    assert reached == set(State)


def test_a_purchase_can_always_end() -> None:
    """From every state some final one can be reached, or the purchase is complete."""
    ends = set(FINAL) | {State.COMPLETED}
    while True:
        more = {row.source for row in ROWS if row.dest in ends} - ends
        if not more:
            break
        ends |= more
    assert ends == set(State)


def test_row_names_are_unique() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)


def test_rows_of_one_source_and_trigger_differ_in_condition_or_outcome() -> None:
    """Otherwise the machine would take the first, and the other could never be taken."""
    seen = [(row.source, row.trigger, row.when, row.unless, row.outcome) for row in ROWS]
    assert len(set(seen)) == len(seen)


def test_every_trigger_has_an_act_and_a_method_in_every_shop() -> None:
    for trigger in Trigger:
        assert trigger in ACTS
        assert callable(getattr(Shop, trigger.value))
        assert callable(getattr(ReferenceShop, trigger.value))


def test_final_states_end_something() -> None:
    assert {State.CLOSED, State.REFUNDED, State.ABANDONED} == FINAL


def test_nothing_but_browsing_is_allowed_in_an_empty_shop() -> None:
    assert machine.allowed(INITIAL, Facts()) == (
        Trigger.VIEW_PRODUCT,
        Trigger.ADD_TO_CART,
        Trigger.OPEN_PORTAL,
        Trigger.ABANDON,
    )
