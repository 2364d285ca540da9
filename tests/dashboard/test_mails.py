"""The outbox: what was sent to whom, as text; and messages as they go out, read in parts."""

from __future__ import annotations

import re
from email.message import EmailMessage

from flow.dashboard.mails import read_sent
from flow.dashboard.veil import Veil
from pytest_purchaseflow import PurchaseflowWorld
from tests.dashboard.visitor import Visitor
from tests.server.client import Client


def test_an_e_mail_is_shown_with_its_policies(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    place = {"partner": "RETLR", "world": purchaseflow.name}
    assert "has sent no e-mails yet" in visitor.see("outbox", **place).text
    booking = client.book()
    client.ok("POST", f"bookings/{booking['id']}/cancel", {})
    page = visitor.see("outbox", **place)
    latest, first = re.findall(r"<h2>([^<]+)</h2>", page.html)
    assert latest == f"Your policy was cancelled: {booking['id']}"
    assert first == f"Your policy documents: {booking['id']}"
    assert "To ann@shop.test" in page.text
    assert "Sent 2026-01-15 09:00:00 UTC World" in page.text
    assert f"price {booking['quotes'][0]['price_formatted']}" in page.text


def test_one_e_mail_has_a_page_of_its_own(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    booking = client.book()
    (link,) = re.findall(r'href="(/dashboard/mail\?[^"]+)"', visitor.see("outbox").html)[:1]
    page = visitor.see(link.replace("&amp;", "&"))
    assert booking["id"] in page.text
    assert "ann@shop.test" in page.text


def test_many_e_mails_are_paged(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    booking = client.book()["id"]
    for _ in range(20):
        client.ok("POST", f"bookings/{booking}/send_email", {})
    page = visitor.see("outbox", world=purchaseflow.name)
    assert page.html.count("<h2>") == 20
    assert "Page 1 of 2, 21 e-mails" in page.text
    assert visitor.see("outbox", world=purchaseflow.name, page="2").html.count("<h2>") == 1


def test_a_message_is_read_in_its_parts() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@b.test", "ann@shop.test", "Grüße"
    message["X-Key"] = "not shown"
    message.set_content("Dear Ann, hush-hush\n")
    message.add_alternative("<p>Dear <b>Ann</b>, hush-hush</p>\n", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="policy.pdf")
    sent = read_sent(message.as_bytes(), Veil(["hush-hush"]))
    assert sent.headers == (("From", "a@b.test"), ("To", "ann@shop.test"), ("Subject", "Grüße"))
    assert sent.text == "Dear Ann, ***\n"
    assert sent.html == "<p>Dear <b>Ann</b>, ***</p>\n"
    assert sent.attached == ("policy.pdf",)


def test_a_message_of_text_alone_has_no_html() -> None:
    message = EmailMessage()
    message.set_content("plain")
    sent = read_sent(message.as_bytes(), Veil([]))
    assert (sent.text, sent.html, sent.attached) == ("plain\n", None, ())
