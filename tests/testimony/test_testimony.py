"""Testimony: calls alone accuse nobody who is right, and name what they do show to be broken."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from flow.backends.base import Backend
from flow.backends.observed import Exchange
from flow.chance import Dice
from flow.cli.main import cli
from flow.errors import BackendRefused
from flow.gallery.catalogue import find as find_defect
from flow.promises.every import PROMISES
from flow.shops.base import Shop
from flow.testimony.judging import JUDGED, MEANINGS, Told, hear
from models.base import Json
from models.endpoints import BY_OPERATION, find
from models.money import Money
from tests.gallery.stories import STORIES, Beside, Fail, Story, Twice, Wait
from tests.kit import TO_BOOKED, TO_COMPLETED, T, Walk

SUITES = Path(__file__).resolve().parents[2] / "scenarios"


def _entry(number: int, exchange: Exchange) -> Json:
    """An exchange as a server's journal would hold it."""
    asked = exchange.asked
    endpoint = BY_OPERATION[asked.operation]
    key = {} if asked.key is None else {"x-idempotency-key": asked.key}
    status: int | None = endpoint.success
    body = None if exchange.reply is None else exchange.reply.wire()
    if isinstance(exchange.error, BackendRefused):
        status, body = exchange.error.status, exchange.error.problem.wire()
    elif exchange.error is not None:
        status = None
    return {
        "number": number,
        "request": {
            "method": endpoint.method,
            "path": f"/x/partners/RETLR/{endpoint.fill(**asked.ids)}",
            "query": "fast_quote=1" if "fast_quote_id" in (body or {}) else "",
            "headers": key,
            "body": None if asked.request is None else asked.request.wire(),
        },
        "answer": {"status": status, "body": body},
    }


def _about(entry: Json) -> str:
    route = find(entry["request"]["method"], entry["request"]["path"])
    answer = entry.get("answer") or entry.get("response") or {}
    body: Json = answer["body"] if isinstance(answer.get("body"), dict) else {}
    ids = {} if route is None else route.ids
    return str(ids.get("ins") or body.get("id") or "none")


def _by_package(entries: list[Json]) -> list[list[Json]]:
    groups: dict[str, list[Json]] = defaultdict(list)
    for entry in entries:
        groups[_about(entry)].append(entry)
    return list(groups.values())


def _calls(name: str, story: Story) -> tuple[list[Json], set[str]]:
    """A story told with its defect: the calls that were made, and the promises it broke."""
    defect = find_defect(name)

    def make_shop(backend: Backend, dice: Dice) -> Shop:
        return defect.make_shop(backend, 1)

    walk = Walk(
        shop=make_shop,
        backend=defect.make_backend(1),
        shopper=story.shopper,
        payment=story.payment,
    )
    for move in story.moves:
        match move:
            case Wait(time=time):
                walk.wait(seconds=time / timedelta(seconds=1))
            case Fail(operation=operation, kind=kind, times=times):
                walk.fail(operation, kind, times)
            case Twice(move=move, turns=turns):
                walk.try_both(move, move, turns)
            case Beside(move=move):
                walk.try_beside(move)
            case _:
                walk.try_(move)
    steps = [step for order in walk.orders for step in order.history.steps]
    exchanges = [one for step in steps for one in step.exchanges]
    return [_entry(number, one) for number, one in enumerate(exchanges, start=1)], walk.broken


def _broken(entries: list[Json]) -> set[str]:
    return {
        breach.promise
        for group in _by_package(entries)
        for told in hear(group)
        for breach in told.breaches
    }


def test_what_is_judged_is_a_promise_each() -> None:
    assert set(JUDGED) == set(MEANINGS)
    assert set(JUDGED) < {promise.name for promise in PROMISES}


def test_the_shipped_suites_break_nothing_that_calls_could_show(tmp_path: Path) -> None:
    """Hundreds of purchases with the right insurer and the right shop: no false accusation."""
    done = CliRunner().invoke(cli, ["run", str(SUITES), "--record", str(tmp_path), "--quiet"])
    assert done.exit_code == 0
    heard: list[Told] = []
    for tape in sorted(tmp_path.glob("*.jsonl")):
        entries = [orjson.loads(line) for line in tape.read_bytes().splitlines()[1:]]
        for group in _by_package([entry for entry in entries if "request" in entry]):
            heard += hear(group)
    assert len(heard) > 2000
    assert [breach for told in heard for breach in told.breaches] == []


@pytest.mark.parametrize("name", STORIES)
def test_calls_accuse_of_nothing_that_the_journey_did_not_break(name: str) -> None:
    calls, broken = _calls(name, STORIES[name])
    assert _broken(calls) <= broken


SHOWN = {
    "amounts_fit_their_currency": "prices-yen-in-sen",
    "booked_price_is_quoted_price": "raises-the-price-on-booking",
    "confirmed_refunds_are_previewed": "confirms-half-the-refund",
    "cooling_off_gives_all_back": "keeps-a-fee-in-cooling-off",
    "corrected_details_are_kept": "drops-corrections",
    "one_key_one_request": "uses-one-key-for-all",
    "package_total_is_sum_of_its_quotes": "totals-without-tax",
    "printed_amounts_are_exact": "forgets-which-dollar",
    "refund_is_not_above_the_price": "adds-the-fee-to-the-refund",
    "tax_and_premium_add_up": "rounds-tax-to-whole-units",
}
"""Promises, and a defect of the gallery that is seen to break them."""
BY_HAND = {
    "chosen_offers_are_never_opted_out",
    "declined_offers_are_opted_out_once",
    "one_key_one_answer",
}
"""Promises that no insurer of the gallery lets be broken in what calls can show."""


@pytest.mark.parametrize(("promise", "defect"), SHOWN.items())
def test_a_defect_is_seen_in_its_calls(promise: str, defect: str) -> None:
    calls, _ = _calls(defect, STORIES[defect])
    assert promise in _broken(calls)


def test_every_judged_promise_is_seen_broken_here() -> None:
    assert SHOWN.keys() | BY_HAND == JUDGED.keys()


def _numbered(*entries: Json) -> list[Json]:
    return [{**entry, "number": number} for number, entry in enumerate(entries, start=1)]


def _walked(*moves: Any) -> list[Json]:
    walk = Walk().go(*moves)
    exchanges = [one for step in walk.journey.history.steps for one in step.exchanges]
    return [_entry(number, one) for number, one in enumerate(exchanges, start=1)]


def _opting_out(entry: Json, key: str) -> Json:
    path = f"/x/partners/RETLR/bookings/{_about(entry)}/opt_out"
    return {
        "request": {"method": "POST", "path": path, "headers": {"x-idempotency-key": key}},
        "answer": {"status": 204, "body": None},
    }


def test_a_package_that_is_booked_and_opted_out_is_seen() -> None:
    quoted, *_, booked = _walked(*TO_BOOKED)
    told = hear(_numbered(quoted, booked, _opting_out(quoted, "k")))
    assert [breach.promise for breach in told[-1].breaches] == ["chosen_offers_are_never_opted_out"]
    assert told[-1].breaches[0].step == 3


def test_two_opt_outs_of_one_package_are_seen_and_a_repetition_is_none() -> None:
    quoted, *_ = _walked(*TO_BOOKED)
    again = hear(_numbered(quoted, _opting_out(quoted, "k"), _opting_out(quoted, "k")))
    assert [one.breaches for one in again] == [(), (), ()]
    twice = hear(_numbered(quoted, _opting_out(quoted, "k"), _opting_out(quoted, "other")))
    assert [one.promise for one in twice[2].breaches] == ["declined_offers_are_opted_out_once"]


def test_one_key_with_two_bookings_is_seen() -> None:
    *_, booked = _walked(*TO_BOOKED)
    body = {**booked["answer"]["body"], "id": "AAAAA-AAAAA-INS"}
    told = hear(_numbered(booked, {**booked, "answer": {"status": 200, "body": body}}))
    assert [breach.promise for breach in told[1].breaches] == ["one_key_one_answer"]


def test_the_ledger_follows_the_answers() -> None:
    """Two policies are booked, one of them is cancelled and its refund told."""
    moves = [*TO_COMPLETED, (T.CANCEL, {"items": ["TABLET"]})]
    told = hear(_walked(*moves))
    first, last = told[0], told[-1]
    assert (first.status, first.booked, first.refunded) == ("RECEIVED", None, None)
    assert first.total == Money(Decimal("127.68"), "GBP")
    assert last.status == "CONFIRMED"
    assert last.booked == first.total
    assert last.refunded is not None
    assert last.total is not None
    assert last.total + last.refunded == first.total


def test_what_got_no_answer_is_unknown_until_it_is_stated_again() -> None:
    quoted, *_, booked = _walked(*TO_BOOKED)
    lost = {**booked, "answer": {"status": None, "body": None}}
    cut = {**booked, "faults": ["truncated"]}
    for silent in (lost, cut):
        told = hear(_numbered(quoted, silent, booked))
        assert [one.status for one in told] == ["RECEIVED", None, "CONFIRMED"]
        assert told[1].booked is None
        assert told[2].booked == told[0].total


def test_an_answer_that_is_given_again_is_booked_once() -> None:
    quoted, *_, booked = _walked(*TO_BOOKED)
    replay = {**booked, "answer": {**booked["answer"], "status": 409}}
    told = hear(_numbered(quoted, booked, replay))
    assert told[1].booked == told[2].booked == told[0].total


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"request": {"method": "GET", "path": "/nowhere"}, "answer": {"status": 404}},
        {"request": {"method": "POST", "path": "/x/partners/A/quotes/", "body": "?"}},
        {"request": {"method": "POST", "path": "/x/partners/A/quotes/"}, "answer": {"status": 200}},
        {
            "request": {"method": "GET", "path": "/x/partners/A/quotes/B/"},
            "answer": {"status": 200, "body": {"id": 5}},
        },
    ],
)
def test_what_cannot_be_read_tells_nothing(entry: Json) -> None:
    told = hear([entry])[0]
    assert (told.status, told.total, told.booked, told.breaches) == (None, None, None, ())


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "EUR", "CANCELLED", "-1", "\u202e", "AAAAA-AAAAA-INS"]),
    st.just([]),
    st.just({}),
)


def _paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something in a document can be exchanged."""
    below: list[tuple[Any, Any]] = []
    if isinstance(node, dict):
        below = list(node.items())
    elif isinstance(node, list):
        below = list(enumerate(node))
    return [path, *(one for name, value in below for one in _paths(value, (*path, name)))]


def _exchanged(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    first, *rest = path
    inner = _exchanged(node[first], tuple(rest), value)
    if isinstance(node, dict):
        return {**node, first: inner}
    return [*node[:first], inner, *node[first + 1 :]]


CALLS = _walked(*TO_COMPLETED, T.CANCEL)


@given(st.data())
def test_nothing_that_callers_send_or_get_stops_the_hearing(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(CALLS) - 1))
    path = data.draw(st.sampled_from(_paths(CALLS[number])[1:]))
    changed = _exchanged(CALLS[number], path, data.draw(LEAVES))
    entries = [changed if place == number else one for place, one in enumerate(CALLS)]
    assert len(hear(entries)) == len(CALLS)
