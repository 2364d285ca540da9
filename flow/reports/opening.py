"""Which reports each verb can fill, and the files they go to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from flow.errors import UsageError
from flow.reports.events import Listener
from flow.reports.files import JsonReport, JUnitReport, NdjsonReport
from flow.reports.html.page import HtmlReport

__all__ = ["FORMATS", "REFUSED", "open_reports"]

_KINDS: dict[str, Callable[[TextIO], Listener]] = {
    "junit": JUnitReport,
    "json": JsonReport,
    "ndjson": NdjsonReport,
    "html": HtmlReport,
}

FORMATS: Mapping[str, Mapping[str, str]] = {
    "run": {
        "junit": "junit.xml",
        "json": "report.json",
        "ndjson": "report.ndjson",
        "html": "report.html",
    },
    "replay": {
        "junit": "junit-replay.xml",
        "json": "replay.json",
        "ndjson": "replay.ndjson",
        "html": "replay.html",
    },
    "explore": {
        "junit": "junit-explore.xml",
        "json": "explore.json",
        "ndjson": "explore.ndjson",
        "html": "explore.html",
    },
    "coverage": {"json": "coverage.json", "html": "coverage.html"},
}
"""Formats by verb, with the file's name: several verbs may share a folder."""

REFUSED: Mapping[tuple[str, str], str] = {
    ("coverage", "junit"): "coverage is no test that passes or fails; "
    "`run --report junit` tells of the scenarios",
    ("coverage", "ndjson"): "coverage is summed up once and has no events; "
    "`run --report ndjson` tells them as they happen",
}
"""Why a verb does not write a format that others do."""


@contextmanager
def open_reports(
    verb: str, names: Sequence[str], folder: Path, repeat: str = ""
) -> Iterator[list[Listener]]:
    """Reports of these formats in the folder, which is made if need be.

    Args:
        verb: what is to be reported of; it decides the files' names.
        repeat: the command that does it again, for reports that show it.

    Raises:
        UsageError: one cannot be written.
    """
    files = {name: folder / FORMATS[verb][name] for name in names}
    for name, path in files.items():
        if path.is_dir():  # before any is begun: an older report stays
            msg = f"--report {name}: cannot be written: {path} is a folder"
            raise UsageError(msg)
    with ExitStack() as stack:
        streams = {name: stack.enter_context(_open(name, path)) for name, path in files.items()}
        yield [
            HtmlReport(stream, verb=verb, repeat=repeat) if name == "html" else _KINDS[name](stream)
            for name, stream in streams.items()
        ]


@contextmanager
def _open(name: str, final: Path) -> Iterator[TextIO]:
    """A report's file.

    An older report stays until the new one is whole, and where nothing was told; NDJSON is for
    reading as it grows, and is written in place.

    Raises:
        UsageError: the file cannot be written.
    """
    begun = final if name == "ndjson" else final.with_name(f".{final.name}.part")
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        stream = begun.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        msg = f"--report-dir {final.parent}: cannot be written: {error.strerror}"
        raise UsageError(msg) from error
    try:
        with stream:
            yield stream
    finally:  # an interrupted run has told its end as well
        if begun is final or begun.stat().st_size:
            begun.replace(final)
        else:
            begun.unlink()
