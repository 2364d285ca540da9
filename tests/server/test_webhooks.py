"""Webhooks as a partner's listener gets them (contract section 8)."""

from __future__ import annotations

import base64
import hmac
import re
import socket
from collections import Counter
from typing import Any
from urllib.parse import unquote

import pytest
import urllib3

from flow.server.webhooks import Disorder, DisorderRule, State, Subscription, Webhooks
from flow.simulator.insurer import Insurer
from models.webhooks import Webhook, WebhookEvent
from pytest_purchaseflow import ControlFailed, PurchaseflowServer, PurchaseflowWorld
from tests.remote import RemoteDoor, serving
from tests.server.listener import Listener, listening

CREATED, UPDATED, CANCELLED = "BOOKING_CREATED", "BOOKING_UPDATED", "BOOKING_CANCELLED"


def _hear(world: PurchaseflowWorld, listener: Listener, **subscription: Any) -> int:
    return world.listen(listener.url, retry_after=0, **subscription)


def _cancel(door: RemoteDoor, booking: Any, **body: Any) -> Any:
    return door.ok("POST", f"bookings/{booking['id']}/cancel", body)


def _change(door: RemoteDoor, booking: Any, price: float) -> Any:
    change = {"id": booking["quotes"][0]["id"], "update_fields": {"price": price}}
    return door.ok("PATCH", f"bookings/{booking['id']}/", {"quotes": [change]})


def _unused_url() -> str:
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{own.getsockname()[1]}/"


def test_a_delivery_is_signed_as_documented(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    """Checked as the documentation's own sample checks it, the body left out."""
    _hear(purchaseflow, listener, key="listener-key", secret="listener-secret")
    door.book(door.quote())
    purchaseflow.settle()
    (heard,) = listener.heard
    own = dict(re.findall(r'(\w+)="([^"]*)"', heard.headers["authorization"]))
    text = f"date: {heard.headers['date']}"
    digest = hmac.digest(b"listener-secret", text.encode(), "sha256")
    assert heard.headers["authorization"].startswith("Signature ")
    assert own["algorithm"] == "hmac-sha256"
    assert hmac.compare_digest(unquote(own["signature"]), base64.b64encode(digest).decode())
    assert not set(own["signature"]) & set("+/=")
    assert own["keyId"] == heard.headers["x-api-key"] == "listener-key"
    assert heard.headers["content-type"] == "application/json"
    assert heard.path == "/hook/"


def test_the_date_is_that_of_the_world(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    purchaseflow.reset(at="2026-03-01T12:00:00Z")
    door.book(door.quote())
    purchaseflow.settle()
    assert listener.heard[0].headers["date"] == "Sun, 01 Mar 2026 12:00:00 GMT"


def test_a_booking_is_told_when_made_changed_and_cancelled(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    booking = door.book(door.quote(), partner_transaction_id="T-1")
    _change(door, booking, 1500)
    _cancel(door, booking)
    purchaseflow.settle()
    assert listener.events == [CREATED, UPDATED, CANCELLED]
    payloads = [one.body["payload"] for one in listener.heard]
    assert [payload["status"] for payload in payloads] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert {payload["id"] for payload in payloads} == {booking["id"]}
    assert {payload["partner_transaction_id"] for payload in payloads} == {"T-1"}
    assert [payload["quotes"][0]["price"] for payload in payloads] == [89.6, 134.4, 134.4]


def test_a_payload_has_the_documented_shape(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    booking = door.book(door.quote())
    purchaseflow.settle()
    (heard,) = listener.heard
    Webhook.from_wire(heard.body)
    payload = heard.body["payload"]
    (quote,) = payload["quotes"]
    assert " ".join(payload) == (
        "id status currency total_price total_price_formatted partner_transaction_id quotes"
    )
    assert " ".join(quote) == (
        "id policy_start_date policy_end_date status price price_formatted policy duration "
        "total_renewed_times"
    )
    assert " ".join(quote["policy"]) == "policy_type policy_name policy_version"
    assert payload["total_price_formatted"] == booking["total_price_formatted"]
    assert payload["partner_transaction_id"] is None
    assert quote["policy_start_date"] == booking["quotes"][0]["policy_start_date"]
    assert quote["policy_start_date"].endswith("+00:00")


def test_a_refund_is_told_with_the_policy_it_is_for_and_no_other(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener, events=[CANCELLED])
    booking = door.book(door.quote({**_item(), "price": 1000}, {**_item(), "price": 500}))
    first, second = booking["quotes"]
    done = _cancel(door, booking, quotes=[{"id": first["id"]}])
    purchaseflow.settle()
    told = {quote["id"]: quote for quote in listener.heard[0].body["payload"]["quotes"]}
    assert told[first["id"]]["refund_value"] == done["total_refund"] > 0
    assert "refund_value" not in told[second["id"]]


def _item() -> dict[str, Any]:
    return {
        "policy_type": "product_insurance",
        "policy_type_version": 1,
        "category": "electronics",
        "name": "Camera",
    }


def test_time_brings_notices_of_renewal_once_each(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    door.book(door.quote())
    for days in (300, 36, 23, 7, 400):
        purchaseflow.advance(days=days)
        purchaseflow.settle()
    renewals = ["RENEWAL_NOTIFICATION", "RENEWAL_DUE", "RENEWAL_EXPIRED"]
    assert listener.events == [CREATED, *renewals]


def test_notices_that_fall_due_in_one_leap_come_in_their_order(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener, events=["RENEWAL_EXPIRED", "RENEWAL_DUE", "RENEWAL_NOTIFICATION"])
    first = door.book(door.quote())
    purchaseflow.advance(days=10)
    second = door.book(door.quote())
    purchaseflow.advance(days=1000)
    purchaseflow.settle()
    told = [(one.event[8:], one.body["payload"]["id"] == first["id"]) for one in listener.heard]
    assert {one.body["payload"]["id"] for one in listener.heard} == {first["id"], second["id"]}
    assert told == [
        ("NOTIFICATION", True),
        ("NOTIFICATION", False),
        ("DUE", True),
        ("EXPIRED", True),
        ("DUE", False),
        ("EXPIRED", False),
    ]


def test_a_confirmed_renewal_is_told_and_its_old_term_does_not_expire(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    ins = door.book(door.quote())["id"]
    purchaseflow.advance(days=360)
    renewal = door.ok("PATCH", f"renewals/{ins}/quote_for_renewal/", {})["renewal_id"]
    door.ok("POST", f"renewals/{ins}/confirm/{renewal}/", {})
    purchaseflow.advance(days=30)
    purchaseflow.settle()
    assert listener.events == [CREATED, "RENEWAL_NOTIFICATION", "RENEWAL_DUE", "RENEWAL_CREATED"]
    old, new = listener.heard[-1].body["payload"]["quotes"]
    assert (old["status"], new["status"]) == ("RENEWED", "CONFIRMED")
    assert (old["total_renewed_times"], new["total_renewed_times"]) == (0, 1)


def test_all_seven_events_can_be_subscribed_to(purchaseflow: PurchaseflowWorld) -> None:
    purchaseflow.listen("http://127.0.0.1:9/", events=[event.value for event in WebhookEvent])
    shown = purchaseflow.control("GET", "/webhooks")["subscriptions"]
    assert len(shown[0]["events"]) == 7


@pytest.mark.parametrize("status", [201, 202, 204, 302, 307, 400, 500])
def test_anything_but_200_is_tried_three_times_and_given_up(
    status: int, purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    """A redirect is not followed either: it is no 200."""
    _hear(purchaseflow, listener)
    listener.answers.extend([status] * 3)
    door.book(door.quote())
    (delivery,) = purchaseflow.settle()
    assert [attempt["status"] for attempt in delivery["attempts"]] == [status] * 3
    assert delivery["state"] == "failed"
    assert [one.path for one in listener.heard] == ["/hook/"] * 3
    assert len({one.raw for one in listener.heard}) == 1


def test_a_listener_that_recovers_gets_it_at_the_third_attempt(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    listener.answers.extend([503, 500])
    door.book(door.quote())
    (delivery,) = purchaseflow.settle()
    assert delivery["state"] == "delivered"
    assert [attempt["status"] for attempt in delivery["attempts"]] == [503, 500, 200]


def test_no_listener_is_tried_three_times_and_the_booking_stands(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor
) -> None:
    purchaseflow.listen(_unused_url(), retry_after=0)
    booking = door.book(door.quote())
    (delivery,) = purchaseflow.settle()
    assert delivery["state"] == "failed"
    assert [attempt["status"] for attempt in delivery["attempts"]] == [None] * 3
    assert "refused" in delivery["attempts"][0]["error"]
    assert door.ok("GET", f"bookings/{booking['id']}/")["status"] == "CONFIRMED"


def test_a_failed_delivery_can_be_sent_again(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    listener.answers.extend([500] * 3)
    door.book(door.quote())
    (delivery,) = purchaseflow.settle()
    purchaseflow.control("POST", f"/webhooks/deliveries/{delivery['number']}/send")
    (delivery,) = purchaseflow.settle()
    assert delivery["state"] == "delivered"
    assert len(listener.heard) == 4


def test_a_repeated_delivery_comes_as_often_as_was_asked_for(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    purchaseflow.disorder("repeat", copies=3)
    door.book(door.quote())
    door.book(door.quote())
    purchaseflow.settle()
    ids = [one.body["payload"]["id"] for one in listener.heard]
    assert [ids.count(one) for one in dict.fromkeys(ids)] == [3, 1]
    assert len({one.raw for one in listener.heard[:3]}) == 1


def test_reordered_deliveries_come_last_one_first(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    purchaseflow.disorder("reorder", times=3)
    booking = door.book(door.quote())
    _change(door, booking, 1500)
    purchaseflow.settle()
    assert listener.events == []
    _cancel(door, booking)
    purchaseflow.settle()
    assert listener.events == [CANCELLED, UPDATED, CREATED]


def test_a_delayed_delivery_waits_for_the_clock_of_its_world(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    purchaseflow.disorder("delay", event=CREATED, seconds=600)
    booking = door.book(door.quote())
    _cancel(door, booking)
    purchaseflow.settle()
    assert listener.events == [CANCELLED]
    purchaseflow.advance(seconds=599)
    purchaseflow.settle()
    assert listener.events == [CANCELLED]
    purchaseflow.advance(seconds=2)
    purchaseflow.settle()
    assert listener.events == [CANCELLED, CREATED]


def test_a_dropped_delivery_never_comes(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    purchaseflow.disorder("drop", event=UPDATED)
    booking = door.book(door.quote())
    _change(door, booking, 1500)
    _change(door, booking, 1600)
    deliveries = purchaseflow.settle()
    assert [one["state"] for one in deliveries] == ["delivered", "dropped", "delivered"]
    assert listener.events == [CREATED, UPDATED]
    assert listener.heard[1].body["payload"]["quotes"][0]["price"] == pytest.approx(143.36)


def test_a_held_delivery_comes_when_it_is_sent(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    purchaseflow.disorder("hold")
    booking = door.book(door.quote())
    _cancel(door, booking)
    held = purchaseflow.settle()[0]
    assert (held["state"], listener.events) == ("held", [CANCELLED])
    purchaseflow.advance(days=3)
    purchaseflow.settle()
    assert listener.events == [CANCELLED]
    purchaseflow.control("POST", f"/webhooks/deliveries/{held['number']}/send")
    assert purchaseflow.settle()[0]["state"] == "delivered"
    assert listener.events == [CANCELLED, CREATED]
    assert listener.heard[1].body["payload"]["status"] == "CONFIRMED"


def test_disorder_left_is_shown_and_spent(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    purchaseflow.disorder("drop", times=2)
    door.book(door.quote())
    assert purchaseflow.control("GET", "/webhooks")["disorder"] == [
        {"kind": "drop", "times": 2, "left": 1}
    ]
    door.book(door.quote())
    assert purchaseflow.control("GET", "/webhooks")["disorder"] == []


def test_each_listener_hears_what_it_subscribed_to_and_nothing_after_it_left(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    with listening() as other:
        number = _hear(purchaseflow, listener)
        _hear(purchaseflow, other, events=[CANCELLED, UPDATED], secret="another")
        booking = door.book(door.quote())
        _change(door, booking, 1500)
        purchaseflow.settle()
        purchaseflow.control("DELETE", f"/webhooks/{number}")
        _cancel(door, booking)
        purchaseflow.settle()
        assert listener.events == [CREATED, UPDATED]
        assert other.events == [UPDATED, CANCELLED]


def test_a_listener_that_left_is_sent_nothing_that_was_still_on_its_way(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    number = _hear(purchaseflow, listener)
    purchaseflow.disorder("delay", seconds=60)
    door.book(door.quote())
    purchaseflow.control("DELETE", f"/webhooks/{number}")
    purchaseflow.advance(minutes=5)
    purchaseflow.settle()
    assert listener.events == []


@pytest.mark.parametrize("leaving", ["/webhooks/{}", "/world"])
def test_what_fails_after_its_listener_or_world_has_gone_is_not_tried_again(
    leaving: str, purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    number = _hear(purchaseflow, listener)
    listener.is_open.clear()
    listener.answers.append(500)
    booking = door.book(door.quote())
    _cancel(door, booking)
    assert listener.is_called.wait(10)
    purchaseflow.control("DELETE", leaving.format(number))
    listener.is_open.set()
    purchaseflow.settle()
    with listening() as last:  # heard only after all that was under way before
        purchaseflow.listen(last.url)
        door.book(door.quote())
        purchaseflow.settle()
        assert last.events == [CREATED]
    assert listener.events == [CREATED]


def test_worlds_do_not_hear_of_each_other(
    purchaseflow: PurchaseflowWorld,
    purchaseflow_server: PurchaseflowServer,
    pool: urllib3.PoolManager,
    listener: Listener,
) -> None:
    _hear(purchaseflow, listener)
    other = purchaseflow_server.world()
    far = RemoteDoor(other, pool)
    far.book(far.quote())
    assert other.settle() == []
    assert purchaseflow.settle() == []
    assert listener.events == []
    other.delete()


def test_a_listener_that_hangs_holds_up_its_own_world_only(
    purchaseflow: PurchaseflowWorld,
    purchaseflow_server: PurchaseflowServer,
    door: RemoteDoor,
    pool: urllib3.PoolManager,
    listener: Listener,
) -> None:
    """A shared server must not make one team wait for another's listener."""
    stuck = purchaseflow_server.world()
    with listening() as hanging:
        hanging.is_open.clear()
        stuck.listen(hanging.url, retry_after=0)
        far = RemoteDoor(stuck, pool)
        far.book(far.quote())
        assert hanging.is_called.wait(10)
        _hear(purchaseflow, listener)
        door.book(door.quote())
        assert purchaseflow.settle()[0]["state"] == "delivered"
        assert stuck.control("GET", "/webhooks/deliveries")[0]["state"] == "waiting"
        hanging.is_open.set()
        assert stuck.settle()[0]["state"] == "delivered"
    stuck.delete()


def test_what_is_refused_previewed_priced_or_only_mailed_is_not_told(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    package = door.quote()
    assert door.call("POST", f"bookings/{package['id']}/", {"quotes": []}).status == 422
    door.ok("POST", f"bookings/{door.quote()['id']}/opt_out", {})
    assert purchaseflow.settle() == []
    booking = door.book(package)
    path = f"bookings/{booking['id']}"
    change = {"id": booking["quotes"][0]["id"], "update_fields": {"price": 5000}}
    door.ok("POST", f"{path}/cancel", {"preview": True})
    door.ok("PATCH", f"{path}/quote_for_update", {"quotes": [change]})
    door.ok("POST", f"{path}/send_email", {})
    assert door.call("PATCH", f"{path}/", {"policyholder": {"phone": "12"}}).status == 422
    purchaseflow.settle()
    assert listener.events == [CREATED]


def test_a_pending_booking_is_told_when_it_is_paid(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    booking = door.book(door.quote(), require_payment_confirmation=True)
    purchaseflow.settle()
    assert listener.events == []
    door.ok("PUT", f"bookings/{booking['id']}/confirm", {})
    purchaseflow.settle()
    assert listener.events == [CREATED]


def test_a_replayed_call_is_told_once(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener)
    package = door.quote()
    body = {"request": [{**_item(), "price": 10}], "currency": "GBP", "policyholder": _holder()}
    for status in (200, 409):
        assert door.call("POST", "instant_booking/", body, x_idempotency_key="k").status == status
    assert package["status"] == "RECEIVED"
    purchaseflow.settle()
    assert listener.events == [CREATED]


def _holder() -> dict[str, Any]:
    return {"first_name": "Ann", "last_name": "Lee", "email": "ann@shop.test", "country": "GB"}


def test_a_reset_world_sends_nothing_of_its_past(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    """Not even what stood in line behind the delivery that was just going out."""
    _hear(purchaseflow, listener)
    listener.is_open.clear()
    booking = door.book(door.quote())
    _cancel(door, booking)
    assert listener.is_called.wait(10)
    purchaseflow.reset(seed=1)
    listener.is_open.set()
    assert purchaseflow.settle() == []
    assert listener.events == [CREATED]
    door.book(door.quote())
    purchaseflow.settle()
    assert listener.events == [CREATED, CREATED]


def test_secrets_are_not_shown(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    _hear(purchaseflow, listener, secret="do-not-tell")
    door.book(door.quote())
    shown = [purchaseflow.settle(), purchaseflow.control("GET", "/webhooks")]
    given = {"url": listener.url, "secret": "do-not-tell"}
    shown.append(purchaseflow.control("POST", "/webhooks", given))
    assert "do-not-tell" not in str(shown)
    signature = listener.heard[0].headers["authorization"].rpartition('signature="')[2]
    assert signature.rstrip('"') not in str(shown)


@pytest.mark.parametrize(
    "given",
    [
        {"url": "ftp://127.0.0.1/"},
        {"url": "file:///etc/passwd"},
        {"url": "127.0.0.1:80"},
        {"url": "http://"},
        {"url": "http://[::1"},
        {"url": "http://127.0.0.1:port/"},
        {"url": "http://127.0.0.1:99999/"},
        {"url": "http://ann:pass@127.0.0.1/"},
        {"url": "http://127.0.0.1/a b"},
        {"url": "http://127.0.0.1/\r\nX: 1"},
        {"url": 5},
        {"key": "two\nlines"},
        {"key": 'a"b'},
        {"key": "schlüssel"},
        {"key": ""},
        {"events": []},
        {"events": ["BOOKING_MADE"]},
        {"retry_after": -1},
        {"colour": "red"},
    ],
)
def test_a_subscription_that_could_not_be_delivered_to_is_refused(
    given: dict[str, Any], purchaseflow: PurchaseflowWorld
) -> None:
    body = {"url": "http://127.0.0.1:9/", **given}
    with pytest.raises(ControlFailed, match="status 422"):
        purchaseflow.control("POST", "/webhooks", body)
    assert purchaseflow.control("GET", "/webhooks")["subscriptions"] == []


def test_a_name_that_is_no_address_fails_and_others_are_served(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor, listener: Listener
) -> None:
    purchaseflow.listen("http://a..b/", retry_after=0)
    _hear(purchaseflow, listener)
    door.book(door.quote())
    assert [one["state"] for one in purchaseflow.settle()] == ["failed", "delivered"]


def test_a_listener_that_never_ends_its_answer_is_not_listened_to(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor
) -> None:
    """Its status counts, and came."""
    with socket.create_server(("127.0.0.1", 0)) as own:
        purchaseflow.listen(f"http://127.0.0.1:{own.getsockname()[1]}/", retry_after=0)
        door.book(door.quote())
        connection, _ = own.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\nand so on")
            assert purchaseflow.settle()[0]["state"] == "delivered"


def test_a_server_ends_while_a_listener_hangs(
    pool: urllib3.PoolManager, listener: Listener
) -> None:
    listener.is_open.clear()
    with serving() as (server, process):
        world = server.world()
        _hear(world, listener)
        door = RemoteDoor(world, pool)
        door.book(door.quote())
        assert listener.is_called.wait(10)
        process.terminate()
        assert "Traceback" not in process.communicate(timeout=8)[1]


def test_old_deliveries_make_room_and_those_still_to_be_sent_do_not() -> None:
    webhooks = Webhooks()
    webhooks.subscribe(Subscription(url="http://127.0.0.1:9/"))
    webhooks.disorder(DisorderRule(kind=Disorder.HOLD))
    webhooks.disorder(DisorderRule(kind=Disorder.DROP, times=1000))
    world = Insurer().world("RETLR")
    for number in range(1500):
        webhooks.announce({"event": CREATED, "payload": {"id": str(number)}}, world)
    states = Counter(one.state for one in webhooks.deliveries)
    assert webhooks.deliveries[0].state is State.HELD
    assert states == {State.HELD: 1, State.DROPPED: 500, State.WAITING: 499}
    assert [one.booking for one in webhooks.deliveries][-1] == "1499"
