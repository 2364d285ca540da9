"""Insurers that book wrongly: twice, half, too much, too soon, never, or at another price."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flow.backends.base import Backend
from flow.backends.relay import Asked, RelayBackend
from flow.chance import EPOCH
from flow.errors import BackendRefused
from flow.gallery.restating import Restating, repriced, with_quotes
from models import (
    Booking,
    BookingPage,
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
from models.money import round_amount

__all__ = [
    "AnswersBusyAndBooks",
    "BooksStaleQuotesAnew",
    "BooksTwiceOnRetry",
    "ConfirmsBeforePayment",
    "ConfirmsUnchosenQuotes",
    "ForgetsOptOuts",
    "HidesTheNewestBooking",
    "LosesPoliciesOnReplay",
    "LosesTheLastItem",
    "NeverLeavesPending",
    "RaisesThePriceOnBooking",
    "RefusesAndBooks",
    "RepricesStaleQuotes",
    "SellsOnOptOut",
    "StatesBookingsInHomeCurrency",
]


def _now(backend: Backend) -> datetime:
    return EPOCH if backend.controls is None else backend.controls.now()


def _dearer(booking: Booking) -> Booking:
    """The booking with every policy five per cent dearer."""
    return repriced(
        booking, lambda policy: round_amount(policy.price * Decimal("1.05"), booking.currency)
    )


class BooksTwiceOnRetry(RelayBackend):
    """The key of an instant booking is ignored, so a retry in the store buys cover twice."""

    def instant_booking(self, request: InstantBooking, *, key: str | None = None) -> Booking:
        return self.inner.instant_booking(request)


class AnswersBusyAndBooks(RelayBackend):
    """The first try to book is answered with 429 and carried out, so the next one is refused."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._seen: set[str] = set()

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        if ins in self._seen:
            return self.inner.create_booking(ins, request, key=key)
        self.inner.create_booking(ins, request)
        self._seen.add(ins)
        raise BackendRefused(Operation.CREATE_BOOKING, 429, Problem(message="try again later"))


class RefusesAndBooks(RelayBackend):
    """A booking is refused after it was made, so the customer is refunded and still covered."""

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        self.inner.create_booking(ins, request, key=key)
        raise BackendRefused(Operation.CREATE_BOOKING, 422, Problem(message="could not be booked"))


class RaisesThePriceOnBooking(Restating):
    """A policy costs five per cent more than the quote that it was made from."""

    def restated(self, asked: Asked, reply: Any) -> Any:
        return _dearer(reply) if type(reply) is Booking else reply


class RepricesStaleQuotes(RelayBackend):
    """A quote older than two weeks is booked at a new price that nobody was shown."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._quoted: dict[str, datetime] = {}
        self._stale: set[str] = set()

    def create_quotes(self, request: CreateQuotes) -> QuotePackage:
        package = self.inner.create_quotes(request)
        self._quoted[package.id] = _now(self.inner)
        return package

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        booking = self.inner.create_booking(ins, request, key=key)
        if _now(self.inner) - self._quoted.get(ins, EPOCH) > timedelta(days=14):
            self._stale.add(ins)
        return _dearer(booking) if ins in self._stale else booking

    def get_booking(self, ins: str) -> Booking:
        booking = self.inner.get_booking(ins)
        return _dearer(booking) if ins in self._stale else booking


class BooksStaleQuotesAnew(RelayBackend):
    """Quotes too old to be booked are quietly quoted anew, and the shop never hears their ids."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._requests: dict[str, CreateQuotes] = {}

    def create_quotes(self, request: CreateQuotes) -> QuotePackage:
        package = self.inner.create_quotes(request)
        self._requests[package.id] = request
        return package

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        try:
            return self.inner.create_booking(ins, request, key=key)
        except BackendRefused as refusal:
            if ins not in self._requests or "older than" not in str(refusal):
                raise
        fresh = self.inner.create_quotes(self._requests[ins])
        body = {**request.wire(), "quotes": [{"id": quote.id} for quote in fresh.offered]}
        return self.inner.create_booking(fresh.id, CreateBooking.model_validate(body), key=key)


class LosesTheLastItem(RelayBackend):
    """The last of several products in a package is not booked, and paid for all the same."""

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        kept = request.quotes[:-1] or request.quotes
        return self.inner.create_booking(ins, request.model_copy(update={"quotes": kept}), key=key)


class ConfirmsUnchosenQuotes(RelayBackend):
    """All quotes of a package become policies, though only those chosen are told."""

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        chosen = {entry.id for entry in request.quotes}
        body = request.wire()
        others = [q.id for q in self.inner.get_quotes(ins).offered if q.id not in chosen]
        body["quotes"] += [{"id": quote_id} for quote_id in others]
        booking = self.inner.create_booking(ins, CreateBooking.model_validate(body), key=key)
        told = [policy for policy in booking.quotes if policy.id in chosen]
        return booking.model_copy(update={"quotes": told})


class LosesPoliciesOnReplay(RelayBackend):
    """A booking asked for again is answered with its first policy only; the others are lost."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._keys: set[str] = set()

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        booking = self.inner.create_booking(ins, request, key=key)
        if key in self._keys:
            return booking.model_copy(update={"quotes": booking.quotes[:1]})
        self._keys |= set() if key is None else {key}
        return booking


class ConfirmsBeforePayment(RelayBackend):
    """A booking is answered as confirmed while it waits for a payment that nobody was asked for."""

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        body = {**request.wire(), "require_payment_confirmation": True}
        booking = self.inner.create_booking(ins, CreateBooking.model_validate(body), key=key)
        return _confirmed(booking)


class NeverLeavesPending(RelayBackend):
    """A payment that is confirmed is acknowledged and not noted: the cover never begins."""

    def confirm_booking(self, ins: str, *, key: str | None = None) -> Booking:
        return _confirmed(self.inner.get_booking(ins))


def _confirmed(booking: Booking) -> Booking:
    told = with_quotes(booking, lambda policy: {"status": QuoteStatus.CONFIRMED})
    return told.model_copy(update={"status": PackageStatus.CONFIRMED})


class ForgetsOptOuts(RelayBackend):
    """An opt-out is answered and not noted, so the customer is asked again and again."""

    def opt_out(self, ins: str, request: OptOut, *, key: str | None = None) -> None:
        return


class SellsOnOptOut(RelayBackend):
    """Reported as bought without cover, a package is booked: cover that was declined and unpaid."""

    def opt_out(self, ins: str, request: OptOut, *, key: str | None = None) -> None:
        package = self.inner.get_quotes(ins)
        if package.status is not PackageStatus.RECEIVED:
            return
        holder = {"first_name": "A", "last_name": "B", "email": "a@b.test", "country": "GB"}
        body = {"quotes": [{"id": q.id} for q in package.offered], "policyholder": holder}
        self.inner.create_booking(ins, CreateBooking.model_validate(body))


_HOME = {"GB": "GBP", "US": "USD", "CA": "CAD", "AU": "AUD", "JP": "JPY"}


class StatesBookingsInHomeCurrency(RelayBackend):
    """A booking paid in a foreign currency is read back in the one of the customer's country."""

    def get_booking(self, ins: str) -> Booking:
        booking = self.inner.get_booking(ins)
        home = _HOME.get(booking.policyholder.country or "", "EUR")
        return booking.model_copy(update={"currency": home})


class HidesTheNewestBooking(RelayBackend):
    """Pages of bookings begin one row late, so a booking just made seems not to be there."""

    def list_bookings(self, *, limit: int | None = None, offset: int | None = None) -> BookingPage:
        return self.inner.list_bookings(limit=limit, offset=(offset or 0) + 1)
