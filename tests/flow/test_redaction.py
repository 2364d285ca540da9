"""Cards are known by their digits wherever they stand; other numbers stay as they are."""

from __future__ import annotations

from typing import Any

import pytest

from flow.cards import CARD_NUMBERS
from flow.redaction import HIDDEN, without_cards, without_secrets


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("4242424242424242", HIDDEN),
        ("4242-4242-4242-4242", HIDDEN),
        ("4000 0000 0000 9995", HIDDEN),
        ("paid with 4242424242424242, thanks", f"paid with {HIDDEN}, thanks"),
        ("1 4242 4242 4242 4242 12/30", f"1 {HIDDEN} 12/30"),
        ("card:5555 5555 5555 4444.", f"card:{HIDDEN}."),
        ("3782-822463-10005", HIDDEN),
        ("a4242424242424242b4111111111111111", f"a{HIDDEN}b{HIDDEN}"),
        ("4242\u00a04242\u20114242\u00a04242", HIDDEN),
    ],
)
def test_a_card_is_hidden_however_it_is_written(text: str, shown: str) -> None:
    assert without_cards(text) == shown


@pytest.mark.parametrize("card", list(CARD_NUMBERS.values()))
def test_every_test_card_is_hidden(card: str) -> None:
    assert without_secrets({"about": card}) == {"about": HIDDEN}


@pytest.mark.parametrize(
    "value",
    [
        "356938035643809",  # an IMEI, right by its check digit
        "4242424242424241",  # no card: the check digit is wrong
        "+44 7700 900123 4455",
        "1768467600000",  # milliseconds
        "42424242-4242-4242-8242-424242424242",
        "2026-01-15 2027-01-15 09:00",
        "42424242424242424242",  # twenty digits
        "129.99",
        1299900,
        4000000000000000,
        True,
        None,
    ],
)
def test_what_is_no_card_stays(value: Any) -> None:
    assert without_secrets({"a": [value]}) == {"a": [value]}


def test_numbers_and_names_can_be_cards_too() -> None:
    assert without_secrets({"4242424242424242": 4242424242424242, "b": 4242424242424242.0}) == {
        HIDDEN: HIDDEN,
        "b": HIDDEN,
    }


@pytest.mark.parametrize("name", ["number", "cardNumber", "card_number", "PAN", "cvv", "CVC"])
def test_what_is_named_a_card_is_hidden_though_mistyped(name: str) -> None:
    assert without_secrets({name: "4242 4242"}) == {name: HIDDEN}


def test_an_instalment_keeps_its_number() -> None:
    assert without_secrets({"number": 3}) == {"number": 3}
