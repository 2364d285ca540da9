"""The in-store portal in a real browser, on a tablet, against a real server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from pytest_purchaseflow import PurchaseflowServer, PurchaseflowWorld

HOSTILE = "<img src=x onerror=alert(1)>\"'&"
SHOTS = os.environ.get("PURCHASEFLOW_SCREENSHOTS")
AT = "2026-01-15T09:00:00Z"


@pytest.fixture(autouse=True)
def _standing_clock(purchaseflow: PurchaseflowWorld) -> None:
    purchaseflow.reset(seed=3, at=AT)


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    """A tablet whose browser runs no scripts."""
    context = browser.new_context(
        viewport={"width": 820, "height": 1180}, has_touch=True, java_script_enabled=False
    )
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def shoot(page: Page, name: str) -> None:
    """A picture, where they are asked for."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


def shown(page: Page, heading: str) -> None:
    """The page of this heading has come; what is asked sooner is asked of the page before it."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def sign_in(page: Page, world: PurchaseflowWorld, store: str = "1001") -> None:
    page.goto(f"{world.server.url}/portal/?world={world.name}")
    page.get_by_label("Store number").fill(store)
    page.get_by_label("Associate number").fill("7")
    page.get_by_label("PIN").fill("2468")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Protect a purchase")).to_be_visible()


def fill_product(page: Page, name: str = "Laptop 15") -> None:
    page.get_by_role("button", name="Protect a purchase").click()
    page.get_by_label("Category").select_option("computers")
    page.get_by_label("Product name").fill(name)
    page.get_by_label("Price of one piece").fill("1,200.00")


def to_payment(page: Page, first: str = "Maya", product: str = "Laptop 15") -> None:
    fill_product(page, product)
    page.get_by_role("button", name="Show offers").click()
    page.get_by_text("Product Insurance", exact=True).click()
    page.get_by_role("button", name="Take this offer").click()
    page.get_by_label("First name").fill(first)
    page.get_by_label("Last name").fill("Lind")
    page.get_by_label("E-mail").fill("maya@shopper.test")
    page.get_by_role("button", name="Go on to payment").click()
    shown(page, "Payment")


def fill_card(page: Page, number: str = "4242 4242 4242 4242") -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry date").fill("12/40")
    page.get_by_label("Security code").fill("123")


def pay(page: Page, number: str = "4242 4242 4242 4242") -> None:
    fill_card(page, number)
    page.get_by_role("button", name="Take £").click()


def test_an_associate_sells_looks_up_and_cancels(
    page: Page, accessible: Callable[[Page], None], purchaseflow: PurchaseflowWorld
) -> None:
    """The whole walk; every page of it can be used by everybody."""
    page.goto(f"{purchaseflow.server.url}/portal/?world={purchaseflow.name}")
    accessible(page)
    sign_in(page, purchaseflow)
    accessible(page)
    shoot(page, "portal-home")

    page.get_by_role("button", name="Protect a purchase").click()
    page.get_by_role("button", name="Show offers").click()
    expect(page.get_by_role("alert")).to_contain_text("3 fields need your attention")
    expect(page.get_by_label("Category")).to_be_focused()
    expect(page.get_by_label("Category")).to_have_accessible_description("Choose a category")
    accessible(page)
    shoot(page, "portal-product")
    page.get_by_label("Category").select_option("computers")
    page.get_by_label("Product name").fill("Laptop 15")
    page.get_by_label("Price of one piece").fill("1200")
    page.get_by_role("button", name="Show offers").click()
    expect(page.locator(".offer")).to_have_count(5)
    accessible(page)
    page.get_by_role("button", name="Take this offer").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose one of the offers")
    accessible(page)
    page.get_by_text("Product Insurance", exact=True).click()
    shoot(page, "portal-offers")
    page.get_by_role("button", name="Take this offer").click()

    page.get_by_label("First name").fill("Maya")
    page.get_by_label("Last name").fill("Lind")
    page.get_by_label("E-mail").fill("maya@shopper")
    page.get_by_role("button", name="Go on to payment").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    expect(page.get_by_label("First name")).to_have_value("Maya")
    accessible(page)
    page.get_by_label("E-mail").fill("maya@shopper.test")
    page.get_by_role("button", name="Go on to payment").click()
    shown(page, "Payment")
    accessible(page)

    pay(page, "4000 0000 0000 0002")
    expect(page.get_by_role("alert")).to_contain_text("The card was declined")
    expect(page.get_by_label("Card number")).to_have_value("")
    accessible(page)
    shoot(page, "portal-declined")
    pay(page)
    shown(page, "Maya Lind is protected")
    number = page.locator("#policy-number").inner_text()
    accessible(page)
    shoot(page, "portal-policy")

    page.get_by_role("link", name="Find a policy").click()
    shown(page, "Find a policy")
    accessible(page)
    page.get_by_label("Policy number or customer's e-mail").fill(number.lower())
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("link", name=number)).to_be_visible()
    accessible(page)
    page.get_by_role("link", name=number).click()
    shown(page, f"Policy {number}")
    accessible(page)
    page.get_by_role("button", name="See the refund").click()
    expect(page.locator("#refund")).to_have_text("£100.80")
    accessible(page)
    shoot(page, "portal-refund")
    page.get_by_role("button", name="End the cover and give back £100.80").click()
    expect(page.get_by_role("status")).to_have_text(f"The cover of {number} has ended")
    accessible(page)
    mails = [(mail["event"], mail["booking"]) for mail in purchaseflow.outbox()]
    assert mails == [("BOOKING_CREATED", number), ("BOOKING_CANCELLED", number)]


def test_pages_of_trouble_can_be_used_by_everybody(
    page: Page, accessible: Callable[[Page], None], purchaseflow: PurchaseflowWorld
) -> None:
    """The customer's bank, silence, a refusal, no such page: all by keyboard or screen reader."""
    sign_in(page, purchaseflow)
    to_payment(page)
    pay(page, "4000 0000 0000 3220")
    shown(page, "The customer's bank asks")
    accessible(page)
    purchaseflow.fault("answer_lost", "instant_booking", times=3)
    page.get_by_role("button", name="The customer has answered").click()
    expect(page.get_by_role("alert")).to_contain_text("The insurer does not answer")
    accessible(page)
    shoot(page, "portal-silence")
    purchaseflow.fault("unavailable", "list_bookings", status=422, times=1)
    page.get_by_role("button", name="Ask the insurer again").click()
    shown(page, "The insurer issues no policy")
    accessible(page)
    page.goto(f"{purchaseflow.server.url}/portal/nothing")
    accessible(page)
    page.goto(f"{purchaseflow.server.url}/portal/")
    accessible(page)


def test_a_double_tap_pays_and_books_once(page: Page, purchaseflow: PurchaseflowWorld) -> None:
    sign_in(page, purchaseflow)
    to_payment(page)
    fill_card(page)
    purchaseflow.fault("slow", "instant_booking", seconds=0.3)
    page.get_by_role("button", name="Take £").dblclick()
    expect(page.locator("#policy-number")).to_be_visible()
    assert len(purchaseflow.journal("instant_booking")) == 1


def test_a_reload_loses_and_repeats_nothing(page: Page, purchaseflow: PurchaseflowWorld) -> None:
    sign_in(page, purchaseflow)
    fill_product(page, "Half a l")
    with page.expect_request("**/keep"):
        page.get_by_label("Serial number").fill("SN-1")
    page.get_by_label("Serial number").blur()
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.get_by_label("Product name")).to_have_value("Half a l")
    expect(page.get_by_label("Serial number")).to_have_value("SN-1")
    page.get_by_role("button", name="Show offers").click()
    page.get_by_text("Extended Warranty, 2 years", exact=True).click()
    page.get_by_role("button", name="Take this offer").click()
    page.get_by_label("First name").fill("Maya")
    page.get_by_label("Last name").fill("Lind")
    page.get_by_label("E-mail").fill("maya@shopper.test")
    page.get_by_role("button", name="Go on to payment").click()
    pay(page)
    number = page.locator("#policy-number").inner_text()
    page.reload()
    expect(page.locator("#policy-number")).to_have_text(number)
    page.go_back()
    expect(page.locator("#policy-number")).to_have_text(number)
    assert len(purchaseflow.journal("instant_booking")) == 1


def test_a_reload_right_after_a_letter_loses_nothing(
    page: Page, purchaseflow: PurchaseflowWorld
) -> None:
    """Sooner than anything can have been sent; never a card, and nothing of the last customer."""
    sign_in(page, purchaseflow)
    fill_product(page, "Laptop")
    page.get_by_label("Serial number").fill("SN-1")
    page.reload()
    expect(page.get_by_label("Serial number")).to_have_value("SN-1")
    page.get_by_role("button", name="Show offers").click()
    page.get_by_text("Extended Warranty, 2 years", exact=True).click()
    page.reload()
    expect(page.get_by_label("Extended Warranty, 2 years")).to_be_checked()
    page.get_by_role("button", name="Take this offer").click()
    page.get_by_label("First name").fill("Maya")
    page.get_by_label("Last name").fill("Lind")
    page.get_by_label("E-mail").fill("maya@shopper.test")
    page.get_by_role("button", name="Go on to payment").click()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_label("At the till").check()
    page.get_by_label("Till receipt number").fill("R-7")
    assert "4242" not in page.evaluate("JSON.stringify(sessionStorage)")
    page.reload()
    expect(page.get_by_label("At the till")).to_be_checked()
    expect(page.get_by_label("Till receipt number")).to_have_value("R-7")
    expect(page.get_by_label("Card number")).to_have_value("")
    page.get_by_role("button", name="Take £").click()
    expect(page.locator("#policy-number")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_the_back_button_changes_what_is_not_paid_yet(
    page: Page, purchaseflow: PurchaseflowWorld
) -> None:
    sign_in(page, purchaseflow)
    to_payment(page)
    page.go_back()
    expect(page.get_by_label("First name")).to_have_value("Maya")
    page.get_by_label("First name").fill("Mia")
    page.get_by_role("button", name="Go on to payment").click()
    expect(page.get_by_text("Protected: Mia Lind")).to_be_visible()


def test_hostile_words_are_text_on_every_page(page: Page, purchaseflow: PurchaseflowWorld) -> None:
    """Nothing a customer is called runs, and nothing of it disappears."""
    alerts: list[str] = []

    def hear(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", hear)
    sign_in(page, purchaseflow)
    to_payment(page, first=HOSTILE, product=HOSTILE)
    expect(page.get_by_text(f"Protected: {HOSTILE} Lind")).to_be_visible()
    pay(page)
    shown(page, f"{HOSTILE} Lind is protected")
    page.get_by_role("link", name="Open the policy").click()
    expect(page.get_by_text(f"Product Insurance for {HOSTILE}")).to_be_visible()
    page.get_by_role("link", name="Purchase protection").click()
    expect(page.get_by_text(HOSTILE).first).to_be_visible()
    assert page.locator("img").count() == 0
    assert alerts == []


def test_everything_can_be_done_by_keyboard(page: Page, purchaseflow: PurchaseflowWorld) -> None:
    keys = page.keyboard

    def tab_to(name: str) -> None:
        for _ in range(40):
            keys.press("Tab")
            label = page.evaluate(
                "(() => { const e = document.activeElement;"
                "return e.labels?.[0]?.innerText ?? e.innerText ?? ''; })()"
            )
            if str(label).startswith(name):
                return
        pytest.fail(f"Tab does not lead to {name}")

    def enter(heading: str) -> None:
        keys.press("Enter")
        shown(page, heading)

    page.goto(f"{purchaseflow.server.url}/portal/?world={purchaseflow.name}")
    for name, text in (("Store", "1001"), ("Associate", "7"), ("PIN", "2468")):
        tab_to(name)
        keys.type(text)
    enter("Hello, Robin Hale")
    tab_to("Protect a purchase")
    enter("What was bought?")
    tab_to("Category")
    keys.type("Comp")
    tab_to("Product name")
    keys.type("Laptop 15")
    tab_to("Price")
    keys.type("1200")
    enter("Offers for Laptop 15")
    tab_to("Product Insurance")
    keys.press("Space")
    tab_to("Take this offer")
    enter("Who is protected?")
    for name, text in (("First", "Maya"), ("Last", "Lind"), ("E-mail", "maya@shopper.test")):
        tab_to(name)
        keys.type(text)
    enter("Payment")
    for name, text in (("Card", "4242424242424242"), ("Expiry", "12/40"), ("Security", "123")):
        tab_to(name)
        keys.type(text)
    enter("Maya Lind is protected")


def test_everything_works_without_scripts(plain: Page, purchaseflow: PurchaseflowWorld) -> None:
    sign_in(plain, purchaseflow)
    to_payment(plain)
    pay(plain, "4000 0000 0000 0002")
    pay(plain)
    expect(plain.get_by_role("status")).to_have_text("Paid. The policy is being issued")
    plain.get_by_role("button", name="Issue the policy").dblclick()
    number = plain.locator("#policy-number").inner_text()
    plain.get_by_role("link", name="Open the policy").click()
    plain.get_by_role("button", name="See the refund").click()
    plain.get_by_role("button", name="End the cover").dblclick()
    expect(plain.get_by_role("status")).to_have_text(f"The cover of {number} has ended")
    assert len(purchaseflow.journal("instant_booking")) == 1
    assert len(purchaseflow.journal("confirm_cancellation")) == 1


def test_what_is_tapped_is_large_enough(page: Page, purchaseflow: PurchaseflowWorld) -> None:
    """44 pixels each way; a link in a sentence and a radio within its large label are exempt."""
    sign_in(page, purchaseflow)
    small: list[str] = []

    def measure() -> None:
        small.extend(
            page.evaluate(
                """() => [...document.querySelectorAll(
                    "button, a, select, input, summary, label.pick")]
                  .filter(e => !["hidden", "radio"].includes(e.type) && !e.matches(".skip, p a"))
                  .map(e => [e, e.getBoundingClientRect()])
                  .filter(([e, box]) => box.width && (box.height < 44 || box.width < 44))
                  .map(([e]) => e.outerHTML)"""
            )
        )

    measure()
    fill_product(page)
    measure()
    page.get_by_role("button", name="Show offers").click()
    measure()
    page.get_by_role("link", name="Purchase protection").click()
    to_payment(page)
    measure()
    pay(page)
    expect(page.locator("#policy-number")).to_be_visible()
    measure()
    page.get_by_role("link", name="Open the policy").click()
    measure()
    assert small == []


def test_nothing_is_asked_of_anybody_else(page: Page, purchaseflow: PurchaseflowWorld) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sign_in(page, purchaseflow)
    to_payment(page)
    pay(page)
    expect(page.locator("#policy-number")).to_be_visible()
    own = purchaseflow.server.url
    assert [url for url in asked if not url.startswith((f"{own}/portal", "data:"))] == []


def test_the_offers_make_a_picture(
    page: Page, purchaseflow_server: PurchaseflowServer, tmp_path: Path
) -> None:
    """The one that the README shows, always the same, and light enough for it."""
    demo = purchaseflow_server.world("demo")
    demo.reset(seed=3, at=AT)
    sign_in(page, demo)
    fill_product(page)
    page.get_by_role("button", name="Show offers").click()
    page.get_by_text("Product Insurance", exact=True).click()
    expect(page.locator(".offer").first).to_be_visible()
    path = Path(SHOTS or tmp_path) / "portal.png"
    page.screenshot(path=path, clip={"x": 0, "y": 0, "width": 820, "height": 940})
    assert path.stat().st_size < 200_000
    demo.delete()
