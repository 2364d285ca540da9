"""What traffic shows was walked: nothing is claimed that a journey behind the calls did not do."""

from __future__ import annotations

import http.client
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flow.coverage import Coverage
from flow.errors import UsageError
from flow.plugs import plug_in
from flow.suite.grammar import Case
from flow.suite.loader import load
from flow.suite.runner import run_case
from flow.suite.shipped import shipped_suites
from flow.suite.tapes import MemoryTapes
from flow.suite.verdict import Verdict
from flow.table import State
from flow.traffic import coverage_of, read_traffic
from models import Operation
from models.endpoints import find
from pytest_purchaseflow import PurchaseflowWorld
from tests.server.client import BOOKING, client_of

CASES = load([shipped_suites()]).cases
PLUGS = plug_in("simulator", "reference")
_MAKE_PACKAGES = (Operation.CREATE_QUOTES, Operation.INSTANT_BOOKING)


def _played(case: Case) -> tuple[Verdict, list[dict[str, Any]]]:
    tapes = MemoryTapes()
    return run_case(case, replace(PLUGS, record=tapes), 1), tapes.entries


def _makes_a_package(entry: dict[str, Any]) -> bool:
    request = entry.get("request") or {}
    route = find(request.get("method", ""), request.get("path", ""))
    body = (entry.get("response") or {}).get("body")
    return (
        route is not None
        and route.endpoint is not None
        and route.endpoint.operation in _MAKE_PACKAGES
        and isinstance(body, dict)
        and "id" in body
    )


def _story(file: str) -> Coverage:
    case = next(case for case in CASES if case.file.endswith(file))
    return read_traffic(_played(case)[1])


def test_traffic_shows_nothing_that_was_not_walked() -> None:
    """In every shipped story of one package in which nobody goes past the shop."""
    shown: set[str] = set()
    for case in CASES:
        if any(step.attempt for step in case.steps):
            continue
        verdict, entries = _played(case)
        if sum(map(_makes_a_package, entries)) > 1:
            continue
        seen = read_traffic(entries)
        assert set(seen.traffic_rows) <= set(verdict.rows), case.file
        assert set(seen.traffic_states) <= set(verdict.coverage.states), case.file
        shown |= set(seen.traffic_rows)
    assert len(shown) >= 20


@pytest.mark.parametrize(
    ("file", "rows"),
    [
        ("in_store/sold_on_the_spot.yaml", ["fill_form: at_portal -> form_filled"]),
        ("opt_out/whole_cart_declined.yaml", ["opt_out: collected -> opted_out"]),
        (
            "cancellation/some_previewed_and_confirmed.yaml",
            ["confirm_cancellation: cancellation_refunded -> completed (some)"],
        ),
        ("payment_pending/confirmed_when_paid.yaml", ["confirm_payment: pending -> booked"]),
        (
            "modification/worth_more.yaml",
            ["confirm_modification: modification_settled -> completed"],
        ),
        ("renewal/declined.yaml", ["decline_renewal: renewal_offered -> completed"]),
        ("instalments/paid_to_the_end.yaml", ["pay_instalment: completed -> completed"]),
        ("confirm/documents_sent_again.yaml", ["resend_documents: completed -> completed"]),
        ("book/refused_and_refunded.yaml", ["book: collected -> booking_refused (refused)"]),
    ],
)
def test_what_a_story_asks_of_the_insurer_can_be_read_from_its_calls(
    file: str, rows: list[str]
) -> None:
    assert set(rows) <= set(_story(file).traffic_rows)


def test_a_quote_for_one_product_shows_an_offer_and_not_where_it_was_asked_for() -> None:
    seen = _story("abandonment/page_offer_left.yaml")
    assert seen.traffic_states == {State.OFFERED: 1}
    assert seen.only_in_traffic == []


def test_a_servers_journal_of_anybodys_client_is_read(
    purchaseflow: PurchaseflowWorld, tmp_path: Path
) -> None:
    client = client_of(purchaseflow)
    package = client.quote()
    client.ok("POST", f"bookings/{package['id']}/opt_out", {})
    client.call("POST", f"bookings/{package['id']}/opt_out", {})  # refused: it says nothing new
    client.quote()
    journal = tmp_path / "journal.json"
    journal.write_text(json.dumps(purchaseflow.journal()), encoding="utf-8")
    seen = coverage_of(journal)
    assert seen.traffic_rows == {"opt_out: collected -> opted_out": 1}
    assert seen.traffic_states[State.OFFERED] == 2
    assert not seen.states, "nothing of it was walked by a journey"


def test_a_replayed_answer_is_not_counted_twice() -> None:
    """The same key again gets the same answer; nothing more was done."""
    _, entries = _played(next(c for c in CASES if c.file.endswith("worth_more.yaml")))
    again = [{**entry, "idempotency": {"key": "k", "replayed": True}} for entry in entries]
    assert read_traffic([*entries, *again]) == read_traffic(entries)


@pytest.mark.parametrize("fault", ["answer_lost", "truncated"])
def test_an_answer_that_was_lost_is_read_from_its_repetition(
    purchaseflow: PurchaseflowWorld, fault: str
) -> None:
    """And what follows is seen, as if nothing had been lost; further repetitions show nothing."""
    client = client_of(purchaseflow)
    purchaseflow.fault(fault, "instant_booking", times=1)
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        client.ok("POST", "instant_booking/", BOOKING, x_idempotency_key="k")
    for _ in range(2):
        again = client.call("POST", "instant_booking/", BOOKING, headers={"x-idempotency-key": "k"})
    ins = again.body["id"]
    preview = client.ok("POST", f"bookings/{ins}/cancel", {"preview": True})["cancellation_id"]
    client.ok("POST", f"bookings/{ins}/confirm_cancellation/{preview}/", {})

    journal = purchaseflow.journal()
    tape = [{**one, "idempotency": None, "response": one["answer"]} for one in journal]

    for entries in (journal, tape):
        seen = read_traffic(entries).traffic_rows
        assert [name.partition(":")[0] for name in seen] == [
            "book",
            "preview_cancellation",
            "confirm_cancellation",
        ]
        assert set(seen.values()) == {1}


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"control": "now", "answer": "2026-01-15T09:00:00+00:00"},
        {"request": {"method": "GET", "path": "/elsewhere"}, "answer": {"status": 200}},
        {"request": {"method": "POST", "path": "/x/partners/A/quotes/"}, "answer": None},
        {
            "request": {"method": "POST", "path": "/x/partners/A/quotes/", "body": "not JSON"},
            "answer": {"status": 201, "body": ["no object"]},
        },
    ],
)
def test_what_is_no_answered_call_shows_nothing(entry: dict[str, Any]) -> None:
    assert read_traffic([entry]) == Coverage()


def test_a_file_without_exchanges_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match="holds no recorded exchanges"):
        coverage_of(empty)
