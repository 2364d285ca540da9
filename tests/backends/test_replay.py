"""Recording what passes on the wire, and answering from it: tapes, captures, journals."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flow.backends.recording import Tape
from flow.backends.relay import RelayBackend
from flow.backends.replay import Recording, ReplayBackend, read_recordings
from flow.backends.simulator import SimulatorBackend
from flow.backends.wire import NoAnswer, WireBackend
from flow.errors import BackendRefused, BackendSilent, PlugInvalid
from models import CancelBooking, CreateQuotes, CreateToken, OptOut
from pytest_purchaseflow import PurchaseflowWorld
from tests.conformance import recordings

ITEM = {
    "policy_type": "product_insurance",
    "policy_type_version": 1,
    "category": "electronics",
    "price": 100,
    "name": "Camera",
}
QUOTE = CreateQuotes.model_validate(
    {"currency": "GBP", "customer_country": "GB", "request": [ITEM]}
)
CARD = {
    "number": "4242424242424242",
    "expiryMonth": 12,
    "expiryYear": 2030,
    "cvc": "987",
    "holderName": "Ann Lee",
}


def _taped(backend: WireBackend | None = None) -> tuple[WireBackend, list[dict[str, Any]]]:
    made = backend or SimulatorBackend()
    entries: list[dict[str, Any]] = []
    tape = Tape(entries.append)
    tape.step = "1, a step"
    tape.attach(made)
    return made, entries


def test_a_tape_holds_what_was_asked_and_answered() -> None:
    backend, entries = _taped()
    package = backend.create_quotes(QUOTE)
    backend.opt_out(package.id, OptOut(), key="k")
    first, second = entries
    assert first["step"] == "1, a step"
    assert first["request"]["body"]["currency"] == "GBP"
    assert first["response"]["body"]["id"] == package.id
    assert second["request"]["headers"] == {"x-idempotency-key": "k"}
    assert second["response"]["status"] == 204


def test_a_tape_holds_no_card() -> None:
    backend, entries = _taped()
    request = CreateToken.model_validate({"customer": {"email": "a@b.test"}, "creditCard": CARD})
    token = backend.create_token(request)
    assert not any(str(CARD[name]) in json.dumps(entries) for name in ("number", "cvc"))
    assert ReplayBackend(Recording("tape", entries)).create_token(request) == token


def test_a_call_without_an_answer_is_on_the_tape_too() -> None:
    class Dead:
        def send(self, call: object) -> Any:
            raise NoAnswer("gone")

    backend, entries = _taped(WireBackend(Dead(), partner="RETLR"))
    with pytest.raises(BackendSilent):
        backend.get_quotes("AAAAA-BBBBB-INS")
    assert (entries[0]["response"], entries[0]["error"]) == (None, "gone")
    with pytest.raises(BackendSilent, match="gone"):
        ReplayBackend(Recording("tape", entries)).get_quotes("AAAAA-BBBBB-INS")


def test_a_backend_without_a_wire_cannot_be_taped() -> None:
    with pytest.raises(PlugInvalid, match=r"RelayBackend.*no wire"):
        Tape(lambda entry: None).attach(RelayBackend(SimulatorBackend()))


def test_a_replay_answers_as_it_was_answered_refusals_included() -> None:
    backend, entries = _taped()
    package = backend.create_quotes(QUOTE)
    with pytest.raises(BackendRefused) as first:
        backend.cancel_booking(package.id, CancelBooking())
    replay = ReplayBackend(Recording("tape", entries))
    assert replay.create_quotes(QUOTE) == package
    with pytest.raises(BackendRefused) as second:
        replay.cancel_booking(package.id, CancelBooking())
    assert second.value.texts == first.value.texts


def test_each_answer_is_given_once_and_the_last_reading_again() -> None:
    backend, entries = _taped()
    package = backend.create_quotes(QUOTE)
    before = backend.get_quotes(package.id)
    backend.opt_out(package.id, OptOut())
    after = backend.get_quotes(package.id)
    replay = ReplayBackend(Recording("tape", entries))
    assert [replay.get_quotes(package.id).status for _ in range(3)] == [
        before.status,
        after.status,
        after.status,
    ]
    replay.opt_out(package.id, OptOut())
    with pytest.raises(BackendSilent, match="not so often"):
        replay.opt_out(package.id, OptOut())


def test_a_call_that_was_not_recorded_is_named() -> None:
    replay = ReplayBackend(Recording("my tape", []))
    with pytest.raises(BackendSilent, match=r"GET RETLR/quotes/X/ was not recorded in my tape"):
        replay.get_quotes("X")


def test_a_replay_shows_clock_and_outbox_as_they_were() -> None:
    backend, entries = _taped()
    assert backend.controls is not None
    start = backend.controls.now()
    backend.controls.advance(timedelta(days=3))
    later = backend.controls.now()
    backend.controls.outbox()
    controls = ReplayBackend(Recording("tape", entries)).controls
    assert controls is not None
    assert controls.now() == start
    controls.advance(timedelta(days=3))
    assert (controls.now(), list(controls.outbox())) == (later, [])


def test_a_servers_journal_can_be_replayed(purchaseflow: PurchaseflowWorld, tmp_path: Path) -> None:
    from flow.backends.http import HttpBackend, HttpTransport
    from flow.signature import Credentials

    given = Credentials(purchaseflow.api_key, purchaseflow.api_secret)
    transport = HttpTransport(purchaseflow.server.url, given)
    package = HttpBackend(transport, partner=purchaseflow.partner).create_quotes(QUOTE)
    path = tmp_path / "journal.json"
    path.write_text(json.dumps(purchaseflow.journal()), encoding="utf-8")
    (recording,) = read_recordings(path)
    assert ReplayBackend(recording).create_quotes(QUOTE) == package


def test_captures_of_the_real_insurer_can_be_replayed() -> None:
    recordings.require()
    (recording,) = read_recordings(recordings.FOLDER / recordings.QUOTES / "get_quote.json")
    exchange = recordings.load("get_quote")[0]
    partner, ins = exchange.path.split("/")[3], exchange.body["id"]
    package = ReplayBackend(recording, partner=partner).get_quotes(ins)
    assert package.wire() == exchange.body


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.json", "{}", "holds no recorded exchanges"),
        ("a.json", "{", "is not JSON"),
        ("a.json", '[{"request": {"method": "GET"}}]', "holds no recorded exchanges"),
        ("a.jsonl", '{"seed": 1}\n7\n', "holds no recorded exchanges"),
    ],
)
def test_what_is_no_recording_is_refused(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(PlugInvalid, match=reason):
        read_recordings(tmp_path / name)


def test_a_missing_or_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlugInvalid, match="holds no recordings"):
        read_recordings(tmp_path)
    with pytest.raises(PlugInvalid, match="cannot be read"):
        read_recordings(tmp_path / "nowhere.json")
