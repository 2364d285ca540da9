"""The readable page of the API, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from pytest_purchaseflow import PurchaseflowServer


def test_every_operation_can_be_read(
    page: Page, accessible: Callable[[Page], None], purchaseflow_server: PurchaseflowServer
) -> None:
    """Nothing on it comes from elsewhere, and everybody can use it."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    url = f"{purchaseflow_server.url}/docs"

    page.goto(url)

    assert asked == [url]
    page.locator("section#create_quotes summary").click()
    assert page.locator("section#create_quotes th", has_text="201").is_visible()
    accessible(page)
