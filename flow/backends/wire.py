"""A Backend made of one thing: a transport that turns a call into an answer.

In process, over HTTP, from recordings: only the transport differs. Refusals, silence and answers
not understood are told apart here, once.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from flow.backends.base import Controls
from flow.errors import BackendRefused, BackendSilent, BackendUnclear, BackendUnreachable
from models import (
    AddQuotes,
    Answer,
    Booking,
    BookingPage,
    Call,
    CancelBooking,
    Cancellation,
    ConfirmOffer,
    CreateBooking,
    CreateOffer,
    CreateQuotes,
    CreateToken,
    CustomerToken,
    DeleteQuotes,
    FastQuote,
    Instalments,
    InstantBooking,
    Modification,
    ModifyBooking,
    Offer,
    Operation,
    OptOut,
    OptOutOffer,
    Problem,
    QuotePackage,
    RecordInstalments,
    Renewal,
    SendEmail,
    UpdateQuotes,
)
from models.base import Reply, Request
from models.endpoints import BY_OPERATION, PREFIXES, encoded

__all__ = ["NoAnswer", "Transport", "Unreachable", "WireBackend"]

M = TypeVar("M", bound=Reply)

_FAST = {"fast_quote": "1"}


class NoAnswer(Exception):
    """Raised by a transport: the call may or may not have arrived."""


class Unreachable(NoAnswer):
    """Raised by a transport: nobody listens there, the call was not sent."""


class Transport(Protocol):
    """Gets a call answered."""

    def send(self, call: Call) -> Answer:
        """Send a call and return the answer.

        Raises:
            NoAnswer: none came.
        """


class WireBackend:
    """The insurer behind a transport: `Backend`, and the three calls of the offers API.

    Args:
        transport: how calls get there.
        partner: the partner code in every path.
        headers: sent with every call.
        controls: clock and outbox, where the other end is simulated.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        partner: str,
        headers: dict[str, str] | None = None,
        controls: Controls | None = None,
    ) -> None:
        self.transport = transport
        self.partner = partner
        self.headers = headers or {}
        self._controls = controls

    @property
    def controls(self) -> Controls | None:
        """Clock and outbox, where the other end is simulated."""
        return self._controls

    @controls.setter
    def controls(self, controls: Controls | None) -> None:
        self._controls = controls

    def call(
        self,
        operation: Operation,
        request: Request | None = None,
        *,
        key: str | None = None,
        query: dict[str, str] | None = None,
        **ids: str,
    ) -> Any:
        """Send one operation and return the decoded body.

        A 409 replay carries the stored answer, so it counts as the success it repeats
        (contract section 3).

        Raises:
            BackendRefused: 4xx.
            BackendUnreachable: nobody listens.
            BackendSilent: no answer, or 5xx.
        """
        endpoint = BY_OPERATION[operation]
        path = f"{PREFIXES[0]}/partners/{encoded(self.partner)}/{endpoint.fill(**ids)}"
        headers = {**self.headers, "x-idempotency-key": key} if key else self.headers
        body = None if endpoint.method == "GET" else (request.wire() if request else {})
        try:
            answer: Any = self.transport.send(
                Call(endpoint.method, path, query or {}, headers, body)
            )
        except Unreachable as error:
            raise BackendUnreachable(operation, str(error)) from error
        except NoAnswer as error:
            raise BackendSilent(operation, str(error)) from error
        if not isinstance(answer, Answer):
            name = type(self.transport).__name__
            kind = type(answer).__name__
            raise BackendUnclear(operation, f"{name}.send returned {kind}, not an Answer")
        if answer.is_failure:
            raise BackendSilent(operation, f"status {answer.status}")
        if answer.is_refusal or (answer.status == 409 and _is_problem(answer.body)):
            raise BackendRefused(operation, answer.status, _problem(answer.body))
        return answer.body

    def _ask(
        self,
        model: type[M],
        operation: Operation,
        request: Request | None = None,
        *,
        key: str | None = None,
        query: dict[str, str] | None = None,
        **ids: str,
    ) -> M:
        body = self.call(operation, request, key=key, query=query, **ids)
        try:
            return model.from_wire(body)
        except ValidationError as error:
            faults = "; ".join(
                f"{'.'.join(map(str, fault['loc'])) or 'body'}: {fault['msg']}"
                for fault in error.errors(include_url=False)[:3]
            )
            raise BackendUnclear(operation, faults) from error

    def create_quotes(self, request: CreateQuotes) -> QuotePackage:
        """See `Backend`."""
        return self._ask(QuotePackage, Operation.CREATE_QUOTES, request)

    def fast_quote(self, request: CreateQuotes) -> FastQuote:
        """See `Backend`."""
        return self._ask(FastQuote, Operation.CREATE_QUOTES, request, query=_FAST)

    def get_quotes(self, ins: str) -> QuotePackage:
        """See `Backend`."""
        return self._ask(QuotePackage, Operation.GET_QUOTES, ins=ins)

    def update_quotes(
        self, ins: str, request: UpdateQuotes, *, key: str | None = None
    ) -> QuotePackage:
        """See `Backend`."""
        return self._ask(QuotePackage, Operation.UPDATE_QUOTES, request, key=key, ins=ins)

    def add_quotes(self, ins: str, request: AddQuotes, *, key: str | None = None) -> QuotePackage:
        """See `Backend`."""
        return self._ask(QuotePackage, Operation.ADD_QUOTES, request, key=key, ins=ins)

    def delete_quotes(
        self, ins: str, request: DeleteQuotes, *, key: str | None = None
    ) -> QuotePackage:
        """See `Backend`."""
        return self._ask(QuotePackage, Operation.DELETE_QUOTES, request, key=key, ins=ins)

    def opt_out(self, ins: str, request: OptOut, *, key: str | None = None) -> None:
        """See `Backend`."""
        self.call(Operation.OPT_OUT, request, key=key, ins=ins)

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        """See `Backend`."""
        return self._ask(Booking, Operation.CREATE_BOOKING, request, key=key, ins=ins)

    def confirm_booking(self, ins: str, *, key: str | None = None) -> Booking:
        """See `Backend`."""
        return self._ask(Booking, Operation.CONFIRM_BOOKING, key=key, ins=ins)

    def instant_booking(self, request: InstantBooking, *, key: str | None = None) -> Booking:
        """See `Backend`."""
        return self._ask(Booking, Operation.INSTANT_BOOKING, request, key=key)

    def get_booking(self, ins: str) -> Booking:
        """See `Backend`."""
        return self._ask(Booking, Operation.GET_BOOKING, ins=ins)

    def list_bookings(self, *, limit: int | None = None, offset: int | None = None) -> BookingPage:
        """See `Backend`."""
        given = {"limit": limit, "offset": offset}
        query = {name: str(value) for name, value in given.items() if value is not None}
        return self._ask(BookingPage, Operation.LIST_BOOKINGS, query=query)

    def modify_booking(
        self, ins: str, request: ModifyBooking, *, key: str | None = None
    ) -> Modification:
        """See `Backend`."""
        return self._ask(Modification, Operation.MODIFY_BOOKING, request, key=key, ins=ins)

    def quote_modification(
        self, ins: str, request: ModifyBooking, *, key: str | None = None
    ) -> Modification:
        """See `Backend`."""
        return self._ask(Modification, Operation.QUOTE_MODIFICATION, request, key=key, ins=ins)

    def confirm_modification(
        self, ins: str, update: str, *, key: str | None = None
    ) -> Modification:
        """See `Backend`."""
        return self._ask(
            Modification, Operation.CONFIRM_MODIFICATION, key=key, ins=ins, update=update
        )

    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        """See `Backend`."""
        return self._ask(Cancellation, Operation.CANCEL_BOOKING, request, key=key, ins=ins)

    def confirm_cancellation(
        self, ins: str, cancellation: str, *, key: str | None = None
    ) -> Cancellation:
        """See `Backend`."""
        return self._ask(
            Cancellation,
            Operation.CONFIRM_CANCELLATION,
            key=key,
            ins=ins,
            cancellation=cancellation,
        )

    def get_instalments(self, ins: str) -> Instalments:
        """See `Backend`."""
        return self._ask(Instalments, Operation.GET_INSTALMENTS, ins=ins)

    def record_instalments(
        self, ins: str, request: RecordInstalments, *, key: str | None = None
    ) -> None:
        """See `Backend`."""
        self.call(Operation.RECORD_INSTALMENTS, request, key=key, ins=ins)

    def send_email(self, ins: str, request: SendEmail, *, key: str | None = None) -> None:
        """See `Backend`."""
        self.call(Operation.SEND_EMAIL, request, key=key, ins=ins)

    def quote_renewal(self, ins: str, *, key: str | None = None) -> Renewal:
        """See `Backend`."""
        return self._ask(Renewal, Operation.QUOTE_RENEWAL, key=key, ins=ins)

    def confirm_renewal(self, ins: str, renewal: str, *, key: str | None = None) -> Booking:
        """See `Backend`."""
        return self._ask(Booking, Operation.CONFIRM_RENEWAL, key=key, ins=ins, renewal=renewal)

    def decline_renewal(self, ins: str, *, key: str | None = None) -> None:
        """See `Backend`."""
        self.call(Operation.DECLINE_RENEWAL, key=key, ins=ins)

    def create_token(self, request: CreateToken) -> CustomerToken:
        """See `Backend`."""
        return self._ask(CustomerToken, Operation.CREATE_TOKEN, request)

    def create_offer(self, request: CreateOffer, *, query: dict[str, str] | None = None) -> Offer:
        """Price plans by the offers API; nothing is bound. `query` as contract section 11."""
        return self._ask(Offer, Operation.CREATE_OFFER, request, query=query)

    def confirm_offer(
        self, offer: str, request: ConfirmOffer, *, key: str | None = None
    ) -> Booking:
        """Turn an offer's plans into policies; the booking is like any other."""
        return self._ask(Booking, Operation.CONFIRM_OFFER, request, key=key, offer=offer)

    def opt_out_offer(self, offer: str, request: OptOutOffer, *, key: str | None = None) -> None:
        """Report that the product was bought without cover."""
        self.call(Operation.OPT_OUT_OFFER, request, key=key, offer=offer)


def _is_problem(body: Any) -> bool:
    return isinstance(body, dict) and "message" in body and "type" in body


def _problem(body: Any) -> Problem:
    try:
        return Problem.from_wire(body)
    except ValidationError:
        return Problem(message=f"a refusal without the usual body: {str(body)[:200]}")
