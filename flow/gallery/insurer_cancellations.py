"""Insurers that cancel wrongly: too much, too early, not at all, or for another refund."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flow.backends.base import Backend
from flow.backends.relay import Asked, RelayBackend
from flow.gallery.restating import Restating, refunding
from models import Booking, CancelBooking, Cancellation, CreateBooking, Operation, PackageStatus
from models.money import round_amount
from models.quotes import QuoteStatus

__all__ = [
    "AddsTheFeeToTheRefund",
    "CancelsEverything",
    "CancelsOnPreview",
    "CancelsTheOtherPolicy",
    "ConfirmsHalfTheRefund",
    "EndsAllCoverOfTheCustomer",
    "ForgetsItCancelled",
    "KeepsAFeeInCoolingOff",
    "OnlyPretendsToCancel",
    "RefundsTheOldPrice",
    "RefundsUnpaidInstalments",
    "StaysConfirmedAfterCancellation",
]


class CancelsOnPreview(RelayBackend):
    """Seeing what a cancellation would refund ends the cover."""

    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        reply = self.inner.cancel_booking(ins, request, key=key)
        if request.preview:
            self.inner.cancel_booking(ins, CancelBooking())
        return reply


class CancelsEverything(RelayBackend):
    """Cancelling the cover of one product cancels that of all."""

    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        everything = request.model_copy(update={"quotes": None})
        return self.inner.cancel_booking(ins, everything, key=key)


class EndsAllCoverOfTheCustomer(RelayBackend):
    """Cancelling one order's cover ends that of the customer's other orders, unasked."""

    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        reply = self.inner.cancel_booking(ins, request, key=key)
        if not request.preview:
            customer = self.inner.get_booking(ins).policyholder.email
            for other in self.inner.list_bookings().results:
                is_theirs = other.id != ins and other.policyholder.email == customer
                if is_theirs and other.status is PackageStatus.CONFIRMED:
                    self.inner.cancel_booking(other.id, CancelBooking())
        return reply


class CancelsTheOtherPolicy(RelayBackend):
    """Of two policies the one that was not named is cancelled."""

    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        named = {entry.id for entry in request.quotes or []}
        held = [q for q in self.inner.get_booking(ins).quotes if q.status is QuoteStatus.CONFIRMED]
        others = [{"id": policy.id} for policy in held if policy.id not in named]
        if not named or not others or request.preview:
            return self.inner.cancel_booking(ins, request, key=key)
        return self.inner.cancel_booking(
            ins, CancelBooking.model_validate({"quotes": others[:1]}), key=key
        )


class OnlyPretendsToCancel(RelayBackend):
    """A cancellation is answered and not made: cover goes on, and is renewed, and billed."""

    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        if request.preview:
            return self.inner.cancel_booking(ins, request, key=key)
        preview = CancelBooking.model_validate({**request.wire(), "preview": True})
        return self.inner.cancel_booking(ins, preview).model_copy(update={"cancellation_id": None})


class ForgetsItCancelled(RelayBackend):
    """The key of a cancellation is ignored, so a retry is refused and its refund never known."""

    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        return self.inner.cancel_booking(ins, request)


class AddsTheFeeToTheRefund(Restating):
    """The settlement fee is added to what is refunded, which is then more than was paid."""

    def restated(self, asked: Asked, reply: Any) -> Any:
        if not isinstance(reply, Cancellation):
            return reply
        return refunding(reply, lambda quote: quote.refund_value + quote.adjustment_fee)


class KeepsAFeeInCoolingOff(Restating):
    """A tenth is kept even of cover that is cancelled within its cooling-off period."""

    def restated(self, asked: Asked, reply: Any) -> Any:
        if not isinstance(reply, Cancellation):
            return reply
        share = Decimal("0.9")
        return refunding(
            reply, lambda quote: round_amount(quote.refund_value * share, reply.currency)
        )


class ConfirmsHalfTheRefund(RelayBackend):
    """The confirmation of a cancellation grants half of what its preview promised."""

    def confirm_cancellation(
        self, ins: str, cancellation: str, *, key: str | None = None
    ) -> Cancellation:
        reply = self.inner.confirm_cancellation(ins, cancellation, key=key)
        return refunding(reply, lambda quote: round_amount(quote.refund_value / 2, reply.currency))


class RefundsUnpaidInstalments(RelayBackend):
    """Cover paid in parts is refunded at its whole price, parts not paid yet included."""

    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        in_parts = {schedule.id for schedule in self.inner.get_instalments(ins).quotes}
        reply = self.inner.cancel_booking(ins, request, key=key)
        return refunding(
            reply, lambda quote: quote.price if quote.id in in_parts else quote.refund_value
        )


class RefundsTheOldPrice(RelayBackend):
    """Cover made cheaper by a change is refunded at the price it had before."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._booked: dict[str, Decimal] = {}

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        booking = self.inner.create_booking(ins, request, key=key)
        self._booked |= {policy.id: policy.price for policy in booking.quotes}
        return booking

    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        reply = self.inner.cancel_booking(ins, request, key=key)

        def refund(quote: Any) -> Decimal:
            old: Decimal = self._booked.get(quote.id, quote.price)
            return old if old > quote.price else quote.refund_value

        return refunding(reply, refund)


class StaysConfirmedAfterCancellation(Restating):
    """A booking whose policies are all cancelled is still called confirmed."""

    def restated(self, asked: Asked, reply: Any) -> Any:
        if asked.operation is not Operation.GET_BOOKING:
            return reply
        if reply.status is not PackageStatus.CANCELLED:
            return reply
        return reply.model_copy(update={"status": PackageStatus.CONFIRMED})
