"""The door: worlds, idempotency keys, outages, unknown paths; and that refusals change nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flow.chance import EPOCH, Clock
from flow.simulator.insurer import Insurer
from models.endpoints import ENDPOINTS
from models.exchange import Call
from tests.simulator.door import HOLDER, Door, errors, item


def _booking_body(package: Any) -> dict[str, Any]:
    return {"quotes": [{"id": package["quotes"]["0"]["id"]}], "policyholder": HOLDER}


def test_the_same_key_and_body_replays_the_stored_answer_with_409() -> None:
    """Contract section 3."""
    door = Door()
    package = door.quote()
    path, body = f"bookings/{package['id']}/", _booking_body(package)
    first = door.call("POST", path, body, x_idempotency_key="k")
    again = door.call("POST", path, body, X_Idempotency_Key="k")
    assert (first.status, again.status) == (200, 409)
    assert again.body == first.body
    assert len(door.outbox()) == 1


def test_a_replayed_opt_out_has_an_empty_body() -> None:
    door = Door()
    path = f"bookings/{door.quote()['id']}/opt_out"
    assert door.call("POST", path, {}, x_idempotency_key="k").status == 204
    again = door.call("POST", path, {}, x_idempotency_key="k")
    assert (again.status, again.body) == (409, None)


def test_a_key_is_forgotten_after_48_hours() -> None:
    door = Door()
    package = door.quote()
    path, body = f"bookings/{package['id']}/", _booking_body(package)
    door.call("POST", path, body, x_idempotency_key="k")
    door.wait(hours=48, seconds=1)
    assert door.call("POST", path, body, x_idempotency_key="k").status == 422


def test_a_key_used_for_something_else_is_refused() -> None:
    door = Door()
    one, two = door.quote(), door.quote()
    door.call("POST", f"bookings/{one['id']}/", _booking_body(one), x_idempotency_key="k")
    answer = door.call("POST", f"bookings/{two['id']}/", _booking_body(two), x_idempotency_key="k")
    assert errors(answer) == ["This idempotency key was used for another request"]
    assert door.ok("GET", f"quotes/{two['id']}/")["status"] == "RECEIVED"


def test_a_refusal_does_not_use_up_its_key() -> None:
    door = Door()
    package = door.quote()
    path = f"bookings/{package['id']}/"
    assert door.call("POST", path, {}, x_idempotency_key="k").status == 422
    assert door.call("POST", path, _booking_body(package), x_idempotency_key="k").status == 200


def test_quotes_take_no_key() -> None:
    door = Door()
    body = {"request": [item()], "currency": "GBP", "customer_country": "GB"}
    one = door.ok("POST", "quotes/", body, x_idempotency_key="k")
    assert door.ok("POST", "quotes/", body, x_idempotency_key="k")["id"] != one["id"]


def test_partners_and_worlds_never_meet() -> None:
    insurer = Insurer(seed=1)
    mine, theirs = Door(insurer, "AAAAA"), Door(insurer, "BBBBB")
    package = mine.quote()
    path = f"quotes/{package['id']}/"
    assert mine.call("GET", path).status == 200
    assert theirs.call("GET", path).status == 404
    assert mine.call("GET", path, x_purchaseflow_world="other").status == 404


def test_a_new_world_gives_the_same_identifiers_for_the_same_seed() -> None:
    assert Door(Insurer(seed=3)).quote() == Door(Insurer(seed=3)).quote()
    assert Door(Insurer(seed=3)).quote()["id"] != Door(Insurer(seed=4)).quote()["id"]


def test_an_outage_answers_502_and_does_nothing() -> None:
    door = Door()
    door.insurer.world("RETLR").outages.append(502)
    body = {"request": [item()], "currency": "GBP", "customer_country": "GB"}
    answer = door.call("POST", "quotes/", body)
    assert (answer.status, answer.body) == (502, {})
    assert door.insurer.world("RETLR").packages == {}
    assert door.call("POST", "quotes/", body).status == 201


def test_unknown_paths_and_methods() -> None:
    door = Door()
    assert door.insurer.answer(Call("GET", "/elsewhere")).status == 404
    answer = door.call("DELETE", "bookings/")
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_every_answer_carries_the_recorded_headers() -> None:
    answer = Door().call("GET", "bookings/")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-ratelimit-limit"] == "-1"


def test_the_clock_can_be_frozen() -> None:
    door = Door(Insurer(clock=lambda: Clock(EPOCH)))
    assert door.quote()["created_at"].startswith("2026-01-15T09:00:00")


def test_bodies_of_answers_share_nothing() -> None:
    """What a caller does with an answer changes nobody's state."""
    door = Door()
    booking = door.book(door.quote())
    path = f"bookings/{booking['id']}/"
    before = copy.deepcopy(door.ok("GET", path))
    answer = door.ok("GET", path)
    answer["partner"]["emails"].clear()
    answer["quotes"][0]["policy"]["content"].clear()
    answer["quotes"][0]["benefits"].clear()
    assert door.ok("GET", path) == before
    assert Door(Insurer(seed=9)).quote()["quotes"]["0"]["benefits"] != []


def test_no_body_and_an_empty_one_are_the_same_request() -> None:
    door = Door()
    path = f"bookings/{door.quote()['id']}/opt_out"
    assert door.call("POST", path, None, x_idempotency_key="k").status == 204
    assert door.call("POST", path, {}, x_idempotency_key="k").status == 409


@pytest.mark.parametrize(
    "changes",
    [
        {"price": "1e1000000"},
        {"policy_start_date": "0001-01-01T00:00:00+14:00"},
        {"policy_start_date": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_numbers_and_dates_beyond_reason_are_refused(changes: dict[str, Any]) -> None:
    body = {"request": [item(**changes)], "currency": "GBP", "customer_country": "GB"}
    assert Door().call("POST", "quotes/", body).status == 422


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["GBP", "GB", "product_insurance", "PAID", "2026-02-01", "+44"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "request",
                    "currency",
                    "customer_country",
                    "quotes",
                    "id",
                    "policyholder",
                    "preview",
                    "event",
                    "policy_type",
                    "policy_type_version",
                    "price",
                    "name",
                    "category",
                    "update_fields",
                    "quote_id",
                    "payment_status",
                    "customer",
                    "partner",
                    "context",
                    "country",
                    "product",
                    "purchase_date",
                    "retail_value",
                ]
            )
            | st.text(max_size=8),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(endpoint=st.sampled_from(ENDPOINTS), body=JSON, booked=st.booleans())
def test_no_body_breaks_the_door_and_no_refusal_changes_a_thing(
    endpoint: Any, body: Any, booked: bool
) -> None:
    """Whatever is sent: an answer, never an error of ours; and after a refusal all is as before."""
    door = Door()
    package = door.quote()
    if booked:
        door.book(package)
    offer = door.offer()
    before = copy.deepcopy(door.kept())
    ids = {
        "ins": package["id"],
        "update": "u",
        "cancellation": "c",
        "renewal": "r",
        "offer": offer["id"],
    }
    answer = door.call(endpoint.method, endpoint.fill(**ids), body)
    assert answer.status < 500
    if answer.status >= 400:
        assert door.kept() == before
        assert answer.body["message"]
