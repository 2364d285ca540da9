"""The list of journeys: what belongs together, in what state, filtered and paged."""

from __future__ import annotations

import http.client

import pytest

from pytest_purchaseflow import PurchaseflowWorld
from tests.dashboard.visitor import Page, Visitor
from tests.remote import serving
from tests.server.client import BOOKING, QUOTE, Client, client_of


def _rows(page: Page) -> list[str]:
    """The text of each row of the table."""
    parts = page.html.partition('<tbody id="rows">')[2].partition("</tbody>")[0].split("<tr ")[1:]
    return [Page(200, {}, f"<tr {part}").text for part in parts]


def _journeys(visitor: Visitor, world: PurchaseflowWorld, **query: str) -> list[str]:
    return _rows(visitor.see("", partner=world.partner, world=world.name, **query))


def test_calls_about_one_package_are_one_journey(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    package = client.quote()
    client.ok("GET", f"quotes/{package['id']}/")
    client.ok(*("POST", *client.booking_of(package)))
    other = client.quote()
    client.ok("POST", f"bookings/{other['id']}/opt_out", {})

    latest, first = _journeys(visitor, purchaseflow)

    assert f"{other['id']} RETLR {purchaseflow.name} OPTED_OUT 2 opt_out" in latest
    assert f"{package['id']} RETLR {purchaseflow.name} CONFIRMED 3 create_booking" in first


def test_a_lost_answer_joins_its_repetition_by_the_key(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    """The first call names no package, for its answer never came: the key says what it was."""
    purchaseflow.fault("answer_lost", "instant_booking", times=1)
    with pytest.raises(http.client.HTTPException):
        client.call("POST", "instant_booking/", BOOKING, headers={"x-idempotency-key": "k"})
    again = client.call("POST", "instant_booking/", BOOKING, headers={"x-idempotency-key": "k"})

    (row,) = _journeys(visitor, purchaseflow)

    assert row.startswith(f"{again.body['id']} RETLR")
    assert "CONFIRMED 2 instant_booking" in row


def test_what_came_to_no_package_is_listed_by_how_it_ended(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    client.call("POST", "quotes/", {**QUOTE, "currency": "pounds"})
    purchaseflow.fault("call_lost", "create_quotes", times=1)
    with pytest.raises(http.client.HTTPException):
        client.quote()
    client.ok("GET", "bookings/")
    client.ok("GET", "bookings/", x="y")

    texts = _journeys(visitor, purchaseflow)

    assert "NO PACKAGE 2 list_bookings" in texts[0]
    assert "NO ANSWER 1 create_quotes" in texts[1]
    assert "REFUSED 1 create_quotes" in texts[2]


def test_an_offer_and_the_booking_made_from_it_are_one_journey(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    asked = {
        "customer": {"currency": "GBP", "country": "GB", "language": "en"},
        "partner": {},
        "context": {
            "purchase_date": "2026-01-15",
            "product": {"retail_value": 900, "quantity": 1},
        },
    }
    offer = client.ok("POST", "offers/", asked)
    assert "OFFERED 1 create_offer" in _journeys(visitor, purchaseflow)[0]
    client.ok("POST", f"offers/{offer['id']}/opt_out/", {})
    (row,) = _journeys(visitor, purchaseflow)
    assert f"{offer['id']} RETLR" in row
    assert "OPTED_OUT 2 opt_out_offer" in row


def test_a_seeded_package_is_there_without_calls(
    visitor: Visitor, purchaseflow: PurchaseflowWorld
) -> None:
    ids = purchaseflow.seed({"bookings": [BOOKING]})
    (row,) = _journeys(visitor, purchaseflow)
    assert str(ids["bookings"][0]) in row
    assert "CONFIRMED 0 made without calls that are remembered" in row


def test_filters_by_world_partner_status_and_promise() -> None:
    with serving("--partner", "OTHER") as (server, _):
        visitor = Visitor(server.url)
        visitor.sign_in()
        one, other = server.world("one"), server.world("other")
        mine, theirs = client_of(one), client_of(other, partner="OTHER")
        quoted = mine.quote()["id"]
        booked = mine.book()["id"]
        foreign = theirs.quote()["id"]
        path, body = mine.booking_of(mine.quote())
        mine.ok("POST", path, body, x_idempotency_key="k")
        wrong = {**body, "policyholder": {**body["policyholder"], "last_name": "Other"}}
        assert mine.call("POST", path, wrong, headers={"x-idempotency-key": "k"}).status == 422
        broken = path.split("/")[1]

        def names(**query: str) -> set[str]:
            return {row.split()[0] for row in _rows(visitor.see("", **query))}

        assert names() == {quoted, booked, foreign, broken}
        assert names(world="one") == {quoted, booked, broken}
        assert names(partner="OTHER") == {foreign}
        assert names(partner="OTHER", world="one") == set()
        assert names(status="RECEIVED") == {quoted, foreign}
        assert names(status="CONFIRMED", world="one") == {booked, broken}
        assert names(broken="any") == names(broken="one_key_one_request") == {broken}
        assert names(broken="tax_and_premium_add_up") == set()
        assert names(status="nonsense", broken="nonsense") == set()


def test_the_usual_world_has_a_name_to_choose_it_by() -> None:
    with serving() as (server, _):
        visitor = Visitor(server.url)
        visitor.sign_in()
        client_of(server.world("other")).book()
        usual = Client(server.url).book()["id"]
        page = visitor.see("", world="(default)")
        assert [row.split()[:3] for row in _rows(page)] == [[usual, "RETLR", "(default)"]]
        assert "<option selected>(default)</option>" in page.html


def test_a_thousand_journeys_are_paged(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    """Each page is made of fifty; the promise filter looks at them all."""
    ids = [client.quote()["id"] for _ in range(1000)]
    place = {"partner": "RETLR", "world": purchaseflow.name}
    first = visitor.see("", **place)
    assert len(_rows(first)) == 50
    assert "Page 1 of 20, 1000 journeys" in first.text
    assert ids[-1] in first.text
    last = visitor.see("", page="20", **place)
    assert ids[0] in last.text
    assert len(last.html) < 100_000
    assert _rows(visitor.see("", broken="any", **place)) == []


@pytest.mark.parametrize("page", ["0", "-1", "99999999999", "x", "1.5", "²"])
def test_a_page_that_is_none_is_the_nearest(visitor: Visitor, client: Client, page: str) -> None:
    client.quote()
    assert visitor.see("", page=page).status == 200


def test_a_journal_that_is_emptied_leaves_the_packages(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    package = client.quote()["id"]
    purchaseflow.control("DELETE", "/journal")
    (row,) = _journeys(visitor, purchaseflow)
    assert package in row
    page = visitor.see("journey", partner="RETLR", world=purchaseflow.name, id=package)
    assert "No calls are remembered" in page.text


def test_packages_of_an_imported_world_are_listed(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    """No call was made, and as many packages are there as before: others."""
    first = client.quote()
    state = purchaseflow.control("GET", "/state")
    purchaseflow.reset(seed=9)
    second = client.quote()
    (row,) = _journeys(visitor, purchaseflow)
    assert row.startswith(second["id"])

    purchaseflow.control("PUT", "/state", state)

    rows = _journeys(visitor, purchaseflow)
    assert [row for row in rows if row.startswith(first["id"])] != []
