"""A Backend around a Backend: what every wrapper needs, written once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from flow.backends.base import Backend, Controls
from models import (
    AddQuotes,
    Booking,
    BookingPage,
    CancelBooking,
    Cancellation,
    CreateBooking,
    CreateQuotes,
    CreateToken,
    CustomerToken,
    DeleteQuotes,
    FastQuote,
    Instalments,
    InstantBooking,
    Modification,
    ModifyBooking,
    Operation,
    OptOut,
    QuotePackage,
    RecordInstalments,
    Renewal,
    SendEmail,
    UpdateQuotes,
)
from models.base import Request

__all__ = ["Asked", "RelayBackend"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One call to a backend, before it is answered."""

    operation: Operation
    request: Request | None = None
    ids: dict[str, str] = field(default_factory=dict)
    key: str | None = None


class RelayBackend:
    """Passes every call on through `relay`, which a subclass overrides."""

    def __init__(self, inner: Backend) -> None:
        self.inner = inner

    def relay(self, asked: Asked, answer: Callable[[], T]) -> T:
        """Get a call answered; `answer` asks the inner backend."""
        return answer()

    @property
    def controls(self) -> Controls | None:
        """Those of the inner backend."""
        return getattr(self.inner, "controls", None)

    def create_quotes(self, request: CreateQuotes) -> QuotePackage:
        """See `Backend`."""
        asked = Asked(operation=Operation.CREATE_QUOTES, request=request)
        return self.relay(asked, lambda: self.inner.create_quotes(request))

    def fast_quote(self, request: CreateQuotes) -> FastQuote:
        """See `Backend`."""
        asked = Asked(operation=Operation.CREATE_QUOTES, request=request)
        return self.relay(asked, lambda: self.inner.fast_quote(request))

    def get_quotes(self, ins: str) -> QuotePackage:
        """See `Backend`."""
        asked = Asked(operation=Operation.GET_QUOTES, ids={"ins": ins})
        return self.relay(asked, lambda: self.inner.get_quotes(ins))

    def update_quotes(
        self, ins: str, request: UpdateQuotes, *, key: str | None = None
    ) -> QuotePackage:
        """See `Backend`."""
        asked = Asked(operation=Operation.UPDATE_QUOTES, request=request, ids={"ins": ins}, key=key)
        return self.relay(asked, lambda: self.inner.update_quotes(ins, request, key=key))

    def add_quotes(self, ins: str, request: AddQuotes, *, key: str | None = None) -> QuotePackage:
        """See `Backend`."""
        asked = Asked(operation=Operation.ADD_QUOTES, request=request, ids={"ins": ins}, key=key)
        return self.relay(asked, lambda: self.inner.add_quotes(ins, request, key=key))

    def delete_quotes(
        self, ins: str, request: DeleteQuotes, *, key: str | None = None
    ) -> QuotePackage:
        """See `Backend`."""
        asked = Asked(operation=Operation.DELETE_QUOTES, request=request, ids={"ins": ins}, key=key)
        return self.relay(asked, lambda: self.inner.delete_quotes(ins, request, key=key))

    def opt_out(self, ins: str, request: OptOut, *, key: str | None = None) -> None:
        """See `Backend`."""
        asked = Asked(operation=Operation.OPT_OUT, request=request, ids={"ins": ins}, key=key)
        return self.relay(asked, lambda: self.inner.opt_out(ins, request, key=key))

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        """See `Backend`."""
        asked = Asked(
            operation=Operation.CREATE_BOOKING, request=request, ids={"ins": ins}, key=key
        )
        return self.relay(asked, lambda: self.inner.create_booking(ins, request, key=key))

    def confirm_booking(self, ins: str, *, key: str | None = None) -> Booking:
        """See `Backend`."""
        asked = Asked(operation=Operation.CONFIRM_BOOKING, ids={"ins": ins}, key=key)
        return self.relay(asked, lambda: self.inner.confirm_booking(ins, key=key))

    def instant_booking(self, request: InstantBooking, *, key: str | None = None) -> Booking:
        """See `Backend`."""
        asked = Asked(operation=Operation.INSTANT_BOOKING, request=request, key=key)
        return self.relay(asked, lambda: self.inner.instant_booking(request, key=key))

    def get_booking(self, ins: str) -> Booking:
        """See `Backend`."""
        asked = Asked(operation=Operation.GET_BOOKING, ids={"ins": ins})
        return self.relay(asked, lambda: self.inner.get_booking(ins))

    def list_bookings(self, *, limit: int | None = None, offset: int | None = None) -> BookingPage:
        """See `Backend`."""
        asked = Asked(operation=Operation.LIST_BOOKINGS)
        return self.relay(asked, lambda: self.inner.list_bookings(limit=limit, offset=offset))

    def modify_booking(
        self, ins: str, request: ModifyBooking, *, key: str | None = None
    ) -> Modification:
        """See `Backend`."""
        asked = Asked(
            operation=Operation.MODIFY_BOOKING, request=request, ids={"ins": ins}, key=key
        )
        return self.relay(asked, lambda: self.inner.modify_booking(ins, request, key=key))

    def quote_modification(
        self, ins: str, request: ModifyBooking, *, key: str | None = None
    ) -> Modification:
        """See `Backend`."""
        asked = Asked(
            operation=Operation.QUOTE_MODIFICATION, request=request, ids={"ins": ins}, key=key
        )
        return self.relay(asked, lambda: self.inner.quote_modification(ins, request, key=key))

    def confirm_modification(
        self, ins: str, update: str, *, key: str | None = None
    ) -> Modification:
        """See `Backend`."""
        ids = {"ins": ins, "update": update}
        asked = Asked(operation=Operation.CONFIRM_MODIFICATION, ids=ids, key=key)
        return self.relay(asked, lambda: self.inner.confirm_modification(ins, update, key=key))

    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        """See `Backend`."""
        asked = Asked(
            operation=Operation.CANCEL_BOOKING, request=request, ids={"ins": ins}, key=key
        )
        return self.relay(asked, lambda: self.inner.cancel_booking(ins, request, key=key))

    def confirm_cancellation(
        self, ins: str, cancellation: str, *, key: str | None = None
    ) -> Cancellation:
        """See `Backend`."""
        ids = {"ins": ins, "cancellation": cancellation}
        asked = Asked(operation=Operation.CONFIRM_CANCELLATION, ids=ids, key=key)
        return self.relay(
            asked, lambda: self.inner.confirm_cancellation(ins, cancellation, key=key)
        )

    def get_instalments(self, ins: str) -> Instalments:
        """See `Backend`."""
        asked = Asked(operation=Operation.GET_INSTALMENTS, ids={"ins": ins})
        return self.relay(asked, lambda: self.inner.get_instalments(ins))

    def record_instalments(
        self, ins: str, request: RecordInstalments, *, key: str | None = None
    ) -> None:
        """See `Backend`."""
        asked = Asked(
            operation=Operation.RECORD_INSTALMENTS, request=request, ids={"ins": ins}, key=key
        )
        return self.relay(asked, lambda: self.inner.record_instalments(ins, request, key=key))

    def send_email(self, ins: str, request: SendEmail, *, key: str | None = None) -> None:
        """See `Backend`."""
        asked = Asked(operation=Operation.SEND_EMAIL, request=request, ids={"ins": ins}, key=key)
        return self.relay(asked, lambda: self.inner.send_email(ins, request, key=key))

    def quote_renewal(self, ins: str, *, key: str | None = None) -> Renewal:
        """See `Backend`."""
        asked = Asked(operation=Operation.QUOTE_RENEWAL, ids={"ins": ins}, key=key)
        return self.relay(asked, lambda: self.inner.quote_renewal(ins, key=key))

    def confirm_renewal(self, ins: str, renewal: str, *, key: str | None = None) -> Booking:
        """See `Backend`."""
        ids = {"ins": ins, "renewal": renewal}
        asked = Asked(operation=Operation.CONFIRM_RENEWAL, ids=ids, key=key)
        return self.relay(asked, lambda: self.inner.confirm_renewal(ins, renewal, key=key))

    def decline_renewal(self, ins: str, *, key: str | None = None) -> None:
        """See `Backend`."""
        asked = Asked(operation=Operation.DECLINE_RENEWAL, ids={"ins": ins}, key=key)
        return self.relay(asked, lambda: self.inner.decline_renewal(ins, key=key))

    def create_token(self, request: CreateToken) -> CustomerToken:
        """See `Backend`."""
        asked = Asked(operation=Operation.CREATE_TOKEN, request=request)
        return self.relay(asked, lambda: self.inner.create_token(request))
