"""What was charged, collected, booked, invoiced and refunded, to the minor unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from models.money import Money

__all__ = ["Entry", "Kind", "Ledger", "Party", "Purpose"]


class Kind(StrEnum):
    """What happened with the money."""

    CHARGED = "charged"
    COLLECTED = "collected"
    BOOKED = "booked"
    INVOICED = "invoiced"
    REFUNDED = "refunded"


class Purpose(StrEnum):
    """What it was for."""

    PRODUCTS = "products"
    COVER = "cover"


class Party(StrEnum):
    """Who took it, or gave it back."""

    SHOP = "shop"
    INSURER = "insurer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger: what happened with money, for which product.

    Attributes:
        sku: the product, or the product that the cover is for.
        quote: the policy, where one is concerned.
    """

    kind: Kind
    purpose: Purpose
    amount: Money
    sku: str
    party: Party = Party.SHOP
    quote: str | None = None


class Ledger:
    """Entries in order, and their totals."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._totals: dict[tuple[Kind, Purpose, Party, str], Decimal] = defaultdict(Decimal)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def write(self, entries: Iterable[Entry]) -> None:
        """Add entries."""
        for entry in entries:
            self.entries.append(entry)
            key = (entry.kind, entry.purpose, entry.party, entry.amount.currency)
            self._totals[key] += entry.amount.amount

    def total(
        self,
        kind: Kind,
        currency: str,
        *,
        purpose: Purpose | None = None,
        party: Party | None = None,
    ) -> Money:
        """The sum of a kind, in one currency; of one purpose and one party when given."""
        amount = Decimal(0)
        for (k, p, who, c), value in self._totals.items():
            if k is kind and c == currency and purpose in (None, p) and party in (None, who):
                amount += value
        return Money(amount, currency)

    def about(self, kind: Kind, purpose: Purpose, sku: str) -> list[Entry]:
        """Entries of one kind and purpose about one product."""
        return [
            entry
            for entry in self.entries
            if entry.kind is kind and entry.purpose is purpose and entry.sku == sku
        ]

    def currencies(self) -> set[str]:
        """Currencies that occur."""
        return {currency for *_, currency in self._totals}
