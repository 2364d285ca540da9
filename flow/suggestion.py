"""What to write next: the cheapest scenario for what is not covered, as YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flow.acts import ACTS
from flow.coverage import Coverage
from flow.roads import PRODUCTS, Move, Road, Roads, all_roads
from flow.table import ROWS, Row, State, Trigger

__all__ = ["Suggestion", "suggest"]

_PLAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_ -]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A road worth a scenario, and what it visits that was not visited before."""

    road: Road
    states: tuple[State, ...]
    rows: tuple[Row, ...]
    pairs: tuple[tuple[Row, Row], ...]

    @property
    def news(self) -> list[str]:
        """What it visits for the first time, a line each."""
        lines = [f"state {state}" for state in self.states]
        lines += [f"transition {row.name}" for row in self.rows]
        lines += [f"pair {one.name}, then {two.name}" for one, two in self.pairs]
        return lines

    def yaml(self) -> str:
        """A scenario file, whole."""
        lines = ["# Visits for the first time:"]
        lines += [f"#   {new}" for new in self.news]
        lines += [f"scenario: {self._moral()}", "tags: [suggested]", "products:"]
        lines += [f"  - {_product(sku)}" for sku in self._products()]
        lines.append("steps:")
        for move in self.road.moves:
            lines += [f"  - {step}" for step in _steps(move)]
        lines.append(f"expect: {{state: {self.road.state}}}")
        return "\n".join(lines) + "\n"

    def _moral(self) -> str:
        """Its last step, and the one before where only both together are new."""
        return ", then ".join(_told(row) for row in self.road.rows[-1 if self.rows else -2 :])

    def _products(self) -> list[str]:
        """Those that its steps name; one at least, for a shop sells something."""
        named = {move.given["sku"] for move in self.road.moves if "sku" in move.given}
        return [sku for sku in PRODUCTS if sku in named] or [next(iter(PRODUCTS))]


def suggest(coverage: Coverage) -> Iterator[Suggestion]:
    """One suggestion after another, each for what the ones before leave uncovered.

    Transitions come before pairs of them, and of the shortest roads to anything missed the one
    that visits most. It ends when nothing is missed that any road leads to.
    """
    so_far = Coverage.merged([coverage])
    roads = all_roads()
    while True:
        best = _to_a_row(so_far, roads) or _to_a_pair(so_far, roads)
        if best is None:
            return
        yield best
        so_far.add([row.name for row in best.road.rows])


def _to_a_row(coverage: Coverage, roads: Roads) -> Suggestion | None:
    """The shortest road that takes a missed transition last."""
    states = coverage.missed_states
    missed = {row.name for row in coverage.missed_rows}
    missed |= {row.name for row in ROWS if row.dest in states}
    found = ((road, [road] if road.rows[-1].name in missed else []) for road in roads)
    return _best(coverage, found) if missed else None


def _to_a_pair(coverage: Coverage, roads: Roads) -> Suggestion | None:
    """The shortest road that takes a missed pair last."""
    missed = {(one.name, two.name) for one, two in coverage.missed_pairs}
    onward: dict[str, dict[Trigger, None]] = {}
    for one, two in coverage.missed_pairs:
        onward.setdefault(one.name, {})[two.trigger] = None
    found = (
        (
            road,
            [
                longer
                for trigger in onward.get(road.rows[-1].name, ())
                for longer in roads.beyond(road, trigger)
                if (longer.rows[-2].name, longer.rows[-1].name) in missed
            ],
        )
        for road in roads
    )
    return _best(coverage, found) if missed else None


def _best(coverage: Coverage, found: Iterable[tuple[Road, list[Road]]]) -> Suggestion | None:
    """Of the first roads that were found, all equally long, the one with most news.

    They are told with the roads they were found from, and those come shortest first.
    """
    best: Suggestion | None = None
    longest = 0
    for road, candidates in found:
        if best is not None and len(road.moves) > longest:
            break
        longest = len(road.moves)
        for one in (_news(coverage, candidate) for candidate in candidates):
            if best is None or len(one.news) > len(best.news):
                best = one
    return best


def _news(coverage: Coverage, road: Road) -> Suggestion:
    taken = {row.name for row in road.rows}
    in_turn = {(one.name, two.name) for one, two in zip(road.rows, road.rows[1:], strict=False)}
    reached = {row.dest for row in road.rows} | {road.rows[0].source}
    return Suggestion(
        road=road,
        states=tuple(state for state in coverage.missed_states if state in reached),
        rows=tuple(row for row in coverage.missed_rows if row.name in taken),
        pairs=tuple(p for p in coverage.missed_pairs if (p[0].name, p[1].name) in in_turn),
    )


def _told(row: Row) -> str:
    words = row.trigger.replace("_", " ")
    return f"{words} leads from {row.source} to {row.dest}"


def _product(sku: str) -> str:
    product = PRODUCTS[sku]
    return _flow(
        {
            "sku": product.sku,
            "name": product.name,
            "category": product.category,
            "price": product.price,
        }
    )


def _steps(move: Move) -> Iterator[str]:
    if move.days:
        yield f"wait: {move.days} days"
    short = ACTS[move.trigger].short
    if not move.given:
        yield move.trigger.value
    elif short is not None and list(move.given) == [short]:
        yield f"{move.trigger}: {_flow(move.given[short])}"
    else:
        yield f"{move.trigger}: {_flow(move.given)}"


def _flow(value: Any) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    text = str(value)
    if isinstance(value, Decimal | int) or _PLAIN.fullmatch(text):
        return text
    return json.dumps(text)
