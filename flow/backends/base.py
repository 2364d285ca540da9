"""The Backend protocol: one method per operation of the insurer's API, models in, models out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

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
    Mail,
    Modification,
    ModifyBooking,
    OptOut,
    QuotePackage,
    RecordInstalments,
    Renewal,
    SendEmail,
    UpdateQuotes,
)

__all__ = ["Backend", "Controls"]


class Controls(Protocol):
    """What can be done to a simulated insurer and never to a real one."""

    def now(self) -> datetime:
        """The insurer's present instant."""

    def advance(self, by: timedelta) -> None:
        """Let time pass."""

    def outbox(self) -> Sequence[Mail]:
        """E-mails the insurer has sent, oldest first."""


class Backend(Protocol):
    """The insurer, as a shop calls it.

    Every method may raise `BackendRefused` (it said no, nothing changed), `BackendSilent` (no
    usable answer: unknown, ask again with the same key) or `BackendUnclear`. `key` is an
    idempotency key: a repeated call with the same key and request is answered like the first.
    """

    @property
    def controls(self) -> Controls | None:
        """Clock and outbox of a simulated insurer; None for a real one."""

    def create_quotes(self, request: CreateQuotes) -> QuotePackage:
        """Price things to insure, as one package."""

    def fast_quote(self, request: CreateQuotes) -> FastQuote:
        """Price them without keeping anything."""

    def get_quotes(self, ins: str) -> QuotePackage:
        """Read a package in any state."""

    def update_quotes(
        self, ins: str, request: UpdateQuotes, *, key: str | None = None
    ) -> QuotePackage:
        """Change inputs and price again."""

    def add_quotes(self, ins: str, request: AddQuotes, *, key: str | None = None) -> QuotePackage:
        """Add things to insure."""

    def delete_quotes(
        self, ins: str, request: DeleteQuotes, *, key: str | None = None
    ) -> QuotePackage:
        """Take quotes out."""

    def opt_out(self, ins: str, request: OptOut, *, key: str | None = None) -> None:
        """Report that the products were bought without cover."""

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        """Turn quotes into policies."""

    def confirm_booking(self, ins: str, *, key: str | None = None) -> Booking:
        """Report that a pending booking was paid."""

    def instant_booking(self, request: InstantBooking, *, key: str | None = None) -> Booking:
        """Quote and book in one call."""

    def get_booking(self, ins: str) -> Booking:
        """Read a booking."""

    def list_bookings(self, *, limit: int | None = None, offset: int | None = None) -> BookingPage:
        """Read a page of bookings."""

    def modify_booking(
        self, ins: str, request: ModifyBooking, *, key: str | None = None
    ) -> Modification:
        """Change a booking at once."""

    def quote_modification(
        self, ins: str, request: ModifyBooking, *, key: str | None = None
    ) -> Modification:
        """Price a change without making it."""

    def confirm_modification(
        self, ins: str, update: str, *, key: str | None = None
    ) -> Modification:
        """Make a priced change."""

    def cancel_booking(
        self, ins: str, request: CancelBooking, *, key: str | None = None
    ) -> Cancellation:
        """Cancel policies, or preview it."""

    def confirm_cancellation(
        self, ins: str, cancellation: str, *, key: str | None = None
    ) -> Cancellation:
        """Make a previewed cancellation final."""

    def get_instalments(self, ins: str) -> Instalments:
        """Read the payment schedules of a booking."""

    def record_instalments(
        self, ins: str, request: RecordInstalments, *, key: str | None = None
    ) -> None:
        """Report payment attempts."""

    def send_email(self, ins: str, request: SendEmail, *, key: str | None = None) -> None:
        """Send an e-mail again."""

    def quote_renewal(self, ins: str, *, key: str | None = None) -> Renewal:
        """Price the next term."""

    def confirm_renewal(self, ins: str, renewal: str, *, key: str | None = None) -> Booking:
        """Begin the next term."""

    def decline_renewal(self, ins: str, *, key: str | None = None) -> None:
        """Let the policy end."""

    def create_token(self, request: CreateToken) -> CustomerToken:
        """Tokenise a card, so that the insurer charges it (dual payment)."""
