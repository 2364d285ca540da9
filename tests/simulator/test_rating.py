"""Prices by hand from the catalogue: premium, each tax rounded on its own, commission, limits."""

from __future__ import annotations

from typing import Any

import pytest

from flow.simulator.catalogue import default_catalogue
from models.money import SYMBOLS
from tests.simulator.door import Door, errors, item

MARKETS = ["US", "CA", "GB", "IT", "FR", "ES", "DE", "AU"]


def _only(package: Any) -> Any:
    return package["quotes"]["0"]


@pytest.mark.parametrize(
    ("country", "currency", "premium", "taxes"),
    [
        ("US", "USD", 80.0, [2.4]),
        ("CA", "CAD", 80.0, [6.4]),
        ("GB", "GBP", 80.0, [9.6]),
        ("IT", "EUR", 80.0, [17.0]),
        ("FR", "EUR", 80.0, [7.2]),
        ("ES", "EUR", 80.0, [6.4, 0.12]),
        ("DE", "EUR", 80.0, [15.2]),
        ("AU", "AUD", 80.0, [8.0, 7.92]),
    ],
)
def test_a_camera_of_1000_costs_the_market_s_premium_and_taxes(
    country: str, currency: str, premium: float, taxes: list[float]
) -> None:
    quote = _only(Door().quote(item(), currency=currency, customer_country=country))
    assert quote["tax"]["total_amount_without_tax"] == premium
    assert [line["tax_amount"] for line in quote["tax"]["taxes"]] == taxes
    assert quote["price"] == pytest.approx(premium + sum(taxes))
    assert quote["price_formatted"].startswith(SYMBOLS[currency])


def test_all_markets_sell_retail_cover() -> None:
    for policy in default_catalogue().policies:
        if policy.group == "retail":
            assert sorted(policy.markets) == sorted(MARKETS)


@pytest.mark.parametrize(
    ("given", "premium"),
    [
        ({"price": 10}, 3.5),
        ({"price": 10, "quantity": 3}, 10.5),
        ({"price": 1000, "quantity": 2}, 160.0),
        ({"category": "phones", "price": 333.33}, 36.67),
        ({"category": "antiques", "price": 500}, 40.0),
    ],
)
def test_rates_follow_category_price_and_quantity(given: dict[str, Any], premium: float) -> None:
    quote = _only(Door().quote(item(**given)))
    assert quote["tax"]["total_amount_without_tax"] == premium


def test_a_longer_warranty_costs_its_years() -> None:
    warranty = item(policy_type="extended_warranty", price=1000)
    assert _only(Door().quote(warranty))["tax"]["total_amount_without_tax"] == 70.0
    longer = _only(Door().quote({**warranty, "term_months": 36}))
    assert longer["tax"]["total_amount_without_tax"] == 105.0
    assert longer["duration"] == "1096 00:00:00"


def test_event_tickets_cost_what_was_recorded() -> None:
    """2.01 = 0.90 + fee 1.00 + 12 % of 0.90; cover 53.62 for 100 Australian dollars."""
    ticket = {
        "policy_type": "event_ticket_protection",
        "policy_type_version": 1,
        "event_datetime": "2026-03-01T20:00:00Z",
        "event_name": "A concert",
        "tickets": [{"price": 100}],
    }
    quote = _only(Door().quote(ticket))
    assert quote["price"] == 2.01
    assert [line["tax_amount"] for line in quote["tax"]["taxes"]] == [1.0, 0.11]
    assert quote["cover_amount"] == 53.62
    assert quote["benefits"][0]["limit"] == 5.36
    assert quote["benefits"][0]["limit_policy_currency_formatted"] == "A$10.00"


def test_commission_is_a_share_of_the_premium() -> None:
    assert _only(Door().quote(item()))["commission"]["total_commission"] == 20.0


def test_another_currency_is_converted_and_has_its_own_decimals() -> None:
    quote = _only(Door().quote(item(price=190000), currency="JPY", customer_country="US"))
    assert quote["price"] == int(quote["price"])
    assert quote["price_formatted"].startswith("JP¥")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"customer_country": "XX"}, "No policy is available for product_insurance in XX"),
        ({"currency": "XTS"}, "No policy is available for product_insurance in XTS"),
    ],
)
def test_what_is_not_sold_is_refused(changes: dict[str, str], text: str) -> None:
    body = {"request": [item()], "currency": "GBP", "customer_country": "GB", **changes}
    assert errors(Door().call("POST", "quotes/", body)) == [text]


def test_a_quote_that_fails_among_others_is_null_with_its_reason() -> None:
    """Documented, not recorded: the others are still offered."""
    catalogue = default_catalogue()
    warranty = catalogue.policies[1]
    markets = {name: market for name, market in warranty.markets.items() if name != "GB"}
    policies = [catalogue.policies[0], warranty.model_copy(update={"markets": markets})]
    from flow.simulator.insurer import Insurer

    door = Door(Insurer(catalogue=catalogue.model_copy(update={"policies": policies})))
    package = door.quote(item(), item(policy_type="extended_warranty"))
    assert package["quotes"]["1"] is None
    assert package["errors"]["1"]["type"] == "quote_creation_failure"
    assert package["total_price"] == package["quotes"]["0"]["price"]
