"""What machines read of a run: JUnit XML, JSON and NDJSON tell of every scenario as it ended."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from xml.etree import ElementTree

import pytest

from flow.coverage import Coverage
from flow.promises.promise import Breach
from flow.reports.events import CaseFinished, Event, Listener, RunFinished, RunStarted
from flow.reports.files import JsonReport, JUnitReport, NdjsonReport
from flow.reports.records import record
from flow.suite.verdict import Status, StepVerdict, Summary, Verdict

STARTED = RunStarted(version="1.2.3", backend="simulator", shop="reference", seed=7, cases=11)
ENDS = {Status.PASSED: 4, Status.FAILED: 3, Status.ERROR: 2, Status.SKIPPED: 1}
ROWS = ("view_product: browsing -> viewing", "keep_shopping: viewing -> browsing")
STEP = StepVerdict(
    number=2,
    label="book",
    file="shared/buy.yaml",
    line=9,
    result="moved",
    state="booked",
    calls=("create_booking",),
    failures=("offers was to be 1, and is 2",),
)


def _verdict(status: Status, number: int = 1) -> Verdict:
    return Verdict(
        name=f"Story {number}",
        file="book/story.yaml",
        line=5,
        tags=("smoke", "book"),
        status=status,
        seed=7,
        state="booked",
        steps=(STEP,),
        failures=("status was to be X, and is Y",),
        breaches=(Breach(promise="invoices_add_up", step=2, detail="£1.00 too much"),),
        rows=ROWS,
        expected_at="book/story.yaml:30",
        reason="why",
        seconds=1.5,
    )


def _events() -> list[Event]:
    verdicts = [_verdict(status, n) for status, times in ENDS.items() for n in range(times)]
    coverage = Coverage.of(verdict.rows for verdict in verdicts)
    summary = Summary(seed=7, verdicts=verdicts, not_run=1)
    return [STARTED, *map(CaseFinished, verdicts), RunFinished(summary, coverage)]


def _written(kind: Callable[[io.StringIO], Listener]) -> str:
    stream = io.StringIO()
    listener = kind(stream)
    for event in _events():
        listener.hear(event)
    return stream.getvalue()


def test_junit_counts_each_ending_by_itself() -> None:
    """What was skipped is no error: a build server would turn red for it."""
    (suite,) = ElementTree.fromstring(_written(JUnitReport))
    counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "10", "failures": "3", "errors": "2", "skipped": "1"}
    assert suite.get("time") == "15.0000"
    for name, times in (("failure", "3"), ("error", "2"), ("skipped", "1")):
        assert str(len(suite.findall(f"testcase/{name}"))) == times


def test_junit_names_a_story_as_its_file_and_place() -> None:
    (suite,) = ElementTree.fromstring(_written(JUnitReport))
    case = suite.find("testcase")
    assert case is not None
    assert (case.get("classname"), case.get("line")) == ("book.story", "5")
    named = {entry.get("name"): entry.get("value") for entry in suite.iter("property")}
    expected = {"seed": "7", "backend": "simulator", "shop": "reference", "purchaseflow": "1.2.3"}
    assert named == expected


def test_a_letter_that_xml_cannot_hold_is_replaced() -> None:
    stream = io.StringIO()
    report = JUnitReport(stream)
    verdict = Verdict(
        name="S", file="s.yaml", line=1, tags=(), status=Status.ERROR, seed=1, state="x",
        reason="bell\x07, tab\t",
    )  # fmt: skip
    report.hear(CaseFinished(verdict))
    report.hear(RunFinished(Summary(seed=1, verdicts=[verdict]), Coverage()))
    error = ElementTree.fromstring(stream.getvalue()).find("testsuite/testcase/error")
    assert error is not None
    assert error.text == "bell\N{REPLACEMENT CHARACTER}, tab\t"


def test_a_run_that_begins_says_on_what() -> None:
    assert record(STARTED) == {
        "event": "run_started",
        "version": "1.2.3",
        "backend": "simulator",
        "shop": "reference",
        "seed": 7,
        "scenarios": 11,
    }


def test_a_story_that_ends_is_told_whole() -> None:
    assert record(CaseFinished(_verdict(Status.FAILED))) == {
        "event": "scenario_finished",
        "name": "Story 1",
        "file": "book/story.yaml",
        "line": 5,
        "tags": ["smoke", "book"],
        "status": "failed",
        "state": "booked",
        "steps": [
            {
                "number": 2,
                "step": "book",
                "file": "shared/buy.yaml",
                "line": 9,
                "result": "moved",
                "state": "booked",
                "calls": ["create_booking"],
                "failures": ["offers was to be 1, and is 2"],
            }
        ],
        "failures": ["status was to be X, and is Y"],
        "broken_promises": [{"promise": "invoices_add_up", "step": 2, "detail": "£1.00 too much"}],
        "transitions": list(ROWS),
        "reason": "why",
    }


def test_a_run_that_ends_is_summed_up() -> None:
    entry = record(_events()[-1])
    coverage = entry.pop("coverage")
    assert entry == {
        "event": "run_finished",
        "seed": 7,
        "exit_code": 1,
        "scenarios": {"passed": 4, "failed": 3, "error": 2, "skipped": 1},
        "not_run": 1,
    }
    seen = Coverage.of([ROWS])
    assert 0 < coverage["pairs"] < coverage["transitions"] < coverage["states"]
    assert coverage == {
        "states": round(seen.state_share, 2),
        "transitions": round(seen.row_share, 2),
        "pairs": round(seen.pair_share, 2),
        "possible_pairs": round(seen.possible_pairs_visited.percent, 2),
        "conditions": 0,
        "faults": 0,
        "markets": 0,
    }


def test_a_run_without_failures_says_so_in_numbers() -> None:
    summary = Summary(seed=1, verdicts=[_verdict(Status.PASSED)])
    entry = record(RunFinished(summary, Coverage()))
    assert entry["scenarios"] == {"passed": 1, "failed": 0, "error": 0, "skipped": 0}
    assert (entry["exit_code"], entry["not_run"]) == (0, 0)


def test_a_story_without_a_reason_has_none() -> None:
    verdict = replace(_verdict(Status.PASSED), reason=None)
    assert record(CaseFinished(verdict))["reason"] is None


@pytest.mark.parametrize("event", _events()[:2] + _events()[-1:], ids=lambda e: type(e).__name__)
def test_a_listener_cannot_change_what_the_next_one_hears(event: Event) -> None:
    name = fields(event)[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(event, name, None)


def test_json_holds_run_stories_and_sum_in_the_order_in_which_they_came() -> None:
    document = json.loads(_written(JsonReport))
    assert document["run"]["seed"] == 7
    statuses = [Status(story["status"]) for story in document["scenarios"]]
    assert statuses == [status for status, times in ENDS.items() for _ in range(times)]
    assert document["summary"]["not_run"] == 1
    assert "event" not in document["run"]


def test_ndjson_is_an_object_a_line_in_plain_letters() -> None:
    lines = _written(NdjsonReport).splitlines()
    assert [json.loads(line)["event"] for line in (lines[0], lines[-1])] == [
        "run_started",
        "run_finished",
    ]
    assert len(lines) == 12
    assert "£1.00" in lines[1]
