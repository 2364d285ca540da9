from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from flow.backends.simulator import SimulatorBackend
from flow.backends.wire import NoAnswer, WireBackend
from flow.errors import BackendRefused, BackendSilent, BackendUnclear
from models import Answer, Call, CancelBooking, ConfirmOffer, CreateOffer, OptOut, OptOutOffer

OFFER = CreateOffer.model_validate(
    {
        "customer": {"currency": "GBP", "country": "GB"},
        "partner": {},
        "context": {"purchase_date": "2026-01-15", "product": {"retail_value": 800}},
    }
)


class Canned:
    """A transport that gives one answer and keeps the call."""

    def __init__(self, answer: Answer | Exception) -> None:
        self.answer = answer
        self.calls: list[Call] = []

    def send(self, call: Call) -> Answer:
        self.calls.append(call)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def _backend(answer: Answer | Exception) -> tuple[WireBackend, Canned]:
    transport = Canned(answer)
    return WireBackend(transport, partner="RETLR"), transport


def test_a_call_has_the_recorded_path_key_and_body() -> None:
    backend, transport = _backend(Answer(204))
    backend.opt_out("AAAAA-BBBBB-INS", OptOut(), key="k")
    (call,) = transport.calls
    assert (call.method, call.path) == (
        "POST",
        "/xcover/partners/RETLR/bookings/AAAAA-BBBBB-INS/opt_out",
    )
    assert call.headers == {"x-idempotency-key": "k"}
    assert call.body == {}


def test_a_get_sends_no_body_and_its_query() -> None:
    body: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}
    backend, transport = _backend(Answer(200, body))
    assert backend.list_bookings(limit=5, offset=10).count == 0
    assert transport.calls[0].body is None
    assert transport.calls[0].query == {"limit": "5", "offset": "10"}


@pytest.mark.parametrize("name", ["/instalments", "?limit=1", "/../../quotes", "%2Finstalments"])
def test_an_id_does_not_split_the_path(name: str) -> None:
    """A shop that passes on what a shopper typed must not reach another call with it."""
    backend, transport = _backend(Answer(404, {"type": "api_error", "message": "No."}))
    with pytest.raises(BackendRefused):
        backend.get_booking(f"AAAAA-BBBBB-INS{name}")
    path = transport.calls[0].path
    assert path == f"/xcover/partners/RETLR/bookings/AAAAA-BBBBB-INS{quote(name, safe='')}/"


def test_an_id_with_a_slash_is_nobodys_in_process() -> None:
    with pytest.raises(BackendRefused) as caught:
        SimulatorBackend().get_booking("AAAAA-BBBBB-INS/instalments")
    assert caught.value.status == 404


def test_a_refusal_carries_status_and_texts() -> None:
    body = {"type": "validation_error", "message": "No.", "errors": ["Too late"]}
    backend, _ = _backend(Answer(422, body))
    with pytest.raises(BackendRefused) as caught:
        backend.cancel_booking("X", CancelBooking())
    assert caught.value.status == 422
    assert caught.value.texts == ["No.", "Too late"]
    assert "cancel_booking: refused with 422: No. | Too late" in str(caught.value)


@pytest.mark.parametrize("body", ["<html>", None, [1], {"type": 5, "message": {}}])
def test_a_refusal_without_the_usual_body_is_still_a_refusal(body: Any) -> None:
    backend, _ = _backend(Answer(403, body))
    with pytest.raises(BackendRefused):
        backend.get_quotes("X")


@pytest.mark.parametrize("answer", [NoAnswer("timed out"), Answer(502, {}), Answer(500, "x")])
def test_no_answer_and_5xx_are_silence(answer: Any) -> None:
    backend, _ = _backend(answer)
    with pytest.raises(BackendSilent):
        backend.get_booking("X")


def test_an_answer_of_another_shape_names_the_fields() -> None:
    backend, _ = _backend(Answer(200, {"id": 5}))
    with pytest.raises(BackendUnclear, match=r"id: .*; status: Field required"):
        backend.get_booking("X")


def test_a_409_replay_is_the_success_it_repeats_and_a_409_problem_is_not() -> None:
    """Contract section 3: clients should treat the stored answer as success."""
    backend, _ = _backend(Answer(409, {"data": {"id": "t"}}))
    from models import CreateToken

    card = {"number": "1", "expiryMonth": 1, "expiryYear": 2030, "cvc": "1", "holderName": "A"}
    request = CreateToken.model_validate({"customer": {"email": "a@b.test"}, "creditCard": card})
    assert backend.create_token(request).data.id == "t"
    backend, _ = _backend(Answer(409, {"type": "conflict", "message": "no"}))
    with pytest.raises(BackendRefused):
        backend.create_token(request)


def test_an_offer_becomes_a_booking_like_any_other() -> None:
    backend = SimulatorBackend()
    offer = backend.create_offer(OFFER)
    request = ConfirmOffer.model_validate(
        {
            "quotes": [{"id": offer.products[0].id}],
            "policyholder": {
                "first_name": "Ann",
                "last_name": "Lee",
                "email": "ann@shop.test",
                "phone": "+442071838750",
                "country": "GB",
            },
        }
    )
    booking = backend.confirm_offer(offer.id, request, key="k")
    assert backend.get_booking(booking.id).total_price == booking.total_price
    assert backend.confirm_offer(offer.id, request, key="k").id == booking.id
    backend.opt_out_offer(backend.create_offer(OFFER).id, OptOutOffer())
