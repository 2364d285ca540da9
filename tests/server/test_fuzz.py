"""Ten thousand malformed requests: made from the published document, and bent by hand.

None may end in a 5xx or a crash, leave anything behind that grows, or change what is stored.
"""

from __future__ import annotations

import copy
import http.client
import json
import os
import random
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from models.endpoints import ENDPOINTS
from pytest_purchaseflow import PurchaseflowServer, PurchaseflowWorld, start
from tests.server.client import BOOKING, DATE, HOLDER, QUOTE, signature

BENT = 7000 if os.environ.get("CI") else 1500
"""How many are bent by hand; with those made from the document, over ten thousand in CI."""

SAMPLES: dict[str, Any] = {
    "create_quotes": QUOTE,
    "update_quotes": {"request": [{"quote_id": "{quote}", "price": 20}]},
    "add_quotes": {"request": QUOTE["request"]},
    "delete_quotes": {"quotes": [{"id": "{quote}"}]},
    "opt_out": {"partner_metadata": {"till": 4}},
    "create_booking": {"quotes": [{"id": "{quote}"}], "policyholder": HOLDER},
    "instant_booking": BOOKING,
    "modify_booking": {"policyholder": {"phone": "+441234567"}},
    "quote_modification": {"quotes": [{"id": "{quote}", "update_fields": {"price": 12}}]},
    "cancel_booking": {"preview": True, "quotes": [{"id": "{quote}"}]},
    "record_instalments": {
        "quotes": [
            {
                "id": "{quote}",
                "payment_attempted_date": "2026-02-15T09:00:00Z",
                "payment_status": "PAID",
                "instalment_number": 2,
            }
        ]
    },
    "send_email": {"event": "BOOKING_CREATED"},
    "create_token": {
        "customer": {"email": "a@b.test"},
        "creditCard": {
            "number": "4242424242424242",
            "expiryMonth": 1,
            "expiryYear": 2031,
            "cvc": "123",
            "holderName": "A",
        },
    },
    "create_offer": {
        "customer": {"currency": "GBP", "country": "GB", "language": "en"},
        "partner": {},
        "context": {"purchase_date": "2026-01-15", "product": {"retail_value": 900}},
    },
    "confirm_offer": {
        "quotes": [{"id": "{quote}"}],
        "policyholder": {**HOLDER, "phone": "+441234567"},
    },
}
NASTY: list[Any] = [
    None,
    True,
    -1,
    0,
    1e308,
    10**30,
    -0.0,
    "",
    " ",
    "\0",
    "\u202e\U0001f9a0",
    "9" * 400,
    "${x}{y}%s",
    "' OR 1=1 --",
    "<script>",
    [],
    {},
    [[[]]],
    {"": {"": {}}},
    ["a"] * 300,
    "2026-13-45",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59Z",
    "NaN",
]
BYTES = [b"\x00", b"\xff\xfe", b'"\\ud800"', b"[" * 40000, b"NaN", b"1e999", b"\xed\xa0\x80", b"}"]


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[tuple[PurchaseflowServer, int]]:
    """A server whose time stands still, and its process."""
    process, url = start("--at", "2026-01-15T09:00:00Z", "--journal", "50")
    yield PurchaseflowServer(url), process.pid
    process.terminate()
    process.communicate(timeout=20)


def _set_up(world: PurchaseflowWorld) -> dict[str, str]:
    """A package and a booking to ask about."""
    made = world.seed({"quotes": [QUOTE], "bookings": [BOOKING]})
    state = json.dumps(world.control("GET", "/state"))
    quote = re.search(r'"id": "([0-9a-f]{8}-[0-9a-f-]{27})"', state)
    return {
        "ins": made["quotes"][0],
        "booked": made["bookings"][0],
        "quote": quote[1] if quote else "",
        "update": "aaaaa-bbbbb-ccccc-UPD",
        "cancellation": "aaaaa-bbbbb-ccccc-CCL",
        "renewal": "aaaaa-bbbbb-ccccc-UPD",
        "offer": "6d8e1f0a-0000-4000-8000-000000000000",
    }


class Bender:
    """Takes right requests and bends them, by seeded dice."""

    def __init__(self, ids: dict[str, str], seed: int) -> None:
        self.ids = ids
        self.dice = random.Random(seed)

    def request(self) -> tuple[str, str, bytes, dict[str, str]]:
        """Method, path, body and extra headers of one bent request."""
        endpoint = self.dice.choice(ENDPOINTS)
        ids = dict(self.ids)
        if endpoint.path.startswith("bookings/") and self.dice.random() < 0.7:
            ids["ins"] = ids["booked"]
        path = f"/x/partners/RETLR/{endpoint.path.format(**ids)}"
        text = json.dumps(SAMPLES.get(endpoint.operation.value, {}))
        sample = json.loads(text.replace("{quote}", ids["quote"]))
        headers = {"content-type": "application/json"}
        bend = self.dice.randrange(10)
        body = json.dumps(self._bent(sample)).encode()
        if bend == 0:
            body = self._garbled(body)
        elif bend == 1:
            path = self._bent_path(path)
        elif bend == 2:
            name = self.dice.choice(["content-type", "x-idempotency-key", "x-purchaseflow-fault"])
            headers[name] = self.dice.choice(["text/xml", "a" * 3000, "\t", "{", "é", "slow;"])
        elif bend == 3:
            path += self.dice.choice(
                ["?limit=-1", "?offset=1e9", "?%zz", "?a=%00", "?fast_quote=2"]
            )
        return endpoint.method, path, body, headers

    def _bent(self, sample: Any) -> Any:
        """One to three places of a document replaced, removed, added or doubled."""
        whole = copy.deepcopy(sample)
        for _ in range(self.dice.randint(1, 3)):
            places = list(_places(whole))
            if not places:
                return self.dice.choice(NASTY)
            parent, key = self.dice.choice(places)
            act = self.dice.randrange(4)
            if act == 0 and isinstance(parent, dict):
                del parent[key]
            elif act == 1 and isinstance(parent, dict):
                parent[str(self.dice.choice(NASTY))[:50]] = self.dice.choice(NASTY)
            elif act == 2 and isinstance(parent, list):
                parent.append(copy.deepcopy(parent[key]))
            else:
                parent[key] = copy.deepcopy(self.dice.choice(NASTY))
        return whole

    def _garbled(self, body: bytes) -> bytes:
        place = self.dice.randrange(len(body) + 1)
        act = self.dice.randrange(3)
        if act == 0:
            return body[:place]
        piece = self.dice.choice(BYTES)
        return body[:place] + piece + body[place + (len(piece) if act == 1 else 0) :]

    def _bent_path(self, path: str) -> str:
        return self.dice.choice(
            [
                path + "/",
                path.replace("/", "//"),
                path + "/../..",
                path.replace("-", "%2F"),
                path + "%00",
                path.upper(),
                "/" + "a" * 5000,
                path.replace("RETLR", "%52ETLR"),
            ]
        )


def _stored(world: PurchaseflowWorld) -> Any:
    """What a world holds. Dice and microseconds may pass: a refusal has an id of its own."""
    state = world.control("GET", "/state")["state"]
    return {name: value for name, value in state.items() if name not in ("dice", "now")}


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a document, as its parent and key."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in list(pairs):
        yield node, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _rss(pid: int) -> int:
    """Kilobytes of memory in use."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("memory in use is read from /proc, which this system has not")
    return int(re.findall(r"VmRSS:\s+(\d+)", status.read_text())[0])


def test_bent_requests_break_nothing_change_nothing_and_leave_nothing(
    fuzzed: tuple[PurchaseflowServer, int],
) -> None:
    server, pid = fuzzed
    world = server.world(seed=5)
    bender = Bender(_set_up(world), seed=1)
    parts = urlsplit(server.url)
    wire = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    with closing(wire):
        _bend(wire, world, bender, pid)
    assert {one["world"] for one in server.world().control("GET", "/worlds")} >= {world.name}


def _bend(
    wire: http.client.HTTPConnection, world: PurchaseflowWorld, bender: Bender, pid: int
) -> None:
    kept, since, accepted, memory = _stored(world), 0, 0, 0
    for number in range(BENT):
        method, path, body, headers = bender.request()
        signed = f'keyId="{world.api_key}",algorithm="hmac-sha512"'
        proof = signature(world.api_secret, f"date: {DATE}")
        headers |= {"date": DATE, "authorization": f'Signature {signed},signature="{proof}"'}
        wire.request(method, path, body, {k: v.encode("utf-8") for k, v in headers.items()})
        reply = wire.getresponse()
        content = reply.read()
        assert reply.status < 500, (method, path, body, content)
        if reply.status < 300 and method != "GET":
            accepted += 1
            since += 1
        if number % 25 == 24:  # a call that was accepted may change things, one refused may not
            now = _stored(world)
            same = now == kept
            assert since or same, "a refused call changed what is stored"
            kept, since = now, 0
        if number == BENT // 2:
            memory = _rss(pid) - 10 * accepted
    assert accepted < BENT / 3, "most of them are to be refused"
    assert _rss(pid) - 10 * accepted - memory < 12_000, "kilobytes that stayed"


def test_requests_made_from_the_published_document_break_nothing(
    fuzzed: tuple[PurchaseflowServer, int], tmp_path: Path
) -> None:
    """schemathesis: every boundary that the document has, and what lies beyond."""
    server, _ = fuzzed
    world = server.world(seed=6)
    ids = _set_up(world)
    parameters = [f'"path.{name}" = {json.dumps(value)}' for name, value in ids.items()]
    config = "[parameters]\n" + "\n".join(parameters) + '\n"path.partner" = "RETLR"\n'
    (tmp_path / "schemathesis.toml").write_text(config, encoding="utf-8")
    proof = signature(world.api_secret, f"date: {DATE}")
    signed = f'Signature keyId="{world.api_key}",algorithm="hmac-sha512",signature="{proof}"'
    ran = subprocess.run(
        [
            str(Path(sysconfig.get_path("scripts")) / "st"),
            *("run", f"{server.url}/openapi.json", "--phases", "coverage"),
            *("--checks", "not_a_server_error", "--mode", "all", "--seed", "1"),
            *("-H", f"Date: {DATE}", "-H", f"Authorization: {signed}", "--no-color"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=600,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]
    generated = re.search(r"(\d+) generated, (\d+) passed", ran.stdout)
    assert generated is not None, ran.stdout[-3000:]
    assert int(generated[1]) == int(generated[2]) > 2500
    answers = world.control("GET", "/")["answers"]
    assert not [status for status in answers if status.startswith("5")], answers
    assert sum(answers.values()) > 2500
