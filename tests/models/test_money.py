from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from models.money import (
    Amount,
    AmountText,
    CurrencyMismatch,
    Money,
    exact,
    format_amount,
    round_amount,
)


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


def test_a_sum_of_another_currency_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        Money.sum([Money.of(1, "GBP"), Money.of(1, "EUR")], "GBP")


def test_amounts_of_one_currency_are_ordered() -> None:
    one, two = Money.of(1, "GBP"), Money.of(2, "GBP")
    assert (one < two, one <= two, one > two, one >= two) == (True, True, False, False)
    assert (one < one, one <= one, one > one, one >= one) == (False, True, False, True)
    with pytest.raises(CurrencyMismatch):
        assert one <= Money.of(2, "EUR")


def test_a_trillion_is_not_payable() -> None:
    assert Money(Decimal("999999999999.99"), "GBP").is_payable
    assert not Money(Decimal(10) ** 12, "GBP").is_payable
    assert not Money(Decimal("Infinity"), "GBP").is_payable


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


def test_rounding_is_as_told() -> None:
    assert round_amount(Decimal("0.129"), "GBP", ROUND_DOWN) == Decimal("0.12")
    assert round_amount(Decimal("-0.125"), "GBP") == Decimal("-0.13"), "half up is away from zero"
    assert Money.of(1, "GBP").times(Decimal("0.129"), ROUND_DOWN).amount == Decimal("0.12")


@pytest.mark.parametrize("nothing", [-0.0, "-0.00", Decimal("-0.0")])
def test_a_negative_nothing_is_nothing(nothing: object) -> None:
    assert not exact(nothing).is_signed()


@pytest.mark.parametrize("kind", [Amount, AmountText], ids=["number", "text"])
def test_the_schema_of_an_amount_says_what_it_is(kind: Any) -> None:
    assert TypeAdapter(kind).json_schema()["type"] == ["number", "string"]
