"""`lint`, `list` and `schema`: scenario files without running them."""

from __future__ import annotations

import json
from typing import Any

import click

from flow.cli.exits import ExitCode
from flow.cli.options import paths_argument, reading_options

__all__ = ["COMMANDS"]


@click.command("lint")
@paths_argument
def lint_verb(paths: tuple[str, ...]) -> int:
    """Check scenario files, and run nothing.

    \b
    Examples:
      purchaseflow lint my-scenarios/
      purchaseflow lint scenarios/opt_out/declined_offer.yaml
    """
    from flow.cli.selection import counted, read_all, tell

    loaded = read_all(paths)
    if loaded.faults:
        tell(loaded.faults)
        return ExitCode.USAGE
    if not loaded.cases:
        click.echo("no scenario was found", err=True)
        return ExitCode.NOTHING_SELECTED
    scenarios = counted(len(loaded.cases), "scenario")
    files = counted(len({case.file for case in loaded.cases}), "file")
    click.echo(f"{scenarios} in {files}: no faults")
    return ExitCode.HELD


@click.command("list")
@reading_options
def list_verb(**given: Any) -> int:
    """List scenarios with their tags.

    \b
    Examples:
      purchaseflow list
      purchaseflow list --tags cancellation
    """
    from flow.cli.selection import counted, select

    cases = select(given["paths"], given["tags"])
    if not cases:
        return ExitCode.USAGE if cases is None else ExitCode.NOTHING_SELECTED
    for case in cases:
        tags = f"  [{', '.join(case.tags)}]" if case.tags else ""
        click.echo(f"{case.file}: {case.name}{tags}")
    click.echo(counted(len(cases), "scenario"))
    return ExitCode.HELD


@click.command("schema")
def schema_verb() -> int:
    """Print the JSON Schema of scenario files, for editors.

    \b
    Example:
      purchaseflow schema > scenario.schema.json
    """
    from flow.suite.schema import scenario_schema

    click.echo(json.dumps(scenario_schema(), indent=2, ensure_ascii=False))
    return ExitCode.HELD


COMMANDS = {"lint": lint_verb, "list": list_verb, "schema": schema_verb}
