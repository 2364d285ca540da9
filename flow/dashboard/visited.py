"""Dashboard: what the calls of some worlds show of the flow, counted and drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from flow.chart import draw_chart
from flow.server.tenants import Tenant
from flow.table import ROWS, State
from flow.traffic import read_traffic

__all__ = ["MOST_READ", "Visited", "visited_by"]

MOST_READ = 5000
"""Calls that are read for one picture: the latest of the worlds made last."""
_TURN = 64
"""Calls after which others have their turn: the insurer answers on the same loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """How often calls show each state and transition.

    Attributes:
        chart: SVG made of these counts alone, so it may stand in a page as it is.
        calls: how many were read.
        is_whole: whether these were all of them.
    """

    chart: str
    states: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, int], ...]
    calls: int
    is_whole: bool
    of_states: int = len(State)
    of_rows: int = len(ROWS)


async def visited_by(tenants: Iterable[Tenant]) -> Visited:
    """Read the flow out of these worlds' journals, in turns with whatever else the server does."""
    entries = [entry for tenant in tenants for entry in tenant.journal]
    shown = []
    for count, entry in enumerate(islice(entries, max(0, len(entries) - MOST_READ), None)):
        shown.append(entry.shown())
        if count % _TURN == 0:
            await asyncio.sleep(0)
    coverage = read_traffic(shown)
    rows = {row.name: coverage.traffic_rows[row.name] for row in ROWS}
    states = {state.value: coverage.traffic_states[state] for state in State}
    return Visited(
        chart=draw_chart({**states, **rows}, title="The purchase flow, as calls show it"),
        states=tuple((name, count) for name, count in states.items() if count),
        rows=tuple((name, count) for name, count in rows.items() if count),
        calls=len(shown),
        is_whole=len(shown) == len(entries),
    )
