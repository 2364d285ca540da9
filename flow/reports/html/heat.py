"""Markets by product by payment as a table of heat, and the table beside the drawn flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flow.chart import heat
from flow.coverage import Coverage
from flow.markets import Sale, markets_sold
from flow.shopper import Cover, PaymentModel
from flow.table import ROWS, State

__all__ = ["Cell", "Market", "Visited", "chart_counts", "markets", "rows_visited", "states_visited"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How often a cover was offered to somebody who pays so; None where it is not sold."""

    name: str
    count: int | None
    heat: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A country with its currency."""

    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """A state or a transition, how often it was visited, and by traffic only if so."""

    name: str
    part: str
    count: int
    heat: int
    in_traffic: int


def chart_counts(coverage: Coverage) -> dict[str, int]:
    """What the drawn flow needs: counts by name; what traffic shows is counted with it."""
    states: Mapping[State, int] = coverage.states + coverage.traffic_states
    rows: Mapping[str, int] = coverage.rows + coverage.traffic_rows
    return {state.value: count for state, count in states.items()} | dict(rows)


def states_visited(coverage: Coverage) -> list[Visited]:
    """Every state, in the table's order."""
    most = max(coverage.states.values(), default=0)
    return [
        Visited(
            name=state.value,
            part="",
            count=coverage.states[state],
            heat=heat(coverage.states[state], most),
            in_traffic=coverage.traffic_states[state],
        )
        for state in State
    ]


def rows_visited(coverage: Coverage) -> list[Visited]:
    """Every transition, in the table's order, with its step or branch."""
    most = max(coverage.rows.values(), default=0)
    return [
        Visited(
            name=row.name,
            part=row.part.value,
            count=coverage.rows[row.name],
            heat=heat(coverage.rows[row.name], most),
            in_traffic=coverage.traffic_rows[row.name],
        )
        for row in ROWS
    ]


def markets(coverage: Coverage) -> list[Market]:
    """A line for each market that is sold to, or was met; a cell for each cover and payment."""
    sold = set(markets_sold())
    most = max(coverage.sales.values(), default=0)
    met = sorted({sale[:2] for sale in coverage.sales})
    places = dict.fromkeys([*(sale[:2] for sale in markets_sold()), *met])

    def cell(sale: Sale) -> Cell:
        count = coverage.sales[sale]
        return Cell(
            name=f"{sale[2].replace('_', ' ')}, {sale[3]}",
            count=count if count or sale in sold else None,
            heat=heat(count, most),
        )

    return [
        Market(
            name=f"{country} {currency}",
            cells=tuple(
                cell((country, currency, cover, payment))
                for cover in Cover
                for payment in PaymentModel
            ),
        )
        for country, currency in places
    ]
