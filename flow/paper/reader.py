"""How a reader writes amounts and days: the one door to Babel.

Documents are in English; amounts have the form of the reader's language and country, to the last
digit there is. Days are ISO 8601, which nobody can misread.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from models.money import Money, round_amount

if TYPE_CHECKING:
    from babel import Locale

__all__ = ["Reader", "instant"]


@lru_cache(maxsize=256)
def _locale(language: str, country: str) -> Locale:
    """The language in that country, else the language, else English; never an error."""
    from babel import Locale, UnknownLocaleError

    base = language.replace("_", "-").partition("-")[0].lower()
    for name in (f"{base}_{country.upper()}", base):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return Locale.parse("en")


class Reader:
    """Whoever reads a document.

    Args:
        language: as a shop names it: `de`, `en-us`; what is unknown reads English.
        country: two letters.
    """

    def __init__(self, language: str | None, country: str | None) -> None:
        self.language = language or "en"
        self._locale = _locale(self.language[:35], (country or "")[:3])

    def money(self, money: Money) -> str:
        """`£1,200.00`, `1.200,00 €`."""
        return self.amount(money.amount, money.currency)

    def amount(self, amount: Decimal, currency: str) -> str:
        """The same. What is finer than the minor unit, as some taxes are, is not rounded away."""
        from babel.numbers import format_currency

        least = round_amount(amount, currency)
        exact = least if least == amount else amount
        text: str = format_currency(
            exact, currency, locale=self._locale, decimal_quantization=False
        )
        return text


def instant(moment: datetime) -> str:
    """`2026-01-15 09:00 UTC`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
