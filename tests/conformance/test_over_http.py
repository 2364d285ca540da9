"""Every recorded exchange of the quotes API over the wire, signed, to a server of its own kind.

Beside what is compared in process: the headers as they arrive, and refusals of the transport.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import urllib3

from flow.signature import Credentials
from models.exchange import Answer
from pytest_purchaseflow import PurchaseflowServer, start
from tests.conformance import recordings
from tests.conformance.recordings import OFFERS, Exchange
from tests.conformance.stage import Remote, catalogue_of, compare, play
from tests.remote import DATE, send, signed

Serve = Callable[[str], PurchaseflowServer]


@pytest.fixture(scope="module")
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager() as pool:
        yield pool


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """A server that sells what was sold in a recording; recordings that sold the same share it."""
    running = {}

    def serve(name: str) -> PurchaseflowServer:
        catalogue = catalogue_of(name).model_dump_json()
        if catalogue not in running:
            file: Path = tmp_path_factory.mktemp("catalogue") / "catalogue.yaml"
            file.write_text(catalogue, encoding="utf-8")
            running[catalogue] = start(
                "--partner", "LLODT", "--partner", "E3CCM", "--catalogue", str(file)
            )
        return PurchaseflowServer(running[catalogue][1], partner="LLODT")

    yield serve
    for process, _ in running.values():
        process.terminate()
        process.communicate(timeout=20)


def test_recordings_are_there() -> None:
    """In CI a missing folder is a failure, not a skip."""
    recordings.require()
    recordings.require(OFFERS)
    assert len(recordings.names()) == 23


@pytest.mark.parametrize("name", recordings.names())
def test_recorded_exchange_gets_the_recorded_answer_over_http(
    name: str, serve: Serve, pool: urllib3.PoolManager
) -> None:
    exchanges = recordings.load(name)
    remote = Remote(serve(name), pool, exchanges[0])
    for where, exchange, answer in play(name, exchanges, remote):
        compare(where, exchange, answer)
        unrecorded = {"content-type"} - exchange.answered.keys()
        assert not unrecorded & answer.headers.keys(), f"{where}: an empty body has no type"


def _refused(name: str) -> Exchange:
    """A refusal of the transport, recorded at the offers' door."""
    recordings.require(OFFERS)
    (exchange,) = recordings.load(name, OFFERS)
    return exchange


def _send(
    pool: urllib3.PoolManager, url: str, exchange: Exchange, secret: str, body: str
) -> Answer:
    headers = signed(
        Credentials("test-key", secret), exchange.method, exchange.path, {"date": DATE}
    )
    return send(pool, exchange.method, url + exchange.path, body.encode(), headers)


def test_a_wrong_secret_is_refused_in_the_recorded_words(
    serve: Serve, pool: urllib3.PoolManager
) -> None:
    exchange = _refused("err-bad-signature")
    body = json.dumps(recordings.load("market-US", OFFERS)[0].sent)
    answer = _send(pool, serve("quote").url, exchange, "wrong", body)
    assert (answer.status, answer.body) == (exchange.status, exchange.body)


def test_broken_json_is_refused_in_the_recorded_words(
    serve: Serve, pool: urllib3.PoolManager
) -> None:
    exchange = _refused("err-malformed")
    answer = _send(pool, serve("quote").url, exchange, "test-secret", exchange.sent)
    assert (answer.status, answer.body) == (exchange.status, exchange.body)
