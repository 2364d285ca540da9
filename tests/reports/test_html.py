"""The report one can forward: whole, small, the same twice, and nobody's words are markup in it."""

from __future__ import annotations

import functools
import html
import io
import platform
import re
from dataclasses import replace

import pytest

from flow.coverage import Coverage
from flow.explorer.exploring import Exploration, Options, explore
from flow.explorer.findings import Finding
from flow.plugs import plug_in
from flow.reports.events import (
    CaseFinished,
    CoverageSummed,
    Event,
    ExplorationFinished,
    ExplorationStarted,
    FindingMade,
    RunFinished,
    RunStarted,
)
from flow.reports.html.heat import chart_counts, markets, rows_visited
from flow.reports.html.page import HtmlReport
from flow.reports.html.tables import missed
from flow.run import RunOptions, run
from flow.shopper import Cover, PaymentModel
from flow.suite.loader import load
from flow.suite.shipped import shipped_suites
from flow.suite.verdict import Status, Summary, Verdict
from tests.reports.samples import HOSTILE, RIGHT, finding, verdict

SHOP = "flow.gallery.shop_checkout:NeverOptsOut"
MEGABYTES = 1_000_000


def _page(*events: Event, verb: str = "run", repeat: str = "purchaseflow run") -> str:
    stream = io.StringIO()
    report = HtmlReport(stream, verb=verb, repeat=repeat)
    for event in events:
        report.hear(event)
    return stream.getvalue()


def _run(*verdicts: Verdict, not_run: int = 0) -> str:
    summary = Summary(seed=7, verdicts=list(verdicts), not_run=not_run)
    coverage = Coverage.merged(one.coverage for one in verdicts)
    started = RunStarted("1.2.3", "simulator", "my:shop", 7, len(verdicts))
    return _page(started, *map(CaseFinished, verdicts), RunFinished(summary, coverage))


def _exploration(*findings: Finding) -> str:
    exploration = Exploration(seed=7, journeys=20, steps=200, findings=list(findings))
    started = ExplorationStarted(
        "1.2.3", "simulator", "my:shop", 7, 20, 40, 0.1, ("decliner",), True
    )
    events: list[Event] = [started, *map(FindingMade, findings), ExplorationFinished(exploration)]
    return _page(*events, verb="explore", repeat="purchaseflow explore")


def _without_timings(page: str) -> str:
    stripped, times = re.subn(r'<section id="timings">.*?</section>', "", page, flags=re.DOTALL)
    assert times == 1
    return stripped


def _text(page: str) -> str:
    """What a reader reads."""
    bare = re.sub(r"<style>.*?</style>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


def test_a_run_tells_what_failed_first_and_all_else_after_it() -> None:
    page = _run(
        verdict(name="It went well", status=Status.PASSED),
        verdict(name="Nobody knows", status=Status.ERROR),
        verdict(name="It failed"),
        verdict(name="It failed too"),
        not_run=3,
    )
    first, _, rest = page.partition('id="origin"')
    assert "It failed" in first
    assert "Nobody knows" not in first
    order = [rest.index(name) for name in ("It failed too", "Nobody knows", "It went well")]
    assert order == sorted(order)
    assert "✓ passed 1 ✗ failed 2 ! error 1 … not run 3 in all 7 scenarios" in _text(page)


def test_a_failure_has_its_steps_its_complaints_and_its_diagram() -> None:
    text = _text(_run(verdict()))
    assert "book/story.yaml:30: at the end: status was to be X, and is Y" in text
    assert "promise one_policy_for_one_purchase, broken after step 2: two of them" in text
    assert "2. book" in text
    assert "no answer to create_booking" in text


def test_seed_versions_and_the_command_are_told() -> None:
    text = _text(_run(verdict()))
    assert (
        f"purchaseflow run Version purchaseflow 1.2.3, Python {platform.python_version()} "
        "Backend simulator Shop my:shop Seed 7" in text
    )


def test_the_slowest_steps_come_first() -> None:
    page = _run(verdict(name="Slow"))
    timings = _text(page[page.index('id="timings"') :])
    assert timings.index("750.0 attempt cancel_booking Slow") < timings.index("500.0 book Slow")


def test_a_run_in_which_all_held_says_so_and_has_no_failures() -> None:
    page = _run(verdict(status=Status.PASSED))
    assert "✓ All held" in _text(page)
    assert 'id="first"' not in page


def test_a_replay_speaks_of_what_is_fixed() -> None:
    fixed = verdict(status=Status.PASSED)
    started = RunStarted("1", "simulator", "reference", 1, 1)
    summary = Summary(seed=1, verdicts=[fixed])
    ended = RunFinished(summary, Coverage())
    text = _text(_page(started, CaseFinished(fixed), ended, verb="replay"))
    assert "Report of a replay ✓ All is fixed ✓ fixed 1" in text


@pytest.mark.parametrize(
    ("status", "told"), [(Status.ERROR, "? Nobody can say"), (Status.FAILED, "✗ Something failed")]
)
def test_the_verdict_is_in_words(status: Status, told: str) -> None:
    assert told in _text(_run(verdict(status=status)))


def test_an_exploration_tells_the_finding_that_was_met_first() -> None:
    early = replace(finding("never-opts-out"), journey=3)
    late = replace(finding("charges-twice"), journey=9)
    page = _exploration(late, early)
    first, _, rest = page.partition('id="origin"')
    assert "declined offers are opted out once" in first
    assert "charged once (shop)" in rest
    text = _text(first)
    assert "At fault shop; with the reference shop it does not happen" in text
    assert "Found package" in text
    assert "purchaseflow replay declined-offers-are-opted-out-once.yaml --shop my:shop" in text
    assert html.escape(early.yaml(), quote=False).splitlines()[-1] in html.unescape(first)


def test_coverage_without_a_run_says_that_nothing_was_played() -> None:
    page = _page(
        CoverageSummed("1", "simulator", "reference", 1, Coverage(), None), verb="coverage"
    )
    assert "Nothing was played" in _text(page)
    assert "0 of 29 states were reached, 0 of 91 transitions taken." in _text(page)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (Status.PASSED, "✓ All that was played passed"),
        (Status.FAILED, "✗ Not all that was played passed"),
        (Status.ERROR, "? Not all that was played could be judged"),
    ],
)
def test_coverage_says_how_what_was_played_ended(status: Status, told: str) -> None:
    """A share of what failed is worth little."""
    summary = Summary(seed=1, verdicts=[verdict(status=status)])
    page = _page(CoverageSummed("1", "s", "r", 1, Coverage(), summary), verb="coverage")
    assert told in _text(page)


def test_what_people_typed_is_text_everywhere() -> None:
    """Names of shoppers, products, scenarios, steps and complaints."""
    bad = verdict(name=HOSTILE)
    step = replace(bad.steps[1], label=HOSTILE, failures=(HOSTILE,))
    bad = replace(bad, file=HOSTILE, steps=(step,), failures=(HOSTILE,), reason=HOSTILE)
    found = finding("never-opts-out", called=HOSTILE)
    for page in (_run(bad, replace(bad, status=Status.SKIPPED)), _exploration(found, found)):
        assert "<script" not in page
        assert "<img" not in page
        assert page.count("</title>") == page.count("<title>")
        assert HOSTILE in html.unescape(page)


def test_it_asks_for_nothing_and_runs_nothing() -> None:
    for page in (_run(verdict()), _exploration(finding("never-opts-out"))):
        assert re.findall(r"<(?:script|link|img|iframe|object|embed)\b[^>]*", page) == [
            '<link rel="icon" href="data:,"'
        ]
        assert re.findall(r"(?:src|url\(|@import)[^#\s]{0,8}", page.replace("url(#", "")) == []


def test_card_numbers_are_blanked_out() -> None:
    page = _exploration(finding("charges-cover-under-dual-payment"))
    text = html.unescape(page)
    assert '"creditCard"' in text
    assert re.search(r'"(number|cvc)": "(?!\*\*\*)', text) is None


def test_ids_of_all_diagrams_differ() -> None:
    page = _exploration(*(finding("asks-again-without-looking") for _ in range(3)))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {"fault-f0", "fault-f1", "fault-f2", "chart-never"} <= set(ids)


def test_however_many_scenarios_fail_the_file_stays_small() -> None:
    steps = tuple(replace(verdict().steps[1], number=number) for number in range(60))
    bad = replace(verdict(), steps=steps, failures=("what a long complaint " * 400,) * 30)
    page = _run(*(replace(bad, name=f"Story {n}") for n in range(6000)))
    assert len(page.encode()) < 3 * MEGABYTES
    assert "And 5500 more, which the JSON report lists." in _text(page)
    assert "And 4000 more, which the JSON report lists." in _text(page)


def test_however_much_is_found_the_file_stays_small() -> None:
    bad = finding("asks-again-without-looking", called="X" * 150)
    many = [replace(bad, code=f"code_{n}", detail="detail " * 100) for n in range(700)]
    page = _exploration(*many)
    assert len(page.encode()) < 3 * MEGABYTES
    assert "✗ 700 findings" in _text(page)
    assert "And 200 more, which the JSON report lists." in _text(page)


def _explored(workers: int) -> str:
    make = functools.partial(plug_in, "simulator", SHOP)
    options = Options(journeys=150, seed=5, workers=workers)
    started = ExplorationStarted("1", "simulator", SHOP, 5, 150, 40, 0.1, (), True)
    exploration = explore(make, RIGHT(), options)
    return _page(started, ExplorationFinished(exploration), verb="explore")


def test_the_same_seed_gives_the_same_exploration_apart_from_timings() -> None:
    pages = [_explored(workers) for workers in (1, 1, 2)]
    assert len({_without_timings(page) for page in pages}) == 1


def _played(workers: int) -> str:
    stream = io.StringIO()
    cases = load([shipped_suites() / "opt_out", shipped_suites() / "markets"]).cases
    report = HtmlReport(stream, verb="run", repeat="purchaseflow run")
    run(cases, RunOptions(shop=SHOP, workers=workers), [report])
    return stream.getvalue()


def test_the_same_seed_gives_the_same_run_apart_from_timings() -> None:
    pages = [_played(workers) for workers in (1, 2)]
    assert len({_without_timings(page) for page in pages}) == 1
    assert "Something failed" in pages[0]


def test_markets_have_a_cell_for_each_cover_and_payment() -> None:
    coverage = Coverage()
    sale = ("GB", "GBP", Cover.EXTENDED_WARRANTY, PaymentModel.SPLIT)
    abroad = ("NZ", "NZD", Cover.PRODUCT_INSURANCE, PaymentModel.SINGLE)
    coverage.sales.update({sale: 40, abroad: 2})
    by_name = {market.name: market.cells for market in markets(coverage)}
    assert {len(cells) for cells in by_name.values()} == {len(Cover) * len(PaymentModel)}
    counts = {cell.name: (cell.count, cell.heat) for cell in by_name["GB GBP"]}
    assert counts["extended warranty, split"] == (40, 4)
    assert counts["product insurance, single"] == (0, 0)
    assert [cell.count for cell in by_name["NZ NZD"]] == [2, None, None, None, None, None]


def test_what_only_traffic_shows_is_drawn_and_told_apart() -> None:
    coverage = Coverage()
    row = "view_product: browsing -> viewing"
    coverage.add_traffic([row])
    assert chart_counts(coverage) == {row: 1, "viewing": 1}
    (told,) = [one for one in rows_visited(coverage) if one.name == row]
    assert (told.count, told.in_traffic) == (0, 1)
    page = _page(CoverageSummed("1", "s", "r", 1, coverage, None), verb="coverage")
    assert "in traffic only" in page


def test_what_was_missed_is_named_kind_by_kind() -> None:
    kinds = {kind.kind: kind for kind in missed(Coverage())}
    assert len(kinds["States never reached"].names) == 29
    assert len(kinds["Transitions never taken"].names) == 91
    assert len(kinds["Markets never met"].names) == 48
    assert "Seen in traffic only" not in kinds
