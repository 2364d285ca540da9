"""What JUnit, JSON and NDJSON tell of explorations and of coverage."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from xml.etree import ElementTree

from flow.coverage import Coverage
from flow.explorer.exploring import Exploration
from flow.explorer.findings import Finding
from flow.reports.events import (
    CoverageSummed,
    Event,
    ExplorationFinished,
    ExplorationStarted,
    FindingMade,
    Listener,
)
from flow.reports.exploring import Narrator
from flow.reports.files import JsonReport, JUnitReport, NdjsonReport
from tests.reports.samples import finding

STARTED = ExplorationStarted("1.2.3", "simulator", "my:shop", 7, 20, 40, 0.1, ("decliner",), True)


def _told(kind: Callable[[io.StringIO], Listener], *findings: Finding) -> str:
    stream = io.StringIO()
    narrator = Narrator(STARTED, [kind(stream)])
    exploration = Exploration(seed=7, journeys=20, steps=200)
    for one in findings:
        exploration.findings.append(one)
        narrator.hear(exploration)
    narrator.hear(exploration)
    narrator.finish()
    return stream.getvalue()


def test_each_finding_is_told_once_and_when_it_is_made() -> None:
    heard: list[Event] = []

    class Notes:
        def hear(self, event: Event) -> None:
            heard.append(event)

    one, two = finding("never-opts-out"), finding("charges-twice")
    exploration = Exploration(seed=7)
    narrator = Narrator(STARTED, [Notes()])
    exploration.findings.append(one)
    narrator.hear(exploration)
    assert heard == [STARTED, FindingMade(one)]
    exploration.findings.append(two)
    narrator.hear(exploration)
    narrator.finish()
    assert heard == [STARTED, FindingMade(one), FindingMade(two), ExplorationFinished(exploration)]


def test_an_exploration_that_was_interrupted_early_has_an_end_too() -> None:
    stream = io.StringIO()
    Narrator(STARTED, [NdjsonReport(stream)]).finish()
    begun, ended = (json.loads(line) for line in stream.getvalue().splitlines())
    assert begun["event"] == "exploration_started"
    assert (ended["event"], ended["journeys"], ended["seed"]) == ("exploration_finished", 0, 7)


def test_ndjson_tells_a_finding_whole() -> None:
    own = finding("never-opts-out")
    begun, made, ended = map(json.loads, _told(NdjsonReport, own).splitlines())
    assert begun == {
        "event": "exploration_started",
        "version": "1.2.3",
        "backend": "simulator",
        "shop": "my:shop",
        "seed": 7,
        "journeys": 20,
        "max_steps": 40,
        "faults": 0.1,
        "at_once": True,
        "personas": ["decliner"],
    }
    assert made == {
        "event": "finding_made",
        "code": "declined_offers_are_opted_out_once",
        "meaning": own.meaning,
        "detail": own.detail,
        "journey": 7,
        "found_in": own.found_in,
        "blame": {
            "who": "shop",
            "evidence": "with the reference shop it does not happen",
        },
        "steps": 7,
        "faults": 0,
        "transitions": list(own.played.rows),
        "scenario": own.yaml(),
    }
    assert (ended["journeys"], ended["steps"], ended["findings"]) == (20, 200, 1)
    assert len(ended["never_taken"]) == 91


def test_json_holds_the_exploration_its_findings_and_their_sum() -> None:
    document = json.loads(_told(JsonReport, finding("never-opts-out"), finding("charges-twice")))
    assert list(document) == ["run", "findings", "summary"]
    assert document["run"]["shop"] == "my:shop"
    assert [one["code"] for one in document["findings"]] == [
        "declined_offers_are_opted_out_once",
        "charged_once",
    ]
    assert document["summary"]["findings"] == 2


def test_in_junit_a_finding_is_a_failure_with_its_story() -> None:
    (suite,) = ElementTree.fromstring(_told(JUnitReport, finding("never-opts-out")))
    counts = {name: suite.get(name) for name in ("name", "tests", "failures", "errors")}
    assert counts == {"name": "explore", "tests": "1", "failures": "1", "errors": "0"}
    (case,) = suite.findall("testcase")
    assert case.get("name") == "declined_offers_are_opted_out_once"
    assert "6. collect -> collected" in (case.findtext("failure") or "")
    named = {entry.get("name"): entry.get("value") for entry in suite.iter("property")}
    assert named["seed"] == "7"


def test_in_junit_an_exploration_that_found_nothing_is_one_case_that_passed() -> None:
    (suite,) = ElementTree.fromstring(_told(JUnitReport))
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    (case,) = suite.findall("testcase")
    assert case.get("name") == "20 random journeys, nothing found"
    assert list(case) == []


def test_coverage_as_json_counts_what_was_visited_and_names_what_was_missed() -> None:
    stream = io.StringIO()
    coverage = Coverage.of([["view_product: browsing -> viewing"]])
    JsonReport(stream).hear(CoverageSummed("1.2.3", "simulator", "ref", 7, coverage, None))
    document = json.loads(stream.getvalue())
    assert document["states"] == {"browsing": 1, "viewing": 1}
    assert document["transitions"] == {"view_product: browsing -> viewing": 1}
    assert (len(document["never_reached"]), len(document["never_taken"])) == (27, 90)
    assert document["exit_code"] is None
    assert document["coverage"]["states"] == round(coverage.state_share, 2)
