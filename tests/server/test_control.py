"""The control API: worlds reset, seeded, kept and steered; and every wrong request told clearly."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

import pytest

from flow.simulator import state
from flow.simulator.world import World
from pytest_purchaseflow import ControlFailed, PurchaseflowServer, PurchaseflowWorld
from tests.server.client import (
    BOOKING,
    QUOTE,
    Client,
    Reply,
    client_of,
    served,
    steer,
)

ROUTES = [
    ("GET", "/"),
    ("GET", "/worlds"),
    ("DELETE", "/world"),
    ("POST", "/reset"),
    ("POST", "/seed"),
    ("GET", "/state"),
    ("PUT", "/state"),
    ("GET", "/snapshots"),
    ("PUT", "/snapshots/a"),
    ("DELETE", "/snapshots/a"),
    ("POST", "/snapshots/a/restore"),
    ("GET", "/clock"),
    ("POST", "/clock"),
    ("GET", "/faults"),
    ("POST", "/faults"),
    ("DELETE", "/faults"),
    ("DELETE", "/faults/1"),
    ("GET", "/journal"),
    ("DELETE", "/journal"),
    ("GET", "/strangers"),
    ("GET", "/outbox"),
]
WRITES = [("POST", "/reset"), ("POST", "/seed"), ("POST", "/clock"), ("POST", "/faults")]

LEFT_OUT_OF_STATE = {
    "partner": "says whose state it is, at the head of the document",
    "catalogue": "is the server's; policies are looked up in it by type and version",
    "clock": "is kept as `now`; whether it runs is the server's affair",
    "dice": "is kept as the dice's own state",
    "listener": "is a function: who is told of events",
    "running": "calls that have begun; none has while a state is written",
    "outages": "failures to come, which are set up and not remembered",
}


def _state(world: PurchaseflowWorld) -> bytes:
    return steer(world.server.url, "GET", "/state", world=world.name).content


def _put(world: PurchaseflowWorld, content: bytes, query: str = "") -> Reply:
    url = world.server.url
    return steer(url, "PUT", f"/state{query}", content=content, world=world.name)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_every_route_wants_the_token(
    purchaseflow_server: PurchaseflowServer, method: str, path: str
) -> None:
    for token in (None, "wrong", "tést", ""):
        reply = steer(purchaseflow_server.url, method, path, token=token)
        assert reply.status == 401
        assert "Authorization: Bearer" in reply.body["error"]


def test_the_partners_key_does_not_steer(client: Client) -> None:
    assert client.call("GET", "/_purchaseflow/clock").status == 401


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_names_that_are_none_are_told(
    purchaseflow_server: PurchaseflowServer, method: str, path: str
) -> None:
    if path in ("/", "/worlds", "/strangers"):
        return
    for name in ("../etc", "a" * 65, "-x", "a b"):
        assert steer(purchaseflow_server.url, method, path, world=name).status in (400, 422)
    for partner in ("OTHER", "*", "", "%00"):
        reply = steer(purchaseflow_server.url, method, f"{path}?partner={partner}")
        assert reply.status in (404, 422), reply.body
        assert reply.body["error"]


def test_the_server_tells_what_it_is(purchaseflow_server: PurchaseflowServer) -> None:
    told = steer(purchaseflow_server.url, "GET", "/").body
    assert (told["partners"], told["signatures"]) == (["RETLR"], "checked")


def test_head_is_answered_as_get_and_other_methods_are_405(
    purchaseflow_server: PurchaseflowServer,
) -> None:
    head = steer(purchaseflow_server.url, "HEAD", "/clock")
    assert (head.status, head.content) == (200, b"")
    assert steer(purchaseflow_server.url, "PATCH", "/clock").status == 405
    assert steer(purchaseflow_server.url, "GET", "/nothing").status == 404


def test_a_reset_with_the_same_seed_gives_the_same_bytes(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    replies = []
    for seed in (7, 7, 8):
        purchaseflow.reset(seed=seed)
        replies.append(client.call("POST", "instant_booking/", BOOKING).content)
    assert replies[0] == replies[1] != replies[2]


def test_a_reset_leaves_nothing_behind(client: Client, purchaseflow: PurchaseflowWorld) -> None:
    empty = _state(purchaseflow)
    client.book()
    purchaseflow.fault("call_lost", "get_quotes")
    purchaseflow.advance(days=3)
    purchaseflow.reset(seed=1)
    assert _state(purchaseflow) == empty
    assert purchaseflow.journal() == purchaseflow.outbox() == []
    assert purchaseflow.control("GET", "/faults") == {"world": [], "server": []}


def test_a_reset_sets_the_instant(purchaseflow: PurchaseflowWorld) -> None:
    purchaseflow.reset(at="2027-03-01T12:00:00+02:00")
    told = purchaseflow.control("GET", "/clock")
    assert told == {"now": "2027-03-01T10:00:00+00:00", "frozen": True}


def test_a_seed_makes_quotes_and_bookings_at_its_instant(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    at = "2026-05-01T00:00:00Z"
    made = purchaseflow.seed({"at": at, "quotes": [QUOTE], "bookings": [BOOKING]})
    package = client.ok("GET", f"quotes/{made['quotes'][0]}/")
    booking = client.ok("GET", f"bookings/{made['bookings'][0]}/")
    assert package["created_at"].startswith("2026-05-01T00:00:00")
    assert booking["status"] == "CONFIRMED"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"quotes": [QUOTE, {}]}, "quotes.1: "),
        ({"quotes": [QUOTE], "bookings": [BOOKING, QUOTE]}, "bookings.1: "),
        ({"at": "2027-01-01T00:00:00Z", "quotes": [QUOTE, {**QUOTE, "x": 1}]}, "Unexpected field"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at: a clock goes from 1900 to 2200"),
        ({"at": "9999-12-31T23:59:59.999999Z", "quotes": [QUOTE]}, "at: a clock goes"),
        ({"at": "2026-01-01T00:00:00"}, "at: "),
        ({"quotes": QUOTE}, "quotes: "),
        ({"quotes": [5]}, "quotes.0: "),
        ({"offers": []}, "offers: "),
        ([], "seed: "),
    ],
)
def test_a_seed_makes_all_or_nothing(
    purchaseflow: PurchaseflowWorld, document: Any, told: str
) -> None:
    before = _state(purchaseflow)
    with pytest.raises(ControlFailed, match="status 422") as caught:
        purchaseflow.seed(document)
    assert told in str(caught.value)
    assert _state(purchaseflow) == before


def _lived(client: Client, world: PurchaseflowWorld) -> None:
    """A world with something of everything."""
    booking = client.book()
    path = f"bookings/{booking['id']}"
    quote = next(iter(booking["quotes"]))["id"]
    client.ok("POST", f"{path}/cancel", {"preview": True})
    change = {"quotes": [{"id": quote, "update_fields": {"name": "Lens"}}]}
    client.ok("PATCH", f"{path}/quote_for_update", change)
    client.ok("POST", f"bookings/{client.quote()['id']}/opt_out", {}, X_Idempotency_Key="k")
    world.advance(days=1)


def test_a_state_goes_round_to_the_byte(
    client: Client, purchaseflow: PurchaseflowWorld, purchaseflow_server: PurchaseflowServer
) -> None:
    _lived(client, purchaseflow)
    document = _state(purchaseflow)
    other = purchaseflow_server.world(seed=99)
    assert _put(other, document).status == 200
    assert _state(other) == document
    one, two = (client_of(world).call("POST", "quotes/", QUOTE) for world in (purchaseflow, other))
    assert one.content == two.content
    other.delete()


def test_a_snapshot_is_returned_to_to_the_byte(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    _lived(client, purchaseflow)
    document = _state(purchaseflow)
    purchaseflow.snapshot("then")
    first = client.call("POST", "quotes/", QUOTE)
    purchaseflow.advance(days=400)
    purchaseflow.restore("then")
    assert _state(purchaseflow) == document
    assert client.call("POST", "quotes/", QUOTE).content == first.content
    assert purchaseflow.control("GET", "/snapshots") == ["then"]


def test_an_unknown_snapshot_is_told_with_the_known_ones(purchaseflow: PurchaseflowWorld) -> None:
    purchaseflow.snapshot("one")
    with pytest.raises(ControlFailed, match="there is no snapshot 'two'; there are: one"):
        purchaseflow.restore("two")
    purchaseflow.control("DELETE", "/snapshots/one")
    with pytest.raises(ControlFailed, match="status 404"):
        purchaseflow.control("DELETE", "/snapshots/one")


def _forged(inner: Any, **head: Any) -> bytes:
    """A document with the right digest, as somebody with too much time would make it."""
    content = json.dumps(inner, separators=(",", ":")).encode()
    digest = hashlib.sha256(content).hexdigest()
    whole = {"format": 1, "partner": "RETLR", "digest": digest, "state": inner, **head}
    return json.dumps(whole, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "forged",
    [
        b"",
        b"5",
        b"null",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        _forged({}),
        _forged(5),
        _forged([]),
        _forged({"packages": {"$nothing": 1}}),
        _forged({"packages": {"$record": ["World", {}]}}),
        _forged({"packages": {"$enum": ["QuoteStatus", "NONE"]}}),
        _forged({"packages": {"$decimal": "x"}}),
        _forged({"packages": {"$policy": ["no_such", 1]}}),
        _forged({}, format=2),
        _forged({}, digest=5),
    ],
)
def test_what_is_no_state_is_refused_and_changes_nothing(
    client: Client, purchaseflow: PurchaseflowWorld, forged: bytes
) -> None:
    client.book()
    before = _state(purchaseflow)
    reply = _put(purchaseflow, forged)
    assert (reply.status, "error" in reply.body) == (422, True)
    assert _state(purchaseflow) == before


def test_dice_that_are_none_are_refused(purchaseflow: PurchaseflowWorld) -> None:
    before = _state(purchaseflow)
    whole = json.loads(before)["state"]
    assert _put(purchaseflow, _forged({**whole, "dice": [1, 2]})).status == 422
    assert _put(purchaseflow, _forged({**whole, "now": "soon"})).status == 422
    assert _state(purchaseflow) == before


def test_an_edited_state_is_refused(client: Client, purchaseflow: PurchaseflowWorld) -> None:
    client.book()
    before = _state(purchaseflow)
    reply = _put(purchaseflow, before.replace(b"CONFIRMED", b"CANCELLED"))
    assert reply.status == 422
    assert "changed after it was exported" in reply.body["error"]
    assert _state(purchaseflow) == before


def test_the_state_of_another_partner_is_refused() -> None:
    with served("--no-log", "--partner", "AAAAA", "--partner", "BBBBB") as own:
        document = steer(own.url, "GET", "/state?partner=AAAAA").content
        reply = steer(own.url, "PUT", "/state?partner=BBBBB", content=document)
        assert reply.status == 422
        assert "is of partner AAAAA, not of BBBBB" in reply.body["error"]
        assert steer(own.url, "PUT", "/state?partner=AAAAA", content=document).status == 200


def test_every_field_of_a_world_is_kept_or_left_out_for_a_reason() -> None:
    """A field that is forgotten here would be lost with every export."""
    fields = {one.name for one in dataclasses.fields(World)}
    assert fields == set(state._KEPT) | set(LEFT_OUT_OF_STATE)
    assert not set(state._KEPT) & set(LEFT_OUT_OF_STATE)


def test_a_clock_stands_goes_and_is_set(purchaseflow: PurchaseflowWorld) -> None:
    def move(**given: Any) -> Any:
        return purchaseflow.control("POST", "/clock", given)

    assert move(set="2026-02-01T00:00:00Z", days=1, hours=2, minutes=3, seconds=4.5) == {
        "now": "2026-02-02T02:03:04.500000+00:00",
        "frozen": True,
    }
    assert move(frozen=False)["frozen"] is False
    one, two = purchaseflow.now(), purchaseflow.now()
    assert two > one
    assert move(frozen=True, set="2026-01-01T00:00:00Z") == {
        "now": "2026-01-01T00:00:00+00:00",
        "frozen": True,
    }
    assert purchaseflow.now() == purchaseflow.now()


@pytest.mark.parametrize(
    "given",
    [
        {"days": -1},
        {"days": 100_001},
        {"days": 100_000, "frozen": True},
        {"seconds": 10**30},
        {"seconds": "soon"},
        {"set": "9999-12-31T23:59:59.999999Z"},
        {"set": "0001-01-01T00:00:00+14:00"},
        {"set": "9999-12-31T23:59:59-14:00"},
        {"set": "2200-12-30T00:00:00Z", "days": 2},
        {"set": "2026-01-01T00:00:00"},
        {"set": 10**30},
        {"frozen": "perhaps"},
        {"years": 1},
    ],
)
def test_an_absurd_time_is_refused_and_the_clock_stays(
    client: Client, purchaseflow: PurchaseflowWorld, given: Any
) -> None:
    """Near the end of the calendar no policy could be dated: the server would fail, or hang."""
    before = purchaseflow.control("GET", "/clock")
    with pytest.raises(ControlFailed, match="status 422"):
        purchaseflow.control("POST", "/clock", given)
    assert purchaseflow.control("GET", "/clock") == before
    client.book()


@pytest.mark.parametrize("at", ["1900-01-01T00:00:00Z", "2200-12-31T00:00:00Z"])
def test_cover_is_sold_from_the_first_instant_to_the_last(
    client: Client, purchaseflow: PurchaseflowWorld, at: str
) -> None:
    purchaseflow.reset(at=at)
    _lived(client, purchaseflow) if at.startswith("1900") else client.book()
    assert _put(purchaseflow, _state(purchaseflow)).status == 200


def test_faults_are_listed_and_taken_back(purchaseflow: PurchaseflowWorld) -> None:
    one = purchaseflow.fault("slow", "get_quotes", seconds=0.5)
    two = purchaseflow.fault("throttled", retry_after=9)
    listed = purchaseflow.control("GET", "/faults")["world"]
    assert [entry["number"] for entry in listed] == [one, two]
    assert listed[0]["seconds"] == 0.5
    purchaseflow.control("DELETE", f"/faults/{one}")
    left = purchaseflow.control("GET", "/faults")["world"]
    assert [entry["kind"] for entry in left] == ["throttled"]
    purchaseflow.calm()
    assert purchaseflow.control("GET", "/faults")["world"] == []


@pytest.mark.parametrize("number", ["0", "5", "-1", "x", "9" * 5000, "%C2%B2"])
def test_a_fault_that_is_not_armed_is_not_found(
    purchaseflow: PurchaseflowWorld, number: str
) -> None:
    with pytest.raises(ControlFailed, match="status 404"):
        purchaseflow.control("DELETE", f"/faults/{number}")


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"kind": "tired"},
        {"kind": "slow", "operation": "dance"},
        {"kind": "slow", "seconds": 61},
        {"kind": "slow", "seconds": -1},
        {"kind": "slow", "distribution": "pareto"},
        {"kind": "unavailable", "status": 200},
        {"kind": "unavailable", "status": 600},
        {"kind": "call_lost", "times": 0},
        {"kind": "call_lost", "skip": -1},
        {"kind": "call_lost", "probability": 0},
        {"kind": "call_lost", "probability": 1.1},
        {"kind": "throttled", "retry_after": 3601},
        {"kind": "slow", "since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"kind": "slow", "since": "soon"},
        {"kind": "slow", "colour": "red"},
    ],
)
def test_a_rule_that_is_none_is_refused_with_its_field(
    purchaseflow: PurchaseflowWorld, rule: Any
) -> None:
    with pytest.raises(ControlFailed, match=r'status 422: {"error":"(\w+): '):
        purchaseflow.control("POST", "/faults", rule)
    assert purchaseflow.control("GET", "/faults")["world"] == []


@pytest.mark.parametrize(
    ("path", "given", "told"),
    [
        ("/faults", {}, "kind: is missing"),
        ("/faults", {"knid": "slow"}, "knid: is no field here; did you mean 'kind'?"),
        ("/faults", {"kind": "slwo"}, "kind: 'slwo' is not known; did you mean 'slow'?"),
        ("/faults", {"kind": 5}, "kind: this is not known; there are: call_lost, answer_lost"),
        ("/faults", {"kind": "slow", "seconds": 61}, "seconds: is to be 60 or less, not 61"),
        ("/faults", {"kind": "slow", "since": "soon"}, "since: is to be an instant with its"),
        ("/faults", [], "fault: is to be an object"),
        ("/clock", {"days": -1}, "days: is to be 0 or more, not -1"),
        ("/clock", {"days": "a day"}, "days: is to be a number"),
        ("/clock", {"frozen": "perhaps"}, "frozen: is to be true or false"),
        ("/clock", {"set": "2026-01-01T00:00:00"}, "such as 2026-01-15T09:00:00Z"),
        ("/clock", 5, "body: is to be an object"),
        ("/reset", {"seed": 1.5}, "seed: is to be a whole number"),
        ("/seed", {"quotes": {}}, "quotes: is to be a list"),
        ("/webhooks", {"url": "http://a", "secret": 5}, "secret: is to be a text"),
        ("/webhooks", {"url": "http://a", "key": "a b"}, "key: is to be ASCII letters, digits"),
        ("/webhooks", {"url": "http://a", "events": []}, "events: is to hold 1 or more, not 0"),
        ("/webhooks", {"url": "http://a", "events": ["X"]}, "there are: BOOKING_CREATED, "),
        ("/webhooks/disorder", {"kind": "drop", "times": 0}, "times: is to be 1 or more, not 0"),
    ],
)
def test_a_body_that_does_not_fit_is_told_in_plain_words(
    purchaseflow: PurchaseflowWorld, path: str, given: Any, told: str
) -> None:
    content = json.dumps(given).encode()
    reply = steer(purchaseflow.server.url, "POST", path, content=content, world=purchaseflow.name)
    assert reply.status == 422
    assert told in reply.body["error"]


def test_the_journal_is_filtered_limited_and_cleared(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    ids = [client.quote()["id"] for _ in range(3)]
    for one in ids:
        client.ok("GET", f"quotes/{one}/")
    read = purchaseflow.journal("get_quotes")
    assert [entry["request"]["path"].split("/")[-2] for entry in read] == ids
    latest = purchaseflow.control("GET", "/journal?limit=2")
    assert [entry["number"] for entry in latest] == [entry["number"] for entry in read[1:]]
    assert purchaseflow.journal("cancel_booking") == []
    purchaseflow.control("DELETE", "/journal")
    assert purchaseflow.journal() == []


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "", "x", "%C2%B2", "9" * 5000, "100001"])
def test_a_limit_that_is_none_is_refused(purchaseflow: PurchaseflowWorld, limit: str) -> None:
    for path in ("/journal", "/strangers"):
        with pytest.raises(ControlFailed, match="status 400"):
            purchaseflow.control("GET", f"{path}?limit={limit}")


@pytest.mark.parametrize(
    ("method", "path", "told"),
    [
        ("GET", "/journal?limt=5", "there is no parameter 'limt' here; did you mean 'limit'?"),
        ("GET", "/strangers?limit=5&Limit=6", "'Limit' here; did you mean 'limit'?"),
        ("GET", "/clock?wrld=a", "'wrld' here; did you mean 'world'?"),
        ("GET", "/?x=", "there is no parameter 'x' here; there are: partner, world"),
        ("GET", "/outbox?limit=5", "'limit' here; there are: partner, world"),
        ("DELETE", "/journal?operation=get_quotes", "'operation' here; there are: partner, world"),
        ("DELETE", "/faults?scop=server", "did you mean 'scope'?"),
        ("POST", "/reset?seed=7", "there is no parameter 'seed' here"),
        ("GET", "/journal?" + "limit" * 1000 + "=1", "there are: operation, limit, "),
    ],
)
def test_a_parameter_that_is_none_is_refused_and_nothing_is_done(
    client: Client, purchaseflow: PurchaseflowWorld, method: str, path: str, told: str
) -> None:
    """A limit, or a scope, that was misspelt would go unheeded, and nobody would know."""
    client.quote()
    reply = steer(purchaseflow.server.url, method, path, world=purchaseflow.name)
    assert reply.status == 400
    assert told in reply.body["error"]
    assert len(purchaseflow.journal()) == 1


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_whatever_is_asked_may_name_its_world(
    purchaseflow_server: PurchaseflowServer, method: str, path: str
) -> None:
    """A client adds partner and world to every request, whether it needs them or not."""
    world = purchaseflow_server.world()
    query = f"?partner={world.partner}&world={world.name}"
    assert steer(world.server.url, method, path + query).status != 400


def test_a_body_nested_too_deep_can_still_be_looked_at(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    for depth in (60, 300, 1000, 5000):
        assert client.call("POST", "quotes/", content=b"[" * depth + b"]" * depth).status == 400
    shown = [entry["request"]["body"] for entry in purchaseflow.journal()]
    assert [len(body) for body in shown] == [120, 600, 2000, 10_000]


def test_the_outbox_holds_the_insurers_mails(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    booking = client.book()
    assert [mail["booking"] for mail in purchaseflow.outbox()] == [booking["id"]]


def test_strangers_are_calls_that_reached_no_world() -> None:
    with served("--no-log") as own:
        client = Client(own.url)
        client.call("GET", "/nowhere")
        client.call("GET", "bookings/", headers={"Authorization": None})
        client.call("GET", "bookings/")
        met = steer(own.url, "GET", "/strangers").body
        assert [entry["answer"]["status"] for entry in met] == [404, 401]
        assert met[1]["signature"]["verdict"] == "missing"
        assert len(steer(own.url, "GET", "/strangers?limit=1").body) == 1
        assert len(steer(own.url, "GET", "/journal").body) == 1


def test_worlds_are_listed_and_dropped(
    client: Client, purchaseflow: PurchaseflowWorld, purchaseflow_server: PurchaseflowServer
) -> None:
    client.quote()
    listed = {one["world"]: one for one in steer(purchaseflow_server.url, "GET", "/worlds").body}
    own = listed[purchaseflow.name]
    assert (own["partner"], own["packages"], own["calls"]) == ("RETLR", 1, 1)
    purchaseflow.delete()
    left = steer(purchaseflow_server.url, "GET", "/worlds").body
    assert purchaseflow.name not in [one["world"] for one in left]


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff", b"[", b"5", b"null", b"[]", b'{"a": 1}', b'{"\\u0000": 1}', b"1e400", b"NaN"],
)
def test_a_body_that_is_no_such_request_is_a_clear_4xx(
    purchaseflow: PurchaseflowWorld, method: str, path: str, content: bytes
) -> None:
    before = _state(purchaseflow)
    reply = steer(purchaseflow.server.url, method, path, content=content, world=purchaseflow.name)
    assert reply.status in (400, 422)
    assert len(reply.body["error"]) > 5
    assert _state(purchaseflow) == before


@pytest.mark.parametrize("depth", [60, 900, 100_000])
def test_a_control_body_nested_too_deep_is_refused(
    purchaseflow: PurchaseflowWorld, depth: int
) -> None:
    """What is kept has to be written again when the state is exported."""
    metadata = b'{"a":' * depth + b"1" + b"}" * depth
    quote = json.dumps({**QUOTE, "partner_metadata": "M"}).encode().replace(b'"M"', metadata)
    url, content = purchaseflow.server.url, b'{"quotes":[' + quote + b"]}"
    reply = steer(url, "POST", "/seed", content=content, world=purchaseflow.name)
    assert reply.status == 400
    assert steer(url, "GET", "/state", world=purchaseflow.name).status == 200


def test_a_seed_of_another_kind_than_a_number_is_refused(purchaseflow: PurchaseflowWorld) -> None:
    for seed in ("one", 1.5, [1]):
        with pytest.raises(ControlFailed, match=r"status 422: .*seed: "):
            purchaseflow.control("POST", "/reset", {"seed": seed})
    purchaseflow.reset(seed=2**63)


def test_one_world_too_many_is_told_at_both_doors() -> None:
    patch = "import flow.server.tenants as t\nt.MOST_WORLDS = 2"
    with served("--no-log", patch=patch) as own:
        for name, status in (("a", 200), ("b", 200), ("c", 400), ("a", 200)):
            world = {"x-purchaseflow-world": name}
            assert Client(own.url, headers=world).call("GET", "bookings/").status == status
            assert steer(own.url, "GET", "/clock", world=name).status == status


def test_a_world_that_was_restored_sells_on(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    package = client.quote()
    purchaseflow.snapshot()
    path, body = client.booking_of(package)
    client.ok("POST", path, body)
    purchaseflow.restore()
    assert client.ok("GET", f"quotes/{package['id']}/")["status"] == "RECEIVED"
    assert client.ok("POST", path, body)["status"] == "CONFIRMED"
