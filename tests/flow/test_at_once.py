"""Two acts on one order at once: each is recorded, in an order that explains both."""

from __future__ import annotations

import threading

import pytest

from flow.acts import Act
from flow.backends.base import Backend
from flow.chance import Dice
from flow.gallery.shop_clicks import ServesTwoTabsAtOnce
from flow.ledger import Kind
from flow.shops.base import Observation
from flow.shops.reference import ReferenceShop
from flow.table import State
from flow.trace import Result, StepRecord
from tests.kit import TO_COLLECTED, TO_COMPLETED, TO_OFFER, T, Walk

TO_PAID = [*TO_OFFER, T.CHOOSE_COVER, T.PAY]


def _results(records: list[StepRecord]) -> list[Result]:
    return [record.result for record in records]


@pytest.mark.parametrize("turns", ["12", "21", "112", "1"])
def test_an_order_booked_twice_at_once_is_booked_once(turns: str) -> None:
    walk = Walk().go(*TO_COLLECTED)
    records = walk.try_both(T.BOOK, T.BOOK, turns)
    assert walk.state is State.BOOKED
    assert records[1].has_moved
    assert records[0].result in (Result.REFUSED, Result.REPEATED)
    assert len(walk.backend.list_bookings().results) == 1
    assert walk.breaches == []


def test_the_second_of_two_payments_is_refused() -> None:
    walk = Walk().go(*TO_OFFER, T.CHOOSE_COVER)
    records = walk.try_both(T.PAY, T.PAY)
    assert _results(records) == [Result.REFUSED, Result.MOVED]
    assert "paid" in (records[0].error or "")
    assert walk.journey.history.ledger.total(Kind.CHARGED, "GBP").amount > 1500
    assert walk.breaches == []


def test_calls_go_to_the_act_that_made_them() -> None:
    walk = Walk().go(*TO_COMPLETED)
    refused, moved = walk.try_both((T.CANCEL, {"items": ["LAPTOP"]}), T.CANCEL)
    assert refused.exchanges == ()
    assert [exchange.asked.operation for exchange in moved.exchanges] == ["cancel_booking"]
    assert moved.act.model_dump() != refused.act.model_dump()


def test_two_steps_that_can_follow_each_other_both_move() -> None:
    """Two parts of a cover paid in parts, one by one tab and one by the other."""
    plan = (T.CHOOSE_COVER, {"plan": "1year-monthly"})
    walk = Walk().go(*TO_OFFER, plan, T.PAY, T.COLLECT, T.BOOK, T.RECEIVE_DOCUMENTS, T.SEND_INVOICE)
    records = walk.try_both(T.PAY_INSTALMENT, T.PAY_INSTALMENT, "1")
    assert _results(records) == [Result.MOVED, Result.MOVED]
    assert [record.is_half for record in records] == [True, False]
    assert walk.breaches == []


def test_what_is_not_allowed_here_is_not_tried() -> None:
    walk = Walk().go(*TO_OFFER)
    (record,) = walk.try_both(T.BOOK, T.BOOK)
    assert record.result is Result.ILLEGAL
    assert walk.state is State.OFFERED


def test_without_a_lock_both_are_carried_out_and_one_is_unexplained() -> None:
    walk = Walk(shop=ServesTwoTabsAtOnce).go(*TO_PAID)
    records = walk.try_both(T.RESERVE, T.RESERVE)
    assert Result.UNEXPLAINED in _results(records)
    assert "acts_at_once_come_one_after_another" in walk.broken


def test_turns_decide_whether_a_missing_lock_is_felt() -> None:
    """One after the other, the second finds the reservation made and does nothing."""
    walk = Walk(shop=ServesTwoTabsAtOnce).go(*TO_PAID)
    walk.try_both(T.RESERVE, T.RESERVE, "1")
    assert walk.breaches == []


def test_a_shop_that_raises_in_one_of_two_is_a_defect_of_that_one() -> None:
    class Raises(ServesTwoTabsAtOnce):
        def opt_out(self, act: Act) -> Observation:
            msg = "no such table"
            raise LookupError(msg)

    walk = Walk(shop=Raises).go(*TO_OFFER, (T.DECLINE_COVER, {}), T.PAY, T.COLLECT)
    first, second = walk.try_both(T.OPT_OUT, T.OPT_OUT)
    assert first.is_defect
    assert second.is_defect
    assert "LookupError: no such table" in (first.error or "")


def test_a_shop_that_lets_the_second_act_wait_is_as_right_as_one_that_refuses_it() -> None:
    """Most shops lock the order's row, and whoever comes second waits for it."""

    class Waits(ReferenceShop):
        def __init__(self, backend: Backend, dice: Dice) -> None:
            super().__init__(backend, dice)
            self._row = threading.Lock()

        def book(self, act: Act) -> Observation:
            with self._row:
                return super().book(act)

    walk = Walk(shop=Waits).go(*TO_COLLECTED)
    records = walk.try_both(T.BOOK, T.BOOK)
    assert _results(records) == [Result.REFUSED, Result.MOVED]
    assert len(walk.backend.list_bookings().results) == 1
    assert walk.breaches == []
