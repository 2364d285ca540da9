"""E-mails of the insurer: the trigger that re-sends one, and what lies in its outbox."""

from __future__ import annotations

from enum import StrEnum

from models.base import Reply, Request
from models.money import Amount

__all__ = ["Mail", "MailEvent", "MailedPolicy", "SendEmail"]


class MailEvent(StrEnum):
    """What an e-mail is about. BOOKING_CANCELLED is recorded, the others are the webhook names."""

    BOOKING_CREATED = "BOOKING_CREATED"
    BOOKING_UPDATED = "BOOKING_UPDATED"
    BOOKING_CANCELLED = "BOOKING_CANCELLED"
    RENEWAL_CREATED = "RENEWAL_CREATED"


class SendEmail(Request):
    """Send an e-mail again; without `event`, the booking confirmation (trigger_email#2)."""

    event: MailEvent | None = None


class MailedPolicy(Reply):
    """A policy as an e-mail describes it."""

    id: str
    name: str
    price: Amount
    price_formatted: str
    start: str
    end: str | None


class Mail(Reply):
    """An e-mail in the insurer's outbox. Our own form: the real one is a web page and a PDF."""

    event: MailEvent
    to: str
    booking: str
    sent_at: str
    subject: str
    policies: list[MailedPolicy]
    certificate: str
    wording: str
