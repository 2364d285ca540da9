"""Announcements: they come with a call, hold nothing, hold up nobody, and end with the server."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import MutableMapping
from typing import Any

import pytest

from flow.dashboard.live import stream
from flow.dashboard.scope import Scope
from flow.server.watch import Watch
from pytest_purchaseflow import PurchaseflowServer, PurchaseflowWorld
from tests.dashboard.listening import listening
from tests.dashboard.visitor import Visitor
from tests.remote import serving
from tests.server.client import Client, client_of
from tests.server.listener import Listener
from tests.server.listener import listening as webhooks


def test_a_call_is_announced(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    with listening(visitor, partner="RETLR", world=purchaseflow.name) as heard:
        client.quote()
        assert heard.until(2) == 2
        assert heard.heard.startswith(b"HTTP/1.1 200")
        assert b"text/event-stream" in heard.heard


def test_what_is_steered_is_announced(visitor: Visitor, purchaseflow: PurchaseflowWorld) -> None:
    with listening(visitor, world=purchaseflow.name) as heard:
        purchaseflow.advance(days=1)
        assert heard.until(2) == 2


def test_looking_is_not_announced(visitor: Visitor, purchaseflow: PurchaseflowWorld) -> None:
    """Else a page that looks would be told to look again, for ever."""
    with listening(visitor, world=purchaseflow.name) as heard:
        for path in ("/journal", "/outbox", "/clock"):
            purchaseflow.control("GET", path)
        for place in ("", "outbox", "controls", "flow"):
            visitor.see(place, world=purchaseflow.name)
        purchaseflow.advance(days=1)
        assert heard.until(2) == 2
        purchaseflow.advance(days=1)
        assert heard.until(3) == 3


def test_a_call_that_was_turned_away_is_announced(
    visitor: Visitor, purchaseflow_server: PurchaseflowServer
) -> None:
    with listening(visitor) as heard:
        Client(purchaseflow_server.url, secret="wrong").call("GET", "bookings/")
        assert heard.until(2) == 2


def test_a_delivery_is_announced_when_it_is_done() -> None:
    """Nobody calls or steers while it goes out; so the event can be the delivery's alone."""

    async def deliver() -> int:
        from flow.server.app import App, Settings
        from flow.server.partners import Partner, Partners
        from flow.server.watch import Reader
        from flow.server.webhooks import Subscription
        from flow.signature import Credentials

        partners = Partners([Partner(code="RETLR", credentials=Credentials("k", "s"))])
        app = App(Settings(partners=partners, token="t", send=lambda url, headers, body: 200))
        tenant = app.tenants.get("RETLR")
        tenant.webhooks.subscribe(Subscription(url="http://shop.test/"))
        body = {"event": "BOOKING_CREATED", "payload": {"id": "A"}}
        tenant.webhooks.announce(body, tenant.world)
        reader = Reader("RETLR", "")
        app.tenants.watch.add(reader)
        await app.dispatcher.settle(tenant)
        async with asyncio.timeout(0):
            await reader.wait()
        return len(tenant.webhooks.deliveries[0].attempts)

    assert asyncio.run(deliver()) == 1


class _Caller:
    """The other end of an ASGI connection, which takes what is sent only when it is let."""

    def __init__(self) -> None:
        self.sent: list[MutableMapping[str, Any]] = []
        self.reads = asyncio.Semaphore(2)
        self.left = asyncio.Event()
        self.arrived = asyncio.Event()

    async def receive(self) -> MutableMapping[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        await self.reads.acquire()
        self.sent.append(message)
        self.arrived.set()

    async def until(self, count: int) -> None:
        while len(self.sent) < count:
            self.arrived.clear()
            await self.arrived.wait()


def test_a_reader_that_does_not_read_holds_nothing_and_is_right_afterwards() -> None:
    """A thousand changes while it stands still are one event when it goes on, not a thousand."""

    async def look() -> list[MutableMapping[str, Any]]:
        watch, caller = Watch(), _Caller()
        task = asyncio.ensure_future(stream(watch, Scope(), caller.receive, caller.send))
        await caller.until(2)  # the head, and the first event
        for _ in range(1000):
            watch.tell(("RETLR", "one"))
        for _ in range(2):
            caller.reads.release()
        await caller.until(3)
        caller.left.set()
        caller.reads.release()
        await task
        assert watch.readers == set()
        return caller.sent

    head, *events, end = asyncio.run(look())
    assert head["status"] == 200
    assert [event["body"] for event in events] == [b"event: changed\ndata:\n\n"] * 2
    assert end.get("more_body", False) is False


def test_a_reader_that_left_is_forgotten(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    """More come and go than may look on at a time; the last one is heard all the same."""
    for _ in range(120):
        with listening(visitor, world=purchaseflow.name):
            pass
    with listening(visitor, world=purchaseflow.name) as heard:
        client.quote()
        assert heard.until(2) == 2


def test_too_many_at_a_time_are_asked_to_come_again() -> None:
    async def crowd() -> list[int]:
        watch, callers = Watch(), [_Caller() for _ in range(101)]
        tasks = [
            asyncio.ensure_future(stream(watch, Scope(), one.receive, one.send)) for one in callers
        ]
        for one in callers:
            await one.until(2)
            one.left.set()
            one.reads.release()
        await asyncio.gather(*tasks)
        return [one.sent[0]["status"] for one in callers]

    assert asyncio.run(crowd()) == [200] * 100 + [503]


def test_the_server_stops_at_once_though_somebody_listens() -> None:
    """Its own patience with open connections is two seconds, after which they are cut."""
    with serving() as (server, process):
        visitor = Visitor(server.url)
        visitor.sign_in()
        with listening(visitor) as heard:
            process.send_signal(signal.SIGTERM)
            assert heard.to_the_end().endswith(b"0\r\n\r\n")
        _, told = process.communicate(timeout=20)
        assert told == ""


def test_another_method_is_refused(visitor: Visitor) -> None:
    assert visitor.ask("POST", "live", {}).status == 405


@pytest.fixture
def listener() -> Any:
    with webhooks() as own:
        yield own


def test_webhook_deliveries_are_shown(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld, listener: Listener
) -> None:
    place = {"partner": "RETLR", "world": purchaseflow.name}
    assert "Nobody listens." in visitor.see("webhooks", **place).text
    purchaseflow.listen(listener.url, secret="hush-hush", key="listeners-own")
    purchaseflow.listen("http://127.0.0.1:9/", retry_after=0)
    booking = client.book()["id"]
    purchaseflow.settle()
    page = visitor.see("webhooks", **place)
    assert f"BOOKING_CREATED delivered To {listener.url} About {booking}" in page.text
    assert re.search(r"Attempt 1 200 \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", page.text)
    assert "Attempt 1 200" in page.text
    assert "BOOKING_CREATED failed To http://127.0.0.1:9/" in page.text
    assert "Attempt 3" in page.text
    assert '"event": "BOOKING_CREATED"' in page.text
    assert "hush-hush" not in page.html
    assert "listeners-own" not in page.html


def test_worlds_do_not_disturb_each_other(
    visitor: Visitor, client: Client, purchaseflow_server: PurchaseflowServer
) -> None:
    """One listens to a world; a call in another, then one in its own: it hears of one."""
    own, other = purchaseflow_server.world(), purchaseflow_server.world()
    with listening(visitor, world=own.name) as heard:
        client_of(other).quote()
        client_of(own).quote()
        heard.until(2)
        client_of(other).quote()
        client_of(own).quote()
        assert heard.until(3) == 3
