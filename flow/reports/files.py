"""Reports for machines: NDJSON as it happens, JSON and JUnit XML at the end."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any, TextIO
from xml.etree import ElementTree

from flow.explorer import telling
from flow.explorer.exploring import Exploration
from flow.explorer.findings import Finding
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
from flow.reports.records import record
from flow.suite.verdict import Status, Verdict

__all__ = ["JUnitReport", "JsonReport", "NdjsonReport"]


class NdjsonReport:
    """One JSON object a line, as events come."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def hear(self, event: Event) -> None:
        """Write a line."""
        self._stream.write(json.dumps(record(event), ensure_ascii=False) + "\n")
        self._stream.flush()


class JsonReport:
    """One JSON document: the run, its scenarios or findings, its sum; or the coverage."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._run: dict[str, Any] = {}
        self._parts: list[dict[str, Any]] = []

    def hear(self, event: Event) -> None:
        """Collect, and write at the end."""
        entry = record(event)
        del entry["event"]
        match event:
            case RunStarted() | ExplorationStarted():
                self._run = entry
            case CaseFinished() | FindingMade():
                self._parts.append(entry)
            case RunFinished():
                self._write({"run": self._run, "scenarios": self._parts, "summary": entry})
            case ExplorationFinished():
                self._write({"run": self._run, "findings": self._parts, "summary": entry})
            case CoverageSummed():
                self._write(entry)

    def _write(self, document: dict[str, Any]) -> None:
        json.dump(document, self._stream, ensure_ascii=False, indent=2)
        self._stream.write("\n")


class JUnitReport:
    """JUnit XML: a file is a suite, a scenario a test case.

    What shop or insurer did wrong is a failure; what nobody can judge is an error. An exploration
    is a suite in which each finding is a failure; one that found nothing is one case that passed.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._properties: dict[str, str] = {}
        self._files: dict[str, list[Verdict]] = defaultdict(list)

    def hear(self, event: Event) -> None:
        """Collect, and write at the end."""
        match event:
            case RunStarted() | ExplorationStarted():
                self._properties = {
                    "seed": str(event.seed),
                    "backend": event.backend,
                    "shop": event.shop,
                    "purchaseflow": event.version,
                }
            case CaseFinished(verdict=verdict):
                self._files[verdict.file].append(verdict)
            case RunFinished():
                self._write_run()
            case ExplorationFinished(exploration=exploration):
                self._write_exploration(exploration)
            case FindingMade() | CoverageSummed():
                pass  # the exploration holds its findings; coverage is no test

    def _write_run(self) -> None:
        root = ElementTree.Element("testsuites", name="purchaseflow")
        for file, verdicts in self._files.items():
            suite = self._suite(root, file, _counts(verdicts))
            for verdict in verdicts:
                _test_case(suite, verdict)
        self._write(root)

    def _write_exploration(self, exploration: Exploration) -> None:
        root = ElementTree.Element("testsuites", name="purchaseflow")
        counts = {
            "tests": str(max(1, len(exploration.findings) + exploration.is_interrupted)),
            "failures": str(len(exploration.findings)),
            "errors": str(int(exploration.is_interrupted)),
            "skipped": "0",
            "time": f"{exploration.seconds:.4f}",
        }
        suite = self._suite(root, "explore", counts)
        for finding in exploration.findings:
            _finding_case(suite, finding)
        if exploration.is_interrupted:
            name = f"interrupted after {exploration.journeys} random journeys"
            case = ElementTree.SubElement(suite, "testcase", name=name, classname="explore")
            ElementTree.SubElement(case, "error", message="nobody can say what else there is")
        elif not exploration.findings:
            name = f"{exploration.journeys} random journeys, nothing found"
            ElementTree.SubElement(suite, "testcase", name=name, classname="explore")
        self._write(root)

    def _suite(
        self, root: ElementTree.Element, name: str, counts: dict[str, str]
    ) -> ElementTree.Element:
        suite = ElementTree.SubElement(root, "testsuite", {"name": name, **counts})
        properties = ElementTree.SubElement(suite, "properties")
        for key, value in self._properties.items():
            ElementTree.SubElement(properties, "property", name=key, value=value)
        return suite

    def _write(self, root: ElementTree.Element) -> None:
        ElementTree.indent(root)
        text = ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
        self._stream.write(text + "\n")


def _counts(verdicts: list[Verdict]) -> dict[str, str]:
    def count(status: Status) -> str:
        return str(sum(verdict.status is status for verdict in verdicts))

    return {
        "tests": str(len(verdicts)),
        "failures": count(Status.FAILED),
        "errors": count(Status.ERROR),
        "skipped": count(Status.SKIPPED),
        "time": f"{sum(verdict.seconds for verdict in verdicts):.4f}",
    }


def _test_case(suite: ElementTree.Element, verdict: Verdict) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        name=verdict.name,
        classname=verdict.file.removesuffix(".yaml").replace("/", "."),
        file=verdict.file,
        line=str(verdict.line),
        time=f"{verdict.seconds:.4f}",
    )
    tag = {Status.FAILED: "failure", Status.ERROR: "error", Status.SKIPPED: "skipped"}
    if verdict.status in tag:
        complaints = [_printable(line) for line in verdict.complaints] or ["no reason given"]
        entry = ElementTree.SubElement(case, tag[verdict.status], message=complaints[0])
        entry.text = "\n".join(complaints)


def _finding_case(suite: ElementTree.Element, finding: Finding) -> None:
    case = ElementTree.SubElement(suite, "testcase", name=finding.code, classname="explore")
    entry = ElementTree.SubElement(case, "failure", message=_printable(finding.detail))
    entry.text = _printable("\n".join(telling.story(finding)))


def _printable(text: str) -> str:
    """Without characters that XML cannot hold."""
    return "".join(
        letter if letter in "\t\n" or letter >= " " else "\N{REPLACEMENT CHARACTER}"
        for letter in text
    )
