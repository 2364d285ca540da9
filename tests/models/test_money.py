from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.money import CurrencyMismatch, Money, exact, format_amount


@pytest.mark.parametrize(
    ("amount", "currency", "printed"),
    [
        ("2.01", "GBP", "£2.01"),
        ("585.85", "USD", "US$585.85"),
        ("95013", "JPY", "JP¥95013"),
        ("880.17", "CAD", "CA$880.17"),
        ("534.23", "EUR", "€534.23"),
        ("10", "AUD", "A$10.00"),
        ("54211.21", "GBP", "£54211.21"),
        ("7.5", "SEK", "SEK7.50"),
        ("-8.77", "GBP", "£-8.77"),
    ],
)
def test_money_prints_as_the_insurer_prints(amount: str, currency: str, printed: str) -> None:
    """Symbol, plain amount, no thousands separator: contract section 6.0."""
    assert str(Money.of(amount, currency)) == printed


def test_rows_of_2019_print_with_a_no_break_space() -> None:
    assert format_amount(Decimal("5"), "GBP", spaced=True) == "£\u00a05.00"


@pytest.mark.parametrize("bad", ["abc", "", "NaN", "Infinity", float("nan"), True, None, [1]])
def test_what_is_no_amount_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match=r"amount"):
        exact(bad)


def test_money_of_two_currencies_does_not_mix() -> None:
    with pytest.raises(CurrencyMismatch) as caught:
        Money.of(1, "GBP") + Money.of(1, "EUR")
    assert (caught.value.left, caught.value.right) == ("GBP", "EUR")


def test_a_currency_is_three_capital_letters() -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(Decimal(1), "pounds")


@given(st.integers(-(10**12), 10**12))
def test_cents_survive_the_wire(cents: int) -> None:
    """An amount becomes a JSON number and comes back the same, for any realistic size."""
    amount = Decimal(cents) / 100
    assert exact(float(amount)) == amount


@given(st.lists(st.decimals(-10_000, 10_000, places=2), max_size=20))
def test_sums_are_exact(amounts: list[Decimal]) -> None:
    total = Money.sum((Money.of(amount, "GBP") for amount in amounts), "GBP")
    assert total.amount == sum(amounts, Decimal(0))


def test_rounding_is_half_up_once() -> None:
    assert Money.of("0.125", "GBP").amount == Decimal("0.13")
    assert Money.of("2767.5", "JPY").amount == 2768
    assert not Money(Decimal("0.125"), "GBP").is_rounded
