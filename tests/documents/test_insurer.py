"""Certificate, wording and e-mails say what the insurer's own answers and the ledger say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from flow.backends.simulator import InsurerControls, SimulatorBackend
from flow.ledger import Kind, Purpose
from flow.paper.page import to_html
from flow.paper.pdf import to_pdf
from flow.paper.reader import Reader
from flow.shopper import Shopper
from models import CreateQuotes
from models.money import Money
from tests.kit import TO_BOOKED, TO_COMPLETED, Move, T, Walk
from tests.paper.reading import attached, flat, message_of, text_of

MARKETS = [
    Shopper(country="GB", currency="GBP", first_name="Zoë", last_name="<b>O'Neil</b>"),
    Shopper(country="DE", currency="EUR", language="de", first_name="Жанна", last_name="Ελένη"),
    Shopper(country="FR", currency="EUR", language="fr", first_name="太郎", last_name="山田"),
    Shopper(country="US", currency="USD"),
    Shopper(country="ES", currency="EUR", language="es"),
    Shopper(country="AU", currency="AUD"),
]


class Office:
    """A journey on an insurer that prints."""

    def __init__(self, shopper: Shopper | None = None, *, seed: int = 1) -> None:
        self.backend = SimulatorBackend(seed=seed)
        controls = self.backend.controls
        assert isinstance(controls, InsurerControls)
        self.controls = controls
        self.controls.keep_letters()
        self.walk = Walk(backend=self.backend, shopper=shopper)
        self.shopper = self.walk.journey.shopper

    def go(self, *moves: Move) -> Office:
        self.walk.go(*moves)
        return self

    def letters(self) -> Iterator[bytes]:
        for number in range(1, len(self.controls.outbox()) + 1):
            yield self.controls.letter(number)

    def sheet(self, kind: str) -> Any:
        (found,) = [one for name, one in self.controls.sheets().items() if name.startswith(kind)]
        return found

    def money(self, amount: Money) -> str:
        return flat(Reader(self.shopper.language, self.shopper.country).money(amount))


@pytest.mark.parametrize("shopper", MARKETS, ids=lambda one: one.country)
def test_the_certificate_carries_numbers_names_and_amounts_of_the_ledger(shopper: Shopper) -> None:
    office = Office(shopper).go(*TO_COMPLETED)
    sheet = office.sheet("certificate")
    ledger, order = office.walk.journey.history.ledger, office.walk.journey.order
    total = ledger.total(Kind.CHARGED, shopper.currency, purpose=Purpose.COVER)
    text = text_of(to_pdf(sheet))
    assert f"{shopper.first_name} {shopper.last_name}" in text
    assert shopper.email in text
    assert office.money(total) in text
    for policy in order.policies.values():
        assert policy.package in text
        assert policy.quote_id in text.replace(" ", "")
        assert office.money(policy.price) in text
        line = order.line(policy.quote_id)
        assert line is not None
        assert office.money(line.premium) in text
        assert office.money(line.tax) in text
    assert "<b>O" not in to_html(sheet)


def test_a_cancelled_booking_says_so_before_all_else() -> None:
    office = Office().go(*TO_COMPLETED, T.CANCEL)
    text = text_of(to_pdf(office.sheet("certificate")))
    assert "CANCELLED: this booking gives no cover any more" in text
    assert "In force £0.00" in text


def test_a_certificate_of_what_is_not_paid_yet_gives_no_cover() -> None:
    office = Office().go(*TO_BOOKED[:-2])
    office.go(T.RESERVE)
    assert "NOT IN FORCE" in text_of(to_pdf(office.sheet("certificate")))


def test_the_wording_names_neither_person_nor_product() -> None:
    """Its link carries no token, so whoever guesses a number may read it."""
    office = Office(MARKETS[0]).go(*TO_COMPLETED)
    page = to_html(office.sheet("wording"))
    assert "Accidental damage" in page
    assert "Within 14 days" in page
    assert "up to £150.00" in page
    for private in ("Zoë", "Neil", office.shopper.email, "Laptop", "Tablet", "100.80"):
        assert private not in page


def test_a_field_in_the_catalogues_texts_that_nobody_sent_stays_general() -> None:
    office = Office().go(*TO_COMPLETED)
    assert "Covers your product against" in text_of(to_pdf(office.sheet("wording")))


def test_the_e_mail_of_a_booking_carries_policies_links_and_certificate() -> None:
    office = Office(MARKETS[1]).go(*TO_COMPLETED)
    (content,) = office.letters()
    message, (mail,) = message_of(content), office.controls.outbox()
    body = message.get_body(("plain",))
    assert body is not None
    text = flat(body.get_content())
    assert message["Subject"] == f"Your policy documents: {mail.booking}"
    assert message["From"].addresses[0].addr_spec == "cover@xcover.test"
    (to,) = message["To"].addresses
    assert (to.display_name, to.addr_spec) == ("Жанна Ελένη", office.shopper.email)
    assert mail.certificate in text
    assert mail.wording in text
    for policy in office.walk.journey.order.policies.values():
        assert policy.quote_id in text
        assert office.money(policy.price) in text
    (pdf,) = attached(message).values()
    assert pdf == to_pdf(office.sheet("certificate"))


def test_the_e_mail_of_a_cancellation_tells_the_refund_of_the_ledger() -> None:
    office = Office().go(*TO_COMPLETED, (T.CANCEL, {"items": ["LAPTOP"]}), T.REFUND)
    ledger = office.walk.journey.history.ledger
    *_, content = office.letters()
    body = message_of(content).get_body(("plain",))
    assert body is not None
    refunded = ledger.total(Kind.REFUNDED, "GBP", purpose=Purpose.COVER)
    assert f"Refund: {office.money(refunded)}" in body.get_content()
    assert refunded == Money.of("100.80", "GBP")


def test_an_e_mail_is_printed_as_it_was_when_it_was_written() -> None:
    """The certificate attached to the first one does not know of the cancellation."""
    office = Office().go(*TO_COMPLETED)
    (before,) = office.letters()
    office.go(T.CANCEL)
    first, second = office.letters()
    assert first == before
    assert "CANCELLED" not in text_of(*attached(message_of(first)).values())
    assert "CANCELLED" in text_of(*attached(message_of(second)).values())


def test_same_seed_same_bytes() -> None:
    def printed(seed: int) -> list[bytes]:
        office = Office(MARKETS[2], seed=seed).go(*TO_COMPLETED, T.CANCEL)
        sheets = office.controls.sheets().values()
        return [*office.letters(), *(to_pdf(sheet) for sheet in sheets)]

    assert printed(7) == printed(7)
    assert printed(7) != printed(8)


def test_papers_are_dated_by_the_insurers_clock() -> None:
    office = Office()
    office.walk.wait(days=40)
    office.go(*TO_COMPLETED)
    (content,) = office.letters()
    assert message_of(content)["Date"].datetime.date().isoformat() == "2026-02-24"
    assert b"/CreationDate (D:20260224" in to_pdf(office.sheet("certificate"))


def test_a_package_that_was_only_quoted_has_no_certificate() -> None:
    office = Office()
    item = {
        "policy_type": "product_insurance",
        "policy_type_version": 1,
        "category": "electronics",
        "price": 100,
        "name": "Camera",
    }
    office.backend.create_quotes(
        CreateQuotes.model_validate(
            {"request": [item], "currency": "GBP", "customer_country": "GB"}
        )
    )
    assert office.controls.sheets() == {}
