"""A real Chromium, headless; where there is none the tests skip and say how to get one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped] # ships no types
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

TABLET = ViewportSize(width=820, height=1180)
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""It is to look at our pages and at nothing else."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser; one a module: while it is open, no other test can run an event loop."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        msg = "no Chromium: say `make browser`, or install Debian's package chromium"
        if os.environ.get("CI"):
            pytest.fail(msg)
        pytest.skip(msg)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=_QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page on a tablet; what its scripts complain of fails the test."""
    context = browser.new_context(viewport=TABLET, has_touch=True, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    context.close()
    assert complaints == []


@pytest.fixture
def picture(page: Page) -> Callable[[str], None]:
    """Keeps what the page looks like as NAME.png in $PURCHASEFLOW_SCREENSHOTS, if that is set."""
    folder = os.environ.get("PURCHASEFLOW_SCREENSHOTS")

    def keep(name: str) -> None:
        if folder:
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=f"{folder}/{name}.png")

    return keep


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Asserts that axe-core finds nothing serious or critical, and all of it in its place."""

    def check(page: Page) -> None:
        found = Axe().run(page).response["violations"]
        grave = [
            one
            for one in found
            if one["impact"] in ("serious", "critical") or one["id"] in ("heading-order", "region")
        ]
        told = [f"{one['id']}: {one['help']}: {one['nodes'][0]['html']}" for one in grave]
        assert told == []

    return check
