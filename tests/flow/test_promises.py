"""Each promise can break: a deliberately wrong backend or shop breaks it, the right pair none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from flow.backends.base import Backend, Controls
from flow.backends.faulty import FaultKind
from flow.backends.relay import RelayBackend
from flow.backends.simulator import SimulatorBackend
from flow.chance import Dice
from flow.errors import BackendRefused
from flow.ledger import Kind, Party, Purpose
from flow.order import Offer
from flow.promises.every import PROMISES
from flow.shopper import PaymentModel
from flow.shops.base import Observation
from flow.shops.reference import ReferenceShop
from models import (
    Booking,
    CancelBooking,
    Cancellation,
    CreateBooking,
    CreateQuotes,
    InstantBooking,
    Operation,
    OptOut,
    PackageStatus,
    Problem,
    QuotePackage,
    QuoteStatus,
)
from models.money import Money
from tests.kit import TO_BOOKED, TO_COLLECTED, TO_COMPLETED, TO_DECLINED, TO_OFFER, Move, T, Walk

# Wrong insurers


def _repriced(package: QuotePackage, **changes: Any) -> QuotePackage:
    """The package with every quote changed."""
    quotes = {
        key: quote.model_copy(update=changes) if quote is not None else None
        for key, quote in package.quotes.items()
    }
    return package.model_copy(update={"quotes": quotes})


class BooksWhatIsDeclined(RelayBackend):
    def opt_out(self, ins: str, request: OptOut, *, key: str | None = None) -> None:
        package = self.inner.get_quotes(ins)
        holder = {"first_name": "A", "last_name": "B", "email": "a@b.test", "country": "GB"}
        body = {"quotes": [{"id": q.id} for q in package.offered], "policyholder": holder}
        self.inner.create_booking(ins, CreateBooking.model_validate(body))


class ForgetsOptOuts(RelayBackend):
    def opt_out(self, ins: str, request: OptOut, *, key: str | None = None) -> None:
        return


class SaysConfirmedTooSoon(RelayBackend):
    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        pending = CreateBooking.model_validate(
            {**request.wire(), "require_payment_confirmation": True}
        )
        booking = self.inner.create_booking(ins, pending, key=key)
        quotes = [q.model_copy(update={"status": QuoteStatus.CONFIRMED}) for q in booking.quotes]
        return booking.model_copy(update={"status": PackageStatus.CONFIRMED, "quotes": quotes})


class OnlyPretendsToCancel(RelayBackend):
    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        preview = CancelBooking.model_validate({**request.wire(), "preview": True})
        return self.inner.cancel_booking(ins, preview).model_copy(update={"cancellation_id": None})


class CancelsOnPreview(RelayBackend):
    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        reply = self.inner.cancel_booking(ins, request, key=key)
        if request.preview:
            self.inner.cancel_booking(ins, CancelBooking())
        return reply


class CancelsEverything(RelayBackend):
    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        return self.inner.cancel_booking(ins, CancelBooking(), key=key)


class RefundsTooMuch(RelayBackend):
    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        reply = self.inner.cancel_booking(ins, request, key=key)
        quotes = [q.model_copy(update={"refund_value": q.price + 1}) for q in reply.quotes]
        return reply.model_copy(update={"quotes": quotes})


class RaisesPriceOnBooking(RelayBackend):
    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        booking = self.inner.create_booking(ins, request, key=key)
        quotes = [q.model_copy(update={"price": q.price + 1}) for q in booking.quotes]
        return booking.model_copy(update={"quotes": quotes})


class ChangesPriceLater(RelayBackend):
    def get_booking(self, ins: str) -> Booking:
        booking = self.inner.get_booking(ins)
        quotes = [q.model_copy(update={"price": q.price + 1}) for q in booking.quotes]
        return booking.model_copy(update={"quotes": quotes})


class ShowsAnotherPrice(RelayBackend):
    def create_quotes(self, request: CreateQuotes) -> QuotePackage:
        return _repriced(self.inner.create_quotes(request), price=Decimal("0.99"))


class QuotesTwice(RelayBackend):
    def create_quotes(self, request: CreateQuotes) -> QuotePackage:
        body = request.wire()
        return self.inner.create_quotes(
            CreateQuotes.model_validate({**body, "request": body["request"] * 2})
        )


class Misstates(RelayBackend):
    """Answers GET with wrong figures."""

    changes: dict[str, Any] = {}  # noqa: RUF012 - overridden, never changed
    totals: dict[str, Any] = {}  # noqa: RUF012 - overridden, never changed

    def get_quotes(self, ins: str) -> QuotePackage:
        package = _repriced(self.inner.get_quotes(ins), **self.changes)
        return package.model_copy(update=self.totals)


class TotalsWrong(Misstates):
    totals = {"total_price": Decimal("1.00"), "total_price_formatted": "£1.00"}  # noqa: RUF012 - as above


class PrintsWrong(Misstates):
    changes = {"price_formatted": "$1"}  # noqa: RUF012 - as above


class AddsUpWrong(RelayBackend):
    def get_quotes(self, ins: str) -> QuotePackage:
        package = self.inner.get_quotes(ins)
        tax = package.offered[0].tax.model_copy(update={"total_tax": Decimal("0.01")})
        return _repriced(package, tax=tax)


class HasHalfPennies(Misstates):
    changes = {"price": Decimal("1.005"), "price_formatted": "£1.01"}  # noqa: RUF012 - as above


class RefusesAndDoesIt(RelayBackend):
    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        self.inner.create_booking(ins, request, key=key)
        raise BackendRefused(Operation.CREATE_BOOKING, 422, Problem(message="no"))


class IgnoresKeys(RelayBackend):
    def instant_booking(self, request: InstantBooking, *, key: str | None = None) -> Booking:
        return self.inner.instant_booking(request)


class _EmptyOutbox:
    def __init__(self, inner: Controls) -> None:
        self.now, self.advance = inner.now, inner.advance

    def outbox(self) -> list[Any]:
        return []


class SendsNoMail(RelayBackend):
    @property
    def controls(self) -> Any:
        inner = self.inner.controls
        return None if inner is None else _EmptyOutbox(inner)


# Wrong shops


class ForgetsToChargeCover(ReferenceShop):
    def _write_sale(self, kind: Kind, *, cover_party: Party) -> None:
        self.charged_cover, kept = {}, self.charged_cover
        super()._write_sale(kind, cover_party=cover_party)
        self.charged_cover = kept


class NeverRefunds(ReferenceShop):
    def refund(self, act: Any) -> Observation:
        return self.report()


class RefundsTwice(ReferenceShop):
    def refund(self, act: Any) -> Observation:
        seen = super().refund(act)
        return replace(seen, entries=(*seen.entries, *seen.entries))


class BooksTwice(ReferenceShop):
    def book(self, act: Any) -> Observation:
        seen = super().book(act)
        policy = seen.policies[0]
        other = replace(policy, quote_id=self.dice.uuid())
        return replace(seen, policies=(*seen.policies, other))


class ChargesALittleMore(ReferenceShop):
    def pay(self, act: Any) -> Observation:
        seen = super().pay(act)
        penny = Money(Decimal("0.01"), "GBP")
        entries = [
            replace(e, amount=e.amount + penny) if e.purpose is Purpose.COVER else e
            for e in seen.entries
        ]
        return replace(seen, entries=entries)


class KeepsReturnedProducts(ReferenceShop):
    def refund(self, act: Any) -> Observation:
        self._returned = []
        return super().refund(act)


class MisstatesDifferences(ReferenceShop):
    def quote_modification(self, act: Any) -> Observation:
        seen = super().quote_modification(act)
        assert seen.difference is not None
        return replace(seen, difference=seen.difference + seen.difference)


class RefundsAPenny(ReferenceShop):
    def refund(self, act: Any) -> Observation:
        self._due = {quote: Money(Decimal("0.01"), "GBP") for quote in self._due}
        return super().refund(act)


class InsurerTakesAll(ReferenceShop):
    def collect(self, act: Any) -> Observation:
        seen = super().collect(act)
        entries = [
            replace(e, party=Party.INSURER) if e.purpose is Purpose.PRODUCTS else e
            for e in seen.entries
        ]
        return replace(seen, entries=entries)


class ForgetsToInvoice(ReferenceShop):
    def send_invoice(self, act: Any) -> Observation:
        return replace(super().send_invoice(act), entries=())


class ChargesCoverTwice(ReferenceShop):
    def pay(self, act: Any) -> Observation:
        seen = super().pay(act)
        cover = [entry for entry in seen.entries if entry.purpose is Purpose.COVER]
        return replace(seen, entries=(*seen.entries, *cover))


class WritesBookingsTwice(ReferenceShop):
    def book(self, act: Any) -> Observation:
        seen = super().book(act)
        booked = [entry for entry in seen.entries if entry.kind is Kind.BOOKED]
        return replace(seen, entries=(*seen.entries, *booked))


class ChargesTwice(ReferenceShop):
    def _write_sale(self, kind: Kind, *, cover_party: Party) -> None:
        super()._write_sale(kind, cover_party=cover_party)
        if kind is Kind.CHARGED:
            super()._write_sale(kind, cover_party=cover_party)


class CollectsTwice(ReferenceShop):
    def _write_sale(self, kind: Kind, *, cover_party: Party) -> None:
        super()._write_sale(kind, cover_party=cover_party)
        if kind is Kind.COLLECTED:
            super()._write_sale(kind, cover_party=cover_party)


class KeepsTheSplit(ReferenceShop):
    @property
    def payee(self) -> Party:
        return Party.SHOP


class OverchargesProducts(ReferenceShop):
    def _product_total(self, sku: str) -> Any:
        total = super()._product_total(sku)
        return total + total


class BooksEverything(ReferenceShop):
    def _booking(self, offer: Offer, *, pending: bool) -> Booking:
        everything = frozenset(line.quote_id for line in offer.lines)
        return super()._booking(replace(offer, chosen=everything), pending=pending)


class NeverOptsOut(ReferenceShop):
    def opt_out(self, act: Any) -> Observation:
        return self.report()


class OptsOutOfChoices(ReferenceShop):
    def collect(self, act: Any) -> Observation:
        for ref in self.offers:
            self.backend.opt_out(ref, OptOut())
        return super().collect(act)


class AddsUpInvoicesWrong(ReferenceShop):
    def send_invoice(self, act: Any) -> Observation:
        seen = super().send_invoice(act)
        assert seen.invoice is not None
        lines = seen.invoice.lines[1:]
        return replace(seen, invoice=replace(seen.invoice, lines=lines))


class InvoicesTooLittle(ReferenceShop):
    def send_invoice(self, act: Any) -> Observation:
        seen = super().send_invoice(act)
        assert seen.invoice is not None
        first = seen.invoice.lines[0]
        short = replace(seen.invoice, lines=(first,), total=first.gross, total_tax=first.tax)
        return replace(seen, invoice=short)


class RepeatsItself(ReferenceShop):
    def _instant(self, offer: Offer) -> Booking:
        super()._instant(offer)
        return super()._instant(offer)


@dataclass(frozen=True)
class Wrong:
    """A wrong backend or shop, and the way on which it shows."""

    walk: list[Move]
    backend: Callable[[Backend], Backend] = RelayBackend
    shop: Callable[[Backend, Dice], Any] = ReferenceShop
    payment: PaymentModel = PaymentModel.SINGLE
    days: int = 0
    then: list[Move] = field(default_factory=list)
    lost: Operation | None = None


IN_STORE: list[Move] = [T.OPEN_PORTAL, (T.FILL_FORM, {"sku": "LAPTOP"}), T.PAY, T.COLLECT]
SOME: list[Move] = [*TO_OFFER, (T.CHOOSE_COVER, {"items": ["LAPTOP"]}), T.PAY, T.COLLECT, T.BOOK]
PREVIEWED: list[Move] = [*TO_COMPLETED, T.PREVIEW_CANCELLATION]
CANCEL_ONE: Move = (T.CANCEL, {"items": ["LAPTOP"]})

CASES: dict[str, Wrong] = {
    "no_cover_without_payment": Wrong(TO_BOOKED, shop=ForgetsToChargeCover),
    "no_policy_unknown_to_the_shop": Wrong([*TO_DECLINED, T.OPT_OUT], BooksWhatIsDeclined),
    "no_charge_without_cover": Wrong(
        TO_COLLECTED, shop=NeverRefunds, days=31, then=[T.BOOK, T.REFUND, T.SEND_INVOICE]
    ),
    "every_policy_is_in_force": Wrong(TO_BOOKED, SaysConfirmedTooSoon),
    "every_cancelled_policy_has_ended": Wrong([*TO_COMPLETED, T.CANCEL], OnlyPretendsToCancel),
    "one_policy_for_one_purchase": Wrong(
        IN_STORE, IgnoresKeys, lost=Operation.INSTANT_BOOKING, then=[T.BOOK]
    ),
    "charged_once": Wrong(TO_COLLECTED, shop=ChargesTwice),
    "booked_price_is_quoted_price": Wrong(TO_BOOKED, RaisesPriceOnBooking),
    "stated_price_is_known_price": Wrong(TO_BOOKED, ChangesPriceLater),
    "quoted_price_is_stated_price": Wrong(TO_OFFER, ShowsAnotherPrice),
    "every_product_asked_for_is_quoted_once": Wrong(TO_OFFER, QuotesTwice),
    "package_total_is_sum_of_its_quotes": Wrong(TO_OFFER, TotalsWrong),
    "tax_and_premium_add_up": Wrong(TO_OFFER, AddsUpWrong),
    "printed_amounts_are_exact": Wrong(TO_OFFER, PrintsWrong),
    "amounts_fit_their_currency": Wrong(TO_OFFER, HasHalfPennies),
    "declined_offers_never_become_policies": Wrong(SOME, shop=BooksEverything),
    "declined_offers_are_opted_out_once": Wrong([*TO_DECLINED, T.OPT_OUT], shop=NeverOptsOut),
    "chosen_offers_are_never_opted_out": Wrong(TO_COLLECTED, shop=OptsOutOfChoices),
    "nothing_is_collected_beyond_the_charge": Wrong(TO_COLLECTED, shop=CollectsTwice),
    "cover_is_charged_as_it_was_shown": Wrong(TO_COLLECTED[:-1], shop=ChargesALittleMore),
    "returned_products_are_refunded": Wrong(
        [*TO_COMPLETED, (T.CANCEL, {"return_products": True}), T.REFUND],
        shop=KeepsReturnedProducts,
    ),
    "differences_are_the_insurers": Wrong(
        [*TO_COMPLETED, (T.QUOTE_MODIFICATION, {"sku": "LAPTOP", "price": 1500})],
        shop=MisstatesDifferences,
    ),
    "the_ledger_books_what_is_held": Wrong(TO_BOOKED, shop=WritesBookingsTwice),
    "settlement_follows_the_payment_model": Wrong(
        TO_COLLECTED, shop=KeepsTheSplit, payment=PaymentModel.SPLIT
    ),
    "products_are_charged_at_their_price": Wrong(TO_COLLECTED, shop=OverchargesProducts),
    "refunds_never_exceed_payments": Wrong([*TO_COMPLETED, T.CANCEL, T.REFUND], shop=RefundsTwice),
    "cancelled_policies_are_refunded_once": Wrong(
        [*TO_COMPLETED, T.CANCEL, T.REFUND], shop=NeverRefunds
    ),
    "refund_is_not_above_the_price": Wrong([*TO_COMPLETED, T.CANCEL], RefundsTooMuch),
    "only_what_was_asked_is_cancelled": Wrong([*TO_COMPLETED, CANCEL_ONE], CancelsEverything),
    "refused_calls_change_nothing": Wrong(TO_BOOKED, RefusesAndDoesIt),
    "previews_change_nothing": Wrong(PREVIEWED, CancelsOnPreview),
    "one_key_one_answer": Wrong([*IN_STORE, T.BOOK], IgnoresKeys, shop=RepeatsItself),
    "invoices_add_up": Wrong(TO_COMPLETED, shop=AddsUpInvoicesWrong),
    "invoices_state_what_was_charged": Wrong(TO_COMPLETED, shop=InvoicesTooLittle),
    "documents_reach_the_customer": Wrong([*TO_BOOKED, T.RECEIVE_DOCUMENTS], SendsNoMail),
    "insurer_and_table_agree": Wrong([*TO_DECLINED, T.OPT_OUT], ForgetsOptOuts),
}


def _walk(wrong: Wrong, *, right: bool = False) -> Walk:
    simulator = SimulatorBackend(seed=1)
    walk = Walk(
        backend=simulator if right else wrong.backend(simulator),
        shop=ReferenceShop if right else wrong.shop,
        payment=wrong.payment,
    )
    walk.go(*wrong.walk)
    if wrong.days:
        walk.wait(days=wrong.days)
    if wrong.lost is not None:
        walk.fail(wrong.lost, FaultKind.ANSWER_LOST)
    return walk.go(*wrong.then)


def test_every_promise_has_a_case() -> None:
    assert {promise.name for promise in PROMISES} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_promise_breaks_on_a_wrong_backend_or_shop(name: str) -> None:
    assert name in _walk(CASES[name]).broken


@pytest.mark.parametrize("name", CASES)
def test_the_same_way_breaks_nothing_on_the_right_pair(name: str) -> None:
    assert _walk(CASES[name], right=True).breaches == []


def test_a_second_policy_for_one_product_is_noticed() -> None:
    """The other face of buying twice: the shop itself reports two policies."""
    assert "one_policy_for_one_purchase" in Walk(shop=BooksTwice).go(*TO_BOOKED).broken


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        (
            "cancelled_policies_are_refunded_once",
            Wrong([*TO_COMPLETED, T.CANCEL, T.REFUND], shop=RefundsAPenny),
        ),
        ("settlement_follows_the_payment_model", Wrong(TO_COLLECTED, shop=InsurerTakesAll)),
        ("invoices_state_what_was_charged", Wrong(TO_COMPLETED, shop=ForgetsToInvoice)),
        ("charged_once", Wrong(TO_COLLECTED[:-1], shop=ChargesCoverTwice)),
    ],
    ids=lambda value: value if isinstance(value, str) else value.shop.__name__,
)
def test_promises_break_in_more_than_one_way(name: str, wrong: Wrong) -> None:
    assert name in _walk(wrong).broken


def test_every_promise_says_what_it_means() -> None:
    assert all(promise.meaning.endswith(".") for promise in PROMISES)


def test_a_breach_is_reported_once_and_names_its_step() -> None:
    walk = Walk(backend=TotalsWrong(SimulatorBackend(seed=1))).go(*TO_OFFER)
    found = [b for b in walk.breaches if b.promise == "package_total_is_sum_of_its_quotes"]
    assert [breach.step for breach in found] == [3]
    assert "totals 1.00" in found[0].detail
