"""A journey never crashes for what a plugged shop or backend does; it says whose fault it is."""

from __future__ import annotations

from typing import Any

from flow.acts import Act, AddToCart
from flow.backends.faulty import FaultKind
from flow.backends.observed import ObservedBackend
from flow.backends.relay import RelayBackend
from flow.backends.simulator import SimulatorBackend
from flow.errors import BackendRefused, BackendUnclear
from flow.journey import Journey
from flow.shopper import Shopper
from flow.shops.base import Observation, ShopAdapter, Visit
from flow.shops.reference import ReferenceShop
from flow.table import Outcome, State, Trigger
from flow.trace import Result
from models import CreateQuotes, Operation, Problem, QuotePackage
from tests.kit import PRODUCTS, TO_BOOKED, TO_COLLECTED, TO_OFFER, T, Walk


class Raises(ReferenceShop):
    def request_quote(self, act: Any) -> Observation:
        raise KeyError("sku")


class ReturnsNonsense(ReferenceShop):
    def request_quote(self, act: Any) -> Observation:
        return {"ok": True}  # type: ignore[return-value]  # what a careless adapter does


class UnforeseenOutcome(ReferenceShop):
    def request_quote(self, act: Any) -> Observation:
        return Observation(outcome=Outcome.ALL)


class OnlyBrowses(ShopAdapter):
    def view_product(self, act: Any) -> Observation:
        return Observation()


def test_a_shop_that_raises_is_named_with_its_method() -> None:
    walk = Walk(shop=Raises).go(*TO_OFFER[:2])
    record = walk.try_(T.REQUEST_QUOTE)
    assert record.result is Result.REFUSED
    assert record.error == "Raises.request_quote raised KeyError: 'sku'"
    assert walk.state is State.IN_CART


def test_a_shop_that_returns_nonsense_is_named() -> None:
    record = Walk(shop=ReturnsNonsense).go(*TO_OFFER[:2]).try_(T.REQUEST_QUOTE)
    assert record.error == "ReturnsNonsense.request_quote returned dict, not an Observation"


def test_an_unforeseen_outcome_does_not_move() -> None:
    record = Walk(shop=UnforeseenOutcome).go(*TO_OFFER[:2]).try_(T.REQUEST_QUOTE)
    assert record.result is Result.ILLEGAL
    assert "nothing is foreseen for the outcome 'all'" in (record.error or "")


def test_a_shop_may_offer_less_and_says_so() -> None:
    observed = ObservedBackend(SimulatorBackend())
    journey = Journey(OnlyBrowses(), observed, Visit(shopper=Shopper(), products=PRODUCTS))
    assert journey.take(Trigger.VIEW_PRODUCT, Act()).has_moved
    record = journey.take(Trigger.ADD_TO_CART, AddToCart())
    assert record.error == "OnlyBrowses does not offer add_to_cart"


class SpeaksInRiddles(RelayBackend):
    def create_quotes(self, request: CreateQuotes) -> QuotePackage:
        raise BackendUnclear(Operation.CREATE_QUOTES, "total_price: missing")


def test_an_answer_not_understood_leaves_the_shopper_where_they_are() -> None:
    walk = Walk(backend=SpeaksInRiddles(SimulatorBackend())).go(*TO_OFFER[:2])
    record = walk.try_(T.REQUEST_QUOTE)
    assert record.result is Result.UNCLEAR
    assert walk.state is State.IN_CART


class GivesUp(ReferenceShop):
    """A shop that neither retries nor catches."""

    def book(self, act: Any) -> Observation:
        raise BackendRefused(Operation.CREATE_BOOKING, self.status, Problem(message="no"))

    status = 422


class GivesUpWhenBusy(GivesUp):
    status = 429


def test_a_refusal_that_the_table_foresees_is_an_outcome() -> None:
    assert Walk(shop=GivesUp).go(*TO_COLLECTED, T.BOOK).state is State.BOOKING_REFUSED


def test_being_throttled_is_no_refusal_of_the_booking() -> None:
    walk = Walk(shop=GivesUpWhenBusy).go(*TO_COLLECTED)
    assert walk.try_(T.BOOK).result is Result.REFUSED
    assert walk.state is State.COLLECTED


def test_no_answer_is_not_a_no() -> None:
    walk = Walk().go(*TO_OFFER[:2]).fail(Operation.CREATE_QUOTES, FaultKind.UNAVAILABLE, 3)
    assert walk.try_(T.REQUEST_QUOTE).result is Result.SILENT
    assert walk.state is State.IN_CART
    assert walk.go(T.REQUEST_QUOTE).state is State.OFFERED


def test_an_illegal_trigger_reaches_neither_shop_nor_insurer() -> None:
    record = Walk().go(*TO_COLLECTED).try_(T.CHOOSE_COVER)
    assert record.result is Result.ILLEGAL
    assert record.exchanges == ()


def test_an_attempt_past_the_flow_moves_nothing() -> None:
    walk = Walk().go(*TO_BOOKED)
    (ref,) = walk.journey.order.offers
    record = walk.journey.attempt(lambda backend: backend.get_booking(ref))
    assert record.result is Result.ACCEPTED
    assert walk.state is State.BOOKED


def test_same_seed_same_journey() -> None:
    one, two = Walk(seed=5).go(*TO_BOOKED), Walk(seed=5).go(*TO_BOOKED)
    assert one.journey.history.last.after == two.journey.history.last.after
    assert Walk(seed=6).go(*TO_BOOKED).journey.history.last.after != one.journey.history.last.after
