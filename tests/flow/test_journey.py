"""A journey never crashes for what a plugged shop or backend does; it says whose fault it is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from flow.acts import Act, AddToCart
from flow.backends.faulty import FaultKind
from flow.backends.observed import ObservedBackend
from flow.backends.relay import RelayBackend
from flow.backends.simulator import SimulatorBackend
from flow.errors import BackendRefused, BackendUnclear, PlugInvalid
from flow.journey import Journey
from flow.promises import every
from flow.promises.promise import Promise
from flow.shopper import Shopper
from flow.shops.base import Observation, ShopAdapter, Visit
from flow.shops.reference import ReferenceShop
from flow.table import Outcome, State, Trigger
from flow.trace import Result
from models import CreateQuotes, Operation, Problem, QuotePackage
from models.money import Money
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
    assert (record.error or "").startswith("Raises.request_quote raised KeyError: 'sku' (test_")
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


class Unreachable(RelayBackend):
    def get_quotes(self, ins: str) -> QuotePackage:
        raise ConnectionError("no route to host")


def test_a_backend_that_raises_in_the_audit_stops_nobody() -> None:
    walk = Walk(backend=Unreachable(SimulatorBackend())).go(*TO_OFFER)
    assert walk.journey.history.last.after == {}


class NoControls:
    """A backend with the 24 methods and nothing else."""

    def __init__(self) -> None:
        inner = SimulatorBackend()
        for name in [n for n in dir(inner) if not n.startswith("_") and n != "controls"]:
            setattr(self, name, getattr(inner, name))


def test_controls_may_be_left_out() -> None:
    backend: Any = NoControls()
    walk = Walk(backend=backend).go(*TO_BOOKED, T.RECEIVE_DOCUMENTS)
    assert walk.breaches == []


class RaisesOnWelcome(ReferenceShop):
    def welcome(self, visit: Visit) -> None:
        raise RuntimeError("no database")


def test_a_shop_that_cannot_welcome_is_named() -> None:
    with pytest.raises(PlugInvalid, match="welcome raised RuntimeError: no database"):
        Walk(shop=RaisesOnWelcome)


class ReportsNonsense(ReferenceShop):
    def request_quote(self, act: Any) -> Observation:
        return Observation(offers=["an offer"])  # type: ignore[list-item]  # a careless adapter


def test_an_observation_that_cannot_be_read_does_not_move() -> None:
    record = Walk(shop=ReportsNonsense).go(*TO_OFFER[:2]).try_(T.REQUEST_QUOTE)
    assert "ReportsNonsense.request_quote reported what cannot be read" in (record.error or "")


class SellsAnything(ReferenceShop):
    def add_to_cart(self, act: Any) -> Observation:
        return Observation()

    change_quantity = add_to_cart


def test_a_shop_may_accept_what_it_does_not_sell() -> None:
    walk = Walk(shop=SellsAnything).go((T.ADD_TO_CART, {"sku": "BOAT"}))
    walk.go((T.CHANGE_QUANTITY, {"sku": "BOAT", "quantity": 2}))
    assert walk.journey.order.cart == {}


class ChargesInEuros(ReferenceShop):
    def pay(self, act: Any) -> Observation:
        seen = super().pay(act)
        entries = [replace(e, amount=Money(e.amount.amount, "EUR")) for e in seen.entries]
        return replace(seen, entries=entries)


def test_another_currency_is_a_finding_and_no_crash() -> None:
    assert "amounts_fit_their_currency" in Walk(shop=ChargesInEuros).go(*TO_BOOKED).broken


def test_what_cannot_be_judged_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumbles(history: Any) -> Any:
        raise ArithmeticError("no such number")

    broken = Promise(name="stumbling", meaning="A promise.", find=stumbles)
    monkeypatch.setattr(every, "PROMISES", [broken])
    (breach,) = Walk().go(T.OPEN_PORTAL).breaches
    assert breach.detail == "cannot be judged: ArithmeticError: no such number"


NONSENSE: list[dict[str, Any]] = [
    {"outcome": "approved"},
    {"offers": None},
    {"offers": "an offer"},
    {"entries": [None]},
    {"policies": 5},
    {"opted_out": [None]},
    {"mails": [1]},
]


@pytest.mark.parametrize("fields", NONSENSE, ids=str)
def test_an_observation_of_wrong_types_is_named(fields: dict[str, Any]) -> None:
    class Odd(ReferenceShop):
        def request_quote(self, act: Any) -> Observation:
            return Observation(**fields)

    record = Walk(shop=Odd).go(*TO_OFFER[:2]).try_(T.REQUEST_QUOTE)
    assert "Odd.request_quote reported what cannot be read" in (record.error or "")


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1e40", "sNaN"])
def test_an_amount_that_is_none_is_named(amount: str) -> None:
    class Odd(ReferenceShop):
        def book(self, act: Any) -> Observation:
            seen = super().book(act)
            price = Money(Decimal(amount), "GBP")
            return replace(seen, policies=[replace(p, price=price) for p in seen.policies])

    record = Walk(shop=Odd).go(*TO_COLLECTED).try_(T.BOOK)
    assert "is no amount of money" in (record.error or "")


class AnswersAnything(RelayBackend):
    def get_booking(self, ins: str) -> Any:
        return {"id": ins}

    def list_bookings(self, *, limit: int | None = None, offset: int | None = None) -> Any:
        return None


def test_a_backend_that_answers_anything_stops_nobody() -> None:
    walk = Walk(backend=AnswersAnything(SimulatorBackend())).go(*TO_BOOKED)
    assert walk.journey.history.last.strangers == ()
