"""Which scenarios a verb is about."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from flow.errors import ScenarioInvalid
from flow.suite.grammar import Case
from flow.suite.loader import Loaded, load
from flow.suite.shipped import shipped_suites
from flow.suite.tags import parse_tags

__all__ = ["read_all", "select"]


def read_all(paths: Sequence[str]) -> Loaded:
    """Everything under the paths, with its faults."""
    return load([_found(path) for path in dict.fromkeys(paths)] or [shipped_suites()])


def _found(path: str) -> Path:
    """The path; one of the shipped suites when it is not here and names one of those."""
    here = Path(path)
    shipped = shipped_suites().parent / path
    return shipped if not here.exists() and shipped.exists() else here


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
        click.echo("no scenario was selected", err=True)
    return cases


def tell(faults: Sequence[ScenarioInvalid]) -> None:
    """Print faults, a line each."""
    for fault in faults:
        click.echo(f"error: {fault}", err=True)
