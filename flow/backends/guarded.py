"""A Backend whose every error is one of ours: what a plugged one raises is named, not passed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flow.backends.base import Controls
from flow.backends.relay import Asked, RelayBackend
from flow.errors import BackendError, BackendUnclear, PlugInvalid, described
from models import (
    Booking,
    BookingPage,
    Cancellation,
    CustomerToken,
    FastQuote,
    Instalments,
    Modification,
    Operation,
    QuotePackage,
    Renewal,
)

__all__ = ["GuardedBackend"]

T = TypeVar("T")


_NOTHING = (type(None),)
_REPLIES: dict[Operation, tuple[type, ...]] = {
    **dict.fromkeys(Operation, _NOTHING),
    Operation.CREATE_QUOTES: (QuotePackage, FastQuote),
    Operation.GET_QUOTES: (QuotePackage,),
    Operation.UPDATE_QUOTES: (QuotePackage,),
    Operation.ADD_QUOTES: (QuotePackage,),
    Operation.DELETE_QUOTES: (QuotePackage,),
    Operation.CREATE_BOOKING: (Booking,),
    Operation.CONFIRM_BOOKING: (Booking,),
    Operation.INSTANT_BOOKING: (Booking,),
    Operation.GET_BOOKING: (Booking,),
    Operation.LIST_BOOKINGS: (BookingPage,),
    Operation.MODIFY_BOOKING: (Modification,),
    Operation.QUOTE_MODIFICATION: (Modification,),
    Operation.CONFIRM_MODIFICATION: (Modification,),
    Operation.CANCEL_BOOKING: (Cancellation,),
    Operation.CONFIRM_CANCELLATION: (Cancellation,),
    Operation.GET_INSTALMENTS: (Instalments,),
    Operation.QUOTE_RENEWAL: (Renewal,),
    Operation.CONFIRM_RENEWAL: (Booking,),
    Operation.CREATE_TOKEN: (CustomerToken,),
}
"""What each operation is answered with; those not named, with nothing."""


class GuardedBackend(RelayBackend):
    """Turns foreign exceptions and foreign replies into `BackendUnclear`, naming the method."""

    @property
    def controls(self) -> Controls | None:
        """Clock and outbox, if the backend shows them.

        Raises:
            PlugInvalid: it raised something when it was asked.
        """
        try:
            return super().controls
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            reason = f"controls raised {described(error)}"
            name = type(self.inner).__name__
            raise PlugInvalid(kind="backend", name=name, reason=reason) from error

    def relay(self, asked: Asked, answer: Callable[[], T]) -> T:
        """Pass a call on."""
        try:
            reply = answer()
        except BackendError:
            raise
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            name = f"{type(self.inner).__name__}.{asked.operation}"
            reason = f"{name} raised {described(error)}"
            raise BackendUnclear(asked.operation, reason) from error
        if not isinstance(reply, _REPLIES[asked.operation]):
            name = f"{type(self.inner).__name__}.{asked.operation}"
            raise BackendUnclear(asked.operation, f"{name} returned {type(reply).__name__}")
        return reply
