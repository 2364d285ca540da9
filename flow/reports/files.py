"""Reports for machines: NDJSON as it happens, JSON and JUnit XML at the end."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TextIO
from xml.etree import ElementTree

from flow.errors import UsageError
from flow.reports.events import CaseFinished, Event, Listener, RunFinished, RunStarted
from flow.reports.records import record
from flow.suite.verdict import Status, Verdict

__all__ = ["REPORTS", "JUnitReport", "JsonReport", "NdjsonReport", "open_reports"]


class NdjsonReport:
    """One JSON object a line, as events come."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def hear(self, event: Event) -> None:
        """Write a line."""
        self._stream.write(json.dumps(record(event), ensure_ascii=False) + "\n")
        self._stream.flush()


class JsonReport:
    """One JSON document: the run, its scenarios, its sum."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._run: dict[str, Any] = {}
        self._scenarios: list[dict[str, Any]] = []

    def hear(self, event: Event) -> None:
        """Collect, and write at the end."""
        entry = record(event)
        del entry["event"]
        match event:
            case RunStarted():
                self._run = entry
            case CaseFinished():
                self._scenarios.append(entry)
            case RunFinished():
                document = {"run": self._run, "scenarios": self._scenarios, "summary": entry}
                json.dump(document, self._stream, ensure_ascii=False, indent=2)
                self._stream.write("\n")


class JUnitReport:
    """JUnit XML: a file is a suite, a scenario a test case.

    What shop or insurer did wrong is a failure; what nobody can judge is an error.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._properties: dict[str, str] = {}
        self._files: dict[str, list[Verdict]] = defaultdict(list)

    def hear(self, event: Event) -> None:
        """Collect, and write at the end."""
        match event:
            case RunStarted():
                self._properties = {
                    "seed": str(event.seed),
                    "backend": event.backend,
                    "shop": event.shop,
                    "purchaseflow": event.version,
                }
            case CaseFinished(verdict=verdict):
                self._files[verdict.file].append(verdict)
            case RunFinished():
                self._write()

    def _write(self) -> None:
        root = ElementTree.Element("testsuites", name="purchaseflow")
        for file, verdicts in self._files.items():
            suite = ElementTree.SubElement(root, "testsuite", {"name": file, **_counts(verdicts)})
            properties = ElementTree.SubElement(suite, "properties")
            for name, value in self._properties.items():
                ElementTree.SubElement(properties, "property", name=name, value=value)
            for verdict in verdicts:
                _test_case(suite, verdict)
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


def _printable(text: str) -> str:
    """Without characters that XML cannot hold."""
    return "".join(
        letter if letter in "\t\n" or letter >= " " else "\N{REPLACEMENT CHARACTER}"
        for letter in text
    )


REPORTS: dict[str, tuple[str, type[NdjsonReport | JsonReport | JUnitReport]]] = {
    "junit": ("junit.xml", JUnitReport),
    "json": ("report.json", JsonReport),
    "ndjson": ("report.ndjson", NdjsonReport),
}
"""Formats by name: the file's name, and who writes it."""


@contextmanager
def open_reports(names: Sequence[str], folder: Path) -> Iterator[list[Listener]]:
    """Reports of these formats in the folder, which is made if need be.

    Raises:
        UsageError: one cannot be written.
    """
    for name in names:
        path = folder / REPORTS[name][0]
        if path.is_dir():  # before any is begun: an older report stays
            msg = f"--report {name}: cannot be written: {path} is a folder"
            raise UsageError(msg)
    with ExitStack() as stack:
        yield [stack.enter_context(_open_report(name, folder)) for name in names]


@contextmanager
def _open_report(name: str, folder: Path) -> Iterator[Listener]:
    """A report of that format in the folder.

    An older report stays until the new one is whole; NDJSON is for reading as it grows, and is
    written in place.

    Raises:
        UsageError: the file cannot be written.
    """
    file, kind = REPORTS[name]
    final = folder / file
    begun = final if kind is NdjsonReport else folder / f".{file}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stream = begun.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        msg = f"--report-dir {folder}: cannot be written: {error.strerror}"
        raise UsageError(msg) from error
    try:
        with stream:
            yield kind(stream)
    finally:  # an interrupted run has told its end as well
        begun.replace(final)
