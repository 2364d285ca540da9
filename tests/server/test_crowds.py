"""A hundred clients at once: nobody is booked twice, nobody lost, nobody sees another's world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import pytest
import urllib3

from models.exchange import Answer
from pytest_purchaseflow import PurchaseflowServer, PurchaseflowWorld
from tests.remote import RemoteDoor
from tests.simulator.door import HOLDER, errors, item

MANY = 100
T = TypeVar("T")
CONFIRMED = ["Status change not allowed for QuotePackage in status CONFIRMED"]


def _at_once(act: Callable[[int], T]) -> list[T]:
    """Act a hundred times, all beginning together; what came of each."""
    start = Barrier(MANY, timeout=20)

    def begin(number: int) -> T:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(MANY) as crowd:
        return list(crowd.map(begin, range(MANY)))


def _booking(package: Any, **changes: Any) -> dict[str, Any]:
    quotes = [{"id": quote["id"]} for quote in package["quotes"].values()]
    return {"quotes": quotes, "policyholder": HOLDER, **changes}


def _book(door: RemoteDoor, package: Any, key: str | None = None, **changes: Any) -> Answer:
    headers = {} if key is None else {"x_idempotency_key": key}
    return door.call("POST", f"bookings/{package['id']}/", _booking(package, **changes), **headers)


def _is_booked_once(world: PurchaseflowWorld, door: RemoteDoor, package: Any) -> None:
    page = door.ok("GET", "bookings/?limit=100")
    assert (page["count"], page["results"][0]["id"]) == (1, package["id"])
    assert page["results"][0]["status"] == "CONFIRMED"
    assert len(world.outbox()) == 1


def test_a_hundred_worlds_do_not_see_each_other(
    purchaseflow_server: PurchaseflowServer, pool: urllib3.PoolManager
) -> None:
    """All with one seed, so that even their ids are the same."""

    def buy(number: int) -> tuple[str, list[float], list[str]]:
        world = purchaseflow_server.world(f"crowd-{number}")
        door = RemoteDoor(world, pool)
        booking = door.book(door.quote(item(price=100 + number)))
        door.ok("POST", f"bookings/{booking['id']}/cancel", {})
        rows = door.ok("GET", "bookings/")["results"]
        events = [mail["event"] for mail in world.outbox()]
        world.delete()
        return booking["id"], [row["quotes"][0]["price"] for row in rows], events

    outcomes = _at_once(buy)
    assert len({ins for ins, _, _ in outcomes}) == 1
    assert len({price for _, (price,), _ in outcomes}) > MANY / 2
    assert [prices for _, prices, _ in outcomes] == sorted(prices for _, prices, _ in outcomes)
    assert all(events == ["BOOKING_CREATED", "BOOKING_CANCELLED"] for _, _, events in outcomes)


def test_a_shared_key_books_once_and_tells_everybody_the_same(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor
) -> None:
    package = door.quote()
    answers = _at_once(lambda number: _book(door, package, "shared"))
    assert Counter(answer.status for answer in answers) == {200: 1, 409: MANY - 1}
    assert all(answer.body == answers[0].body for answer in answers)
    _is_booked_once(purchaseflow, door, package)


@pytest.mark.parametrize("keyed", [True, False], ids=["a_key_each", "no_key"])
def test_without_a_shared_key_one_books_and_the_others_are_refused(
    keyed: bool, purchaseflow: PurchaseflowWorld, door: RemoteDoor
) -> None:
    package = door.quote()
    answers = _at_once(lambda number: _book(door, package, f"key-{number}" if keyed else None))
    assert Counter(answer.status for answer in answers) == {200: 1, 422: MANY - 1}
    assert all(errors(answer) == CONFIRMED for answer in answers if answer.status == 422)
    _is_booked_once(purchaseflow, door, package)


def test_a_shared_key_for_another_body_is_refused(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor
) -> None:
    package = door.quote()

    def book(number: int) -> Answer:
        return _book(door, package, "shared", partner_transaction_id=f"T-{number % 2}")

    answers = _at_once(book)
    (winner,) = [number for number, answer in enumerate(answers) if answer.status == 200]
    same, other = answers[winner % 2 :: 2], answers[1 - winner % 2 :: 2]
    assert Counter(answer.status for answer in same) == {200: 1, 409: MANY / 2 - 1}
    text = "This idempotency key was used for another request"
    assert [errors(answer) for answer in other] == [[text]] * (MANY // 2)
    _is_booked_once(purchaseflow, door, package)


@pytest.mark.parametrize("slow", [1, MANY])
def test_while_the_first_is_running_the_others_are_locked_out_and_may_ask_again(
    slow: int, purchaseflow: PurchaseflowWorld, door: RemoteDoor
) -> None:
    """Whether the others would be slow too, or not."""
    purchaseflow.fault(
        "slow", "create_booking", seconds=0.05, spread=0.1, distribution="uniform", times=slow
    )
    package = door.quote()

    def book(number: int) -> list[Answer]:
        answers = [_book(door, package, "shared")]
        while answers[-1].status == 423:
            answers.append(_book(door, package, "shared"))
        return answers

    answers = [answer for one in _at_once(book) for answer in one]
    statuses = Counter(answer.status for answer in answers)
    assert statuses.keys() == {200, 409, 423}
    assert (statuses[200], statuses[409]) == (1, MANY - 1)
    assert {answer.body["type"] for answer in answers if answer.status == 423} == {"api_error"}
    _is_booked_once(purchaseflow, door, package)


def test_slow_answers_lock_out_nobody_with_another_key(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor
) -> None:
    purchaseflow.fault("slow", "create_booking", seconds=0.05, distribution="exponential")
    package = door.quote()
    answers = _at_once(lambda number: _book(door, package, f"key-{number}"))
    assert Counter(answer.status for answer in answers) == {200: 1, 422: MANY - 1}
    _is_booked_once(purchaseflow, door, package)


def test_nothing_is_lost_or_doubled_where_calls_and_answers_are_lost(
    purchaseflow: PurchaseflowWorld, door: RemoteDoor
) -> None:
    """Each client asks again with its key until it hears; then it has one booking, its own."""
    for kind in ("answer_lost", "call_lost", "truncated", "sent_twice"):
        purchaseflow.fault(kind, "instant_booking", probability=0.2)
    body = {"request": [item()], "currency": "GBP", "policyholder": HOLDER}

    def buy(number: int) -> str:
        own = {**body, "partner_transaction_id": f"T-{number}"}
        while True:
            try:
                answer = door.call("POST", "instant_booking/", own, x_idempotency_key=f"k-{number}")
            except urllib3.exceptions.ProtocolError:
                continue
            assert answer.status in (200, 409)
            return str(answer.body["id"])

    heard = _at_once(buy)
    page = door.ok("GET", "bookings/?limit=100")
    assert page["count"] == MANY
    assert {row["id"] for row in page["results"]} == set(heard)
    struck = Counter(fault for call in purchaseflow.journal() for fault in call["faults"])
    assert struck.keys() == {"answer_lost", "call_lost", "truncated", "sent_twice"}
