"""Models carry what was recorded, whole: loaded and written again, every body is the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from models import (
    Booking,
    BookingPage,
    CancelBooking,
    Cancellation,
    ConfirmOffer,
    CreateBooking,
    CreateOffer,
    CreateQuotes,
    Instalments,
    Modification,
    Offer,
    Operation,
    OptOut,
    OptOutOffer,
    Problem,
    QuotePackage,
)
from models.base import Reply, Request
from models.bookings import Partner
from models.endpoints import find
from models.problems import refusal_texts
from tests.conformance import recordings
from tests.conformance.recordings import OFFERS, QUOTES

PERSON = {"first_name": "Ann", "last_name": "Lee", "email": "ann@shop.test", "country": "GB"}

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
    Operation.CREATE_OFFER: Offer,
    Operation.CONFIRM_OFFER: Booking,
}
ALL = [(folder, name) for folder in (QUOTES, OFFERS) for name in recordings.names(folder)]


@pytest.mark.parametrize(("folder", "name"), ALL)
def test_recorded_bodies_survive_a_round_trip(folder: str, name: str) -> None:
    for exchange in recordings.load(name, folder):
        if not exchange.body:
            continue
        route = find(exchange.method, exchange.path)
        assert route is not None
        assert route.endpoint is not None
        refused = exchange.status >= 400 and exchange.status != 409
        model: type[Reply] = Problem if refused else REPLIES[route.endpoint.operation]
        reply = model.from_wire(exchange.body)
        assert reply.wire() == exchange.body
        assert list(_unknown(reply)) == [], "the model is complete for what was recorded"


def _unknown(node: object) -> Iterator[str]:
    """Fields without a model, at any depth; the partner's own details are free."""
    if isinstance(node, Partner):
        return
    if isinstance(node, Reply):
        yield from (f"{type(node).__name__}.{name}" for name in node.model_extra or {})
        node = dict(node)
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for entry in node:
            yield from _unknown(entry)


REQUESTS: dict[Operation, type[Request]] = {
    Operation.CREATE_OFFER: CreateOffer,
    Operation.CONFIRM_OFFER: ConfirmOffer,
    Operation.OPT_OUT_OFFER: OptOutOffer,
    Operation.CANCEL_BOOKING: CancelBooking,
}


@pytest.mark.parametrize("name", recordings.names(OFFERS))
def test_recorded_requests_survive_a_round_trip(name: str) -> None:
    (exchange,) = recordings.load(name, OFFERS)
    route = find(exchange.method, exchange.path)
    assert route is not None
    assert route.endpoint is not None
    model = REQUESTS.get(route.endpoint.operation)
    if model is None or not isinstance(exchange.sent, dict) or exchange.status in (400, 403):
        return
    if name == "err-empty-body":
        with pytest.raises(ValidationError):
            model.model_validate(exchange.sent)
        return
    assert model.model_validate(exchange.sent).wire() == exchange.sent


def test_an_offer_is_asked_for_under_the_wire_s_names() -> None:
    body = {
        "schema": "retail-protection",
        "customer": {"currency": "EUR", "country": "IT", "language": "it"},
        "partner": {"transaction_id": "T1", "metadata": {"sales_channel": "online"}},
        "context": {"purchase_date": "2026-02-01", "product": {"retail_value": 99.9, "sku": "A"}},
    }
    request = CreateOffer.model_validate(body)
    assert request.offer_schema == "retail-protection"
    assert request.wire() == body


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
        (OptOutOffer, {"reason": "too dear"}),
        (CreateOffer, {"customer": {}, "partner": {}, "context": {}}),
        (ConfirmOffer, {"quotes": [{"id": "x"}], "policyholder": PERSON}),
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
