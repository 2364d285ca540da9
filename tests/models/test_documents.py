"""Models carry what was recorded, whole: loaded and written again, every body is the same."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from models import (
    Booking,
    BookingPage,
    CancelBooking,
    Cancellation,
    CreateBooking,
    CreateQuotes,
    Instalments,
    Modification,
    Operation,
    OptOut,
    Problem,
    QuotePackage,
)
from models.base import Reply
from models.endpoints import find
from models.problems import refusal_texts
from tests.conformance import recordings

REPLIES: dict[Operation, type[Reply]] = {
    Operation.CREATE_QUOTES: QuotePackage,
    Operation.GET_QUOTES: QuotePackage,
    Operation.UPDATE_QUOTES: QuotePackage,
    Operation.ADD_QUOTES: QuotePackage,
    Operation.DELETE_QUOTES: QuotePackage,
    Operation.CREATE_BOOKING: Booking,
    Operation.CONFIRM_BOOKING: Booking,
    Operation.INSTANT_BOOKING: Booking,
    Operation.GET_BOOKING: Booking,
    Operation.LIST_BOOKINGS: BookingPage,
    Operation.MODIFY_BOOKING: Modification,
    Operation.QUOTE_MODIFICATION: Modification,
    Operation.CONFIRM_MODIFICATION: Modification,
    Operation.CANCEL_BOOKING: Cancellation,
    Operation.CONFIRM_CANCELLATION: Cancellation,
    Operation.GET_INSTALMENTS: Instalments,
}


@pytest.mark.parametrize("name", recordings.names())
def test_recorded_bodies_survive_a_round_trip(name: str) -> None:
    for exchange in recordings.load(name):
        if not exchange.body:
            continue
        route = find(exchange.method, exchange.path)
        assert route is not None
        assert route.endpoint is not None
        refused = exchange.status >= 400
        model: type[Reply] = Problem if refused else REPLIES[route.endpoint.operation]
        reply = model.from_wire(exchange.body)
        assert reply.wire() == exchange.body
        assert not reply.model_extra, "the model is complete for what was recorded"


def test_a_reply_keeps_fields_it_does_not_know() -> None:
    """A newer answer still loads: replies are tolerant."""
    problem = Problem.from_wire({"type": "t", "message": "m", "since_2026": 1})
    assert problem.wire()["since_2026"] == 1


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (CreateQuotes, {"request": [], "currency": "GBP", "customer_country": "GB"}),
        (OptOut, {"reason": "too dear"}),
        (CancelBooking, {"reason_for_cancellation": "top level is refused"}),
        (CreateBooking, {"quotes": [{"id": "x"}], "policyholder": {}}),
    ],
)
def test_requests_are_strict(model: type[Any], body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(body)


def test_a_request_sends_only_what_was_set() -> None:
    assert CancelBooking(preview=True).wire() == {"preview": True}


@pytest.mark.parametrize(
    ("errors", "texts"),
    [
        (None, ["m"]),
        (["a", "b"], ["m", "a", "b"]),
        ({"currency": ["This field is required."]}, ["m", "currency: This field is required."]),
        ({"malformed": "Unexpected field"}, ["m", "malformed: Unexpected field"]),
        ({"policyholder": {"phone": ["no +"]}}, ["m", "policyholder.phone: no +"]),
    ],
)
def test_every_shape_of_errors_is_told(errors: Any, texts: list[str]) -> None:
    """The shapes of contract section 7.1."""
    assert refusal_texts(Problem(type="t", message="m", errors=errors)) == texts
