"""Amounts in the form of the reader's country, to the last digit."""

from __future__ import annotations

from decimal import Decimal

import pytest

from flow.paper.reader import Reader
from models.money import MINOR_UNITS, Money
from tests.paper.reading import flat


@pytest.mark.parametrize(
    ("language", "country", "amount", "currency", "printed"),
    [
        ("en", "GB", "1200", "GBP", "£1,200.00"),
        ("en", "US", "1200.5", "USD", "$1,200.50"),
        ("en", "CA", "1200.5", "CAD", "$1,200.50"),
        ("en", "AU", "1200.5", "AUD", "$1,200.50"),
        ("de", "DE", "1200.5", "EUR", "1.200,50 €"),
        ("fr", "FR", "1200.5", "EUR", "1 200,50 €"),
        ("it", "IT", "1200.5", "EUR", "1.200,50 €"),
        ("es", "ES", "12000.5", "EUR", "12.000,50 €"),
        ("en-us", "US", "-3.1", "USD", "-$3.10"),
        ("", "", "1200", "GBP", "£1,200.00"),
        ("../../etc", "XX", "1200", "GBP", "£1,200.00"),
        ("tlh", "QQ", "1200", "GBP", "£1,200.00"),
    ],
)
def test_amounts_have_the_form_of_the_shipped_markets(
    language: str, country: str, amount: str, currency: str, printed: str
) -> None:
    assert flat(Reader(language, country).money(Money.of(amount, currency))) == printed


@pytest.mark.parametrize("currency", [*MINOR_UNITS, "EUR", "GBP"])
def test_every_currency_is_printed_with_the_decimals_of_its_minor_unit(currency: str) -> None:
    places = MINOR_UNITS.get(currency, 2)
    printed = Reader("en", "GB").money(Money.of(7, currency))
    assert printed.endswith("7" if places == 0 else "7." + "0" * places)


def test_a_tax_finer_than_the_minor_unit_is_not_rounded_away() -> None:
    """Three percent of 108363 yen were recorded as 3250.89."""
    assert "3,250.89" in Reader("en", "GB").amount(Decimal("3250.89"), "JPY")
