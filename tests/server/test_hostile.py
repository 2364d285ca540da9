"""Hostile input over real sockets: nothing fails or changes, and the next call is answered."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from pytest_purchaseflow import PurchaseflowWorld
from tests.server.client import DATE, QUOTE, Client, Reply, client_of, served, signature, steer

RESET = struct.pack("ii", 1, 0)
CLOSE = "Connection: close"


def _state(world: PurchaseflowWorld) -> bytes:
    return steer(world.server.url, "GET", "/state", world=world.name).content


@pytest.fixture
def victim(purchaseflow: PurchaseflowWorld) -> Iterator[Client]:
    """A client in a world with a booking; afterwards the world is what it was, and serves."""
    client = client_of(purchaseflow)
    client.book()
    before = _state(purchaseflow)
    yield client
    assert _state(purchaseflow) == before
    assert client.call("GET", "bookings/").body["count"] == 1


def _status(told: bytes) -> int:
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", told)
    assert found is not None, told[:80]
    return int(found[1])


def _priced(price: bytes) -> bytes:
    return json.dumps(QUOTE).encode().replace(b"1000", price)


BODIES = {
    "deep lists": b"[" * 100_000,
    "deep closed lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "a little too deep": b'{"a":' * 51 + b"1" + b"}" * 51,
    "deeper than can be written": b'{"a":' * 300 + b"1" + b"}" * 300,
    "1e400": _priced(b"1e400"),
    "-1e400": _priced(b"-1e400"),
    "1e308": _priced(b"1e308"),
    "1e-400": _priced(b"1e-400"),
    "10**400": _priced(b"1" + b"0" * 400),
    "2**64": _priced(b"18446744073709551616"),
    "many digits": _priced(b"0." + b"0" * 5000 + b"1"),
    "NaN": _priced(b"NaN"),
    "Infinity": _priced(b"-Infinity"),
    "price as text": _priced(b'"1e400"'),
    "price as nothing": _priced(b"null"),
    "NUL": json.dumps({**QUOTE, "partner_transaction_id": "a\0b"}).encode() + b"\0",
    "NUL in a name": json.dumps(QUOTE).encode().replace(b"Camera", b"a\\u0000b"),
    "lone surrogate": json.dumps(QUOTE).encode().replace(b"Camera", b"\\ud800"),
    "invalid UTF-8": json.dumps(QUOTE).encode().replace(b"Camera", b"\xff\xfe"),
    "overlong UTF-8": json.dumps(QUOTE).encode().replace(b"Camera", b"\xc0\xaf"),
    "encoded surrogate": json.dumps(QUOTE).encode().replace(b"Camera", b"\xed\xa0\x80"),
    "UTF-16": json.dumps(QUOTE).encode("utf-16"),
    "UTF-32": json.dumps(QUOTE).encode("utf-32"),
    "byte order mark": b"\xef\xbb\xbf" + json.dumps(QUOTE).encode(),
    "two documents": b"{}{}",
    "a comment": b"{/**/}",
    "blank": b" \n\t",
    "a list": b"[]",
    "a text": b'"quotes"',
    "a number": b"-0.0",
    "nothing": b"null",
    "many keys": json.dumps({str(number): number for number in range(50_000)}).encode(),
    "many items": b'{"request":[' + b"{}," * 10_000 + b"{}]}",
    "10 MB": b'{"a":"' + b"x" * 10_000_000 + b'"}',
    "a long text": json.dumps(QUOTE).encode().replace(b"Camera", b"x" * 900_000),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_hostile_body_is_refused(victim: Client, name: str) -> None:
    """And can be looked at in the journal."""
    reply = victim.call("POST", "quotes/", content=BODIES[name])
    assert reply.status in (400, 413, 422)
    assert reply.body["type"] == "validation_error"
    entry = steer(victim.url, "GET", "/journal?limit=1", world=victim.key.split("@")[1])
    assert entry.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/x/partners/../quotes/",
        "/x/partners/RETLR/../../etc/passwd",
        "/x/partners/%2e%2e/bookings/",
        "/x/partners/%2F/bookings/",
        "/x/partners/RETLR%2Fbookings/",
        "/x/partners/%00/bookings/",
        "/x/partners/RETLR/bookings/%00/",
        "/x/partners/RETLR/bookings/%0d%0aX-A:%20b/",
        "/x/partners/RETLR/bookings/%ff%fe/",
        "/x/partners/RETLR/bookings/%zz/",
        "/x/partners/RETLR/bookings/../",
        "//x/partners/RETLR/bookings/",
        "/x//partners/RETLR/bookings/",
        "/x/partners//bookings/",
        "/x/partners/RETLR/bookings//",
        "/x/partners/RETLR",
        "/x/partners/*/bookings/",
        "/x/partners/RETLR/bookings;a=b/",
        "/x/partners/RETLR/quotes/" + "A" * 60_000 + "/",
        "/x/partners/" + "A" * 60_000 + "/bookings/",
        "/" + "x/" * 30_000,
        "/_purchaseflow",
        "/_purchaseflow/../x/partners/RETLR/bookings/",
        "/%5fpurchaseflow/world",
        "/_purchaseflow/snapshots/%00",
        "/health/",
        "*",
        "",
        "x",
        "/x/partners/R\xe9TLR/bookings/",
        "/\xff\xfe",
        "/a b",
        "http://[::1/",
        "http://h:99999/x/partners/RETLR/bookings/\x01",
    ],
)
def test_a_hostile_path_leads_nowhere(victim: Client, path: str) -> None:
    lines = f"GET {path} HTTP/1.1", "Host: a", f"Date: {DATE}", CLOSE
    head = "\r\n".join([*lines, f"Authorization: {victim.authorization()}", "", ""])
    assert _status(victim.raw(head.encode("latin-1"), shut=False)) in (400, 401, 404, 405)


def test_a_partner_that_cannot_be_makes_no_world() -> None:
    """Where every code may call, a code is still a code."""
    with served("--no-log") as own:
        for code in ("..", "%2F", "%00", "*", "A" * 33, "a;b", "%C3%A9"):
            assert Client(own.url, partner=code).call("GET", "bookings/").status == 404
        assert steer(own.url, "GET", "/").body["worlds"] == 0


HEADERS = {
    "control character": "X-A: a\x01b",
    "control character in a name": "X\x01A: b",
    "NUL": "X-A: a\0b",
    "no colon": "nonsense",
    "no name": ": x",
    "folded": "X-A: a\r\n b",
    "bare carriage return": "X-A: a\rX-B: c",
    "two lengths": "Content-Length: 0\r\nContent-Length: 5",
    "negative length": "Content-Length: -5",
    "length that is none": "Content-Length: five",
    "length with a plus": "Content-Length: +5",
    "endless length": "Content-Length: " + "9" * 40,
    "length and chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "unknown transfer encoding": "Transfer-Encoding: wat",
    "two authorizations": "Authorization: x",
    "an empty authorization": "Authorization: ",
    "authorization of quotes": "Authorization: Signature " + '"' * 10_000,
    "authorization of commas": 'Authorization: Signature keyId="' + '",a="' * 10_000,
    "authorization not ASCII": 'Authorization: Signature keyId="\xe9",signature="\xff"',
    "a world up the tree": "X-Purchaseflow-World: ../../etc",
    "a world not ASCII": "X-Purchaseflow-World: \xe9",
    "a world too long": "X-Purchaseflow-World: " + "a" * 65,
    "a fault that is none": "X-Purchaseflow-Fault: {" + "[" * 5000,
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_hostile_header_is_refused(victim: Client, name: str) -> None:
    told = victim.raw(victim.request("GET", "bookings/", b"", HEADERS[name], CLOSE), shut=False)
    assert _status(told) in (400, 401)


@pytest.mark.parametrize(
    "line",
    [
        "X-A: " + "a" * 200_000,
        "\r\n".join(f"X-{number}: a" for number in range(20_000)),
        "X-A: \xe9\xff",
        "X-Idempotency-Key: " + "k" * 100_000,
        "Expect: nonsense",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: a",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c",
        "Host: a\r\nHost: b",
        "Content-Type: \x09",
    ],
    ids=range(9),
)
def test_an_odd_header_does_no_harm(victim: Client, line: str) -> None:
    told = victim.raw(victim.request("GET", "bookings/", b"", line, CLOSE), shut=False)
    assert _status(told) == 200


def test_a_head_without_end_is_cut_off(victim: Client) -> None:
    """The parser alone would keep all of it."""
    head = victim.request("GET", "bookings/")[:-2] + b"X-A: "
    with victim.connect() as own, pytest.raises(ConnectionError):
        own.sendall(head + b"a" * 50_000_000)


@pytest.mark.parametrize(
    "method", ["TRACE", "CONNECT", "PROPFIND", "PATCH", "get", "G\0T", "X" * 99]
)
def test_a_method_that_is_none_is_refused(victim: Client, method: str) -> None:
    told = victim.raw(victim.request(method, "bookings/", b"", CLOSE), shut=False)
    assert _status(told) in (400, 405)


@pytest.mark.parametrize(
    "query",
    [
        "limit=1&limit=2&limit=x",
        "&&&===&",
        "limit=%ff%fe&offset=%00",
        "limit=%C2%B2&offset=%D9%A3",
        "limit=-1&offset=-1",
        "limit=1e400&offset=1e400",
        "limit=" + "9" * 5000,
        "offset=" + "9" * 5000,
        "limit=0x10&offset=+1",
        "=limit",
        "limit",
        "limit[]=1&limit[a]=2",
        "&".join(["a=b"] * 5000),
        "?limit=1?",
        "%",
    ],
)
def test_a_garbled_query_is_read_for_what_it_is_worth(victim: Client, query: str) -> None:
    reply = victim.call("GET", f"bookings/?{query}")
    assert (reply.status, reply.body["count"]) == (200, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"\0" * 1000,
        b"\r\n" * 1000,
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        bytes.fromhex("1603010200010001fc0303"),
        b"GET",
        b"GET /health HTTP/1.1\r\nHost",
        b"POST /x/partners/RETLR/quotes/ HTTP/1.1\r\nContent-Length: 100\r\n\r\n{",
        b"POST /x/partners/RETLR/quotes/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
        b"POST /x/partners/RETLR/quotes/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n{}",
    ],
)
def test_bytes_that_are_no_request_end_their_own_connection(victim: Client, content: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        told = victim.raw(content)
        assert told == b"" or _status(told) in (400, 404)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_body_in_chunks_is_read_whole(purchaseflow: PurchaseflowWorld, size: int) -> None:
    client = client_of(purchaseflow)
    body = json.dumps(QUOTE).encode()
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    kind = "Content-Type: application/json"
    head = client.request("POST", "quotes/", b"", "Transfer-Encoding: chunked", kind, CLOSE)
    assert _status(client.raw(head + chunked, shut=False)) == 201


def test_chunks_without_end_are_refused_at_the_limit(victim: Client) -> None:
    head = victim.request("POST", "quotes/", b"", "Transfer-Encoding: chunked")
    with victim.connect() as own:
        own.sendall(head)
        for _ in range(20):
            own.sendall(b"%x\r\n%s\r\n" % (100_000, b" " * 100_000))
        assert own.recv(12) == b"HTTP/1.1 413"


def test_a_length_that_is_too_short_leaves_no_second_request(victim: Client) -> None:
    """What follows the body is read as a request of its own, and is none."""
    content = victim.request("POST", "quotes/", b"{}").replace(b"Length: 2", b"Length: 1")
    told = victim.raw(content, shut=False)
    assert set(re.findall(rb"HTTP/1.1 (\d+)", told)) == {b"400"}


def test_a_sender_that_trickles_blocks_nobody_and_is_given_up() -> None:
    """One byte now and then does not make the time longer: it is the whole body that counts."""
    patch = "import flow.server.bodies as bodies\nbodies.BODY_SECONDS = 0.3"
    with served("--no-log", patch=patch) as own:
        client = Client(own.url)
        head = client.request("POST", "quotes/", b" " * 100)[:-100]
        with client.connect(timeout=0.02) as slow:
            slow.sendall(head)
            told = b""
            while not told:
                slow.sendall(b" ")
                assert client.call("GET", "bookings/").status == 200
                with contextlib.suppress(TimeoutError):
                    told = slow.recv(4096)
        assert _status(told) == 408
        assert b"connection: close" in told
        assert steer(own.url, "GET", "/strangers").body[0]["answer"]["status"] == 408


def test_clients_that_leave_early_do_not_end_the_server() -> None:
    """Answers to nobody: a broken pipe must not be the end."""
    with served("--no-log") as own:
        client = Client(own.url)
        many = client.request("GET", "bookings/") * 50
        for number in range(150):
            with contextlib.suppress(ConnectionError), client.connect() as leaving:
                if number % 3:
                    leaving.sendall(many)
                if number % 3 != 1:
                    leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        assert client.call("GET", "bookings/").status == 200
        code, _, told = own.stop()
    assert (code, told) == (0, "")


def test_pipelined_requests_are_answered_in_order(victim: Client) -> None:
    calls = [victim.request("GET", path) for path in ("bookings/", "nowhere", "bookings/")]
    last = victim.request("DELETE", "bookings/", b"", CLOSE)
    told = victim.raw(b"".join([*calls, last]), shut=False)
    assert re.findall(rb"HTTP/1.1 (\d+)", told) == [b"200", b"404", b"200", b"405"]


def test_http_1_0_is_answered_and_closed(victim: Client) -> None:
    content = victim.request("GET", "bookings/").replace(b"HTTP/1.1", b"HTTP/1.0")
    told = victim.raw(content, shut=False)
    assert _status(told) == 200
    assert told.endswith(b"}")


def test_an_expected_100_is_sent_before_the_body(purchaseflow: PurchaseflowWorld) -> None:
    client = client_of(purchaseflow)
    body = json.dumps(QUOTE).encode()
    content = client.request("POST", "quotes/", body, "Expect: 100-continue", CLOSE)
    with client.connect() as own:
        own.sendall(content[: -len(body)])
        assert own.recv(100).startswith(b"HTTP/1.1 100 Continue")
        own.sendall(body)
        assert own.recv(12) == b"HTTP/1.1 201"


def test_thousands_of_worlds_do_no_harm() -> None:
    with served("--no-log") as own:
        first = Client(own.url, key="test-key@w0")
        made = first.quote()
        calls = [
            first.request("GET", "bookings/", b"", f"X-Purchaseflow-World: w{number}")
            for number in range(3000)
        ]
        for start in range(0, 3000, 100):
            last = first.request("GET", "bookings/", b"", CLOSE)
            told = first.raw(b"".join([*calls[start : start + 100], last]), shut=False)
            assert told.count(b"HTTP/1.1 200") == 101
        assert steer(own.url, "GET", "/").body["worlds"] == 3000
        assert first.ok("GET", f"quotes/{made['id']}/") == made


def test_a_signed_date_of_nonsense_is_refused_where_dates_count() -> None:
    with served("--no-log", "--date-window", "1e12") as own:
        for date in ("soon", "Thu, 99999999999999999999 Jan 2026 00:00:00 GMT", "\xe9", "0" * 5000):
            text = signature("test-secret", f"date: {date}")
            header = f'Signature keyId="test-key",algorithm="hmac-sha512",signature="{text}"'
            reply = Client(own.url).call(
                "GET", "bookings/", headers={"Date": date, "Authorization": header}
            )
            assert reply.status == 403


IDS = ["", "x" * 5000, "%00", "..", "1' OR '1'='1", "{ins}", "%2e%2e%2f", "\u202e", "None"]


@pytest.mark.parametrize("path", ["quotes/{}/add/", "bookings/{}/", "bookings/{}/cancel"])
@pytest.mark.parametrize("one", IDS, ids=range(len(IDS)))
def test_ids_that_are_none_are_not_found(victim: Client, path: str, one: str) -> None:
    target = victim.path(path.format(one)).replace(" ", "%20").encode("utf-8").decode("latin-1")
    told = victim.raw(victim.request("POST", target, b"{}", CLOSE), shut=False)
    assert _status(told) in (400, 404, 405, 422)


def test_every_field_survives_every_kind_of_value(victim: Client) -> None:
    values: list[Any] = [None, True, -1, 1.5, 2**53, "", "\0", "x" * 2000, [], [[]], {}, {"a": 1}]
    replies: list[Reply] = [
        victim.call("POST", "quotes/", {**QUOTE, field: value})
        for field in ("request", "currency", "customer_country", "nothing_known")
        for value in values
    ]
    assert {reply.status for reply in replies} <= {422}
