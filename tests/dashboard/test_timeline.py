"""One journey call by call: request, answer, verdict, key, fault, ledger, promises."""

from __future__ import annotations

import http.client
import re

import pytest

from pytest_purchaseflow import PurchaseflowServer, PurchaseflowWorld
from tests.dashboard.visitor import Page, Visitor
from tests.remote import serving
from tests.server.client import Client, client_of


def _page(visitor: Visitor, world: PurchaseflowWorld, name: str, **query: str) -> Page:
    place = {"partner": world.partner, "world": world.name, "id": name}
    return visitor.see("journey", **place, **query)


def _steps(page: Page) -> list[str]:
    parts = re.split(r'<li id="call-', page.html)[1:]
    return [Page(200, {}, f"<li {part.partition('</li>')[0]}").text for part in parts]


def test_each_call_is_told_in_full(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    package = client.quote()
    path, body = client.booking_of(package)
    client.ok("POST", path, body, x_idempotency_key="k-1")
    client.call("POST", path, body, headers={"x-idempotency-key": "k-1"})
    client.ok("POST", f"bookings/{package['id']}/cancel", {})

    page = _page(visitor, purchaseflow, package["id"])
    quoted, booked, again, cancelled = _steps(page)

    total = package["total_price_formatted"]
    assert "create_quotes 201 RECEIVED" in quoted
    assert "POST /x/partners/RETLR/quotes/" in quoted
    assert '"name": "Camera"' in quoted
    assert "Signature valid" in quoted
    assert f"package total {total}" in quoted
    assert "booked" not in quoted.partition("Request")[0]
    assert "create_booking 200 CONFIRMED" in booked
    assert "Idempotency key k-1" in booked
    assert f"booked {total} refunded £0.00" in booked
    assert '"last_name": "Lee"' in booked
    assert "create_booking 409 idempotency replay" in again
    assert "replayed: the stored answer was given again" in again
    assert "cancel_booking 200 CANCELLED" in cancelled
    assert f"package total £0.00 booked {total} refunded {total}" in cancelled
    assert "Your policy documents" in page.text


def test_the_ledger_is_marked_where_it_changes(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    package = client.quote()
    client.ok("GET", f"quotes/{package['id']}/")
    marks = re.findall(r'class="(ledger[^"]*)"', _page(visitor, purchaseflow, package["id"]).html)
    assert marks == ["ledger changed", "ledger"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("answer_lost", "no answer fault: answer_lost"),
        ("unavailable", "502 fault: unavailable"),
        ("throttled", "429 fault: throttled"),
    ],
)
def test_a_fault_that_struck_is_told(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld, kind: str, said: str
) -> None:
    package = client.quote()
    purchaseflow.fault(kind, "get_quotes", times=1)
    try:
        client.call("GET", f"quotes/{package['id']}/")
    except http.client.HTTPException:
        assert kind == "answer_lost"
    _, struck = _steps(_page(visitor, purchaseflow, package["id"]))
    assert f"get_quotes {said}" in struck


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ({"algorithm": "hmac-sha1"}, "deprecated (SHA-1 is deprecated: sign with SHA-512)"),
        ({"algorithm": "hmac-sha256"}, "valid"),
    ],
)
def test_the_verdict_on_the_signature_is_told(
    visitor: Visitor,
    client: Client,
    purchaseflow: PurchaseflowWorld,
    given: dict[str, str],
    verdict: str,
) -> None:
    package = client.quote()
    authorization = client.authorization(**given)
    client.ok("GET", f"quotes/{package['id']}/", Authorization=authorization)
    assert f"Signature {verdict}" in _steps(_page(visitor, purchaseflow, package["id"]))[-1]


def test_a_call_that_was_turned_away_is_told_with_its_verdict() -> None:
    with serving() as (server, _):
        visitor = Visitor(server.url)
        visitor.sign_in()
        assert "None so far." in visitor.see("strangers").text
        Client(server.url, secret="wrong").call("GET", "bookings/")
        Client(server.url, key="nobody").call("GET", "bookings/")
        unknown, wrong = _steps(visitor.see("strangers"))
        assert "list_bookings 403" in wrong
        assert "Signature wrong" in wrong
        assert "Signature unknown_key" in unknown
        assert "2 calls reached no world" in visitor.see("").text


def test_a_broken_promise_is_named_with_its_call(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    package = client.quote()
    path, body = client.booking_of(package)
    client.ok("POST", path, body, x_idempotency_key="k")
    wrong = {**body, "policyholder": {**body["policyholder"], "last_name": "Other"}}
    client.call("POST", path, wrong, headers={"x-idempotency-key": "k"})

    page = _page(visitor, purchaseflow, package["id"])

    assert "key k was used for create_booking and for other create_booking" in page.text
    assert "An idempotency key is sent again only with the same request" in page.text
    assert "Promise broken" in _steps(page)[-1]
    assert "Promise broken" not in _steps(page)[0]


def test_the_age_of_a_quote_follows_the_clock(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    package = client.quote()["id"]
    assert "just now" in _page(visitor, purchaseflow, package).text
    for time, said in (
        ({"minutes": 1}, "1 minute ago"),
        ({"hours": 5}, "5 hours ago"),
        ({"days": 31}, "31 days ago"),
    ):
        purchaseflow.advance(**time)
        assert said in _page(visitor, purchaseflow, package).text


def test_many_calls_are_paged_and_the_latest_are_shown_first(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    package = client.quote()["id"]
    for _ in range(60):
        client.ok("GET", f"quotes/{package}/")
    latest = _page(visitor, purchaseflow, package)
    assert len(_steps(latest)) == 11
    assert "Page 2 of 2, 61 calls" in latest.text
    first = _page(visitor, purchaseflow, package, page="1")
    assert "create_quotes 201" in _steps(first)[0]


def test_a_long_body_is_cut_on_the_page(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    client.call("POST", "quotes/", content=b'{"x": "' + b"y" * 60_000 + b'"}')
    (name,) = re.findall(r">(call-\d+)<", visitor.see("", world=purchaseflow.name).html)
    page = _page(visitor, purchaseflow, name)
    assert "more letters: the control API has them" in page.text
    assert len(page.html) < 40_000


def test_calls_about_no_package_can_be_looked_at(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    client.ok("GET", "bookings/")
    client.call("PUT", "bookings/")
    page = _page(visitor, purchaseflow, "other-calls")
    assert "Calls about no package" in page.text
    assert "list_bookings 200" in _steps(page)[0]
    assert "not an operation 405" in _steps(page)[1]


def test_a_journey_is_found_by_any_of_its_ids(purchaseflow_server: PurchaseflowServer) -> None:
    world = purchaseflow_server.world()
    client = client_of(world)
    asked = {
        "customer": {"currency": "GBP", "country": "GB", "language": "en"},
        "partner": {},
        "context": {
            "purchase_date": "2026-01-15",
            "product": {"retail_value": 900, "quantity": 1},
        },
    }
    offer = client.ok("POST", "offers/", asked)
    visitor = Visitor(purchaseflow_server.url)
    visitor.sign_in()
    assert "create_offer 200" in _steps(_page(visitor, world, offer["id"]))[0]
    world.delete()


@pytest.mark.parametrize(
    ("options", "tone"), [((), 'class="good">valid'), (("--no-check",), 'class="">unchecked')]
)
def test_only_a_signature_that_was_looked_at_is_called_good(
    options: tuple[str, ...], tone: str
) -> None:
    with serving(*options) as (server, _):
        world = server.world("signed")
        package = client_of(world).quote()["id"]
        visitor = Visitor(server.url)
        visitor.sign_in()
        assert f"<dd {tone}" in _page(visitor, world, package).html
