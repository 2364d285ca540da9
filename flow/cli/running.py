"""`run`: play scenarios, and say what came of it.

What plays them is imported inside the verb: help must not wait for it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from flow.cli.exits import ExitCode
from flow.cli.options import run_options, smtp_option
from flow.cli.reporting import check_reports, report_options, reports

if TYPE_CHECKING:
    from flow.reports.console import ConsoleReport
    from flow.run import RunOptions
__all__ = ["COMMANDS", "play_options", "verbosity"]


def play_options(given: dict[str, Any]) -> RunOptions:
    """How to play, as the options say."""
    from flow.run import RunOptions
    from flow.workers import keep_pipes

    keep_pipes(given["workers"])
    return RunOptions(
        backend=given["backend"],
        shop=given["shop"],
        seed=given["seed"],
        workers=given["workers"],
        fail_fast=given["fail_fast"],
        max_time=given["max_time"],
        step_timeout=given["step_timeout"],
        record=given.get("record"),
        documents=given.get("documents"),
    )


def _console(given: dict[str, Any]) -> ConsoleReport:
    from flow.reports.console import ConsoleReport

    level = verbosity(given)
    terminal = bool(sys.stdout and sys.stdout.isatty()) and not os.environ.get("CI")
    return ConsoleReport(verbosity=level, progress=terminal and level == 0)


def verbosity(given: dict[str, Any]) -> int:
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


@click.command("run")
@run_options
@report_options("junit, json, ndjson, html")
@click.option(
    "--record",
    envvar="PURCHASEFLOW_RECORD",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Write down what was sent and answered, a file a scenario.",
)
@click.option(
    "--documents",
    envvar="PURCHASEFLOW_DOCUMENTS",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Save certificates, invoices and e-mails, a folder a scenario.",
)
@smtp_option("Bring the e-mails that --documents saves, insurer's and shop's, to this SMTP server.")
def run_verb(**given: Any) -> int:
    """Play scenarios: the shipped suites, or files and folders.

    \b
    Examples:
      purchaseflow run
      purchaseflow run scenarios/opt_out --tags smoke -v
      purchaseflow run --report junit,html --report-dir build/reports
      purchaseflow run --shop my_shop.adapter:make_shop
      purchaseflow run my-scenarios/ --documents papers --smtp 127.0.0.1:1025
    """
    from flow.cli.mailing import check_smtp, post
    from flow.cli.selection import select
    from flow.plugs import plug_in
    from flow.run import run

    check_reports(given)
    check_smtp(given)
    console = _console(given)
    cases = select(given["paths"], given["tags"])
    if not cases:
        return ExitCode.USAGE if cases is None else ExitCode.NOTHING_SELECTED
    plug_in(given["backend"], given["shop"])  # a wrong name must not cost an old report
    with reports(given) as listeners:
        summary = run(cases, play_options(given), [console, *listeners])
    posted = post(summary.verdicts, given)
    return summary.exit_code or posted


COMMANDS = {"run": run_verb}
