"""Exact amounts, and the two forms in which the insurer prints them.

An amount travels as a JSON number (`2.01`) beside a formatted string (`£2.01`):
contract section 6.0. Inside it is a Decimal with its currency, rounded once, at the edge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

__all__ = [
    "MINOR_UNITS",
    "SYMBOLS",
    "Amount",
    "AmountText",
    "CurrencyMismatch",
    "Money",
    "exact",
    "format_amount",
    "round_amount",
]

MINOR_UNITS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "KWD": 3, "BHD": 3, "TND": 3}
"""Decimal places of a currency's minor unit where they are not two (ISO 4217)."""

SYMBOLS = {
    "GBP": "£",
    "USD": "US$",
    "AUD": "A$",
    "CAD": "CA$",
    "EUR": "€",
    "JPY": "JP¥",
    "NZD": "NZ$",
    "HKD": "HK$",
    "SGD": "S$",
}
"""Printed symbols. The first six are recorded; a currency not listed is printed by its code."""

_QUANTA = {places: Decimal(1).scaleb(-places) for places in range(4)}
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_KNOWN = set(SYMBOLS)
_ZERO = Decimal(0)
_TRILLION = 12


def exact(value: object) -> Decimal:
    """Read an amount from a JSON or YAML number without binary noise.

    Raises:
        ValueError: it is not a finite number.
    """
    if isinstance(value, float):
        return _from_float(value)
    if isinstance(value, Decimal):
        return _finite(value, value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        msg = f"an amount is a number, not {type(value).__name__}"
        raise ValueError(msg)
    try:
        return _finite(Decimal(str(value)), value)
    except InvalidOperation:
        msg = f"{value!r} is not an amount"
        raise ValueError(msg) from None


@lru_cache(maxsize=8192)  # a body has a dozen amounts, and the next one has them again
def _from_float(value: float) -> Decimal:
    return _finite(Decimal(str(value)), value)


def _finite(amount: Decimal, value: object) -> Decimal:
    if not amount.is_finite():
        msg = f"{value!r} is not a finite amount"
        raise ValueError(msg)
    return amount if amount else amount.copy_abs()  # a negative nothing is nothing


Amount = Annotated[
    Decimal,
    PlainValidator(exact),
    PlainSerializer(float, return_type=float, when_used="json"),
    WithJsonSchema({"type": ["number", "string"], "pattern": r"^(-?[0-9.]+|.*\$\{.*\}.*)$"}),
]
"""An amount in units of the body's currency; a JSON number on the wire."""

AmountText = Annotated[
    Decimal,
    PlainValidator(exact),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": ["number", "string"]}),
]
"""An amount that travels as text (`"0.09"`), as in instalment taxes: get_instalments#3."""


def round_amount(amount: Decimal, currency: str, rounding: str = ROUND_HALF_UP) -> Decimal:
    """Round to the currency's minor unit (half up unless told otherwise)."""
    return amount.quantize(_QUANTA[MINOR_UNITS.get(currency, 2)], rounding)


@lru_cache(maxsize=8192)  # limits, excesses and nothing at all are printed over and over
def format_amount(amount: Decimal, currency: str, *, spaced: bool = False) -> str:
    """Print as the insurer does: symbol, then the plain amount in minor-unit decimals.

    `spaced` puts a no-break space between them, as records stored in 2019 do
    (list_bookings#1).
    """
    gap = "\N{NO-BREAK SPACE}" if spaced else ""
    return f"{SYMBOLS.get(currency, currency)}{gap}{round_amount(amount, currency)}"


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies were added or compared."""

    def __init__(self, left: str, right: str) -> None:
        self.left = left
        self.right = right
        super().__init__(f"cannot combine {left} with {right}: convert one of them first")


def _no_currency(text: str) -> str:
    return f"{text!r} is not a currency code (three capital letters, ISO 4217)"


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in _KNOWN:
            if not _CURRENCY.match(self.currency):
                raise ValueError(_no_currency(self.currency))
            _KNOWN.add(self.currency)

    @classmethod
    def of(cls, amount: Decimal | int | float | str, currency: str) -> Money:
        """Money rounded to the currency's minor unit."""
        return cls(round_amount(exact(amount), currency), currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in that currency."""
        return _zero(currency)

    @classmethod
    def sum(cls, parts: Iterable[Money], currency: str) -> Money:
        """The sum of the parts; zero of `currency` when there are none.

        Raises:
            CurrencyMismatch: a part is of another currency.
        """
        total = _ZERO
        for part in parts:
            if part.currency != currency:
                raise CurrencyMismatch(currency, part.currency)
            total += part.amount
        return cls(total, currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __str__(self) -> str:
        """The insurer's printed form: `£2.01`, `US$585.85`, `JP¥95013`."""
        return format_amount(self.amount, self.currency)

    def times(self, factor: Decimal | int, rounding: str = ROUND_HALF_UP) -> Money:
        """Multiply, and round once to the minor unit."""
        return Money(round_amount(self.amount * factor, self.currency, rounding), self.currency)

    @property
    def is_rounded(self) -> bool:
        """Whether it has no fraction of a minor unit."""
        return self.amount == round_amount(self.amount, self.currency)

    @property
    def is_payable(self) -> bool:
        """Whether it is a finite amount below a trillion."""
        return self.amount.is_finite() and self.amount.adjusted() < _TRILLION

    def _same(self, other: Money) -> Decimal:
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.amount


@lru_cache(maxsize=256)
def _zero(currency: str) -> Money:
    return Money.of(0, currency)
