"""Insurers that quote wrongly: prices, taxes, totals, and what is printed of them."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal
from typing import Any

from flow.backends.base import Backend
from flow.backends.relay import Asked, RelayBackend
from flow.gallery.restating import Restating, repriced, with_quotes
from models import AddQuotes, Booking, CreateQuotes, DeleteQuotes, QuotePackage
from models.money import format_amount

__all__ = [
    "AddsAgainOnRetry",
    "ForgetsWhichDollar",
    "KeepsTheOldTotal",
    "PricesYenInSen",
    "QuotesEachPiece",
    "QuotesWithoutTax",
    "RoundsTaxToWholeUnits",
    "TotalsWithoutTax",
]


class QuotesWithoutTax(RelayBackend):
    """A new quote is answered without its tax, so cover is dearer than what was shown."""

    def create_quotes(self, request: CreateQuotes) -> QuotePackage:
        package = self.inner.create_quotes(request)
        return repriced(package, lambda quote: quote.tax.total_amount_without_tax)


class QuotesEachPiece(RelayBackend):
    """Several pieces of a product get a quote each, so only the first of them is ever covered."""

    def create_quotes(self, request: CreateQuotes) -> QuotePackage:
        body = request.wire()
        pieces = [
            {**entry, "quantity": 1}
            for entry in body["request"]
            for _ in range(entry.get("quantity", 1))
        ]
        return self.inner.create_quotes(CreateQuotes.model_validate({**body, "request": pieces}))


class TotalsWithoutTax(Restating):
    """The total of a package leaves out the tax, so the parts do not add up to it."""

    def restated(self, asked: Asked, reply: Any) -> Any:
        if not isinstance(reply, QuotePackage):
            return reply
        total = sum((quote.tax.total_amount_without_tax for quote in reply.offered), Decimal(0))
        printed = format_amount(total, reply.currency)
        return reply.model_copy(update={"total_price": total, "total_price_formatted": printed})


class KeepsTheOldTotal(RelayBackend):
    """A product taken out of a package stays in its total, and the cart seems too dear."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._totals: dict[str, dict[str, Any]] = {}

    def delete_quotes(
        self, ins: str, request: DeleteQuotes, *, key: str | None = None
    ) -> QuotePackage:
        before = self.inner.get_quotes(ins)
        old = {
            "total_price": before.total_price,
            "total_price_formatted": before.total_price_formatted,
        }
        after = self.inner.delete_quotes(ins, request, key=key)
        return after.model_copy(update=self._totals.setdefault(ins, old))

    def get_quotes(self, ins: str) -> QuotePackage:
        return self.inner.get_quotes(ins).model_copy(update=self._totals.get(ins, {}))


class RoundsTaxToWholeUnits(Restating):
    """Tax is rounded up to whole pounds or euros, and no longer adds up with the premium."""

    def restated(self, asked: Asked, reply: Any) -> Any:
        if not isinstance(reply, QuotePackage):
            return reply

        def rounded(quote: Any) -> dict[str, Any]:
            tax = quote.tax.total_tax.to_integral_value(ROUND_UP)
            return {"tax": quote.tax.model_copy(update={"total_tax": tax})}

        return with_quotes(reply, rounded)


class PricesYenInSen(Restating):
    """Yen are priced with a fraction, which nobody can pay."""

    def restated(self, asked: Asked, reply: Any) -> Any:
        if not isinstance(reply, QuotePackage) or reply.currency != "JPY":
            return reply
        return repriced(reply, lambda quote: quote.price + Decimal("0.25"))


class ForgetsWhichDollar(Restating):
    """Canadian and Australian dollars are printed as American ones, a different price to read."""

    def restated(self, asked: Asked, reply: Any) -> Any:
        if not isinstance(reply, QuotePackage | Booking) or reply.currency not in ("CAD", "AUD"):
            return reply
        _, _, digits = reply.total_price_formatted.partition("$")
        return reply.model_copy(update={"total_price_formatted": f"US${digits}"})


class AddsAgainOnRetry(RelayBackend):
    """A product added again because the answer was lost is in the package twice."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._answers: dict[str, QuotePackage] = {}

    def add_quotes(self, ins: str, request: AddQuotes, *, key: str | None = None) -> QuotePackage:
        package = self.inner.add_quotes(ins, request)
        return package if key is None else self._answers.setdefault(key, package)
