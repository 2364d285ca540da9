"""The dashboard in a real browser: live, by hand, by keyboard, and with hostile names."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, Response, expect

from flow.dashboard.mails import Sent
from flow.pages.rendering import render
from pytest_purchaseflow import PurchaseflowServer, PurchaseflowWorld
from tests.remote import serving
from tests.server.client import HOLDER, ITEM, QUOTE, Client, client_of
from tests.server.listener import listening

HOSTILE = "\"><img src=x onerror=alert(1)><script>alert(2)</script>'{{7*7}}\u202e"
expect.set_options(timeout=20_000)  # where many work at once, nothing is quick
PLACES = ("", "outbox", "webhooks", "controls", "flow", "strangers")


@pytest.fixture
def client(purchaseflow: PurchaseflowWorld) -> Client:
    return client_of(purchaseflow)


@pytest.fixture
def signed_in(page: Page, purchaseflow_server: PurchaseflowServer) -> Page:
    """A page that has signed in, by its form."""
    _sign_in(page, purchaseflow_server.url)
    return page


@pytest.fixture
def lonely() -> Iterator[PurchaseflowServer]:
    """A server with nobody else's calls."""
    with serving() as (server, _):
        yield server


def _sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/dashboard/")
    page.get_by_label("Control token").fill("test-token")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Journeys", level=1)).to_be_visible()


def _open(page: Page, world: PurchaseflowWorld, place: str = "", **query: str) -> Response | None:
    own = {"partner": world.partner, "world": world.name, **query}
    return page.goto(f"{world.server.url}/dashboard/{place}?{urlencode(own)}")


def _opened_live(page: Page, world: PurchaseflowWorld, place: str = "", **query: str) -> None:
    """The page, when it is told of changes; until then it is right as it was made."""
    _open(page, world, place, **query)
    expect(page.locator("#wire")).to_have_text("live")


def _ever_loaded(page: Page) -> list[str]:
    """Addresses of documents that are loaded from now on."""
    loaded: list[str] = []
    page.on("load", lambda one: loaded.append(one.url))
    return loaded


def test_a_journey_appears_while_it_happens(
    signed_in: Page, purchaseflow: PurchaseflowWorld, client: Client
) -> None:
    _opened_live(signed_in, purchaseflow)
    expect(signed_in.locator("#none")).to_be_visible()
    loaded = _ever_loaded(signed_in)

    package = client.quote()
    row = signed_in.locator("#rows tr", has_text=package["id"])
    expect(row).to_contain_text("RECEIVED")
    client.ok(*("POST", *client.booking_of(package)))
    expect(row).to_contain_text("CONFIRMED")
    expect(row).to_contain_text("create_booking")

    assert loaded == []


def test_one_journey_grows_call_by_call_and_what_is_open_stays_open(
    signed_in: Page, purchaseflow: PurchaseflowWorld, client: Client
) -> None:
    package = client.quote()
    _opened_live(signed_in, purchaseflow, "journey", id=package["id"])
    loaded = _ever_loaded(signed_in)
    step = signed_in.locator("#timeline > li")
    expect(step).to_have_count(1)
    request = step.first.get_by_text("Request", exact=True)
    request.click()
    request.focus()
    expect(step.first.get_by_text('"name": "Camera"')).to_be_visible()

    path, body = client.booking_of(package)
    client.ok("POST", path, body, x_idempotency_key="k")

    expect(step).to_have_count(2)
    expect(step.first.get_by_text('"name": "Camera"')).to_be_visible()
    expect(request).to_be_focused()
    assert loaded == []


def test_a_timeline_tells_everything(
    page: Page,
    lonely: PurchaseflowServer,
    accessible: Callable[[Page], None],
    picture: Callable[[str], None],
) -> None:
    world = lonely.world("checkout-tests")
    client = client_of(world)
    _sign_in(page, lonely.url)
    package = client.quote()
    path, body = client.booking_of(package)
    world.fault("answer_lost", "create_booking", times=1)
    with pytest.raises(http.client.HTTPException):
        client.ok("POST", path, body, x_idempotency_key="checkout-1")
    client.call("POST", path, body, headers={"x-idempotency-key": "checkout-1"})
    world.advance(days=3)
    client.ok("POST", f"bookings/{package['id']}/cancel", {})

    _opened_live(page, world, "journey", id=package["id"])
    quoted, lost, again, cancelled = page.locator("#timeline > li").all()

    total = package["total_price_formatted"]
    expect(quoted).to_contain_text("create_quotes")
    expect(quoted).to_contain_text("valid")
    expect(lost).to_contain_text("no answer")
    expect(lost).to_contain_text("fault: answer_lost")
    expect(again).to_contain_text("idempotency replay")
    expect(again.locator(".ledger")).to_have_text(
        f"package total {total} booked {total} refunded £0.00"
    )
    expect(cancelled.locator(".ledger")).to_contain_text(f"refunded {total}")
    again.get_by_text("Answer", exact=True).click()
    expect(again.get_by_label(re.compile("Answer to call"))).to_contain_text('"policyholder"')
    accessible(page)
    again.get_by_text("Answer", exact=True).click()
    picture("dashboard")


def test_a_fault_from_the_page_makes_the_next_call_fail(
    signed_in: Page, purchaseflow: PurchaseflowWorld, client: Client
) -> None:
    _open(signed_in, purchaseflow, "controls")
    signed_in.get_by_label("How", exact=True).select_option("unavailable")
    signed_in.get_by_label("Which calls").select_option("create_quotes")
    signed_in.get_by_label("Status, of unavailable").fill("503")
    signed_in.get_by_role("button", name="Arm it").click()
    expect(signed_in.locator("#armed-world")).to_contain_text("create_quotes")

    assert client.call("POST", "quotes/", QUOTE).status == 503
    expect(signed_in.locator("#calm")).to_be_visible()  # it was for one call, and has struck
    assert client.call("POST", "quotes/", QUOTE).status == 201


def test_the_clock_moved_on_the_page_ages_quotes(
    signed_in: Page, purchaseflow: PurchaseflowWorld, client: Client
) -> None:
    package = client.quote()
    _opened_live(signed_in, purchaseflow, "controls")
    signed_in.get_by_label("Days").fill("31")
    signed_in.get_by_role("button", name="Move on").click()
    expect(signed_in.locator("#now")).to_contain_text("2026-02-15 09:00:00 UTC")

    refused = client.call("POST", *client.booking_of(package))
    assert refused.status == 422
    _open(signed_in, purchaseflow, "journey", id=package["id"])
    expect(signed_in.locator("#policies")).to_contain_text("31 days ago")


def test_a_mistake_is_told_beside_its_field(
    signed_in: Page, purchaseflow: PurchaseflowWorld, accessible: Callable[[Page], None]
) -> None:
    _open(signed_in, purchaseflow, "controls")
    signed_in.get_by_label("Days").fill("a month")
    signed_in.get_by_role("button", name="Move on").click()
    field = signed_in.get_by_label("Days")
    expect(field).to_have_value("a month")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("number"))
    accessible(signed_in)
    assert purchaseflow.now() == "2026-01-15T09:00:00+00:00"


def test_filters_are_chosen_on_the_page(page: Page, lonely: PurchaseflowServer) -> None:
    one, other = lonely.world("one"), lonely.world("other")
    quoted = client_of(one).quote()["id"]
    client = client_of(other)
    broken = client.quote()
    path, body = client.booking_of(broken)
    client.ok("POST", path, body, x_idempotency_key="k")
    wrong = {**body, "policyholder": {**HOLDER, "last_name": "Other"}}
    client.call("POST", path, wrong, headers={"x-idempotency-key": "k"})
    _sign_in(page, lonely.url)
    names = page.locator("#rows th")
    expect(names).to_have_text([broken["id"], quoted])

    for label, choice, wanted in (
        ("World", "one", [quoted]),
        ("World", "other", [broken["id"]]),
        ("Partner", "RETLR", [broken["id"], quoted]),
        ("Status", "RECEIVED", [quoted]),
        ("Promise broken", "one_key_one_request", [broken["id"]]),
    ):
        page.goto(f"{lonely.url}/dashboard/")
        page.get_by_label(label).select_option(choice)
        page.get_by_role("button", name="Filter").click()
        expect(page).to_have_url(re.compile(r"\?"))
        expect(names).to_have_text(wanted)
        expect(page.get_by_label(label)).to_have_value(choice)


def test_e_mails_and_deliveries_appear_while_they_happen(
    signed_in: Page, purchaseflow: PurchaseflowWorld, client: Client
) -> None:
    _opened_live(signed_in, purchaseflow, "outbox")
    booking = client.book()["id"]
    expect(signed_in.get_by_role("heading", name=booking)).to_be_visible()
    with listening() as listener:
        purchaseflow.listen(listener.url)
        _opened_live(signed_in, purchaseflow, "webhooks")
        client.ok("POST", f"bookings/{booking}/cancel", {})
        box = signed_in.locator("article", has_text="BOOKING_CANCELLED")
        expect(box).to_contain_text("delivered")
        expect(box).to_contain_text(booking)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_can_be_used_by_everybody(
    page: Page,
    lonely: PurchaseflowServer,
    accessible: Callable[[Page], None],
    picture: Callable[[str], None],
    scheme: str,
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{lonely.url}/dashboard/")
    accessible(page)
    _sign_in(page, lonely.url)
    _fill(lonely)
    for place in PLACES:
        page.goto(f"{lonely.url}/dashboard/{place}")
        expect(page.locator("#wire")).to_have_text("live")
        accessible(page)
        picture(f"dashboard-{place or 'journeys'}-{scheme}")


def _fill(server: PurchaseflowServer) -> None:
    """A bit of everything."""
    world = server.world("checkout-tests")
    client = client_of(world)
    world.listen("http://127.0.0.1:9/", retry_after=0)
    for last in ("opt_out", "cancel", "", ""):
        package = client.quote()
        if last == "opt_out":
            client.ok("POST", f"bookings/{package['id']}/opt_out", {})
            continue
        path, body = client.booking_of(package)
        client.ok("POST", path, body, x_idempotency_key=package["id"])
        if last:
            client.ok("POST", f"bookings/{package['id']}/cancel", {})
    wrong = {**body, "policyholder": {**HOLDER, "last_name": "Other"}}
    client.call("POST", path, wrong, headers={"x-idempotency-key": package["id"]})
    client.call("POST", "quotes/", {**QUOTE, "currency": "pounds"})
    client.quote()
    world.fault("slow", "create_booking", seconds=2)
    Client(server.url, secret="wrong").call("GET", "bookings/")


def test_everything_can_be_done_from_the_keyboard(page: Page, lonely: PurchaseflowServer) -> None:
    page.goto(f"{lonely.url}/dashboard/")
    expect(page.get_by_label("Control token")).to_be_focused()
    page.keyboard.type("test-token")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Journeys", level=1)).to_be_visible()
    package = client_of(lonely.world("keys")).quote()["id"]
    link = page.get_by_role("link", name=package)
    expect(link).to_be_visible()
    _tab_to(page, link)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=package)).to_be_visible()
    _tab_to(page, page.locator("summary").first)
    page.keyboard.press("Enter")
    expect(page.get_by_text("authorization: Signature ***")).to_be_visible()


def _tab_to(page: Page, wanted: Locator) -> None:
    """Press the tabulator until it is there."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    pytest.fail("it cannot be reached")


def test_without_scripts_a_reload_shows_everything(
    browser: Browser, purchaseflow: PurchaseflowWorld, client: Client
) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(10_000)
    page = context.new_page()
    _sign_in(page, purchaseflow.server.url)
    _open(page, purchaseflow)
    expect(page.locator("#wire")).to_have_text("not live: reload for news")
    package = client.quote()
    page.reload()
    page.get_by_role("link", name=package["id"]).click()
    page.locator("summary").first.click()
    expect(page.get_by_text('"name": "Camera"')).to_be_visible()
    _open(page, purchaseflow, "controls")
    page.get_by_label("Days").fill("2")
    page.get_by_role("button", name="Move on").click()
    expect(page.locator("#now")).to_contain_text("2026-01-17")
    context.close()


def test_hostile_names_are_text_everywhere(
    signed_in: Page, purchaseflow: PurchaseflowWorld, client: Client
) -> None:
    alerts: list[str] = []

    def note(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    signed_in.on("dialog", note)
    holder = {**HOLDER, "first_name": HOSTILE, "last_name": HOSTILE}
    body = {
        **QUOTE,
        "request": [{**ITEM, "name": HOSTILE}],
        "policyholder": holder,
        "partner_transaction_id": HOSTILE,
    }
    booking = client.ok("POST", "instant_booking/", body)["id"]
    keyed = {"x-idempotency-key": "<b>k</b>", "x-odd": "<img src=x onerror=alert(3)>"}
    client.call("POST", f"bookings/{booking}/send_email", {}, headers=dict(keyed))
    client.call("GET", "quotes/%3Cimg%20src=x%20onerror=alert(4)%3E/")
    client.call("GET", "quotes/<img/src=x/onerror=alert(5)>/")
    client.call("GET", "quotes/<b>bold</b>")

    for place in PLACES:
        _opened_live(signed_in, purchaseflow, place)
        assert signed_in.locator("img, main script, #name b").count() == 0
    _opened_live(signed_in, purchaseflow, "journey", id=booking)
    client.ok("GET", f"bookings/{booking}/")
    expect(signed_in.locator("#timeline > li")).to_have_count(3)
    expect(signed_in.locator("#policies")).to_contain_text("<script>alert(2)</script>")
    expect(signed_in.get_by_text("<b>k</b>").first).to_be_visible()
    assert signed_in.locator("img, main script").count() == 0
    assert alerts == []


def test_the_html_of_an_e_mail_runs_nothing_and_reaches_nobody(
    signed_in: Page, purchaseflow: PurchaseflowWorld, client: Client
) -> None:
    """It is put into the frame that the page has for it, within a page of the dashboard."""
    html = (
        "<p id=told>Dear Ann</p><script>document.getElementById('told').textContent = 'run';"
        "parent.document.title = 'taken'</script><img src=x onerror='this.id = 1'>"
        "<form action='/dashboard/controls' method=post><button>Click</button></form>"
    )
    sent = Sent(headers=(), text="Dear Ann", html=html, attached=("policy.pdf",))
    client.book()
    _open(signed_in, purchaseflow, "outbox")
    title = signed_in.title()
    part = render("dashboard/sent.html", sent=sent)
    signed_in.locator("main").evaluate("(main, html) => { main.innerHTML = html }", part)

    frame = signed_in.frame_locator("iframe")
    expect(frame.locator("#told")).to_have_text("Dear Ann")
    frame.get_by_role("button").click(timeout=30_000)
    expect(frame.locator("#told")).to_have_text("Dear Ann")
    assert signed_in.title() == title


def test_nothing_comes_from_elsewhere(page: Page, purchaseflow_server: PurchaseflowServer) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    _sign_in(page, purchaseflow_server.url)
    for place in PLACES:
        page.goto(f"{purchaseflow_server.url}/dashboard/{place}")
        expect(page.locator("#wire")).to_have_text("live")
    own = f"{purchaseflow_server.url}/dashboard/"
    assert [url for url in asked if not url.startswith(own)] == []


def test_the_page_says_when_the_server_is_gone(page: Page) -> None:
    with serving() as (server, process):
        _sign_in(page, server.url)
        expect(page.locator("#wire")).to_have_text("live")
        process.kill()
        process.communicate(timeout=20)
        expect(page.locator("#wire")).to_have_text(re.compile("not live"))


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_nothing_has_to_be_scrolled_sideways(
    page: Page, lonely: PurchaseflowServer, width: int
) -> None:
    """Nor is an e-mail cut, or its link longer than it is wide."""
    page.set_viewport_size({"width": width, "height": 800})
    _sign_in(page, lonely.url)
    _fill(lonely)
    ins = client_of(lonely.world("checkout-tests")).book()["id"]
    for place in (*PLACES, f"journey?partner=RETLR&world=checkout-tests&id={ins}"):
        page.goto(f"{lonely.url}/dashboard/{place}")
        assert (place, _widest(page)) == (place, width)
    page.goto(f"{lonely.url}/dashboard/outbox")
    page.get_by_role("link", name=re.compile("Open e-mail")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(ins)
    assert _widest(page) == width
    letter = page.frame_locator("iframe").locator("html")
    sizes = letter.evaluate("e => [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight]")
    assert sizes == [0, 0]


def _widest(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_a_name_that_turns_texts_round_turns_itself_alone(
    signed_in: Page, purchaseflow: PurchaseflowWorld, client: Client
) -> None:
    """What the page says after it reads as ever, from left to right."""
    body = {**QUOTE, "request": [{**ITEM, "name": "\u202eCamera"}]}
    package = client.ok("POST", "quotes/", body)
    _open(signed_in, purchaseflow, "journey", id=package["id"])
    html = render("documents/missing.html", reason="\u202eabc")
    signed_in.locator("#timeline summary").first.click()
    expect(signed_in.get_by_text("\\u202eCamera").first).to_be_visible()
    later = "<b id=after>def</b><b id=last>ghi</b></p>"
    signed_in.set_content(html.replace("</p>", later, 1))
    after, last = (signed_in.locator(f"#{name}").bounding_box() for name in ("after", "last"))
    assert after is not None
    assert last is not None
    assert after["x"] < last["x"]
