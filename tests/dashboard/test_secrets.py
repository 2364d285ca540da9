"""No page shows a key, a secret, a token, a signature or a card, wherever it was written."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.dashboard.visitor import Visitor
from tests.server.client import BOOKING, Client, Served, served, steer

SECRETS = {
    "PURCHASEFLOW_API_KEY": "the-partners-key",
    "PURCHASEFLOW_API_SECRET": "the-partners+secret/=",
    "PURCHASEFLOW_CONTROL_TOKEN": "the-control-token",
}
CARD = "4111111111111111"
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
