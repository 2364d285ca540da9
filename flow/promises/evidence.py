"""What several promises read from a history."""

from __future__ import annotations

from decimal import Decimal

from flow.ledger import Entry, Kind, Purpose
from flow.table import State, Trigger
from flow.trace import History
from models import Booking, Operation
from models.money import MINOR_UNITS, Money

__all__ = [
    "AT_REST",
    "CHECKOUT",
    "bookings",
    "minor_unit",
    "nothing",
    "paid_for_cover",
    "status",
    "summed",
]

CHECKOUT = (Trigger.PAY, Trigger.ANSWER_CHALLENGE, Trigger.BOOK, Trigger.RESERVE)
"""Steps in which a sale is charged; under dual payment cover is charged when it is booked."""
AT_REST = (State.COMPLETED, State.CLOSED, State.REFUNDED)
"""States in which nothing is under way."""


def nothing(history: History) -> Money:
    """Nothing, in the order's currency."""
    return Money.zero(history.order.currency)


def minor_unit(history: History) -> Money:
    """The least that can be paid in the order's currency: a penny, a yen."""
    currency = history.order.currency
    return Money(Decimal(1).scaleb(-MINOR_UNITS.get(currency, 2)), currency)


def summed(history: History, entries: list[Entry]) -> Money:
    """The sum of entries in the order's currency."""
    currency = history.order.currency
    return Money.sum((e.amount for e in entries if e.amount.currency == currency), currency)


def paid_for_cover(history: History, sku: str) -> Money:
    """What was charged for a product's cover and not given back."""
    ledger = history.ledger
    charged = summed(history, ledger.about(Kind.CHARGED, Purpose.COVER, sku))
    return charged - summed(history, ledger.about(Kind.REFUNDED, Purpose.COVER, sku))


def bookings(history: History) -> dict[str, set[str]]:
    """By idempotency key or package: the ids of the bookings that answered."""
    found: dict[str, set[str]] = {}
    for step in history.steps:
        for exchange in step.exchanges:
            reply, asked = exchange.reply, exchange.asked
            if not isinstance(reply, Booking) or asked.operation not in (
                Operation.CREATE_BOOKING,
                Operation.INSTANT_BOOKING,
            ):
                continue
            found.setdefault(asked.key or asked.ids.get("ins", ""), set()).add(reply.id)
    return found


def status(history: History, ref: str) -> str | None:
    """What the insurer last stated of a package; None when it was not asked."""
    statement = history.last.after.get(ref)
    return None if statement is None else statement.status
