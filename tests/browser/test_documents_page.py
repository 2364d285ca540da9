"""Documents in a real browser: readable by everybody, alone in their one answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from flow.billing.bill import bill_sheet, bills_of
from flow.billing.letters import confirmation_letter
from flow.billing.sale import Sale, sale_of
from flow.paper.page import to_html
from flow.shopper import Shopper
from pytest_purchaseflow import PurchaseflowWorld
from tests.kit import TO_COMPLETED, Walk
from tests.server.client import BOOKING, client_of


@pytest.mark.parametrize("kind", ["certificate", "wording", "missing"])
def test_a_link_of_an_answer_opens_its_document(
    page: Page,
    accessible: Callable[[Page], None],
    purchaseflow: PurchaseflowWorld,
    kind: str,
) -> None:
    holder = {"first_name": "<img src=x onerror=alert(1)>", "last_name": "山田"}
    whole = {**BOOKING, "policyholder": {**BOOKING["policyholder"], **holder}}  # type: ignore[dict-item]
    booking = client_of(purchaseflow).ok("POST", "instant_booking/", whole)
    links = {
        "certificate": booking["coi"]["url"],
        "wording": booking["pds_url"],
        "missing": booking["coi"]["url"] + "x",
    }
    titles = {
        "certificate": "Certificate of insurance",
        "wording": "Policy wording",
        "missing": "No such document",
    }
    parts = urlsplit(links[kind])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    target = f"{purchaseflow.server.url}/documents/RETLR/{purchaseflow.name}{parts.path}"

    page.goto(f"{target}?{parts.query}")

    assert page.locator("h1").inner_text() == titles[kind]
    assert len(asked) == 1
    assert page.locator("main img").count() == 0
    shown = page.get_by_text("<img src=x onerror=alert(1)> 山田").count()
    assert shown == (1 if kind == "certificate" else 0)
    accessible(page)


@pytest.fixture(scope="module")
def sale() -> Sale:
    walk = Walk(shopper=Shopper(country="FR", currency="EUR", language="fr")).go(*TO_COMPLETED)
    found = sale_of(walk.journey.history, "0000FFFF")
    assert found is not None
    return found


def test_an_invoice_and_a_letter_are_readable_pages(
    page: Page, accessible: Callable[[Page], None], sale: Sale, tmp_path: Path
) -> None:
    (invoice,) = bills_of(sale)
    pages = {
        "invoice.html": to_html(bill_sheet(sale, invoice)),
        "letter.html": confirmation_letter(sale, invoice).html,
    }
    for name, html in pages.items():
        (tmp_path / name).write_text(html, encoding="utf-8")
        page.goto((tmp_path / name).as_uri())
        assert sale.customer in page.inner_text("body")
        accessible(page)
    page.goto((tmp_path / "invoice.html").as_uri())
    total = page.locator("tfoot td").last.inner_text()
    assert " ".join(total.split()) == " ".join(sale.reader.money(invoice.total).split())
