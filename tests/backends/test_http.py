"""HttpBackend against a server that works, and against listeners that do not."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flow.backends.http import HttpBackend, HttpControls, HttpTransport, Patience
from flow.errors import (
    BackendRefused,
    BackendSilent,
    BackendUnclear,
    BackendUnreachable,
)
from flow.signature import Credentials
from models import CancelBooking, CreateBooking, CreateQuotes, InstantBooking, OptOut
from pytest_purchaseflow import PurchaseflowWorld
from tests.backends.sockets import Broken, answering, nobody, read, reply
from tests.simulator.door import HOLDER, item

QUOTES = CreateQuotes.model_validate(
    {"request": [item()], "currency": "GBP", "customer_country": "GB"}
)
INSTANT = InstantBooking.model_validate(
    {"request": [item()], "currency": "GBP", "policyholder": HOLDER}
)
BUSY = reply(502, "{}")
DONE = reply(204, "")
Closer = Callable[[HttpTransport], HttpTransport]


class Sleeps(list[float]):
    """Notes how long was to be slept, and does not sleep."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
def made() -> Iterator[Closer]:
    """Notes transports, so that their connections are closed."""
    kept: list[HttpTransport] = []

    def keep(transport: HttpTransport) -> HttpTransport:
        kept.append(transport)
        return transport

    yield keep
    for transport in kept:
        transport.close()


def _backend(made: Closer, url: str, sleep: Sleeps, **patience: Any) -> HttpBackend:
    whole = Patience(connect=5, **{"read": 5, **patience})
    transport = HttpTransport(url, Credentials("k", "s"), patience=whole, sleep=sleep)
    return HttpBackend(made(transport), partner="RETLR")


def _real(made: Closer, world: PurchaseflowWorld, **given: Any) -> HttpBackend:
    transport = HttpTransport(
        given.pop("url", world.server.url),
        Credentials(world.server.api_key, given.pop("secret", world.api_secret)),
        **given,
    )
    return HttpBackend(
        made(transport),
        partner=world.partner,
        control_token=world.server.control_token,
        world=world.name,
    )


def test_a_purchase_goes_through_a_real_server(
    purchaseflow: PurchaseflowWorld, made: Closer
) -> None:
    backend = _real(made, purchaseflow)
    package = backend.create_quotes(QUOTES)
    quote = package.quotes["0"]
    assert quote is not None
    chosen = {"quotes": [{"id": quote.id}], "policyholder": HOLDER}
    booking = backend.create_booking(package.id, CreateBooking.model_validate(chosen), key="b")
    assert booking.status == "CONFIRMED"
    assert backend.cancel_booking(package.id, CancelBooking(), key="c").total_refund
    assert backend.get_booking(package.id).status == "CANCELLED"
    operations = [call["operation"] for call in purchaseflow.journal()]
    assert operations == ["create_quotes", "create_booking", "cancel_booking", "get_booking"]


def test_a_repeated_key_is_the_success_it_repeats(
    purchaseflow: PurchaseflowWorld, made: Closer
) -> None:
    backend = _real(made, purchaseflow)
    first = backend.instant_booking(INSTANT, key="same")
    assert backend.instant_booking(INSTANT, key="same") == first
    assert [call["answer"]["status"] for call in purchaseflow.journal()] == [200, 409]


def test_a_wrong_secret_is_refused(purchaseflow: PurchaseflowWorld, made: Closer) -> None:
    with pytest.raises(BackendRefused, match="permission") as caught:
        _real(made, purchaseflow, secret="wrong").create_quotes(QUOTES)
    assert caught.value.status == 403
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("prefix", ["", "/", "/x", "/xcover/", "/api/v2"])
@pytest.mark.parametrize("target", [False, True])
def test_every_prefix_is_signed_as_it_is_sent(
    prefix: str, target: bool, purchaseflow: PurchaseflowWorld, made: Closer
) -> None:
    """With method and path signed too, a slip in the path would be refused."""
    url = purchaseflow.server.url + prefix
    backend = _real(made, purchaseflow, url=url, target=target)
    assert backend.list_bookings(limit=5, offset=2).count == 0
    (call,) = purchaseflow.journal()
    sent = prefix.rstrip("/") or "/xcover"
    assert call["request"]["path"] == f"{sent}/partners/RETLR/bookings/"
    assert call["request"]["query"] == "limit=5&offset=2"
    assert ("(request-target) date" in call["request"]["headers"]["authorization"]) is target


def test_unsigned_calls_carry_no_key(made: Closer) -> None:
    with answering(DONE) as broken:
        transport = made(HttpTransport(broken.url, None))
        HttpBackend(transport, partner="P").opt_out("X", OptOut(), key="k")
        assert broken.header("authorization") == broken.header("x-api-key") == [None]


def test_the_date_is_the_one_that_was_signed(purchaseflow: PurchaseflowWorld, made: Closer) -> None:
    moment = datetime(2021, 11, 4, 18, 7, 11, tzinfo=UTC)
    _real(made, purchaseflow, now=lambda: moment).create_quotes(QUOTES)
    (call,) = purchaseflow.journal()
    assert call["request"]["headers"]["date"] == "Thu, 04 Nov 2021 18:07:11 GMT"
    assert call["signature"]["verdict"] == "valid"


def test_one_connection_serves_many_calls(made: Closer) -> None:
    """A handshake a call would make every run slower, and a busy one run out of ports."""
    own = socket.create_server(("127.0.0.1", 0))
    connections, requests = [], []

    def serve() -> None:
        connection, _ = own.accept()
        connections.append(connection)
        while request := read(connection):
            requests.append(request)
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    transport = made(HttpTransport(f"http://127.0.0.1:{own.getsockname()[1]}", None))
    backend = HttpBackend(transport, partner="P")
    for number in range(50):
        backend.opt_out("X", OptOut(), key=str(number))
    assert (len(connections), len(requests)) == (1, 50)
    transport.close()
    thread.join(10)
    own.close()
    assert not thread.is_alive()


def test_nobody_listening_is_unreachable_and_was_tried_three_times(
    made: Closer, sleeps: Sleeps
) -> None:
    """Even a booking without a key may be tried again: it was never sent."""
    with pytest.raises(BackendUnreachable, match=r"cannot be reached: .*refused"):
        _backend(made, nobody(), sleeps).instant_booking(INSTANT)
    assert sleeps == [0.5, 1.0]


def test_a_connection_that_is_closed_is_told_in_plain_words(made: Closer, sleeps: Sleeps) -> None:
    with answering(lambda connection: None) as broken, pytest.raises(BackendSilent) as caught:
        _backend(made, broken.url, sleeps).instant_booking(INSTANT)
    told = f"{broken.url}: Remote end closed connection without response"
    assert caught.value.reason == told


def test_a_name_that_is_no_host_is_unreachable(made: Closer, sleeps: Sleeps) -> None:
    with pytest.raises(BackendUnreachable):
        _backend(made, "http://a..b", sleeps, tries=1).get_booking("X")


def _wait(event: threading.Event) -> None:
    assert event.wait(10)


def test_a_server_that_never_answers_is_silent_after_the_read_timeout(
    made: Closer, sleeps: Sleeps
) -> None:
    over = threading.Event()
    with answering(lambda connection: _wait(over)) as broken:
        backend = _backend(made, broken.url, sleeps, read=0.05)
        with pytest.raises(BackendSilent, match=r"no answer within 0\.05 seconds") as caught:
            backend.instant_booking(INSTANT)
        over.set()
        assert not isinstance(caught.value, BackendUnreachable)
        assert len(broken.requests) == 1
        assert sleeps == []


@pytest.mark.parametrize(
    "behaviour",
    [
        lambda connection: None,
        reply(200, '{"id":', promised=500),
        lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"),
        reply(200, "<html>Welcome</html>", "content-type: text/html"),
        reply(200, "{}", "content-encoding: gzip"),
        reply(500, "{}"),
        reply(502, "<html>Bad gateway</html>"),
    ],
    ids=["closes", "mid_body", "no_http", "html", "no_gzip", "500", "html_502"],
)
def test_a_booking_without_a_key_is_sent_once_and_then_nobody_knows(
    behaviour: Callable[[socket.socket], None], made: Closer, sleeps: Sleeps
) -> None:
    """It may have been carried out: only who asks for it knows whether to ask again."""
    with answering(behaviour) as broken:
        with pytest.raises(BackendSilent) as caught:
            _backend(made, broken.url, sleeps).instant_booking(INSTANT)
        assert not isinstance(caught.value, BackendUnreachable)
        assert (len(broken.requests), sleeps) == (1, [])


@pytest.mark.parametrize("body", ['{"id": 5}', "[]", "null", '"x"', "{}"])
def test_an_answer_of_another_shape_is_unclear(body: str, made: Closer, sleeps: Sleeps) -> None:
    with answering(reply(200, body)) as broken, pytest.raises(BackendUnclear):
        _backend(made, broken.url, sleeps).get_booking("X")
    assert sleeps == []


def test_a_redirect_is_not_followed(made: Closer, sleeps: Sleeps) -> None:
    """A signature is for one path; a login page is no insurer."""
    with answering(reply(302, "{}", "location: /elsewhere")) as broken:
        with pytest.raises(BackendUnclear):
            _backend(made, broken.url, sleeps).get_booking("X")
        assert len(broken.requests) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 413])
def test_a_refusal_in_html_is_still_a_refusal(status: int, made: Closer, sleeps: Sleeps) -> None:
    """A proxy in between says no in its own way."""
    with answering(reply(status, "<html>No</html>")) as broken:
        with pytest.raises(BackendRefused) as caught:
            _backend(made, broken.url, sleeps).instant_booking(INSTANT, key="k")
        assert caught.value.status == status
        assert (len(broken.requests), sleeps) == (1, [])


def _keyed(backend: HttpBackend) -> None:
    backend.opt_out("X", OptOut(), key="one-key")


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("body", ["{}", "<html>"])
def test_a_keyed_call_is_tried_again_with_the_same_key(
    status: int, body: str, made: Closer, sleeps: Sleeps
) -> None:
    with answering(reply(status, body), reply(status, body), DONE) as broken:
        _keyed(_backend(made, broken.url, sleeps))
        assert broken.header("x-idempotency-key") == ["one-key"] * 3
        assert len({request.partition(b"\r\n\r\n")[2] for request in broken.requests}) == 1
    assert sleeps == [0.5, 1.0]


def test_a_lost_answer_is_asked_for_again_with_the_same_key(made: Closer, sleeps: Sleeps) -> None:
    with answering(lambda connection: None, reply(200, "<html>"), DONE) as broken:
        _keyed(_backend(made, broken.url, sleeps))
        assert broken.header("x-idempotency-key") == ["one-key"] * 3


def test_each_try_is_signed_anew(made: Closer, sleeps: Sleeps) -> None:
    """A window for dates must not refuse the second try for the age of the first."""
    moments = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(3))
    with answering(BUSY, DONE) as broken:
        transport = HttpTransport(
            broken.url, Credentials("k", "s"), sleep=sleeps, now=lambda: next(moments)
        )
        _keyed(HttpBackend(made(transport), partner="P"))
        dates, signatures = broken.header("date"), broken.header("authorization")
    assert dates == ["Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 01:00:00 GMT"]
    assert signatures[0] != signatures[1]


@pytest.mark.parametrize("status", [500, 501, 423, 422])
def test_other_statuses_are_not_tried_again(status: int, made: Closer, sleeps: Sleeps) -> None:
    with answering(reply(status, "{}"), DONE) as broken:
        with pytest.raises((BackendSilent, BackendRefused)):
            _keyed(_backend(made, broken.url, sleeps))
        assert len(broken.requests) == 1


def test_reading_and_quoting_are_tried_again_without_a_key(made: Closer, sleeps: Sleeps) -> None:
    """They bind nobody."""
    page = json.dumps({"count": 0, "next": None, "previous": None, "results": []})
    with answering(BUSY, reply(200, page)) as broken:
        assert _backend(made, broken.url, sleeps).list_bookings().count == 0
        assert len(broken.requests) == 2
    with answering(BUSY, reply(422, "{}")) as broken, pytest.raises(BackendRefused):
        _backend(made, broken.url, sleeps).create_quotes(QUOTES)
    assert sleeps == [0.5, 0.5]


def test_the_last_failure_is_told_when_none_of_the_tries_went_well(
    made: Closer, sleeps: Sleeps
) -> None:
    with answering(BUSY, lambda connection: None, reply(503, "{}")) as broken:
        with pytest.raises(BackendSilent, match="status 503"):
            _keyed(_backend(made, broken.url, sleeps))
        assert len(broken.requests) == 3


def test_throttled_to_the_end_is_a_refusal_that_asks_for_patience(
    made: Closer, sleeps: Sleeps
) -> None:
    with answering(reply(429, "{}", "retry-after: 3")) as broken:
        with pytest.raises(BackendRefused) as caught:
            _keyed(_backend(made, broken.url, sleeps))
        assert caught.value.is_busy
        assert len(broken.requests) == 3
    assert sleeps == [3.0, 3.0]


@pytest.mark.parametrize(
    ("told", "waited"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("86400", 30.0),
        ("soon", 0.5),
        ("-1", 0.5),
        ("\xb2", 0.5),
        ("", 0.5),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.5),
    ],
)
def test_retry_after_is_honoured_within_reason(
    told: str, waited: float, made: Closer, sleeps: Sleeps
) -> None:
    line = f"retry-after: {told}"
    busy = f"HTTP/1.1 429 X\r\nconnection: close\r\n{line}\r\n\r\n{{}}".encode("latin-1")
    with answering(lambda connection: connection.sendall(busy), DONE) as broken:
        _keyed(_backend(made, broken.url, sleeps))
    assert sleeps == [waited]


def test_pauses_double_up_to_the_longest(made: Closer, sleeps: Sleeps) -> None:
    with answering(BUSY) as broken, pytest.raises(BackendSilent):
        _keyed(_backend(made, broken.url, sleeps, tries=6, factor=2, longest=9))
    assert sleeps == [2.0, 4.0, 8.0, 9.0, 9.0]


def test_a_real_server_s_throttling_is_waited_for(
    purchaseflow: PurchaseflowWorld, made: Closer, sleeps: Sleeps
) -> None:
    purchaseflow.fault("throttled", "instant_booking", times=1, retry_after=2)
    purchaseflow.fault("answer_lost", "instant_booking", times=1)
    backend = _real(made, purchaseflow, sleep=sleeps)
    booking = backend.instant_booking(INSTANT, key="k")
    assert backend.list_bookings().results[0].id == booking.id
    assert backend.list_bookings().count == 1
    statuses = [call["answer"]["status"] for call in purchaseflow.journal("instant_booking")]
    assert statuses == [429, None, 409]
    assert sleeps == [2.0, 1.0]


@pytest.mark.parametrize("kind", ["call_lost", "answer_lost", "truncated", "malformed"])
def test_faults_of_a_real_server_are_silence(
    kind: str, purchaseflow: PurchaseflowWorld, made: Closer, sleeps: Sleeps
) -> None:
    purchaseflow.fault(kind, "instant_booking")
    backend = _real(made, purchaseflow, sleep=sleeps)
    with pytest.raises(BackendSilent):
        backend.instant_booking(INSTANT)
    assert backend.list_bookings().count == (kind != "call_lost")
    assert sleeps == []


def test_an_id_that_is_none_stays_within_the_path(made: Closer, sleeps: Sleeps) -> None:
    with answering(reply(404, '{"type":"a","message":"b"}')) as broken:
        backend = _backend(made, broken.url, sleeps)
        with pytest.raises(BackendRefused):
            backend.get_booking("A B?C#D%25E/F")
        line = broken.requests[0].split(b"\r\n")[0]
    assert line == b"GET /xcover/partners/RETLR/bookings/A%20B%3FC%23D%2525E%2FF/ HTTP/1.1"


def _controls(made: Closer, broken: Broken, token: str = "t") -> HttpControls:
    transport = HttpTransport(broken.url, None, patience=Patience(read=5))
    return HttpControls(made(transport), token=token, partner="P", world="w")


def test_an_id_with_a_slash_reaches_no_other_call_of_a_real_server(
    purchaseflow: PurchaseflowWorld, made: Closer
) -> None:
    backend = _real(made, purchaseflow, target=True)
    booking = backend.instant_booking(INSTANT)
    with pytest.raises(BackendRefused, match="404"):
        backend.get_booking(f"{booking.id}/instalments")
    assert purchaseflow.journal()[-1]["operation"] == "get_booking"


def test_controls_move_the_clock_and_read_the_outbox(
    purchaseflow: PurchaseflowWorld, made: Closer
) -> None:
    backend = _real(made, purchaseflow)
    controls = backend.controls
    assert controls is not None
    begun = controls.now()
    controls.advance(timedelta(days=2, microseconds=5))
    assert controls.now() - begun == timedelta(days=2, microseconds=5)
    booking = backend.instant_booking(INSTANT)
    (mail,) = controls.outbox()
    assert booking.id in mail.model_dump_json()


def test_an_insurer_without_controls_is_told_from_one_that_is_away(made: Closer) -> None:
    for behaviour in (reply(404, "<html>"), reply(401, "{}"), reply(200, "<html>")):
        with answering(behaviour) as broken:
            assert _controls(made, broken).is_there is False
    with answering(lambda connection: None) as broken, pytest.raises(BackendSilent):
        _ = _controls(made, broken).is_there
    with pytest.raises(BackendUnreachable):
        _ = _controls(made, Broken(nobody())).is_there


def test_a_wrong_control_token_is_told_and_not_taken_for_a_real_insurer(
    purchaseflow: PurchaseflowWorld, made: Closer
) -> None:
    """Without a world of its own a run would go wrong in ways that do not name the token."""
    here = Broken(purchaseflow.server.url)
    assert _controls(made, here, purchaseflow.server.control_token).is_there is True
    with pytest.raises(BackendUnclear, match=r"status 401: the control API wants .* its token"):
        _ = _controls(made, here, "wrong").is_there


def test_a_refused_control_says_why(purchaseflow: PurchaseflowWorld, made: Closer) -> None:
    controls = _real(made, purchaseflow).controls
    assert isinstance(controls, HttpControls)
    with pytest.raises(BackendUnclear, match="status 404: there is no snapshot"):
        controls.call("POST", "/snapshots/none/restore")
