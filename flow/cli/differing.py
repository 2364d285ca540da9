"""`diff`: the same scenarios on two backends."""

from __future__ import annotations

from typing import Any

import click

from flow.cli.exits import ExitCode
from flow.cli.options import backend_option, reading_options, seed_option, shop_option

__all__ = ["COMMANDS"]


@click.command("diff")
@reading_options
@backend_option
@click.option(
    "--against",
    required=True,
    envvar="PURCHASEFLOW_AGAINST",
    metavar="NAME",
    help="The other one.",
)
@shop_option
@seed_option
@click.option(
    "--ignore",
    "ignored",
    multiple=True,
    metavar="FIELD",
    help="A field that may differ, such as price; repeatable.",
)
def diff_verb(**given: Any) -> int:
    """Play the same scenarios on two backends, and name where they first differ.

    Ids, tokens, instants and hosts are masked. Exits with 1 when any scenario differs.

    \b
    Examples:
      purchaseflow diff --against http://127.0.0.1:8089
      purchaseflow diff scenarios/opt_out --backend replay:tapes --against simulator
    """
    from flow.cli.selection import counted, select
    from flow.difference import check_backends, compare_case
    from flow.plugs import plug_in

    cases = select(given["paths"], given["tags"])
    if not cases:
        return ExitCode.USAGE if cases is None else ExitCode.NOTHING_SELECTED
    check_backends(given["backend"], given["against"])
    left, right = (plug_in(given[name], given["shop"]) for name in ("backend", "against"))
    differing = 0
    for case in cases:
        found = compare_case(case, left, right, seed=given["seed"], ignored=given["ignored"])
        if found is not None:
            differing += 1
            click.echo(f"{case.file}:{case.line}: {case.name}")
            click.echo(f"  step {found.step}, {found.call}")
            click.echo(f"  {found.field}")
            click.echo(f"    {given['backend']}: {found.left}")
            click.echo(f"    {given['against']}: {found.right}")
    told = f"{differing} differ{'s' if differing == 1 else ''}" if differing else "no differences"
    click.echo(f"{counted(len(cases), 'scenario')} on two backends: {told}")
    return ExitCode.FAILED if differing else ExitCode.HELD


COMMANDS = {"diff": diff_verb}
