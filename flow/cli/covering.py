"""`coverage`: what was visited, over scenarios, files and traffic, and what to write next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flow.cli.exits import ExitCode
from flow.cli.options import WholeNumber, fail_under_option, run_options
from flow.cli.reporting import check_reports, report_options, reports
from flow.cli.running import play_options, verbosity

if TYPE_CHECKING:
    from flow.coverage import Coverage
    from flow.reports.events import CoverageSummed
    from flow.suite.grammar import Case
    from flow.suite.verdict import Summary
__all__ = ["COMMANDS"]

_FILE = click.Path(dir_okay=False)


@click.command("coverage")
@run_options
@fail_under_option("Exit with 4 when states or transitions are covered less.")
@click.option("--pairs", is_flag=True, help="List the pairs of transitions that were missed.")
@click.option(
    "--merge",
    "merged",
    multiple=True,
    type=_FILE,
    metavar="FILE",
    help="Add coverage that was saved; repeatable.",
)
@click.option(
    "--journal",
    "journals",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="Add what a server's journal or a tape shows of anybody's calls; repeatable.",
)
@click.option(
    "--save", type=_FILE, metavar="FILE", help="Write the sum of it all, for a later --merge."
)
@click.option(
    "--next",
    "wanted",
    is_flag=False,
    flag_value=1,
    type=WholeNumber(1, 1000),
    metavar="[NUMBER]",
    help="Print the cheapest scenarios for what is missed, as YAML; the shares go to stderr.",
)
@report_options("json, html")
def coverage_verb(**given: Any) -> int:
    """Play scenarios, and say what of the flow they visit.

    States, transitions and pairs of them; conditions seen true and seen false; steps by the faults
    that struck them; markets by product by payment. Without PATHS the shipped suites are played;
    with --merge or --journal, and no PATHS, nothing is.

    \b
    Examples:
      purchaseflow coverage
      purchaseflow coverage my-scenarios/ --fail-under 90 --save coverage.json
      purchaseflow coverage --merge coverage.json --journal journal.json
      purchaseflow coverage my-scenarios/ --next > next.yaml
      purchaseflow coverage my-scenarios/ --report html
    """
    from flow.cli.selection import select
    from flow.coverage import Coverage
    from flow.plugs import plug_in

    check_reports(given)
    level = verbosity(given)
    coverage = Coverage.merged(_given(given["merged"], given["journals"]))
    cases: list[Case] | None = []
    if given["paths"] or given["tags"] or not (given["merged"] or given["journals"]):
        cases = select(given["paths"], given["tags"])
        if not cases:
            return ExitCode.USAGE if cases is None else ExitCode.NOTHING_SELECTED
        plug_in(given["backend"], given["shop"])  # a wrong name must not cost an old report
    with reports(given) as listeners:
        summary = _play(given, cases, coverage) if cases else None
        for listener in listeners:
            listener.hear(_summed(given, coverage, summary))
    code = ExitCode.HELD if summary is None else summary.exit_code
    if given["save"]:
        _save(coverage, Path(given["save"]))
    if given["wanted"]:
        _print_shares(coverage, err=True)
        _print_next(coverage, given["wanted"])
    else:
        _print_coverage(coverage, verbose=level > 0, pairs=given["pairs"])
    return _judged(coverage, given["fail_under"], code)


def _judged(coverage: Coverage, gate: float | None, code: int) -> int:
    """The exit code: what the scenarios came to, then the gate."""
    if code:
        click.echo("not all scenarios passed: see 'purchaseflow run'", err=True)
        return code
    if gate is not None and min(coverage.state_share, coverage.row_share) < gate:
        click.echo(f"coverage is under {gate:g} %", err=True)
        return ExitCode.GATE_MISSED
    return ExitCode.HELD


def _play(given: dict[str, Any], cases: list[Case], coverage: Coverage) -> Summary:
    """Play scenarios, and add what they visit."""
    from flow.run import run

    summary = run(cases, play_options(given), [])
    for verdict in summary.verdicts:
        coverage.merge(verdict.coverage)
    return summary


def _summed(given: dict[str, Any], coverage: Coverage, summary: Summary | None) -> CoverageSummed:
    from flow.reports.events import CoverageSummed
    from flow.version import own_version

    return CoverageSummed(
        version=own_version(),
        backend=given["backend"],
        shop=given["shop"],
        seed=given["seed"],
        coverage=coverage,
        summary=summary,
    )


def _given(merged: Sequence[str], journals: Sequence[str]) -> Iterator[Coverage]:
    """Coverage of files that were named.

    Raises:
        UsageError: one cannot be read, or holds something else.
    """
    from flow.coverage import Coverage
    from flow.traffic import coverage_of

    for name in merged:
        with _told_of("--merge", name):
            yield Coverage.from_json(Path(name).read_bytes())
    for name in journals:
        with _told_of("--journal", name):
            yield coverage_of(Path(name))


@contextmanager
def _told_of(option: str, name: str) -> Iterator[None]:
    """Say of what goes wrong with which file it was.

    Raises:
        UsageError: something did.
    """
    from flow.errors import UsageError

    try:
        yield
    except OSError as error:
        msg = f"{option} {name}: cannot be read: {error.strerror}"
        raise UsageError(msg) from error
    except UsageError as error:
        msg = f"{option} {name}: {error}"
        raise UsageError(msg) from error


def _save(coverage: Coverage, path: Path) -> None:
    """Write it down.

    Raises:
        UsageError: the file cannot be written.
    """
    from flow.errors import UsageError

    try:
        path.write_text(coverage.to_json(), encoding="utf-8", newline="\n")
    except OSError as error:
        msg = f"--save {path}: cannot be written: {error.strerror}"
        raise UsageError(msg) from error


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
    for one, two in coverage.strange_pairs:
        click.echo(f"not foreseen       {one.name}, then {two.name}")
    for row in coverage.only_in_traffic:
        click.echo(f"seen in traffic    {row.name}")
    if verbose:
        for told in _details(coverage):
            click.echo(told)
    _print_shares(coverage)


def _details(coverage: Coverage) -> Iterator[str]:
    """What was missed beside the table's rows: it is much."""
    for name, condition, value in coverage.missed_considerations:
        yield f"missed condition   {condition} {'true' if value else 'false'}, {name}"
    for trigger, kind in coverage.missed_faults:
        yield f"missed fault       {kind} in {trigger}"
    for country, currency, cover, payment in coverage.missed_sales:
        yield f"missed market      {country} {currency}, {cover}, {payment}"


def _print_shares(coverage: Coverage, *, err: bool = False) -> None:
    shares = coverage.shares
    width = max(len(share.name) for share in shares)
    for share in shares:
        counted = f"{share.visited:>4} of {share.total:<4}"
        click.echo(f"{share.name:<{width}} {counted} {share.percent:>5.1f} %", err=err)


def _print_next(coverage: Coverage, wanted: int) -> None:
    """Scenarios, with a line between them; or that there is nothing to write."""
    from flow.suggestion.suggesting import suggest

    found = [one.yaml() for one in islice(suggest(coverage), wanted)]
    if found:
        click.echo("---\n".join(found), nl=False)
    elif coverage.missed_rows or coverage.missed_pairs:
        click.echo("no road was found to what is missed", err=True)
    else:
        click.echo("nothing is missed: every transition, and every pair that can happen", err=True)


COMMANDS = {"coverage": coverage_verb}
