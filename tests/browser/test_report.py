"""The HTML reports in a real browser: at a desk, on a phone, in grey, on paper, by axe-core."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from flow.cli.main import run_command
from flow.coverage import Coverage
from flow.reports.events import CoverageSummed
from flow.reports.html.page import HtmlReport
from flow.shopper import Cover, PaymentModel
from tests.reports.samples import HOSTILE

SHOP = "flow.gallery.shop_retries:AsksAgainWithoutLooking"
CARELESS = "flow.gallery.shop_checkout:NeverOptsOut"
STORY = f"""\
scenario: {json.dumps(HOSTILE)}
products:
  - {{sku: LAP, name: {json.dumps(HOSTILE)}, category: computers, price: 1200.00}}
steps: [add_to_cart: LAP, request_quote, decline_cover, pay, collect, opt_out, send_invoice]
expect: {{state: closed, offers: 9}}
"""
LETTERS = """() => {
  const boxes = selector => [...document.querySelectorAll(selector)].map(one => {
    const r = one.getBoundingClientRect();
    return {left: r.left, right: r.right, top: r.top, bottom: r.bottom};
  });
  const inside = (a, b) => a.left >= b.left - 1 && a.right <= b.right + 1
    && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
  const loose = [];
  for (const text of document.querySelectorAll('.chart .name, .chart .label, .chart .count')) {
    const own = text.getBoundingClientRect();
    if (!boxes('.chart .box').some(box => inside(own, box))) loose.push(text.textContent);
    const line = [...text.parentNode.querySelectorAll('text')].map(t => t.getBoundingClientRect());
    if (line[0].right > line[1].left) loose.push(text.textContent + ' meets its count');
  }
  for (const note of document.querySelectorAll('.sequence g:has(.paper)')) {
    const paper = note.querySelector('.paper').getBoundingClientRect();
    for (const text of note.querySelectorAll('text'))
      if (!inside(text.getBoundingClientRect(), paper)) loose.push(text.textContent);
  }
  return loose;
}"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A report of each verb: a run and a replay that fail, an exploration that finds something."""
    place = tmp_path_factory.mktemp("reports")
    story = place / "story.yaml"
    story.write_text(STORY, encoding="utf-8")
    into = ["--report", "html", "--report-dir", str(place)]
    shop = ["--shop", CARELESS]
    explored = ["-n", "600", "--faults", "0.5", "--personas", "in-store-customer", "--seed", "3"]
    assert run_command(["run", str(story), *shop, *into]) == 1
    assert run_command(["replay", str(story), *shop, *into]) == 1
    assert run_command(["explore", *explored, "--shop", SHOP, *into]) == 1
    assert run_command(["coverage", "scenarios/opt_out", *into]) == 0
    return {name: place / f"{name}.html" for name in ("report", "replay", "explore", "coverage")}


@pytest.fixture(params=["report", "replay", "explore", "coverage"])
def shown(request: pytest.FixtureRequest, page: Page, written: dict[str, Path]) -> Page:
    """One of them, opened from its file; it asks for nothing else."""
    asked: list[str] = []
    page.on("request", lambda call: asked.append(call.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    url = written[request.param].as_uri()
    page.goto(url)
    assert asked == [url]
    return page


def _widest(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_it_can_be_read_by_everybody(shown: Page, accessible: Callable[[Page], None]) -> None:
    for details in shown.locator("details:not([open]) > summary").all():
        if details.is_visible():
            details.click()
    accessible(shown)


def test_on_a_phone_nothing_has_to_be_scrolled_sideways_but_drawings(shown: Page) -> None:
    shown.set_viewport_size({"width": 390, "height": 844})
    assert _widest(shown) == 390
    for details in shown.locator("details:not([open]) > summary").all():
        if details.is_visible():
            details.click()
    assert _widest(shown) == 390
    drawing = shown.locator(".wide", has=shown.locator(".chart"))
    assert drawing.evaluate("one => one.scrollWidth > one.clientWidth && one.tabIndex === 0")


def test_letters_stay_in_their_boxes(shown: Page) -> None:
    """In the fonts that are here; the layout leaves room for wider ones."""
    assert shown.evaluate(LETTERS) == []


def test_the_drawing_says_what_it_shows(shown: Page) -> None:
    name = "The purchase flow, as it was visited"
    assert shown.get_by_role("img", name=name).count() == 1
    assert shown.locator(".chart desc").text_content() is not None
    assert shown.locator(".chart [data-name]").count() == 29 + 91


def test_on_paper_drawings_are_whole_and_fit_the_page(shown: Page) -> None:
    shown.emulate_media(media="print")
    shown.set_viewport_size({"width": 703, "height": 1000})
    assert _widest(shown) <= 703
    for drawing in shown.locator(".wide > svg").all():
        if drawing.is_visible():
            box = drawing.bounding_box()
            assert box is not None
            assert box["x"] + box["width"] <= 703
            assert box["height"] <= 1000


def test_on_paper_nothing_is_dark_and_no_head_is_left_alone(shown: Page) -> None:
    """And the largest drawing comes last: before it no page is left blank for it."""
    shown.emulate_media(media="print", color_scheme="dark")
    assert _style(shown, "body", "backgroundColor") == "rgb(255, 255, 255)"
    for head in ("h2", "summary", "caption", "tr:first-child"):
        assert _style(shown, head, "breakAfter") == "avoid"
    bottom = "one => one.getBoundingClientRect().bottom"
    sections = shown.locator("main > section").all()
    ends = {one.get_attribute("id"): one.evaluate(bottom) for one in sections}
    assert max(ends, key=lambda name: ends[name]) == "flow"


@pytest.mark.parametrize("width", [320, 390, 1100])
def test_the_command_that_repeats_it_is_broken_between_words_alone(
    page: Page, written: dict[str, Path], width: int
) -> None:
    """A line's end within a word would be read as a space."""
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(written["explore"].as_uri())
    command = page.locator("#repeat")
    assert command.inner_text().endswith("--personas in-store-customer")
    words = [word for word in command.locator(".word").all() if word.inner_text().startswith("--")]
    assert len(words) > 4
    rows = [word.evaluate("one => one.getBoundingClientRect().height") for word in words]
    assert max(rows) < 1.5 * min(rows)
    assert max(rows) < 30


def test_what_is_not_sold_stands_as_the_numbers_do(page: Page) -> None:
    """And the names of products stand over the middle of their columns."""
    coverage = Coverage()
    coverage.sales["NZ", "NZD", Cover.PRODUCT_INSURANCE, PaymentModel.SINGLE] += 1
    stream = io.StringIO()
    summed = CoverageSummed("1", "s", "r", 1, coverage, None)
    HtmlReport(stream, verb="coverage").hear(summed)
    page.set_content(stream.getvalue())
    assert _style(page, "#markets td:text-is('not sold')", "textAlign") == "right"
    assert _style(page, "#markets th[scope=colgroup]", "textAlign") == "center"


def _style(page: Page, selector: str, name: str) -> str:
    script = "(one, name) => getComputedStyle(one)[name]"
    return str(page.locator(selector).first.evaluate(script, name))


def test_in_black_and_white_what_was_never_taken_is_hatched_and_said(
    page: Page, written: dict[str, Path]
) -> None:
    """With all colour gone, the words, the hatching and the lengths of the bars are left."""
    page.emulate_media(media="print", color_scheme="light")
    page.goto(written["coverage"].as_uri())
    page.add_style_tag(content="html { filter: grayscale(1); }")
    never = page.locator('.chart [data-name="reserve: paid -> pending"]')
    taken = page.locator('.chart [data-name="opt_out: collected -> opted_out"]')
    assert never.locator("rect[fill='url(#chart-never)']").count() == 1
    assert never.locator("text").all_text_contents() == ["reserve", "never"]
    assert never.locator("path").evaluate("one => getComputedStyle(one).strokeDasharray") != "none"
    assert taken.locator("path").evaluate("one => getComputedStyle(one).strokeDasharray") == "none"
    assert taken.locator("rect.bar").count() == 1


def test_in_the_dark_it_can_be_read_too(
    page: Page, written: dict[str, Path], accessible: Callable[[Page], None]
) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(written["explore"].as_uri())
    accessible(page)


def test_the_first_finding_is_told_with_its_story_and_its_diagram(
    page: Page, written: dict[str, Path]
) -> None:
    page.goto(written["explore"].as_uri())
    first = page.locator("#first")
    assert first.get_by_role("heading", name="one policy for one purchase").is_visible()
    diagram = first.get_by_role("img", name=re.compile("What passed between"))
    assert diagram.locator(".lost .cross").first.is_visible()
    assert first.get_by_text("with the reference shop it does not happen").is_visible()
    first.get_by_text("As a scenario, to play again").click()
    assert first.locator("pre.yaml").is_visible()


def test_what_people_typed_is_shown_as_they_typed_it(page: Page, written: dict[str, Path]) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    page.goto(written["report"].as_uri())
    assert page.locator("#first h3").inner_text() == HOSTILE
    assert page.locator("script, img:not([role])").count() == 0


def test_a_picture_for_the_readme(page: Page, written: dict[str, Path]) -> None:
    """The flow in a report; written down in the folder that PURCHASEFLOW_SCREENSHOTS names."""
    page.set_viewport_size({"width": 1100, "height": 880})
    page.goto(f"{written['explore'].as_uri()}#flow")
    picture = page.screenshot()
    assert len(picture) < 200_000
    folder = os.environ.get("PURCHASEFLOW_SCREENSHOTS")
    if folder:
        (Path(folder) / "report.png").write_bytes(picture)
