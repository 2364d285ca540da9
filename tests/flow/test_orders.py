"""Two orders of one customer, a step of one and some of the other: neither is felt in the other."""

from __future__ import annotations

import itertools

import pytest

from flow.errors import ShopFailed
from flow.gallery.insurer_cancellations import EndsAllCoverOfTheCustomer
from flow.gallery.shop_clicks import NumbersOrdersByCustomer
from flow.ledger import Kind
from flow.order import Offer
from flow.orders import SECOND
from flow.shops.base import Observation, Shop, ShopAdapter, ShopLacks, Visit
from flow.shops.reference import ReferenceShop
from flow.table import State
from tests.kit import TO_COMPLETED, T, Walk


@pytest.mark.parametrize("first_of_each", [1, 2, 5])
def test_orders_side_by_side_come_out_as_they_would_have_alone(first_of_each: int) -> None:
    alone = Walk().go(*TO_COMPLETED)
    walk = Walk()
    for steps in itertools.zip_longest(*[iter(TO_COMPLETED)] * first_of_each):
        moves = [move for move in steps if move is not None]
        walk.go(*moves)
        assert all(walk.try_beside(move).has_moved for move in moves)
    assert walk.breaches == []
    for journey in walk.orders:
        assert journey.state is State.COMPLETED
        charged, expected = (
            one.history.ledger.total(Kind.CHARGED, "GBP") for one in (journey, alone.journey)
        )
        assert charged == expected
    assert len(walk.backend.list_bookings().results) == 2


def test_each_order_has_the_calls_of_its_own_steps() -> None:
    walk = Walk().go(*TO_COMPLETED)
    for move in TO_COMPLETED:
        walk.try_beside(move)
    first, second = (
        [one.asked.operation for step in journey.history.steps for one in step.exchanges]
        for journey in walk.orders
    )
    assert first == second


def test_an_insurer_that_touches_the_other_order_is_found_in_the_step_that_did_it() -> None:
    walk = Walk(backend=EndsAllCoverOfTheCustomer(Walk().backend)).go(*TO_COMPLETED)
    for move in [*TO_COMPLETED, T.CANCEL]:
        walk.try_beside(move)
    (breach,) = [one for one in walk.breaches if one.promise.startswith("orders_of_one")]
    assert "changed by a step that was about another order: CONFIRMED became" in breach.detail
    assert breach.step == len(TO_COMPLETED) + 1


def test_orders_that_go_by_one_number_are_found() -> None:
    walk = Walk(shop=NumbersOrdersByCustomer).go(*TO_COMPLETED)
    for move in TO_COMPLETED:
        walk.try_beside(move)
    assert "one_policy_for_one_purchase" in walk.broken


def test_a_package_that_is_in_both_orders_is_found() -> None:
    shown: list[Offer] = []

    class SharesItsCart(ReferenceShop):
        def report(self, *args: object, **more: object) -> Observation:
            seen = super().report(*args, **more)  # type: ignore[arg-type]  # as it was given
            shown.extend(seen.offers)
            return Observation(outcome=seen.outcome, offers=tuple(shown), entries=seen.entries)

    walk = Walk(shop=SharesItsCart).go(*TO_COMPLETED[:3])
    walk.try_beside(TO_COMPLETED[0])
    assert "orders_of_one_customer_stay_apart" in walk.broken


class _OneVisitOnly(ShopAdapter):
    """Serves a customer once."""


class _SameAgain(ReferenceShop):
    def another_session(self, visit: Visit) -> Shop:
        return self


class _DoorJams(ReferenceShop):
    def another_session(self, visit: Visit) -> Shop:
        msg = "the door jams"
        raise OSError(msg)


def test_a_shop_without_another_session_says_so() -> None:
    walk = Walk(shop=lambda backend, dice: _OneVisitOnly())
    assert not walk.journey.can_have_another
    with pytest.raises(ShopLacks, match="_OneVisitOnly does not offer another_session"):
        walk.orders[SECOND]


@pytest.mark.parametrize(
    ("shop", "told"),
    [
        (_SameAgain, "_SameAgain.another_session returned the session that was there"),
        (_DoorJams, "_DoorJams.another_session raised OSError: the door jams"),
    ],
)
def test_a_session_that_is_none_is_the_shops_failure(shop: type[ReferenceShop], told: str) -> None:
    with pytest.raises(ShopFailed, match=told):
        Walk(shop=shop).orders[SECOND]
