"""`explore` and `replay`: random shoppers, and what they found, played again."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flow.cli.exits import ExitCode
from flow.cli.options import (
    Number,
    WholeNumber,
    backend_option,
    fail_fast_option,
    finite,
    journey_options,
    max_time_option,
    paths_argument,
    seed_option,
    shop_option,
    step_timeout_option,
    workers_option,
)
from flow.cli.reporting import check_reports, report_options, reports

if TYPE_CHECKING:
    from flow.explorer.exploring import Exploration, Options
    from flow.explorer.findings import Finding
    from flow.reports.events import Event, ExplorationStarted, Listener
    from flow.suite.verdict import Verdict

__all__ = ["COMMANDS"]

_PATIENCE = 30.0
"""Seconds a step of a random journey may take: there are many."""


@click.command("explore")
@journey_options(journeys=1000, faults=0.1)
@click.option(
    "--max-steps",
    default=40,
    show_default=True,
    type=WholeNumber(1, 1000),
    envvar="PURCHASEFLOW_MAX_STEPS",
    help="The longest journey.",
)
@max_time_option
@step_timeout_option(_PATIENCE)
@seed_option
@workers_option
@backend_option
@shop_option
@click.option(
    "--personas",
    envvar="PURCHASEFLOW_PERSONAS",
    metavar="NAMES",
    help="Kinds of shoppers, with commas; all of them unless given.",
)
@click.option(
    "--at-once/--no-at-once",
    default=True,
    show_default=True,
    envvar="PURCHASEFLOW_AT_ONCE",
    help="Let shoppers double-click and use two tabs; the shop is then called from threads.",
)
@click.option(
    "--save",
    type=click.Path(file_okay=False),
    envvar="PURCHASEFLOW_SAVE",
    metavar="DIR",
    help="Write each finding as a scenario file and as a page to forward.",
)
@click.option(
    "--coverage",
    type=click.Path(dir_okay=False),
    envvar="PURCHASEFLOW_COVERAGE",
    metavar="FILE",
    help="Write what was visited, for 'purchaseflow coverage --merge'.",
)
@fail_fast_option
@click.option(
    "--max-failures",
    type=WholeNumber(1, 10_000),
    envvar="PURCHASEFLOW_MAX_FAILURES",
    metavar="NUMBER",
    help="End when so many different findings were made.",
)
@click.option(
    "--until-coverage",
    type=Number(0, 100),
    callback=finite,
    envvar="PURCHASEFLOW_UNTIL_COVERAGE",
    metavar="PERCENT",
    help="End when so many of the transitions were taken.",
)
@report_options("junit, json, ndjson, html")
def explore_verb(**given: Any) -> int:
    """Send random shoppers through a shop, and shrink what fails to the smallest story.

    \b
    Examples:
      purchaseflow explore
      purchaseflow explore --shop my_shop.adapter:make_shop --save found
      purchaseflow explore --journeys 20000 --workers 2 --faults 0.3 --seed 7
      purchaseflow explore --journeys 5000 --report html
    """
    from flow.plugs import plug_in
    from flow.suite.folders import make_folder
    from flow.workers import keep_pipes

    check_reports(given)
    keep_pipes(given["workers"])
    options = _options(given)
    if given["save"] is not None:
        make_folder(Path(given["save"]), "save")
    _check_coverage(given["coverage"])
    plug_in(given["backend"], given["shop"])  # a wrong name must not cost an old report
    with reports(given) as listeners:
        exploration = _explored(given, options, listeners)
    saved = [_tell(finding, given) for finding in exploration.findings]
    if given["save"] is not None:
        _tell_older(Path(given["save"]), saved)
    if exploration.is_interrupted:
        _tell_unexamined(exploration)
    _sum_up(exploration)
    if given["coverage"] is not None:
        Path(given["coverage"]).write_text(exploration.coverage.to_json(), encoding="utf-8")
    if exploration.is_interrupted:
        raise KeyboardInterrupt
    return ExitCode.FAILED if exploration.findings else ExitCode.HELD


def _check_coverage(name: str | None) -> None:
    """Refuse a file that cannot be written, before anything was explored for it.

    Raises:
        click.UsageError: there is no such folder, or it is one.
    """
    if name is not None and (Path(name).is_dir() or not Path(name).parent.is_dir()):
        msg = f"--coverage: {name} cannot be written: name a file in a folder that is there"
        raise click.UsageError(msg)


def _explored(given: dict[str, Any], options: Options, listeners: list[Listener]) -> Exploration:
    """Explore, and tell the listeners; what was interrupted ends with what it has."""
    from flow.explorer.exploring import explore
    from flow.plugs import plug_in
    from flow.reports.exploring import Narrator

    make = functools.partial(
        plug_in, given["backend"], given["shop"], step_timeout=given["step_timeout"]
    )
    terminal = bool(sys.stdout and sys.stdout.isatty())
    narrator = Narrator(_started(given, options), listeners)

    def hear(exploration: Exploration) -> None:
        narrator.hear(exploration)
        if terminal:
            _progress(exploration)

    try:
        explore(make, plug_in("simulator", "reference"), options, hear)
    except KeyboardInterrupt:
        narrator.latest.is_interrupted = True
    finally:
        narrator.finish()
        if terminal:
            click.echo("\r\x1b[K", nl=False)
    return narrator.latest


def _started(given: dict[str, Any], options: Options) -> ExplorationStarted:
    from flow.reports.events import ExplorationStarted
    from flow.version import own_version

    return ExplorationStarted(
        version=own_version(),
        backend=given["backend"],
        shop=given["shop"],
        seed=options.seed,
        journeys=options.journeys,
        max_steps=options.max_steps,
        faults=options.faults,
        personas=tuple(persona.name for persona in options.personas),
        at_once=options.at_once,
    )


def _options(given: dict[str, Any]) -> Options:
    from flow.explorer.exploring import Options
    from flow.explorer.personas import PERSONAS, find_personas

    try:
        personas = find_personas(given["personas"])
    except KeyError as error:
        from difflib import get_close_matches

        names = [persona.name for persona in PERSONAS]
        near = get_close_matches(error.args[0], names, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(names)}"
        msg = f"--personas: '{error.args[0]}' is unknown; {hint}"
        raise click.UsageError(msg) from error
    return Options(
        journeys=given["journeys"],
        max_steps=given["max_steps"],
        seed=given["seed"],
        workers=given["workers"],
        faults=given["faults"],
        at_once=given["at_once"],
        personas=personas,
        max_time=given["max_time"],
        max_failures=1 if given["fail_fast"] else given["max_failures"],
        until=given["until_coverage"],
    )


def _progress(exploration: Exploration) -> None:
    pace = exploration.steps / max(exploration.seconds, 1e-9)
    click.echo(
        f"\r{exploration.journeys} journeys, {pace:.0f} steps/s, "
        f"{exploration.share:.0f} % of transitions, {len(exploration.findings)} findings\x1b[K",
        nl=False,
    )


def _tell(finding: Finding, given: dict[str, Any]) -> Path | None:
    """Tell a finding, and save it where that was asked for; the file, if it is one."""
    from flow.explorer import telling

    click.echo(f"FOUND {finding.code} (journey {finding.journey}, step {finding.found_in})")
    for line in telling.story(finding):
        click.echo(f"  {line}")
    path = None
    if given["save"] is not None:
        path = Path(given["save"]) / f"{finding.tag}.yaml"
        again = f"purchaseflow replay {path}{_plugs_told(given)}"
        try:
            path.write_text(finding.yaml(), encoding="utf-8")
            path.with_suffix(".md").write_text(telling.report(finding, again), encoding="utf-8")
        except OSError as error:  # what else was found is told and saved all the same
            click.echo(f"error: cannot write {error.filename}: {error.strerror}", err=True)
        else:
            click.echo(f"  Again: {again}")
    click.echo("")
    return path


def _tell_older(folder: Path, saved: list[Path | None]) -> None:
    """Findings of another exploration are not taken for this one's."""
    older = sorted(path.name for path in folder.glob("*.yaml") if path not in saved)
    if older:
        some = ", ".join(older[:5]) + (", …" if len(older) > 5 else "")
        click.echo(f"{folder} also holds what this exploration has not found: {some}\n")


def _tell_unexamined(exploration: Exploration) -> None:
    for sighting in exploration.unexamined:
        trouble = sighting.trouble
        click.echo(f"SEEN {trouble.code} (journey {sighting.journey}, step {trouble.step})")
        click.echo(f"  {trouble.detail}\n  It was not examined: this was interrupted before.\n")


def _plugs_told(given: dict[str, Any]) -> str:
    told = "" if given["backend"] == "simulator" else f" --backend {given['backend']}"
    told += "" if given["shop"] == "reference" else f" --shop {given['shop']}"
    seconds = given["step_timeout"]
    return told + ("" if seconds == _PATIENCE else f" --step-timeout {seconds:g}")


def _sum_up(exploration: Exploration) -> None:
    for name, times in sorted(exploration.personas.items()):
        click.echo(f"{times:>6}  {name}")
    for state in exploration.missed_states:
        click.echo(f"never reached  {state}")
    for name in exploration.missed_rows:
        click.echo(f"never taken    {name}")
    found = len(exploration.findings)
    told = f"{found} finding{'' if found == 1 else 's'}"
    click.echo(
        f"{exploration.journeys} journeys, {exploration.steps} steps: "
        f"{told}; transitions {exploration.share:.1f} %"
    )
    click.echo(f"seed: {exploration.seed}")


@click.command("replay")
@paths_argument
@backend_option
@shop_option
@seed_option
@step_timeout_option(_PATIENCE)
@report_options("junit, json, ndjson, html")
def replay_verb(**given: Any) -> int:
    """Play saved findings again, here or on another backend, and say which are fixed.

    FIXED: nothing is wrong any more. FAILED: it is as it was, or wrong in another way; steps
    marked with ~ went otherwise than the file says. ERROR: nobody can say.

    \b
    Examples:
      purchaseflow replay found/
      purchaseflow replay found/ --backend http://127.0.0.1:8089
    """
    from flow.cli.selection import select
    from flow.plugs import plug_in
    from flow.run import RunOptions, run

    check_reports(given)
    if not given["paths"]:
        msg = "name the files, or the folder, that `explore --save` wrote"
        raise click.UsageError(msg)
    cases = select(given["paths"], None)
    if not cases:
        return ExitCode.USAGE if cases is None else ExitCode.NOTHING_SELECTED
    plug_in(given["backend"], given["shop"])  # a wrong name must not cost an old report
    options = RunOptions(
        backend=given["backend"],
        shop=given["shop"],
        seed=given["seed"],
        step_timeout=given["step_timeout"],
    )
    console = _Replayed()
    with reports(given) as listeners:
        run(cases, options, [console, *listeners])
    words = console.words
    click.echo(", ".join(f"{words.count(word)} {word.lower()}" for word in _WORDS))
    if "FAILED" in words:
        return ExitCode.FAILED
    return ExitCode.INCONCLUSIVE if "ERROR" in words else ExitCode.HELD


_WORDS = ("FIXED", "FAILED", "ERROR")


class _Replayed:
    """Tells each finding as it was played again."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def hear(self, event: Event) -> None:
        """Print what came of it."""
        from flow.reports.events import CaseFinished

        if isinstance(event, CaseFinished):
            self.words.append(_replayed(event.verdict))


def _replayed(verdict: Verdict) -> str:
    from flow.suite.verdict import Status

    word = {Status.PASSED: "FIXED", Status.FAILED: "FAILED"}.get(verdict.status, "ERROR")
    click.echo(f"{word:<6} {verdict.file}: {verdict.name}")
    if word == "FIXED":
        return word
    for breach in verdict.breaches:
        click.echo(f"         {breach.promise}: {breach.detail}")
    for step in verdict.steps:
        mark = "~" if step.failures else " "
        click.echo(f"       {mark} {step.number}. {step.label} -> {step.state}")
        for failure in step.failures:
            click.echo(f"           {failure}")
    for failure in (*verdict.failures, *([verdict.reason] if verdict.reason else [])):
        click.echo(f"         {failure}")
    return word


COMMANDS = {"explore": explore_verb, "replay": replay_verb}
