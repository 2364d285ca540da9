"""What the reference integration does when the insurer, the wire or the customer is difficult."""

from __future__ import annotations

from decimal import Decimal

import pytest

from flow.backends.faulty import FaultKind
from flow.backends.relay import RelayBackend
from flow.backends.simulator import SimulatorBackend
from flow.cards import CardProvider, PaymentStatus
from flow.errors import BackendSilent
from flow.gallery.restating import refunding
from flow.ledger import Kind, Party, Purpose
from flow.shopper import Card, PaymentModel, Shopper
from flow.table import State
from flow.trace import Result
from models import Booking, CancelBooking, Cancellation, CreateBooking, Operation
from models.money import Money
from tests.kit import TO_BOOKED, TO_COLLECTED, TO_COMPLETED, TO_DECLINED, TO_OFFER, Move, T, Walk


def _total(walk: Walk, kind: Kind, purpose: Purpose, party: Party | None = None) -> str:
    ledger = walk.journey.history.ledger
    return str(ledger.total(kind, "GBP", purpose=purpose, party=party))


@pytest.mark.parametrize("kind", [FaultKind.ANSWER_LOST, FaultKind.CALL_LOST, FaultKind.THROTTLED])
@pytest.mark.parametrize("times", [1, 2])
def test_booking_survives_a_bad_wire_and_books_once(kind: FaultKind, times: int) -> None:
    walk = Walk().go(*TO_COLLECTED).fail(Operation.CREATE_BOOKING, kind, times).go(T.BOOK)
    assert walk.backend.list_bookings().count == 1
    assert walk.breaches == []


def test_a_booking_never_answered_is_found_when_tried_again() -> None:
    walk = Walk().go(*TO_COLLECTED).fail(Operation.CREATE_BOOKING, FaultKind.ANSWER_LOST, 3)
    assert walk.try_(T.BOOK).result is Result.SILENT
    assert walk.go(T.BOOK).backend.list_bookings().count == 1
    assert walk.breaches == []


def test_a_key_forgotten_after_48_hours_does_not_book_twice() -> None:
    walk = Walk().go(T.OPEN_PORTAL, (T.FILL_FORM, {"sku": "LAPTOP"}), T.PAY, T.COLLECT)
    walk.fail(Operation.INSTANT_BOOKING, FaultKind.ANSWER_LOST, 3).try_(T.BOOK)
    walk.wait(days=3).go(T.BOOK)
    assert walk.backend.list_bookings().count == 1
    assert walk.breaches == []


def test_opting_out_survives_a_lost_answer() -> None:
    walk = Walk().go(*TO_DECLINED).fail(Operation.OPT_OUT, FaultKind.ANSWER_LOST, 2)
    assert walk.go(T.OPT_OUT, T.SEND_INVOICE).state is State.CLOSED
    assert walk.breaches == []


def test_a_stale_quote_is_refunded() -> None:
    walk = Walk().go(*TO_COLLECTED).wait(days=31).go(T.BOOK)
    assert walk.state is State.BOOKING_REFUSED
    walk.go(T.REFUND, T.SEND_INVOICE)
    assert _total(walk, Kind.CHARGED, Purpose.COVER) == _total(walk, Kind.REFUNDED, Purpose.COVER)
    assert walk.breaches == []


@pytest.mark.parametrize(
    ("model", "cover", "charged_by"),
    [
        (PaymentModel.SINGLE, Party.SHOP, Party.SHOP),
        (PaymentModel.SPLIT, Party.INSURER, Party.SHOP),
        (PaymentModel.DUAL, Party.INSURER, Party.INSURER),
    ],
)
def test_the_payment_model_says_who_charges_and_who_keeps(
    model: PaymentModel, cover: Party, charged_by: Party
) -> None:
    walk = Walk(payment=model).go(*TO_COMPLETED)
    assert _total(walk, Kind.COLLECTED, Purpose.COVER, cover) == "£127.68"
    assert _total(walk, Kind.CHARGED, Purpose.COVER, charged_by) == "£127.68"
    assert _total(walk, Kind.COLLECTED, Purpose.PRODUCTS, Party.SHOP) == "£1500.00"
    invoice = walk.journey.order.invoice
    assert invoice is not None
    expected = "1500.00" if model is PaymentModel.DUAL else "1627.68"
    assert invoice.total == Money.of(expected, "GBP")


def test_a_token_the_insurer_declines_leaves_products_sold_and_cover_not() -> None:
    walk = Walk(payment=PaymentModel.DUAL).go(*TO_OFFER, T.CHOOSE_COVER)
    walk.go((T.PAY, {"card": "cover_declined"}), T.COLLECT, T.BOOK)
    assert walk.state is State.BOOKING_REFUSED
    walk.go(T.REFUND, T.SEND_INVOICE)
    assert _total(walk, Kind.CHARGED, Purpose.COVER) == "£0.00"
    assert walk.breaches == []


def test_the_invoice_states_sales_tax_and_insurance_tax_by_line() -> None:
    walk = Walk().go(*TO_COMPLETED)
    invoice = walk.journey.order.invoice
    assert invoice is not None
    lines = {line.text: (str(line.net), str(line.tax), str(line.gross)) for line in invoice.lines}
    assert lines["1 x Laptop"] == ("£1000.00", "£200.00", "£1200.00")
    assert lines["Cover for Laptop"] == ("£90.00", "£10.80", "£100.80")
    assert invoice.sent_to == Shopper().email


def test_another_thing_waits_for_a_cancellation_never_answered() -> None:
    walk = Walk().go(*TO_COMPLETED).fail(Operation.CANCEL_BOOKING, FaultKind.ANSWER_LOST, 3)
    assert walk.try_(T.CANCEL).result is Result.SILENT
    record = walk.try_((T.CORRECT_DETAILS, {"city": "Leeds"}))
    assert "has not been answered yet" in (record.error or "")
    assert walk.go(T.CANCEL, T.REFUND).state is State.REFUNDED
    assert walk.breaches == []


def test_a_refused_cancellation_blocks_nothing() -> None:
    walk = Walk().go(*TO_COMPLETED).wait(days=800)
    assert walk.try_(T.CANCEL).result is Result.REFUSED
    walk.go((T.CORRECT_DETAILS, {"city": "Leeds"}))


def test_an_instalment_is_charged_once_and_before_it_is_reported() -> None:
    walk = Walk().go(*TO_OFFER, (T.CHOOSE_COVER, {"items": ["LAPTOP"], "plan": "1year-monthly"}))
    walk.go(T.PAY, T.COLLECT, T.BOOK, T.RECEIVE_DOCUMENTS, T.SEND_INVOICE)
    walk.fail(Operation.RECORD_INSTALMENTS, FaultKind.ANSWER_LOST, 3)
    assert walk.try_(T.PAY_INSTALMENT).result is Result.SILENT
    walk.go(T.PAY_INSTALMENT)
    assert _total(walk, Kind.CHARGED, Purpose.COVER) == "£16.80"
    (schedule,) = walk.backend.get_instalments(next(iter(walk.journey.order.offers))).quotes
    assert str(schedule.total_amount_paid) == "16.8"
    assert walk.breaches == []


def test_a_cart_change_never_answered_is_offered_anew() -> None:
    """Nobody knows what the package holds, so it is shown no longer: quotes cost nothing."""
    walk = Walk().go(*TO_OFFER).fail(Operation.UPDATE_QUOTES, FaultKind.ANSWER_LOST, 3)
    assert walk.try_((T.CHANGE_QUANTITY, {"sku": "LAPTOP", "quantity": 5})).result is Result.SILENT
    (old,) = walk.journey.order.offers
    walk.go(T.CHOOSE_COVER)
    (new,) = walk.journey.order.offers
    assert new != old
    assert walk.go(T.PAY, T.COLLECT, T.BOOK).breaches == []
    assert _total(walk, Kind.BOOKED, Purpose.COVER) == "£127.68"


def test_a_renewal_never_answered_is_charged_once() -> None:
    walk = Walk().go(*TO_COMPLETED, T.QUOTE_RENEWAL)
    walk.fail(Operation.CONFIRM_RENEWAL, FaultKind.CALL_LOST, 3)
    assert walk.try_(T.ACCEPT_RENEWAL).result is Result.SILENT
    walk.go(T.ACCEPT_RENEWAL)
    assert _total(walk, Kind.CHARGED, Purpose.COVER) == "£255.36"
    assert walk.breaches == []


class SecondPackageUnanswered(RelayBackend):
    """The first booking is answered, the next three calls are not."""

    calls = 0

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        self.calls += 1
        if 2 <= self.calls <= 4:
            raise BackendSilent(Operation.CREATE_BOOKING, "lost")
        return self.inner.create_booking(ins, request, key=key)


def test_two_packages_one_of_them_unanswered_are_booked_once_each() -> None:
    walk = Walk(backend=SecondPackageUnanswered(SimulatorBackend()))
    for sku in ("LAPTOP", "TABLET"):
        walk.go((T.VIEW_PRODUCT, {"sku": sku}), T.REQUEST_QUOTE, T.CHOOSE_COVER)
        walk.go(*([T.KEEP_SHOPPING] if sku == "LAPTOP" else [T.PAY, T.COLLECT]))
    assert walk.try_(T.BOOK).result is Result.SILENT
    walk.go(T.BOOK)
    assert walk.backend.list_bookings().count == 2
    assert _total(walk, Kind.BOOKED, Purpose.COVER) == "£127.68"
    assert walk.breaches == []


@pytest.mark.parametrize(
    ("card", "state"),
    [
        (Card.APPROVED, State.PAID),
        (Card.DECLINED, State.PAYMENT_REFUSED),
        (Card.INSUFFICIENT_FUNDS, State.PAYMENT_REFUSED),
        (Card.TIMEOUT, State.PAYMENT_REFUSED),
        (Card.CHALLENGE_PASSED, State.CHALLENGED),
        (Card.CHALLENGE_FAILED, State.CHALLENGED),
    ],
)
def test_each_card_does_what_its_name_says(card: Card, state: State) -> None:
    walk = Walk().go(*TO_OFFER, T.CHOOSE_COVER, (T.PAY, {"card": card}))
    assert walk.state is state


def test_a_refused_card_charges_nothing_and_can_be_tried_again() -> None:
    walk = Walk().go(*TO_OFFER, T.CHOOSE_COVER, (T.PAY, {"card": "declined"}))
    assert walk.journey.history.ledger.entries == []
    assert walk.go(T.PAY, T.COLLECT, T.BOOK).state is State.BOOKED


def test_the_provider_neither_captures_nor_refunds_what_it_has_not() -> None:
    provider = CardProvider()
    payment = provider.authorise(Card.DECLINED, Money.of(5, "GBP"))
    assert payment.status is PaymentStatus.REFUSED
    with pytest.raises(ValueError, match="refused cannot be captured"):
        provider.capture(payment)
    with pytest.raises(ValueError, match="more than"):
        provider.refund(payment, Money.of(6, "GBP"))


def test_documents_are_looked_for_in_the_outbox() -> None:
    walk = Walk().go(*TO_BOOKED, T.RECEIVE_DOCUMENTS)
    mails = walk.journey.history.last.observation
    assert mails is not None
    assert [mail.to for mail in mails.mails or []] == [Shopper().email]


def test_products_that_are_not_sold_are_refused_by_the_shop() -> None:
    record = Walk().try_((T.ADD_TO_CART, {"sku": "BOAT"}))
    assert record.error == "the shop does not sell BOAT"


def test_another_correction_after_an_unanswered_one_has_a_key_of_its_own() -> None:
    """The first was kept after all; under its key the second would be refused."""
    walk = Walk().go(*TO_COMPLETED)
    walk.fail(Operation.MODIFY_BOOKING, FaultKind.ANSWER_LOST, 3)
    assert walk.try_((T.CORRECT_DETAILS, {"city": "Leeds"})).result is Result.SILENT
    walk.go((T.CORRECT_DETAILS, {"phone": "+441632960000"}))
    assert walk.breaches == []


def test_an_unanswered_cancellation_is_finished_before_a_larger_one() -> None:
    """Asked for together with the rest, days later, it would be refused as done already."""
    walk = Walk().go(*TO_COMPLETED)
    walk.fail(Operation.CANCEL_BOOKING, FaultKind.ANSWER_LOST, 3)
    walk.try_((T.CANCEL, {"items": ["LAPTOP"]}))
    assert "not been answered yet" in (walk.wait(days=3).try_(T.CANCEL).error or "")
    assert walk.breaches == []


def test_a_cancellation_of_two_bookings_goes_on_where_it_got_no_answer() -> None:
    pages: list[Move] = [
        (T.VIEW_PRODUCT, {"sku": "LAPTOP"}),
        T.REQUEST_QUOTE,
        T.CHOOSE_COVER,
        T.KEEP_SHOPPING,
        (T.VIEW_PRODUCT, {"sku": "TABLET"}),
        T.REQUEST_QUOTE,
        T.CHOOSE_COVER,
    ]
    walk = Walk().go(*pages, T.PAY, T.COLLECT, T.BOOK, T.RECEIVE_DOCUMENTS, T.SEND_INVOICE)
    walk.fail(Operation.CANCEL_BOOKING, FaultKind.SLOW)
    walk.fail(Operation.CANCEL_BOOKING, FaultKind.CALL_LOST, 3)
    assert walk.try_(T.CANCEL).result is Result.SILENT
    assert walk.go(T.CANCEL, T.REFUND).state is State.REFUNDED
    assert walk.breaches == []


def test_more_than_was_paid_is_never_given_back() -> None:
    """Whatever the insurer says is to be refunded, the card provider has no more to give."""
    walk = Walk(backend=RefundsAFortune(SimulatorBackend(seed=1))).go(*TO_COMPLETED, T.CANCEL)
    assert "more than was paid" in (walk.try_(T.REFUND).error or "")


class RefundsAFortune(RelayBackend):
    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        reply = self.inner.cancel_booking(ins, request, key=key)
        return refunding(reply, lambda quote: Decimal(5000))
