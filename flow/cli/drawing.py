"""`draw`: the flow table as a diagram."""

from __future__ import annotations

import click

from flow.cli.exits import ExitCode

__all__ = ["COMMANDS"]


@click.command("draw")
@click.option(
    "--format",
    "form",
    type=click.Choice(["dot", "mermaid"]),
    default="mermaid",
    show_default=True,
    envvar="PURCHASEFLOW_FORMAT",
    help="Mermaid, or Graphviz DOT.",
)
@click.option("--main", "main_only", is_flag=True, help="The eight steps only, without branches.")
def draw_verb(form: str, main_only: bool) -> int:
    """Draw states and transitions.

    \b
    Examples:
      purchaseflow draw > flow.mmd
      purchaseflow draw --format dot | dot -Tsvg > flow.svg
    """
    from flow.diagram import FORMATS

    click.echo(FORMATS[form](main_only=main_only), nl=False)
    return ExitCode.HELD


COMMANDS = {"draw": draw_verb}
