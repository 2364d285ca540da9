"""`run` and `coverage`: play scenarios, and say what came of it or what was visited.

What plays them is imported inside the verbs: help must not wait for it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flow.cli.exits import ExitCode
from flow.cli.options import Number, finite, run_options

if TYPE_CHECKING:
    from flow.coverage import Coverage
    from flow.reports.console import ConsoleReport
    from flow.run import RunOptions
__all__ = ["COMMANDS"]


def _formats(ctx: click.Context, param: click.Parameter, value: Any) -> list[str]:
    """`junit,json`, once or several times, or a list in a settings file."""
    from flow.reports.files import REPORTS

    given = [value] if isinstance(value, str) else list(value or [])
    names = [name.strip() for entry in given for name in str(entry).split(",") if name.strip()]
    for name in names:
        if name not in REPORTS:
            msg = f"'{name}' is no report; one of: {', '.join(REPORTS)}"
            raise click.BadParameter(msg, ctx, param)
    return list(dict.fromkeys(names))


def _keep_pipes(workers: int) -> None:
    """A closed pipe to a worker must be an error that is told, not the end of the command."""
    if workers > 1 and hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def _options(given: dict[str, Any]) -> RunOptions:
    from flow.run import RunOptions

    _keep_pipes(given["workers"])
    return RunOptions(
        backend=given["backend"],
        shop=given["shop"],
        seed=given["seed"],
        workers=given["workers"],
        fail_fast=given["fail_fast"],
        max_time=given["max_time"],
        record=given.get("record"),
    )


def _console(given: dict[str, Any]) -> ConsoleReport:
    from flow.reports.console import ConsoleReport

    verbosity = _verbosity(given)
    terminal = bool(sys.stdout and sys.stdout.isatty()) and not os.environ.get("CI")
    return ConsoleReport(verbosity=verbosity, progress=terminal and verbosity == 0)


def _verbosity(given: dict[str, Any]) -> int:
    """1 for `--verbose`, -1 for `--quiet`; the command line wins over the environment."""
    if given["verbose"] and given["quiet"]:
        if _is_typed("verbose") == _is_typed("quiet"):
            msg = "--verbose and --quiet exclude each other"
            raise click.UsageError(msg, click.get_current_context())
        return 1 if _is_typed("verbose") else -1
    return 1 if given["verbose"] else -1 if given["quiet"] else 0


def _is_typed(name: str) -> bool:
    """Whether an option was given on the command line itself."""
    source = click.get_current_context().get_parameter_source(name)
    return source is click.core.ParameterSource.COMMANDLINE


def _check_reports(given: dict[str, Any]) -> None:
    if _is_typed("report_dir") and not given["report"]:
        msg = "--report-dir says where reports go; say which ones with --report"
        raise click.UsageError(msg, click.get_current_context())


@click.command("run")
@run_options
@click.option(
    "--report",
    multiple=True,
    callback=_formats,
    envvar="PURCHASEFLOW_REPORT",
    metavar="NAMES",
    help="Reports to write: junit, json, ndjson; several with commas.",
)
@click.option(
    "--report-dir",
    default="reports",
    show_default=True,
    envvar="PURCHASEFLOW_REPORT_DIR",
    type=click.Path(file_okay=False),
    help="Where to write them.",
)
@click.option(
    "--record",
    envvar="PURCHASEFLOW_RECORD",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Write down what was sent and answered, a file a scenario.",
)
def run_verb(**given: Any) -> int:
    """Play scenarios: the shipped suites, or files and folders.

    \b
    Examples:
      purchaseflow run
      purchaseflow run scenarios/opt_out --tags smoke -v
      purchaseflow run --report junit,ndjson --report-dir build/reports
      purchaseflow run --shop my_shop.adapter:make_shop
    """
    from flow.cli.selection import select
    from flow.plugs import plug_in
    from flow.reports.files import open_reports
    from flow.run import run

    _check_reports(given)
    console = _console(given)
    cases = select(given["paths"], given["tags"])
    if not cases:
        return ExitCode.USAGE if cases is None else ExitCode.NOTHING_SELECTED
    plug_in(given["backend"], given["shop"])  # a wrong name must not cost an old report
    with open_reports(given["report"], Path(given["report_dir"])) as reports:
        summary = run(cases, _options(given), [console, *reports])
    return summary.exit_code


@click.command("coverage")
@run_options
@click.option(
    "--fail-under",
    type=Number(0, 100),
    envvar="PURCHASEFLOW_FAIL_UNDER",
    callback=finite,
    metavar="PERCENT",
    help="Exit with 4 when states or transitions are covered less.",
)
@click.option("--pairs", is_flag=True, help="List the pairs of transitions that were missed.")
def coverage_verb(**given: Any) -> int:
    """Play scenarios, and say which states, transitions and pairs they visit.

    \b
    Examples:
      purchaseflow coverage
      purchaseflow coverage my-scenarios/ --fail-under 90
    """
    from flow.cli.selection import select
    from flow.coverage import Coverage
    from flow.run import run

    verbosity = _verbosity(given)
    cases = select(given["paths"], given["tags"])
    if not cases:
        return ExitCode.USAGE if cases is None else ExitCode.NOTHING_SELECTED
    summary = run(cases, _options(given), [])
    coverage = Coverage.merged(verdict.coverage for verdict in summary.verdicts)
    _print_coverage(coverage, verbose=verbosity > 0, pairs=given["pairs"])
    if summary.exit_code:
        click.echo("not all scenarios passed: see 'purchaseflow run'", err=True)
        return summary.exit_code
    gate = given["fail_under"]
    if gate is not None and min(coverage.state_share, coverage.row_share) < gate:
        click.echo(f"coverage is under {gate:g} %", err=True)
        return ExitCode.GATE_MISSED
    return ExitCode.HELD


def _print_coverage(coverage: Coverage, *, verbose: bool, pairs: bool) -> None:
    if verbose:
        for state, times in coverage.states.most_common():
            click.echo(f"{times:>6}  {state}")
        for name, times in coverage.rows.most_common():
            click.echo(f"{times:>6}  {name}")
    for state in coverage.missed_states:
        click.echo(f"missed state       {state}")
    for row in coverage.missed_rows:
        click.echo(f"missed transition  {row.name}")
    if pairs:
        for one, two in coverage.missed_pairs:
            click.echo(f"missed pair        {one.name}, then {two.name}")
    click.echo(f"states               {coverage.state_share:.1f} %")
    click.echo(f"transitions          {coverage.row_share:.1f} %")
    click.echo(f"pairs of transitions {coverage.pair_share:.1f} %")


COMMANDS = {"run": run_verb, "coverage": coverage_verb}
