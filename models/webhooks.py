"""What the insurer sends unasked: an event about a booking (contract section 8)."""

from __future__ import annotations

from enum import StrEnum

from models.base import Reply
from models.money import Amount

__all__ = ["Webhook", "WebhookEvent", "WebhookPayload", "WebhookPolicy", "WebhookPolicyType"]


class WebhookEvent(StrEnum):
    """What happened to a booking."""

    BOOKING_CREATED = "BOOKING_CREATED"
    BOOKING_UPDATED = "BOOKING_UPDATED"
    BOOKING_CANCELLED = "BOOKING_CANCELLED"
    RENEWAL_CREATED = "RENEWAL_CREATED"
    RENEWAL_NOTIFICATION = "RENEWAL_NOTIFICATION"
    RENEWAL_DUE = "RENEWAL_DUE"
    RENEWAL_EXPIRED = "RENEWAL_EXPIRED"


class WebhookPolicyType(Reply):
    """Which policy it is."""

    policy_type: str
    policy_name: str
    policy_version: str


class WebhookPolicy(Reply):
    """One policy of the booking; `refund_value` comes with a cancellation only."""

    id: str
    policy_start_date: str
    policy_end_date: str | None
    status: str
    price: Amount
    price_formatted: str
    policy: WebhookPolicyType
    duration: str | None
    total_renewed_times: int
    refund_value: Amount | None = None


class WebhookPayload(Reply):
    """The booking as it is after the event."""

    id: str
    status: str
    currency: str
    total_price: Amount
    total_price_formatted: str
    partner_transaction_id: str | None
    quotes: list[WebhookPolicy]


class Webhook(Reply):
    """One delivery's body."""

    event: WebhookEvent
    payload: WebhookPayload
