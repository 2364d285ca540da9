"""`purchaseflow serve` as a process: its first line, its ends, and what it says to wrong files."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import signal
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvicorn

from flow.cli.main import run_command
from flow.server.app import App, Settings
from flow.server.partners import Partners
from tests.server.client import BOOKING, QUOTE, Client, served, signature, steer

Refused = Callable[..., str]


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Refused:
    """What a server that does not start says; it has to end with 2, by itself."""

    def served_after_all(self: uvicorn.Server, sockets: object = None) -> None:
        pytest.fail("it was served")

    def refuse(*options: str) -> str:
        assert run_command(["serve", "--port", "0", *options]) == 2
        out, told = capsys.readouterr()
        assert out == ""
        return told

    monkeypatch.setattr(uvicorn.Server, "run", served_after_all)
    return refuse


def test_a_refusal_is_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    with served("--seed-from", str(tmp_path / "nothing")) as own:
        code, out, told = own.stop()
    assert (code, own.first_line, out) == (2, "", "")
    assert told.startswith("error: ")
    assert len(told.splitlines()) == 1


def test_the_first_line_says_where_and_calls_are_answered_from_then_on() -> None:
    with served("--no-log") as own:
        found = re.fullmatch(
            r"purchaseflow \S+ serves .* on (http://127\.0\.0\.1:\d+)\n", own.first_line
        )
        assert found is not None
        assert not found[1].endswith((":0", ":8089"))
        assert Client(own.url).call("GET", "/health").body == {"status": "ready"}
        assert Client(own.url, partner="ANY").call("GET", "bookings/").status == 200


def test_health_is_ready_between_startup_and_shutdown_only() -> None:
    """A probe that comes early, or late, is told to wait."""
    app = App(Settings(partners=Partners([]), token="t"))
    statuses = []

    async def ask() -> int:
        sent: list[Any] = []

        async def keep(message: Any) -> None:
            sent.append(message)

        await app({"type": "http", "path": "/health", "method": "GET"}, nothing, keep)
        return int(sent[0]["status"])

    async def nothing() -> Any:
        statuses.append(await ask())
        return {}

    async def told(message: Any) -> None:
        statuses.append(await ask())

    asyncio.run(app({"type": "lifespan"}, nothing, told))
    assert statuses == [503, 200, 200, 503]


def test_a_port_that_is_taken_is_told(refused: Refused) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = refused("--port", str(port))
    assert f"127.0.0.1:{port}" in told
    assert "cannot listen there" in told


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "a..b"])
def test_what_others_can_reach_needs_keys_of_its_own(refused: Refused, host: str) -> None:
    assert "--control-token" in refused("--host", host, "--api-key", "k", "--api-secret", "s")
    assert "--api-secret" in refused("--host", host, "--api-key", "k", "--control-token", "t")
    assert "--api-key" in refused("--host", host)


@pytest.mark.parametrize("host", ["192.0.2.1", "a..b", "no-such-host.invalid"])
def test_a_host_that_is_not_this_machine_is_told(refused: Refused, host: str) -> None:
    keys = "--api-key", "k", "--api-secret", "s", "--control-token", "t"
    assert "cannot listen there" in refused("--host", host, *keys)


FILES: dict[str, tuple[str, bytes, str]] = {
    "partners-no-toml": ("--partners", b"[[partner", "cannot be read"),
    "partners-binary": ("--partners", b"\xff\xfe", "cannot be read"),
    "partners-empty": ("--partners", b"", "partner: Field required"),
    "partners-none": ("--partners", b"partner = []", "partner: "),
    "partners-no-secret": (
        "--partners",
        b'[[partner]]\ncode = "A"\napi_key = "k"',
        "give either api_secret or api_secret_env",
    ),
    "partners-no-variable": (
        "--partners",
        b'[[partner]]\ncode = "A"\napi_key = "k"\napi_secret_env = "NOT_SET"',
        "the variable NOT_SET is not set",
    ),
    "partners-code": (
        "--partners",
        b'[[partner]]\ncode = "a/b"\napi_key = "k"\napi_secret = "hush-hush"',
        "partner.0.code: is to be up to 32 letters",
    ),
    "partners-limit": (
        "--partners",
        b'[[partner]]\ncode = "A"\napi_key = "k"\napi_secret = "hush-hush"\nrate_limit = 1e-300',
        "rate_limit",
    ),
    "partners-two-secrets": (
        "--partners",
        b'[[partner]]\ncode = "A"\napi_key = "k"\napi_secret = "hush-hush"\n'
        b'[[partner]]\ncode = "B"\napi_key = "k"\napi_secret = "other"',
        "is given two secrets",
    ),
    "partners-code-twice": (
        "--partners",
        b'[[partner]]\ncode = "A"\napi_key = "k"\napi_secret = "hush-hush"\n'
        b'[[partner]]\ncode = "B"\napi_key = "l"\napi_secret = "hush-hush"\n'
        b'[[partner]]\ncode = "A"\napi_key = "m"\napi_secret = "hush-hush"',
        "partner.2.code: A is the code of partner.0 already; keep one of them",
    ),
    "catalogue-no-yaml": ("--catalogue", b"policies: [", "catalogue"),
    "catalogue-binary": ("--catalogue", b"\x00\xff", "catalogue"),
    "catalogue-other": ("--catalogue", b"a: 1", "catalogue"),
    "catalogue-empty": ("--catalogue", b"", "catalogue"),
    "seed-no-json": ("--seed-from", b"{", "is not JSON"),
    "seed-deep": ("--seed-from", b"[" * 100_000, "is not JSON"),
    "seed-nan": ("--seed-from", b'{"quotes": [NaN]}', "is not JSON"),
    "seed-binary": ("--seed-from", b"\xff", "is not JSON"),
    "seed-refused": ("--seed-from", b'{"quotes": [{}]}', "quotes.0: "),
    "seed-time": ("--seed-from", b'{"at": "9999-12-31T23:59:59Z"}', "from 1900 to 2200"),
    "certificate": ("--tls-certificate", b"no certificate", "name its file with --tls-key"),
    "certificate-and-key": (
        "--tls-certificate",
        b"-----BEGIN PRIVATE KEY-----",
        "tls-certificate",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_wrong_file_ends_with_a_sentence(refused: Refused, name: str, tmp_path: Path) -> None:
    option, content, told = FILES[name]
    file = tmp_path / "given"
    file.write_bytes(content)
    sentence = refused(option, str(file))
    assert told in sentence
    assert str(file) in sentence
    assert "hush-hush" not in sentence


@pytest.mark.parametrize(
    "option", ["--partners", "--catalogue", "--seed-from", "--tls-certificate"]
)
def test_a_file_that_is_not_there_ends_with_a_sentence(
    refused: Refused, option: str, tmp_path: Path
) -> None:
    assert "nothing-here" in refused(option, str(tmp_path / "nothing-here"))
    assert str(tmp_path) in refused(option, str(tmp_path))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--at", "soon"), "--at 'soon' is no instant"),
        (("--at", "0001-01-01T00:00:00+14:00"), "from 1900 to 2200"),
        (("--partner", "a/b"), "--partner 'a/b' is no code"),
        (("--partner", ""), "--partner '' is no code"),
        (("--rate-limit", "nan"), "not a finite number"),
        (("--rate-limit", "1e-300"), "--rate-limit"),
        (("--rate-limit", "0"), "--rate-limit"),
        (("--date-window", "inf"), "not a finite number"),
        (("--port", "65536"), "--port"),
        (("--tls-key", "key.pem"), "--tls-key goes with --tls-certificate"),
        (("--partners", "p.toml", "--partner", "A"), "--partners names them all"),
    ],
)
def test_a_wrong_option_ends_with_a_sentence(
    refused: Refused, options: tuple[str, ...], told: str
) -> None:
    assert told in refused(*options)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_ends_quietly(number: signal.Signals) -> None:
    """Also with a client connected. Nobody listens there afterwards."""
    with served("--no-log") as own:
        client = Client(own.url)
        with client.connect() as idle:
            idle.sendall(client.request("GET", "bookings/"))
            assert idle.recv(12) == b"HTTP/1.1 200"
            code, _, told = own.stop(number)
        assert (code, told) == (0, "")
        with pytest.raises(ConnectionRefusedError):
            client.connect()


def test_a_slow_call_does_not_keep_a_server_from_ending() -> None:
    with served("--no-log") as own:
        client = Client(own.url)
        with client.connect() as slow:
            fault = 'X-Purchaseflow-Fault: {"kind": "slow", "seconds": 60}'
            slow.sendall(client.request("GET", "bookings/", b"", fault))
            assert client.call("GET", "/health").status == 200
            assert own.stop()[0] == 0


def test_log_lines_are_json_without_secrets() -> None:
    secret = "a-secret-of-our-own"
    with served("--api-secret", secret, "--control-token", "tok-tok") as own:
        client = Client(own.url, secret=secret, key="test-key@aside")
        client.call("POST", "quotes/?fast_quote=1", QUOTE)
        client.call("POST", "instant_booking/", BOOKING, headers={"X-Api-Key": client.key})
        client.call("GET", "/nowhere%0a%7F")
        steer(own.url, "GET", "/clock", token="tok-tok")
        told = own.stop()[2]
        lines = [json.loads(line) for line in told.splitlines()]
    assert [(line["method"], line["status"]) for line in lines] == [
        ("POST", 201),
        ("POST", 200),
        ("GET", 404),
    ]
    assert lines[0]["world"] == "aside"
    date = "date: Thu, 15 Jan 2026 09:00:00 GMT"
    for hidden in (secret, "tok-tok", "ann@shop.test", signature(secret, date), "fast_quote"):
        assert hidden not in told


def test_calls_are_answered_when_nobody_reads_the_log() -> None:
    with served() as own:
        assert own.process.stderr is not None
        own.process.stderr.close()
        client = Client(own.url)
        assert [client.call("GET", "bookings/").status for _ in range(3)] == [200, 200, 200]
        own.process.stderr = None


def test_several_partners_can_be_named() -> None:
    with served("--no-log", "--partner", "AAAAA", "--partner", "BBBBB") as own:
        found = [
            Client(own.url, partner=code).call("GET", "bookings/").status
            for code in ("AAAAA", "BBBBB", "CCCCC", "*")
        ]
        assert found == [200, 200, 404, 404]
        assert own.process.stdout is not None
        assert "AAAAA, BBBBB" in own.process.stdout.readline() + own.process.stdout.readline()


def test_a_server_begins_with_its_seed_at_its_instant(tmp_path: Path) -> None:
    file = tmp_path / "seed.json"
    file.write_text(json.dumps({"quotes": [QUOTE], "bookings": [BOOKING]}), encoding="utf-8")
    options = "--no-log", "--at", "2026-03-01T00:00:00", "--seed-from", str(file)
    states = []
    for _ in range(2):
        with served(*options) as own:
            states.append(steer(own.url, "GET", "/state").content)
    assert states[0] == states[1]
    kept: Any = json.loads(states[0])["state"]
    assert (len(kept["packages"]), kept["now"][:10]) == (2, "2026-03-01")


def test_https_is_served_with_a_certificate(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "own.pem"))
    with served("--no-log", "--tls-certificate", str(tmp_path / "own.pem")) as own:
        assert own.url.startswith("https://127.0.0.1:")
        trusted = ssl.create_default_context()
        authority.configure_trust(trusted)
        connection = http.client.HTTPSConnection(*Client(own.url).address, context=trusted)
        connection.request("GET", "/health")
        assert connection.getresponse().read() == b'{"status":"ready"}'
        connection.close()


@pytest.mark.parametrize("given", ["localhost", "http://127.0.0.1:25", "127.0.0.1:mail"])
def test_an_smtp_server_that_is_none_is_told(refused: Refused, given: str) -> None:
    assert f"Error: --smtp '{given}' is no HOST:PORT" in refused("--smtp", given)


@pytest.mark.parametrize(
    "given", ["127.0.0.1:8089", "ftp://a.test", "http://", "http://a.test/?b", "http://a:b", "x y"]
)
def test_a_public_url_that_is_none_is_told(refused: Refused, given: str) -> None:
    told = refused("--public-url", given)
    assert f"Error: --public-url '{given}' is no address; write it like http://" in told


def test_where_e_mails_go_is_said_and_may_stand_in_the_environment() -> None:
    with served("--no-log", PURCHASEFLOW_SMTP="127.0.0.1:1025") as own:
        assert own.process.stdout is not None
        lines = [own.process.stdout.readline() for _ in range(8)]
    assert "  e-mails       to 127.0.0.1:1025\n" in lines
