"""Which scenarios a verb is about."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from flow.errors import ScenarioInvalid
from flow.spelling import did_you_mean
from flow.suite.grammar import Case
from flow.suite.loader import Loaded, load
from flow.suite.shipped import shipped_suites
from flow.suite.tags import parse_tags, tags_in

__all__ = ["counted", "read_all", "select", "tell"]


def read_all(paths: Sequence[str]) -> Loaded:
    """Everything under the paths, with its faults."""
    return load([_found(path) for path in dict.fromkeys(paths)] or [shipped_suites()])


def _found(path: str) -> Path:
    """The path; one of the shipped suites when it is not here and names one of those."""
    if not path or os.path.exists(path):
        return Path(path)
    shipped = shipped_suites().parent / path
    return shipped if os.path.exists(shipped) else Path(path)


def select(paths: Sequence[str], tags: str | None) -> list[Case] | None:
    """Cases to run; None, with every fault told, when a file is wrong: then nothing is run.

    That none fits the tags is told too.
    """
    matches = parse_tags(tags) if tags else None
    loaded = read_all(paths)
    if loaded.faults:
        tell(loaded.faults)
        return None
    cases = [case for case in loaded.cases if matches is None or matches(case.tags)]
    if not cases:
        hint = _unknown_tag(tags or "", loaded.cases)
        click.echo(f"no scenario was selected{hint}", err=True)
    return cases


def _unknown_tag(tags: str, cases: Sequence[Case]) -> str:
    """The first tag of the expression that no scenario has, and the nearest that one has."""
    known = sorted({tag for case in cases for tag in case.tags})
    for tag in tags_in(tags):
        if tag not in known:
            hint = did_you_mean(tag, known) or f"none has the tag '{tag}'"
            return f"; {hint}"
    return ""


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def tell(faults: Sequence[ScenarioInvalid]) -> None:
    """Print faults, a line each."""
    for fault in faults:
        click.echo(f"error: {fault}", err=True)
