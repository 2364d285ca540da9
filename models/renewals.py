"""Renewal of a policy for another term: priced, then confirmed or declined.

Documented, never recorded (contract section 1, rows 20 to 22): bodies are our choice.
"""

from __future__ import annotations

from models.base import Reply, Request
from models.bookings import PolicyInBooking
from models.identifiers import CurrencyCode, InsNumber, RenewalId

__all__ = ["ConfirmRenewal", "Renewal"]


class ConfirmRenewal(Request):
    """Confirm after payment. The documentation sends both fields, the client neither."""

    id: str | None = None
    policy_start_date: str | None = None


class Renewal(Reply):
    """The next term as it is offered: quotes of status RECEIVED."""

    renewal_id: RenewalId
    id: InsNumber
    currency: CurrencyCode
    quotes: list[PolicyInBooking]
