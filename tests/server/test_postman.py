"""The insurer's e-mails reach a real SMTP server, and never stand in the way of a booking."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from flow.paper.smtp import SmtpAddress, SmtpAddressInvalid, _connected, read_smtp_address
from tests.paper.reading import attached, text_of
from tests.server.catcher import Catcher, catching
from tests.server.client import BOOKING, Client, Served, served, steer

AT = ("--at", "2026-01-15T09:00:00Z")


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    with catching() as own:
        yield own


def _outbox(url: str, world: str | None = None) -> list[dict[str, Any]]:
    mails: list[dict[str, Any]] = steer(url, "GET", "/outbox", world=world).body
    return mails


def _told(server: Served) -> dict[str, Any]:
    """The log's next line about an e-mail."""
    assert server.process.stderr is not None
    for line in server.process.stderr:
        shown: dict[str, Any] = json.loads(line)
        if "mail" in shown:
            return shown
    msg = "the server ended and told nothing of an e-mail"
    raise AssertionError(msg)


def _holder(**changes: Any) -> dict[str, Any]:
    return {**BOOKING, "policyholder": {**BOOKING["policyholder"], **changes}}  # type: ignore[dict-item]


def test_booking_and_cancellation_reach_the_policyholder(catcher: Catcher) -> None:
    with served(*AT, "--smtp", catcher.address) as server:
        client = Client(server.url)
        booking = client.ok(
            "POST", "instant_booking/", _holder(first_name="山田", last_name="Жанна")
        )
        booked = catcher.next()
        client.ok("POST", f"bookings/{booking['id']}/cancel/", {})
        cancelled = catcher.next()
        outbox = _outbox(server.url)
    assert booked.sender == "cover@xcover.test"
    assert booked.recipients == ["ann@shop.test"]
    assert booked.message["Subject"] == f"Your policy documents: {booking['id']}"
    (to,) = booked.message["To"].addresses
    assert to.display_name == "山田 Жанна"
    (certificate,) = attached(booked.message).values()
    for part in (booking["id"], booking["quotes"][0]["id"], "£89.60", "山田 Жанна"):
        assert part in text_of(certificate)
    assert cancelled.message["Subject"] == f"Your policy was cancelled: {booking['id']}"
    body = cancelled.message.get_body(("plain",))
    assert body is not None
    assert "Refund: £89.60" in body.get_content()
    # They go out one after another: when the second one came, the first was done with.
    assert outbox[0]["delivery"] == "delivered"


def test_what_arrives_is_what_the_outbox_holds(catcher: Catcher) -> None:
    with served(*AT, "--smtp", catcher.address) as server:
        Client(server.url).book()
        arrived = catcher.next()
        kept = steer(server.url, "GET", "/outbox/1")
    assert kept.headers["content-type"] == "message/rfc822"
    assert arrived.content == kept.content


def test_an_e_mail_sent_again_arrives_again(catcher: Catcher) -> None:
    with served(*AT, "--smtp", catcher.address) as server:
        client = Client(server.url)
        booking = client.book()
        first = catcher.next()
        client.ok("POST", f"bookings/{booking['id']}/send_email", {})
        again = catcher.next()
    assert first.message["Subject"] == again.message["Subject"]
    assert first.message["Message-ID"] != again.message["Message-ID"]


def test_an_unreachable_smtp_server_breaks_no_booking_and_is_told() -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        with served(*AT, "--smtp", address) as server:
            booking = Client(server.url).book()
            told = _told(server)
            (mail,) = _outbox(server.url)
            kept = steer(server.url, "GET", "/outbox/1")
    assert booking["status"] == "CONFIRMED"
    assert told == {
        "mail": "undelivered",
        "event": "BOOKING_CREATED",
        "booking": booking["id"],
        "smtp": address,
        "reason": "Connection refused",
    }
    assert (mail["delivery"], mail["delivery_error"]) == ("undelivered", "Connection refused")
    assert f"Your policy documents: {booking['id']}".encode() in kept.content


def test_no_answer_waits_for_an_smtp_server_that_says_nothing() -> None:
    """It accepts the connection and never greets: bookings go on, and the server ends in time."""
    silent = socket.create_server(("127.0.0.1", 0))
    address = f"127.0.0.1:{silent.getsockname()[1]}"
    with closing(silent), served(*AT, "--smtp", address) as server:
        client = Client(server.url)
        client.book()
        with closing(silent.accept()[0]):  # it is being talked to, and says nothing
            client.book()
            assert [mail["delivery"] for mail in _outbox(server.url)] == ["waiting"] * 2
            code, _, _ = server.stop()
    assert code == 0


def test_a_server_that_ends_brings_what_is_written_first(catcher: Catcher) -> None:
    with served(*AT, "--smtp", catcher.address) as server:
        client = Client(server.url)
        booked = [client.book()["id"] for _ in range(3)]
        code, _, _ = server.stop()
    subjects = [str(catcher.next().message["Subject"]) for _ in booked]
    assert code == 0
    assert [subject.rpartition(" ")[2] for subject in subjects] == booked


def test_a_recipient_who_is_refused_is_told_and_the_next_one_gets_theirs(catcher: Catcher) -> None:
    with served(*AT, "--smtp", catcher.address) as server:
        client = Client(server.url)
        client.ok("POST", "instant_booking/", _holder(email=catcher.refused))
        client.book()
        assert catcher.next().recipients == ["ann@shop.test"]
        assert _told(server)["reason"] == "refused: 550 No such person here"
        assert _outbox(server.url)[0]["delivery"] == "undelivered"


@pytest.mark.parametrize(
    "email", ["<ann@shop.test>", "a,b@shop.test", "änn@shop.test", "a\0@b.test"]
)
def test_an_address_that_is_none_is_told_and_breaks_nothing(catcher: Catcher, email: str) -> None:
    with served(*AT, "--smtp", catcher.address) as server:
        client = Client(server.url)
        booked = client.ok("POST", "instant_booking/", _holder(email=email))
        assert "is no address that mail can be sent to" in _told(server)["reason"]
        assert booked["status"] == "CONFIRMED"
        assert catcher.mails.empty()


def test_a_hostile_name_brings_one_e_mail_to_one_person(catcher: Catcher) -> None:
    name = "Ann\r\nBcc: evil@x.test\r\n\r\n<script>alert(1)</script>"
    with served(*AT, "--smtp", catcher.address) as server:
        Client(server.url).ok("POST", "instant_booking/", _holder(first_name=name))
        caught = catcher.next()
    assert caught.recipients == ["ann@shop.test"]
    assert "Bcc" not in caught.message
    html = caught.message.get_body(("html",))
    assert html is not None
    assert "<script" not in html.get_content()
    assert "&lt;script&gt;" in html.get_content()


def test_what_is_seeded_is_sent_to_nobody(catcher: Catcher) -> None:
    with served(*AT, "--smtp", catcher.address) as server:
        seed = json.dumps({"bookings": [BOOKING]}).encode()
        assert steer(server.url, "POST", "/seed", content=seed).status == 201
        client = Client(server.url)
        later = client.book()
        assert later["id"] in catcher.next().message["Subject"]
        assert "delivery" not in _outbox(server.url)[0]


def test_a_world_that_was_emptied_still_has_its_postman(catcher: Catcher) -> None:
    with served(*AT, "--smtp", catcher.address) as server:
        client = Client(server.url)
        client.book()
        first = catcher.next()
        steer(server.url, "POST", "/reset", content=b'{"seed": 9}')
        client.book()
        assert catcher.next().message["Subject"] != first.message["Subject"]


def test_without_an_smtp_server_e_mails_stay_in_the_outbox_as_they_were() -> None:
    with served(*AT) as server:
        Client(server.url).book()
        (mail,) = _outbox(server.url)
        assert "delivery" not in mail
        assert steer(server.url, "GET", "/outbox/1").status == 200
        for number in ("0", "2", "x", "99999999999999999999"):
            assert steer(server.url, "GET", f"/outbox/{number}").status == 404
        assert steer(server.url, "GET", "/outbox/1", token=None).status == 401


def test_an_e_mail_of_an_imported_state_can_still_be_printed() -> None:
    with served(*AT) as server:
        booking = Client(server.url).book()
        state = steer(server.url, "GET", "/state").content
        steer(server.url, "POST", "/reset", content=b"{}")
        assert steer(server.url, "GET", "/outbox/1").status == 404
        steer(server.url, "PUT", "/state", content=state)
        assert booking["id"].encode() in steer(server.url, "GET", "/outbox/1").content


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:1025", SmtpAddress("127.0.0.1", 1025)),
        ("localhost:25", SmtpAddress("localhost", 25)),
        ("[::1]:1025", SmtpAddress("::1", 1025)),
    ],
)
def test_an_smtp_address_is_host_and_port(text: str, address: SmtpAddress) -> None:
    assert read_smtp_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "localhost", ":25", "localhost:", "a:0", "a:65536", "a:x", "http://a:25", "::1:25"]
)
def test_what_is_no_smtp_address_is_refused(text: str) -> None:
    with pytest.raises(SmtpAddressInvalid, match="HOST:PORT"):
        read_smtp_address(text)


def test_an_address_is_told_as_it_can_be_given() -> None:
    for given in ("127.0.0.1:1025", "localhost:25", "[::1]:1025"):
        assert str(read_smtp_address(given)) == given


def test_an_interruption_is_no_refusal_and_waits_for_no_goodbye() -> None:
    with catching() as catcher:
        catcher.goodbye = "250 what was asked before is done"
        address = read_smtp_address(catcher.address)
        with pytest.raises(KeyboardInterrupt), _connected(address):
            raise KeyboardInterrupt
