"""No page shows a key, a secret, a token, a signature or a card, wherever it was written."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from pytest_purchaseflow import PurchaseflowWorld
from tests.dashboard.visitor import Visitor
from tests.server.client import BOOKING, QUOTE, Client, Served, served, steer

SECRETS = {
    "PURCHASEFLOW_API_KEY": "the-partners-key",
    "PURCHASEFLOW_API_SECRET": "the-partners+secret/=",
    "PURCHASEFLOW_CONTROL_TOKEN": "the-control-token",
}
CARD = "4111111111111111"
IMEI = "356938035643809"
TOKEN = {
    "customer": {"email": "ann@shop.test"},
    "creditCard": {
        "number": CARD,
        "expiryMonth": 12,
        "expiryYear": 2030,
        "cvc": "737",
        "holderName": "A",
    },
}
PLACES = ("", "outbox", "webhooks", "controls", "flow", "strangers")


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served("--partner", "RETLR", "--no-log", **SECRETS) as own:
        yield own


def _everything(visitor: Visitor) -> str:
    """All that can be looked at."""
    first = visitor.see("").html
    links = re.findall(r'href="(/dashboard/journey[^"]*)"', first)
    pages = [first, *(visitor.see(place).html for place in PLACES)]
    pages += [visitor.see(link.replace("&amp;", "&")).html for link in links]
    return "\n".join(pages)


def _forge(client: Client, secrets: list[str]) -> None:
    """Calls that have secrets where nobody would look for them."""
    for number, secret in enumerate(secrets):
        client.call("POST", "quotes/", {secret: {"a": [secret, f"x {secret} y"]}})
        client.call("GET", f"quotes/{secret}/")
        client.call("GET", f"bookings/?api_key={secret}&plain=x{secret}")
        client.call("GET", "bookings/", headers={"X-My-Token": "hidden-by-name", "X-A": secret})
        client.call(
            "POST", f"bookings/A-{number}/opt_out", {}, headers={"x-idempotency-key": secret}
        )
        client.call("GET", "bookings/", headers={"Authorization": f"Bearer {secret}"})
        client.call("GET", f"/nowhere/{secret}?q={CARD}")


def test_no_page_shows_a_secret(server: Served) -> None:
    key, secret, token = SECRETS.values()
    client = Client(server.url, key=key, secret=secret)
    card_token = client.ok("POST", "customer-tokens", TOKEN)["data"]["id"]
    booking = client.ok("POST", "instant_booking/", {**BOOKING, "customer_token_id": card_token})
    other = card_token[::-1]
    refused = client.call("POST", "instant_booking/", {**BOOKING, "customer_token_id": other})
    assert other in refused.content.decode()
    client.call("GET", "bookings/", headers={"X-Api-Key": key})
    _forge(client, [key, secret, token])
    content = json.dumps({"url": "http://127.0.0.1:9/", "secret": "listeners-secret"}).encode()
    steer(server.url, "POST", "/webhooks", content=content, token=token)
    client.book()
    visitor = Visitor(server.url)
    visitor.sign_in(token)

    shown = _everything(visitor)

    assert booking["id"] in shown  # it does show what was done
    signature = client.authorization().partition('signature="')[2].rstrip('"')
    hidden = (key, secret, token, card_token, other, CARD, signature, "listeners-secret")
    assert [one for one in (*hidden, "hidden-by-name", '"737"') if one in shown] == []
    assert "Signature ***" in shown


def test_the_session_stands_in_no_page(server: Served) -> None:
    visitor = Visitor(server.url)
    visitor.sign_in(SECRETS["PURCHASEFLOW_CONTROL_TOKEN"])
    assert visitor.cookie is not None
    assert visitor.cookie.partition("=")[2] not in _everything(visitor)


def test_a_token_in_an_address_is_of_no_use(server: Served) -> None:
    token = SECRETS["PURCHASEFLOW_CONTROL_TOKEN"]
    page = Visitor(server.url).ask("GET", "", token=token)
    assert page.status == 303
    with closing(http.client.HTTPConnection(*Client(server.url).address, timeout=20)) as own:
        own.request("GET", "/dashboard/", headers={"Authorization": f"Bearer {token}"})
        assert own.getresponse().status == 303


def test_no_page_shows_a_card_wherever_it_was_written(visitor: Visitor, client: Client) -> None:
    written = ["4242-4242-4242-4242", "4242424242424242", "4000 0000 0000 9995", "5555555555554444"]
    told = {"card": written[0], "pan": written[1], "comment": f"paid with {written[1]}, {IMEI}"}
    named = {"cardNumber": "4242 4242 mistyped", written[3]: int(written[1])}
    client.call("POST", "quotes/", {**QUOTE, "partner_metadata": {**told, **named}})
    client.call("POST", "quotes/", {"currency": written[2]})
    client.call("GET", f"quotes/{written[1]}/?q=4000+0000+0000+9995")
    client.call("GET", "quotes/4000%200000%200000%209995/")
    client.call("GET", "bookings/", headers={"x-about": written[2]})

    shown = _everything(visitor)

    assert "paid with ***" in shown
    assert IMEI in shown
    hidden = [*written, "mistyped", "4000+0000", "4000%200000"]
    assert [one for one in hidden if one in shown] == []


def test_a_certificates_link_is_shown_in_answers_and_in_queries(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    booking = client.book()
    token = booking["security_token"]
    client.call("GET", f"bookings/{booking['id']}/?security_token={token}")
    page = visitor.see("journey", partner="RETLR", id=booking["id"], world=purchaseflow.name)
    assert f"?security_token={token}" in page.html
    assert f"security_token&#34;: &#34;{token}" in page.html
