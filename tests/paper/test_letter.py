"""Letters: MIME as it has to be, and nothing that people typed can add a header."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flow.paper.letter import (
    AddressUnusable,
    Attachment,
    Letter,
    Mailbox,
    Paragraph,
    usable_address,
)
from flow.paper.sheet import Passage, Sheet
from tests.paper.reading import attached, message_of, text_of

AT = datetime(2026, 1, 15, 9, tzinfo=UTC)
SHEET = Sheet(title="Certificate", number="1", issuer="I", at=AT, parts=(Passage(text="Hello"),))
LETTER = Letter(
    sender=Mailbox(name="Example Cover", address="cover@xcover.test"),
    to=Mailbox(name="Ann Lee", address="ann@shop.test"),
    subject="Your policy",
    domain="xcover.test",
    at=AT,
    greeting="Dear Ann,",
    paragraphs=(Paragraph("The wording:", "https://xcover.test/en/pds/1"),),
    lines=(("Price", "£1.00"),),
    closing="Bye.",
    attachments=(Attachment("certificate", SHEET),),
)
USUAL = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
}  # fmt: skip


def test_a_letter_is_text_and_html_with_its_sheets_as_pdf() -> None:
    message = message_of(LETTER.to_bytes())
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert message.get_content_type() == "multipart/mixed"
    for body in (plain.get_content(), html.get_content()):
        assert "Dear Ann," in body
        assert "£1.00" in body
        assert "https://xcover.test/en/pds/1" in body
    assert "Hello" in text_of(attached(message)["certificate.pdf"])


@pytest.mark.parametrize(
    "bad",
    [
        "x\r\nBcc: evil@x.test",
        "x\nX-Own: 1",
        "x\r\n\r\n<body>",
        "x\0y",
        "=?utf-8?q?=0d=0aBcc:_evil=40x.test?=",
        "=?utf-8?b?DQpCY2M6IGV2aWxAeC50ZXN0?=",
    ],
)
def test_no_name_subject_or_address_adds_a_header(bad: str) -> None:
    hostile = replace(
        LETTER,
        to=Mailbox(name=bad, address=f"ann@shop.test{bad}"),
        sender=Mailbox(name=bad, address="cover@xcover.test"),
        subject=bad,
        greeting=bad,
        attachments=(Attachment(bad, SHEET),),
    )
    message = message_of(hostile.to_bytes())
    assert set(message.keys()) == USUAL
    assert "Bcc" not in message
    assert message["To"].addresses == ()
    assert message.get_body(("plain",)) is not None
    assert len(attached(message)) == 1


def test_an_address_that_hides_a_line_break_is_none() -> None:
    """The library decodes what stands between the question marks."""
    with pytest.raises(AddressUnusable):
        usable_address("=?utf-8?q?=0a?=@x.test")


def test_names_in_any_script_and_with_every_sign_come_back_as_they_were() -> None:
    name = 'Jürgen "山田" <x>, Ελένη'
    message = message_of(replace(LETTER, to=Mailbox(name=name, address="j@b.test")).to_bytes())
    assert [(a.display_name, a.addr_spec) for a in message["To"].addresses] == [(name, "j@b.test")]


def test_markup_in_a_letter_is_text() -> None:
    html = replace(LETTER, greeting="<img src=x onerror=alert(1)>", lines=(("a", "<b>"),)).html
    assert "<img" not in html
    assert "<b>" not in html
    assert "&lt;img" in html


def test_the_same_letter_is_the_same_bytes_and_another_has_another_id() -> None:
    assert LETTER.to_bytes() == replace(LETTER).to_bytes()
    other = message_of(replace(LETTER, at=AT.replace(hour=10)).to_bytes())
    assert other["Message-ID"] != message_of(LETTER.to_bytes())["Message-ID"]
    assert other["Date"].datetime == AT.replace(hour=10)


@pytest.mark.parametrize("good", ["ann@shop.test", "a.b+c@d.example", "x_y@sub.dom.test"])
def test_usual_addresses_can_be_sent_to(good: str) -> None:
    assert usable_address(good) == good


def test_a_host_in_another_script_is_written_as_mail_servers_want_it() -> None:
    assert usable_address("ann@bücher.example") == "ann@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "bad",
    [
        "", "ann", "ann@", "@shop.test", "ann@shop", "a b@shop.test",
        "ann@shop.test\r\nRCPT TO:<x@y.z>", "<ann@shop.test>", "ann@shop.test>",
        "ann@@shop.test", "a,b@shop.test", ".a@b.test", "a..b@c.test",
        "ann@shop..test", "änn@shop.test", "ann@[127.0.0.1]", "ann@shop.test\0", "a@\ud800.test",
        "ann@" + "x" * 300 + ".test",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(bad: str) -> None:
    with pytest.raises(AddressUnusable):
        usable_address(bad)
