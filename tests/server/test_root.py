"""The address without a path: nothing for a client, a few links for a browser."""

from __future__ import annotations

import re

from pytest_purchaseflow import PurchaseflowWorld
from tests.server.client import Client, client_of

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def _links(client: Client) -> list[str]:
    reply = client.call("GET", "/", headers=dict(BROWSER))
    assert reply.status == 404
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return re.findall(r'<a href="(/[^"]*)"', reply.content.decode())


def test_a_browser_is_told_where_there_is_something(purchaseflow: PurchaseflowWorld) -> None:
    client = client_of(purchaseflow)
    links = _links(client)
    assert "/dashboard/" in links
    assert "/docs" in links
    for link in links:
        assert client.call("GET", link, headers=dict(BROWSER)).status in (200, 303)


def test_a_client_is_told_as_ever(purchaseflow: PurchaseflowWorld) -> None:
    client = client_of(purchaseflow)
    for accepted in (None, "application/json", "*/*"):
        reply = client.call("GET", "/", headers={"accept": accepted})
        assert reply.status == 404
        assert "json" in reply.headers["content-type"]
    assert client.call("POST", "/", {}, headers=dict(BROWSER)).status == 404
