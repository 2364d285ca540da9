"""`gallery`: how many known defects the explorer, or a suite, notices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from flow.cli.exits import ExitCode
from flow.cli.options import fail_under_option, journey_options, seed_option, workers_option

if TYPE_CHECKING:
    from flow.explorer.scoring import Score

__all__ = ["COMMANDS"]


@click.command("gallery")
@click.argument("names", nargs=-1, metavar="[DEFECT]...")
@click.option("--list", "lists", is_flag=True, help="List the defects, and run nothing.")
@click.option(
    "--suite",
    type=click.Path(),
    metavar="PATH",
    help="Run these scenarios against each defect, instead of the explorer.",
)
@journey_options(journeys=2000, faults=0.25)
@seed_option
@workers_option
@fail_under_option("Exit with 4 when fewer of the defects are caught.")
def gallery_verb(**given: Any) -> int:
    """Test the tests: broken shops and insurers, each with one defect, and what notices them.

    \b
    Examples:
      purchaseflow gallery
      purchaseflow gallery --suite my-scenarios/ --fail-under 80
      purchaseflow gallery --list
    """
    from flow.gallery.catalogue import DEFECTS, find

    shown = [find(name) for name in given["names"]] or list(DEFECTS)
    if given["lists"]:
        for defect in shown:
            click.echo(f"{defect.name} ({defect.side}): {defect.about}")
        return ExitCode.HELD
    scores = []
    for score in _scores(given, [defect.name for defect in shown]):
        scores.append(score)
        click.echo(_line(score, "scenario" if given["suite"] else "journey"))
    return _sum_up(scores, given["fail_under"])


def _scores(given: dict[str, Any], names: list[str]) -> Iterator[Score]:
    from flow.explorer.exploring import Options
    from flow.explorer.scoring import explore_defects, score_by_suite
    from flow.plugs import plug_in
    from flow.workers import keep_pipes

    if given["suite"]:
        from flow.cli.selection import select

        cases = select([given["suite"]], None)
        if not cases:
            msg = "--suite: there is nothing to run"
            raise click.UsageError(msg)
        yield from (score_by_suite(name, cases, given["seed"]) for name in names)
        return
    options = Options(
        journeys=given["journeys"], seed=given["seed"], faults=given["faults"], max_failures=1
    )
    right = plug_in("simulator", "reference")
    keep_pipes(given["workers"])
    yield from explore_defects(names, options, right, workers=given["workers"])


def _line(score: Score, unit: str) -> str:
    if not score.is_caught:
        return f"MISSED  {score.defect}: not in {score.journeys} {unit}s"
    shrunk = "" if score.faults is None else f", shrunk to {score.steps} steps"
    wire = f" and {score.faults} fault" if score.faults else ""
    return f"caught  {score.defect}: {score.code}, {unit} {score.journeys}{shrunk}{wire}"


def _sum_up(scores: list[Score], gate: float | None) -> int:
    from statistics import median

    caught = [score for score in scores if score.is_caught]
    share = 100 * len(caught) / len(scores)
    click.echo(f"mutation score: {len(caught)} of {len(scores)}, {share:.1f} %")
    steps = [score.steps for score in caught if score.steps is not None]
    faults = [score.faults for score in caught if score.faults is not None]
    if steps and faults:
        click.echo(f"median story: {median(steps):g} steps, {median(faults):g} faults")
    if gate is not None and share < gate:
        click.echo(f"the mutation score is under {gate:g} %", err=True)
        return ExitCode.GATE_MISSED
    return ExitCode.HELD


COMMANDS = {"gallery": gallery_verb}
