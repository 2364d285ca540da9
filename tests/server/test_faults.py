"""Faults on demand, over real sockets: what a client meets, and what the insurer has done."""

from __future__ import annotations

import http.client
import json
import random
from typing import Any

import pytest

from flow.backends.faulty import FaultKind
from flow.server.faults import FaultRule, Faults
from pytest_purchaseflow import PurchaseflowWorld
from tests.server.client import QUOTE, Client, Reply, served, steer

LOST = http.client.RemoteDisconnected
FAULT = "X-Purchaseflow-Fault"


def _packages(world: PurchaseflowWorld) -> int:
    state = json.loads(steer(world.server.url, "GET", "/state", world=world.name).content)
    return len(state["state"]["packages"])


def _ask(client: Client, fault: Any = None, **more: str | None) -> Reply:
    """A new quote, with a fault for this one request."""
    named = fault if isinstance(fault, str) or fault is None else json.dumps(fault)
    headers = {FAULT: named, **{name.replace("_", "-"): text for name, text in more.items()}}
    return client.call("POST", "quotes/", QUOTE, headers=headers)


def _outcome(client: Client) -> str:
    """What a client makes of a call."""
    try:
        return str(client.call("GET", "bookings/").status)
    except (http.client.HTTPException, ConnectionError) as error:
        return type(error).__name__


def test_a_lost_call_never_arrived(client: Client, purchaseflow: PurchaseflowWorld) -> None:
    purchaseflow.fault("call_lost", times=1)
    with pytest.raises(LOST):
        _ask(client)
    assert _packages(purchaseflow) == 0
    assert _ask(client).status == 201


def test_a_lost_answer_was_done_all_the_same(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    """The key tells whether it was: the call again is a replay."""
    path, body = client.booking_of(client.quote())
    key: dict[str, str | None] = {"X-Idempotency-Key": "k"}
    purchaseflow.fault("answer_lost", "create_booking", times=1)
    with pytest.raises(LOST):
        client.call("POST", path, body, headers=key)
    assert client.ok("GET", path)["status"] == "CONFIRMED"
    assert client.call("POST", path, body, headers=key).status == 409


def test_an_unreachable_host_resets_the_connection(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    purchaseflow.fault("unreachable", times=1)
    with pytest.raises(ConnectionResetError) as caught:
        _ask(client)
    assert caught.type is ConnectionResetError  # and not its subclass, an end without an answer
    assert _packages(purchaseflow) == 0


def test_a_truncated_answer_ends_before_its_length(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    purchaseflow.fault("truncated", times=1)
    with pytest.raises(http.client.IncompleteRead) as caught:
        _ask(client)
    assert caught.value.partial.startswith(b'{"id":')
    assert _packages(purchaseflow) == 1


def test_a_malformed_answer_is_no_json(client: Client, purchaseflow: PurchaseflowWorld) -> None:
    reply = _ask(client, "malformed")
    assert (reply.status, reply.headers["content-type"]) == (201, "application/json")
    with pytest.raises(json.JSONDecodeError):
        _ = reply.body
    assert _packages(purchaseflow) == 1


@pytest.mark.parametrize("kind", ["malformed", "truncated"])
def test_answers_without_a_body_go_wrong_too(client: Client, kind: str) -> None:
    """A client must not take what went wrong for a plain 204."""
    package = client.quote()["id"]
    headers: dict[str, str | None] = {FAULT: kind}
    try:
        reply = client.call("POST", f"bookings/{package}/opt_out", {}, headers=headers)
    except LOST:
        assert kind == "truncated"
    else:
        assert (reply.status, reply.content[:6]) == (200, b"<html>")
    assert client.ok("GET", f"quotes/{package}/")["status"] == "OPTED_OUT"


def test_a_throttled_call_says_when_to_come_again(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    purchaseflow.fault("throttled", times=1, retry_after=7)
    reply = _ask(client)
    assert (reply.status, reply.headers["retry-after"]) == (429, "7")
    assert reply.body["message"] == ("Request was throttled. Expected available in 7 seconds.")
    assert reply.headers["allow"] == "GET, POST, DELETE, OPTIONS"
    assert _packages(purchaseflow) == 0


@pytest.mark.parametrize("status", [*range(400, 426), 428, 431, 451, *range(500, 512), 599])
def test_an_unavailable_service_answers_with_any_status(client: Client, status: int) -> None:
    reply = _ask(client, {"kind": "unavailable", "status": status})
    assert reply.status == status
    assert isinstance(reply.body, dict)
    assert "retry-after" in reply.headers or status != 429


def test_an_unavailable_service_is_a_502_with_an_empty_object_unless_told(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    """recordings/quotes-api/auto_retry.json."""
    reply = _ask(client, "unavailable")
    assert (reply.status, reply.content) == (502, b"{}")
    assert _packages(purchaseflow) == 0


def test_a_call_that_is_sent_twice_is_done_twice(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    assert _ask(client, "sent_twice").status == 201
    assert _packages(purchaseflow) == 2


def test_a_keyed_call_that_is_sent_twice_is_done_once(client: Client) -> None:
    path, body = client.booking_of(client.quote())
    headers: dict[str, str | None] = {FAULT: "sent_twice", "X-Idempotency-Key": "k"}
    assert client.call("POST", path, body, headers=headers).status == 409
    assert client.ok("GET", "bookings/")["count"] == 1


@pytest.mark.parametrize("distribution", ["fixed", "uniform", "normal", "exponential"])
def test_a_slow_answer_is_late_and_right(
    client: Client, purchaseflow: PurchaseflowWorld, distribution: str
) -> None:
    rule = {"kind": "slow", "seconds": 0.02, "spread": 0.001, "distribution": distribution}
    assert _ask(client, rule).status == 201
    taken = purchaseflow.journal()[-1]["milliseconds"]
    assert taken >= {"fixed": 20, "uniform": 20, "normal": 15, "exponential": 0}[distribution]


def test_latencies_are_spread_as_they_are_called() -> None:
    def times(**given: Any) -> list[float]:
        rule, dice = FaultRule(kind=FaultKind.SLOW, **given), random.Random(1)
        return [rule.latency(dice) for _ in range(2000)]

    assert set(times(seconds=2)) == {2}
    uniform = times(seconds=2, spread=1, distribution="uniform")
    assert 2 <= min(uniform) < 2.1 < 2.9 < max(uniform) <= 3
    normal = times(seconds=1, spread=1, distribution="normal")
    assert min(normal) == 0
    assert 0.9 < sum(normal) / 2000 < 1.2
    exponential = times(seconds=2, distribution="exponential")
    assert 1.8 < sum(exponential) / 2000 < 2.2
    assert max(times(seconds=60, distribution="exponential")) == 60
    assert set(times(seconds=0, distribution="exponential")) == {0}


def test_a_slow_call_does_not_hold_up_others(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    purchaseflow.fault("slow", "get_quotes", seconds=0.5)
    with client.connect() as own:
        own.sendall(client.request("GET", "quotes/AAAAA-BBBBB-INS/"))
        while len(purchaseflow.journal()) < 5:
            assert client.call("GET", "bookings/").status == 200
    assert purchaseflow.journal("get_quotes") == []


def test_a_rule_strikes_its_operation_only(client: Client, purchaseflow: PurchaseflowWorld) -> None:
    purchaseflow.fault("unavailable", "get_booking")
    booking = client.book()
    assert client.call("GET", f"bookings/{booking['id']}/").status == 502
    assert client.call("GET", f"quotes/{booking['id']}/").status == 200


def test_a_rule_skips_then_strikes_so_many_times(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    purchaseflow.fault("unavailable", skip=2, times=2, status=503)
    assert [_outcome(client) for _ in range(6)] == ["200", "200", "503", "503", "200", "200"]
    assert purchaseflow.control("GET", "/faults")["world"] == []


def test_the_same_seed_has_the_same_victims(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    runs = []
    for seed in (1, 1, 2):
        purchaseflow.reset(seed=seed)
        purchaseflow.fault("unavailable", probability=0.5)
        runs.append([_outcome(client) for _ in range(20)])
    assert runs[0] == runs[1] != runs[2]
    assert {"200", "502"} == set(runs[0])


def test_a_probability_is_the_share_that_fails() -> None:
    faults = Faults(1)
    faults.arm(FaultRule(kind=FaultKind.CALL_LOST, probability=0.25))
    now = FaultRule.model_validate({"kind": "slow", "since": "2026-01-01T00:00:00Z"}).since
    assert now is not None
    struck = sum(bool(faults.pick(None, now)) for _ in range(2000))
    assert 430 < struck < 570


def test_a_window_is_of_the_worlds_time(client: Client, purchaseflow: PurchaseflowWorld) -> None:
    purchaseflow.reset(at="2026-01-01T00:00:00Z")
    window = {"since": "2026-01-02T00:00:00Z", "until": "2026-01-03T00:00:00+00:00"}
    purchaseflow.fault("unavailable", **window)
    found = []
    for _ in range(3):
        found.append(_outcome(client))
        purchaseflow.advance(days=1)
    assert found == ["200", "502", "200"]


def test_faults_of_the_server_strike_every_world() -> None:
    with served("--no-log") as own:
        rule = b'{"kind": "unavailable", "times": 2}'
        steer(own.url, "POST", "/faults?scope=server", content=rule)
        worlds = [Client(own.url, key=f"test-key@{name}") for name in ("a", "b", "c")]
        assert [_outcome(client) for client in worlds] == ["502", "502", "200"]
        assert steer(own.url, "POST", "/faults?scope=house", content=rule).status == 400
        armed = steer(own.url, "POST", "/faults?scope=server", content=rule).body["number"]
        assert steer(own.url, "DELETE", f"/faults/{armed}").status == 404
        assert steer(own.url, "DELETE", f"/faults/{armed}?scope=server").status == 204


def test_faults_of_a_world_strike_it_alone(client: Client, purchaseflow: PurchaseflowWorld) -> None:
    purchaseflow.fault("unavailable")
    aside = Client(client.url, headers={"x-purchaseflow-world": "aside-of-faults"})
    assert (_outcome(client), _outcome(aside)) == ("502", "200")


def test_one_fault_strikes_a_call_and_the_others_wait(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    """The request's own goes first; what did not strike is not used up."""
    purchaseflow.fault("truncated", times=1)
    assert _ask(client, "throttled").status == 429
    assert purchaseflow.journal()[-1]["faults"] == ["throttled"]
    with pytest.raises(http.client.IncompleteRead):
        _ask(client)
    assert purchaseflow.journal()[-1]["faults"] == ["truncated"]


def test_a_slow_call_can_fail_too(client: Client, purchaseflow: PurchaseflowWorld) -> None:
    purchaseflow.fault("unavailable", times=1)
    purchaseflow.fault("slow", seconds=0.01, times=1)
    assert _ask(client).status == 502
    assert sorted(purchaseflow.journal()[-1]["faults"]) == ["slow", "unavailable"]


def test_a_call_that_is_no_json_can_be_lost(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    """What is lost is not read."""
    with pytest.raises(LOST):
        client.call("POST", "quotes/", content=b"{", headers={FAULT: "call_lost"})
    assert client.call("POST", "quotes/", content=b"{").status == 400


@pytest.mark.parametrize(
    "given",
    [
        "tired",
        "{",
        "{}",
        '{"kind": "tired"}',
        '{"kind": "slow", "seconds": 1e400}',
        "[]",
        "",
        "é",
        "{" * 5000,
    ],
)
def test_a_request_with_a_nonsense_fault_is_refused_and_not_done(
    client: Client, purchaseflow: PurchaseflowWorld, given: str
) -> None:
    reply = _ask(client, given)
    assert (reply.status, reply.body["type"]) == (400, "validation_error")
    assert reply.body["message"].startswith("x-purchaseflow-fault: ")
    assert _packages(purchaseflow) == 0


@pytest.mark.parametrize("kind", [*FaultKind])
def test_the_journal_names_every_fault(
    client: Client, purchaseflow: PurchaseflowWorld, kind: FaultKind
) -> None:
    rule: dict[str, Any] = {"seconds": 0.001} if kind is FaultKind.SLOW else {}
    purchaseflow.fault(kind, **rule)
    _outcome(client)
    assert purchaseflow.journal()[-1]["faults"] == [kind]
