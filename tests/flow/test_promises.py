"""Each promise can break: most do in the stories of the gallery, here are other ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from flow.backends.base import Backend
from flow.backends.relay import RelayBackend
from flow.backends.simulator import SimulatorBackend
from flow.chance import Dice
from flow.gallery.insurer_bookings import BooksTwiceOnRetry
from flow.gallery.insurer_quotes import TotalsWithoutTax
from flow.ledger import Kind, Purpose
from flow.order import Offer
from flow.promises.every import PROMISES
from flow.shops.base import Observation
from flow.shops.reference import ReferenceShop
from models import Booking, CreateQuotes, QuotePackage
from models.money import Money
from tests.gallery.stories import IN_STORE, STORIES
from tests.kit import TO_BOOKED, TO_COLLECTED, TO_COMPLETED, TO_OFFER, Move, T, Walk

# Insurers, cruder than those of the gallery


class ChangesPriceLater(RelayBackend):
    def get_booking(self, ins: str) -> Booking:
        booking = self.inner.get_booking(ins)
        quotes = [q.model_copy(update={"price": q.price + 1}) for q in booking.quotes]
        return booking.model_copy(update={"quotes": quotes})


class QuotesTwice(RelayBackend):
    def create_quotes(self, request: CreateQuotes) -> QuotePackage:
        body = request.wire()
        return self.inner.create_quotes(
            CreateQuotes.model_validate({**body, "request": body["request"] * 2})
        )


class Misstates(RelayBackend):
    """Answers GET with wrong figures."""

    changes: dict[str, Any] = {}  # noqa: RUF012 - overridden, never changed

    def get_quotes(self, ins: str) -> QuotePackage:
        package = self.inner.get_quotes(ins)
        quotes = {
            position: quote.model_copy(update=self.changes) if quote is not None else None
            for position, quote in package.quotes.items()
        }
        return package.model_copy(update={"quotes": quotes})


class PrintsWrong(Misstates):
    changes = {"price_formatted": "$1"}  # noqa: RUF012 - as above


class HasHalfPennies(Misstates):
    changes = {"price": Decimal("1.005"), "price_formatted": "£1.01"}  # noqa: RUF012 - as above


# Shops, cruder than those of the gallery


class BooksTwice(ReferenceShop):
    def book(self, act: Any) -> Observation:
        seen = super().book(act)
        policy = seen.policies[0]
        other = replace(policy, quote_id=self.dice.uuid())
        return replace(seen, policies=(*seen.policies, other))


class RefundsAPenny(ReferenceShop):
    def refund(self, act: Any) -> Observation:
        self._due = {quote: Money(Decimal("0.01"), "GBP") for quote in self._due}
        return super().refund(act)


class ForgetsToInvoice(ReferenceShop):
    def send_invoice(self, act: Any) -> Observation:
        return replace(super().send_invoice(act), entries=())


class ChargesCoverTwice(ReferenceShop):
    def pay(self, act: Any) -> Observation:
        seen = super().pay(act)
        cover = [entry for entry in seen.entries if entry.purpose is Purpose.COVER]
        return replace(seen, entries=(*seen.entries, *cover))


class RefundsWhatIsOwed(ReferenceShop):
    def settle_difference(self, act: Any) -> Observation:
        seen = super().settle_difference(act)
        return replace(seen, entries=[replace(e, kind=Kind.REFUNDED) for e in seen.entries])


class AddsUpInvoicesWrong(ReferenceShop):
    def send_invoice(self, act: Any) -> Observation:
        seen = super().send_invoice(act)
        assert seen.invoice is not None
        lines = seen.invoice.lines[1:]
        return replace(seen, invoice=replace(seen.invoice, lines=lines))


class RepeatsItself(ReferenceShop):
    def _instant(self, offer: Offer) -> Booking:
        super()._instant(offer)
        return super()._instant(offer)


@dataclass(frozen=True)
class Wrong:
    """A wrong backend or shop, and the way on which it shows."""

    walk: list[Any]
    backend: Callable[[Backend], Backend] = RelayBackend
    shop: Callable[[Backend, Dice], Any] = ReferenceShop


DEARER: Move = (T.QUOTE_MODIFICATION, {"sku": "LAPTOP", "price": 2000})
CASES: list[tuple[str, Wrong]] = [
    ("one_key_one_answer", Wrong([*IN_STORE, T.BOOK], BooksTwiceOnRetry, RepeatsItself)),
    ("one_policy_for_one_purchase", Wrong(TO_BOOKED, shop=BooksTwice)),
    ("stated_price_is_known_price", Wrong(TO_BOOKED, ChangesPriceLater)),
    ("every_product_asked_for_is_quoted_once", Wrong(TO_OFFER, QuotesTwice)),
    ("printed_amounts_are_exact", Wrong(TO_OFFER, PrintsWrong)),
    ("amounts_fit_their_currency", Wrong(TO_OFFER, HasHalfPennies)),
    (
        "cancelled_policies_are_refunded_once",
        Wrong([*TO_COMPLETED, T.CANCEL, T.REFUND], shop=RefundsAPenny),
    ),
    (
        "differences_are_the_insurers",
        Wrong([*TO_COMPLETED, DEARER, T.SETTLE_DIFFERENCE], shop=RefundsWhatIsOwed),
    ),
    ("invoices_add_up", Wrong(TO_COMPLETED, shop=AddsUpInvoicesWrong)),
    ("invoices_state_what_was_charged", Wrong(TO_COMPLETED, shop=ForgetsToInvoice)),
    ("charged_once", Wrong(TO_COLLECTED[:-1], shop=ChargesCoverTwice)),
]


def _walk(wrong: Wrong, *, right: bool = False) -> Walk:
    simulator = SimulatorBackend(seed=1)
    walk = Walk(
        backend=simulator if right else wrong.backend(simulator),
        shop=ReferenceShop if right else wrong.shop,
    )
    return walk.go(*wrong.walk)


def test_every_promise_is_broken_somewhere() -> None:
    """By a defect of the gallery in its story, or by a case here."""
    in_stories = {promise for story in STORIES.values() for promise in story.broken}
    assert in_stories | {name for name, _ in CASES} == {promise.name for promise in PROMISES}


@pytest.mark.parametrize(("name", "wrong"), CASES, ids=[name for name, _ in CASES])
def test_promise_breaks_on_a_wrong_backend_or_shop(name: str, wrong: Wrong) -> None:
    assert name in _walk(wrong).broken


@pytest.mark.parametrize(("name", "wrong"), CASES, ids=[name for name, _ in CASES])
def test_the_same_way_breaks_nothing_on_the_right_pair(name: str, wrong: Wrong) -> None:
    assert _walk(wrong, right=True).breaches == []


def test_every_promise_says_what_it_means() -> None:
    assert all(promise.meaning.endswith(".") for promise in PROMISES)


def test_a_breach_is_reported_once_and_names_its_step() -> None:
    walk = Walk(backend=TotalsWithoutTax(SimulatorBackend(seed=1))).go(*TO_OFFER)
    found = [b for b in walk.breaches if b.promise == "package_total_is_sum_of_its_quotes"]
    assert [breach.step for breach in found] == [3]
    assert "totals 114.0" in found[0].detail
