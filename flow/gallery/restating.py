"""How a wrong insurer says something else than it holds: replies reworded on their way out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar, cast

from flow.backends.relay import Asked, RelayBackend
from models import Booking, Cancellation, QuotePackage
from models.money import format_amount
from models.quotes import PolicyRecord

__all__ = ["Restating", "refunding", "repriced", "with_quotes"]

T = TypeVar("T")
Frame = TypeVar("Frame", QuotePackage, Booking)


class Restating(RelayBackend):
    """Does as the insurer does, and answers in other words."""

    def relay(self, asked: Asked, answer: Callable[[], T]) -> T:
        """Pass a call on and reword what comes back."""
        return cast(T, self.restated(asked, answer()))

    def restated(self, asked: Asked, reply: Any) -> Any:
        """The reply as it is told."""
        return reply


def with_quotes(frame: Frame, change: Callable[[Any], dict[str, Any]]) -> Frame:
    """A package or booking with every quote in it changed."""
    if isinstance(frame, QuotePackage):
        offered = {
            position: None if quote is None else quote.model_copy(update=change(quote))
            for position, quote in frame.quotes.items()
        }
        return frame.model_copy(update={"quotes": offered})
    policies = [policy.model_copy(update=change(policy)) for policy in frame.quotes]
    return frame.model_copy(update={"quotes": policies})


def repriced(frame: Frame, price_of: Callable[[PolicyRecord], Decimal]) -> Frame:
    """A package or booking at other prices, consistent in itself: premiums and total follow."""
    currency, more = frame.currency, Decimal(0)

    def change(quote: PolicyRecord) -> dict[str, Any]:
        nonlocal more
        price = price_of(quote)
        more += price - quote.price
        tax = {"total_amount_without_tax": price - quote.tax.total_tax}
        return {
            "price": price,
            "price_formatted": format_amount(price, currency),
            "tax": quote.tax.model_copy(update=tax),
        }

    changed = with_quotes(frame, change)
    total = frame.total_price + more
    printed = format_amount(total, currency)
    return changed.model_copy(update={"total_price": total, "total_price_formatted": printed})


def refunding(reply: Cancellation, refund_of: Callable[[Any], Decimal]) -> Cancellation:
    """A cancellation with other refunds; its total follows."""
    quotes = [q.model_copy(update={"refund_value": refund_of(q)}) for q in reply.quotes]
    total = sum((quote.refund_value for quote in quotes), Decimal(0))
    return reply.model_copy(
        update={
            "quotes": quotes,
            "total_refund": total,
            "total_refund_formatted": format_amount(total, reply.currency),
        }
    )
