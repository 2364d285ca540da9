"""The table drawn, as Mermaid and as Graphviz DOT. The README's picture is made here."""

from __future__ import annotations

from collections.abc import Callable

from flow.table import FINAL, INITIAL, ROWS, Branch, Outcome, Row, State, Step

__all__ = ["FORMATS", "draw_dot", "draw_mermaid"]

_COLOURS = {
    Branch.OPT_OUT: "#d08700",
    Branch.CANCELLATION: "#b3261e",
    Branch.MODIFICATION: "#7a4fbf",
    Branch.IN_STORE: "#00756f",
    Branch.PAYMENT_PENDING: "#1f6feb",
}
_MAIN = "#1a7f37"
_OTHER = "#57606a"


def _edges(*, main_only: bool) -> dict[tuple[State, State], list[Row]]:
    """Rows by the two states they join, in the table's order."""
    edges: dict[tuple[State, State], list[Row]] = {}
    for row in _main_rows() if main_only else ROWS:
        edges.setdefault((row.source, row.dest), []).append(row)
    return edges


def _main_rows() -> list[Row]:
    """Rows of the eight steps that can be met without leaving them."""
    steps = [row for row in ROWS if isinstance(row.part, Step)]
    reached = {INITIAL}
    while more := {row.dest for row in steps if row.source in reached} - reached:
        reached |= more
    return [row for row in steps if row.source in reached]


def _label(rows: list[Row]) -> str:
    names = [
        row.trigger.value if row.outcome is Outcome.DONE else f"{row.trigger} [{row.outcome}]"
        for row in rows
    ]
    return " / ".join(dict.fromkeys(names))


def draw_mermaid(*, main_only: bool = False) -> str:
    """A Mermaid state diagram; `main_only` leaves out the branches."""
    lines = ["stateDiagram-v2", "    direction LR", f"    [*] --> {INITIAL}"]
    edges = _edges(main_only=main_only)
    for (source, dest), rows in edges.items():
        lines.append(f"    {source} --> {dest}: {_label(rows)}")
    seen = {state for edge in edges for state in edge}
    lines += [f"    {state} --> [*]" for state in State if state in FINAL and state in seen]
    return "\n".join(lines) + "\n"


def draw_dot(*, main_only: bool = False) -> str:
    """A Graphviz digraph, its edges coloured by step or branch."""
    edges = _edges(main_only=main_only)
    seen = {state for edge in edges for state in edge}
    lines = [
        "digraph purchase {",
        "    rankdir=LR;",
        '    node [shape=box, style="rounded", fontname="Helvetica"];',
        '    edge [fontname="Helvetica", fontsize=10];',
    ]
    for state in State:
        if state in seen:
            shape = ', peripheries=2, style="rounded,bold"' if state in FINAL else ""
            lines.append(f'    {state} [label="{state.replace("_", " ")}"{shape}];')
    for (source, dest), rows in edges.items():
        colour = _colour(rows[0])
        lines.append(
            f'    {source} -> {dest} [label="{_label(rows)}", color="{colour}",'
            f' fontcolor="{colour}", tooltip="{rows[0].part}"];'
        )
    return "\n".join([*lines, "}"]) + "\n"


def _colour(row: Row) -> str:
    if isinstance(row.part, Step):
        return _MAIN
    return _COLOURS.get(row.part, _OTHER)


FORMATS: dict[str, Callable[..., str]] = {"mermaid": draw_mermaid, "dot": draw_dot}
"""Drawings by name."""
