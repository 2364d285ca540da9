from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.door import Door, errors, item


def test_a_package_has_one_quote_per_request_in_order() -> None:
    package = Door().quote(item(name="A", price=100), item(name="B", price=200))
    titles = [quote["policy"]["content"]["title"] for quote in package["quotes"].values()]
    assert titles == ["Product Insurance for A", "Product Insurance for B"]


def test_added_quotes_come_first_and_older_ones_are_bumped() -> None:
    """add_quotes#2: the new one takes position 0; created_at and updated_at of the package stay."""
    door = Door()
    first = door.quote(item(name="Old"))
    after = door.ok("POST", f"quotes/{first['id']}/add/", {"request": [item(name="New")]})
    assert after["quotes"]["1"]["id"] == first["quotes"]["0"]["id"]
    assert after["quotes"]["1"]["updated_at"] > first["quotes"]["0"]["updated_at"]
    assert after["updated_at"] == first["updated_at"]
    assert after["quotes"]["1"]["updated_at"] < after["quotes"]["0"]["created_at"]


def test_deleted_quotes_leave_their_position_empty() -> None:
    door = Door()
    package = door.quote(item(), item())
    gone = package["quotes"]["0"]["id"]
    after = door.ok("POST", f"quotes/{package['id']}/delete/", {"quotes": [{"id": gone}]})
    assert list(after["quotes"]) == ["1"]
    again = door.call("POST", f"quotes/{package['id']}/delete/", {"quotes": [{"id": gone}]})
    assert errors(again) == {"quotes": [{"id": [f"Quote {gone} does not exist."]}]}


def test_an_update_prices_again_and_keeps_ids() -> None:
    door = Door()
    package = door.quote()
    quote = package["quotes"]["0"]
    change = {"currency": "EUR", "request": [{"quote_id": quote["id"], "price": 500}]}
    after = door.ok("PATCH", f"quotes/{package['id']}/", change)
    assert after["quotes"]["0"]["id"] == quote["id"]
    assert after["currency"] == "EUR"
    assert after["total_price"] == 44.8
    assert after["updated_at"] > package["updated_at"]
    assert after["quotes"]["0"]["updated_at"] == quote["updated_at"], "recorded: update_quote#2"


def test_a_refused_update_changes_nothing() -> None:
    door = Door()
    package = door.quote()
    quote = package["quotes"]["0"]["id"]
    change = {"currency": "EUR", "request": [{"quote_id": quote, "price": -1}]}
    assert door.call("PATCH", f"quotes/{package['id']}/", change).status == 422
    assert door.ok("GET", f"quotes/{package['id']}/") == package


def test_opting_out_is_seen_on_the_package_only() -> None:
    """opt_out#3: quotes stay RECEIVED, updated_at stays."""
    door = Door()
    package = door.quote()
    assert door.call("POST", f"bookings/{package['id']}/opt_out", {}).status == 204
    after = door.ok("GET", f"quotes/{package['id']}/")
    assert after == {**package, "status": "OPTED_OUT"}


@pytest.mark.parametrize("path", ["opt_out"])
def test_opting_out_twice_is_refused(path: str) -> None:
    door = Door()
    package = door.quote()
    door.ok("POST", f"bookings/{package['id']}/{path}", {})
    assert errors(door.call("POST", f"bookings/{package['id']}/{path}", {})) == [
        "Status change not allowed for QuotePackage in status OPTED_OUT"
    ]


def test_a_fast_quote_stores_nothing() -> None:
    door = Door()
    body = {"request": [item()], "currency": "GBP", "customer_country": "GB"}
    fast = door.ok("POST", "quotes/?fast_quote=1", body)
    assert fast["total_price"] == door.quote()["total_price"]
    assert "id" not in fast
    assert len(door.insurer.world("RETLR").packages) == 1


REQUIRED = ["This field is required."]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"request": REQUIRED, "currency": REQUIRED, "customer_country": REQUIRED}),
        (
            {"unknown": 1},
            {"request": REQUIRED, "currency": REQUIRED, "customer_country": REQUIRED},
        ),
        (
            {"request": [item()], "currency": "GBP", "customer_country": "GB", "odd": 1},
            {"odd": "Unexpected field"},
        ),
        (
            {"request": [item(price=None)], "currency": "GBP", "customer_country": "GB", "odd": 1},
            {"request": [{"price": REQUIRED}]},
        ),
        (
            {"request": [item(price=None)], "currency": "GBP", "customer_country": "GB"},
            {"request": [{"price": REQUIRED}]},
        ),
        (
            {"request": [item(), item(colour="red")], "currency": "GBP", "customer_country": "GB"},
            {"request": [{}, {"colour": "Unexpected field"}]},
        ),
        (
            {"request": [item(policy_type="pets")], "currency": "GBP", "customer_country": "GB"},
            {"request": [{"policy_type": ["Policy type pets version 1 does not exist."]}]},
        ),
        (
            {"request": [], "currency": "GBP", "customer_country": "GB"},
            {"request": ["This list may not be empty."]},
        ),
    ],
)
def test_bad_requests_are_refused_in_the_recorded_shapes(body: Any, expected: Any) -> None:
    """Missing fields first; an unknown one only when all else is valid (contract 7.1)."""
    assert errors(Door().call("POST", "quotes/", body)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"price": "a lot"},
        {"price": float("inf")},
        {"price": 0},
        {"price": 10**30},
        {"quantity": 0},
        {"quantity": 1.5},
        {"quantity": True},
        {"name": ""},
        {"name": 5},
        {"name": "x" * 2000},
        {"condition": "broken"},
        {"purchase_date": "yesterday"},
        {"policy_start_date": "31/12/2026"},
        {"policy_start_date": "9999-12-31"},
        {"policy_type_version": "one"},
        {"policy_type": None},
    ],
)
def test_bad_fields_are_refused_and_nothing_is_kept(changes: dict[str, Any]) -> None:
    door = Door()
    body = {"request": [item(**changes)], "currency": "GBP", "customer_country": "GB"}
    assert "request" in errors(door.call("POST", "quotes/", body))
    assert door.insurer.world("RETLR").packages == {}


@pytest.mark.parametrize("body", [[], "text", 5, True, None])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    answer = Door().call("POST", "quotes/", body)
    assert answer.status == 422


def test_an_unknown_package_is_404_in_the_recorded_words() -> None:
    answer = Door().call("GET", "quotes/AAAAA-AAAAA-INS/")
    assert (answer.status, answer.body) == (
        404,
        {"type": "api_error", "message": "Quote package does not exist"},
    )
