"""What was visited: of the table, of the ways a wire fails, of what is sold where.

Counts only, so that coverage of suites, of random journeys and of traffic can be added up, kept in
a file and compared. What can be visited at all is `reach`'s matter.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from itertools import pairwise
from typing import Any

from flow.backends.faulty import FaultKind
from flow.errors import UsageError
from flow.markets import Sale, markets_sold
from flow.reach import Consideration, adjacent_pairs, considerations, possible_pairs
from flow.shopper import Cover, PaymentModel
from flow.table import INITIAL, ROWS, Condition, Row, State, Trigger, rows_from
from flow.trace import History, StepRecord

__all__ = ["Coverage", "Share"]

_FORMAT = "purchaseflow coverage 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many: of what kind, and what that kind is made of."""

    name: str
    visited: int
    total: int

    @property
    def percent(self) -> float:
        """Percent visited; of nothing, nothing."""
        return 100 * self.visited / self.total if self.total else 0.0


@dataclass(slots=True)
class Coverage:
    """How often each thing was visited. Two of them add up with `merge`.

    Attributes:
        states, rows, pairs: of the table, as journeys walked it.
        conditions: how a row's conditions were when it was considered: a shopper in the row's
            source state tried something, so that the row could have been taken if they held.
        calls: triggers in whose steps the shop called the insurer.
        faults: how the wire was made to fail at such a call.
        sales: markets, covers and payment models in which an offer was reached.
        traffic_states, traffic_rows: what somebody's calls to the insurer show of the table.
    """

    states: Counter[State] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[str, str]] = field(default_factory=Counter)
    conditions: Counter[Consideration] = field(default_factory=Counter)
    calls: Counter[Trigger] = field(default_factory=Counter)
    faults: Counter[tuple[Trigger, FaultKind]] = field(default_factory=Counter)
    sales: Counter[Sale] = field(default_factory=Counter)
    traffic_states: Counter[State] = field(default_factory=Counter)
    traffic_rows: Counter[str] = field(default_factory=Counter)

    def add(self, rows: Sequence[str]) -> None:
        """Count one journey of which only the names of its rows are known, in order."""
        self.states[INITIAL] += 1
        by_name = rows_by_name()
        for name in rows:
            self.states[by_name[name].dest] += 1
        self.rows.update(rows)
        self.pairs.update(pairwise(rows))

    def add_journey(self, history: History) -> None:
        """Count one journey: everything there is to count."""
        self.add([step.row.name for step in history.steps if step.row is not None])
        for step in history.steps:
            self._add_step(step)
        shopper = history.shopper
        shown = {
            history.products[line.sku].cover
            for step in history.steps
            if step.has_moved and step.observation is not None
            for offer in step.observation.offers
            for line in offer.lines
            if line.sku in history.products
        }
        self.sales.update(
            (shopper.country, shopper.currency, cover, history.order.payment) for cover in shown
        )

    def _add_step(self, step: StepRecord) -> None:
        if step.facts is not None:
            self.conditions.update(
                (row.name, condition, bool(getattr(step.facts, condition)))
                for row in rows_from(step.source)
                for condition in (*row.when, *row.unless)
            )
        if step.trigger is None or not step.exchanges:
            return
        self.calls[step.trigger] += 1
        struck = {exchange.fault for exchange in step.exchanges} - {None}
        self.faults.update((step.trigger, kind) for kind in FaultKind if kind in struck)

    def add_traffic(self, rows: Sequence[str]) -> None:
        """Count rows that somebody's traffic shows, none of them walked by a journey of ours."""
        by_name = rows_by_name()
        self.traffic_rows.update(rows)
        for name in rows:
            self.traffic_states[by_name[name].dest] += 1

    def merge(self, other: Coverage) -> None:
        """Add another's counts to these."""
        for one in fields(self):
            getattr(self, one.name).update(getattr(other, one.name))

    @classmethod
    def of(cls, journeys: Iterable[Sequence[str]]) -> Coverage:
        """Count several journeys by the names of their rows."""
        coverage = cls()
        for rows in journeys:
            coverage.add(rows)
        return coverage

    @classmethod
    def merged(cls, parts: Iterable[Coverage]) -> Coverage:
        """The sum of several."""
        coverage = cls()
        for part in parts:
            coverage.merge(part)
        return coverage

    # What is missed

    @property
    def missed_states(self) -> list[State]:
        """States never reached, in the table's order."""
        return [s for s in State if not self.states[s] and not self.traffic_states[s]]

    @property
    def missed_rows(self) -> list[Row]:
        """Transitions never taken."""
        return [r for r in ROWS if not self.rows[r.name] and not self.traffic_rows[r.name]]

    @property
    def missed_pairs(self) -> list[tuple[Row, Row]]:
        """Pairs of transitions never taken in a row, though they can be."""
        return [(a, b) for a, b in possible_pairs() if not self.pairs[(a.name, b.name)]]

    @property
    def strange_pairs(self) -> list[tuple[Row, Row]]:
        """Pairs that were taken, though by `effects` they cannot be: one of the two is wrong."""
        possible = set(possible_pairs())
        return [
            pair
            for pair in adjacent_pairs()
            if pair not in possible and self.pairs[(pair[0].name, pair[1].name)]
        ]

    @property
    def missed_considerations(self) -> list[Consideration]:
        """Conditions never seen so, though they can be."""
        return [one for one in considerations() if not self.conditions[one]]

    @property
    def missed_faults(self) -> list[tuple[Trigger, FaultKind]]:
        """Failures that never struck a step of which it is known that it calls the insurer."""
        return [one for one in self._strikable() if not self.faults[one]]

    @property
    def missed_sales(self) -> list[Sale]:
        """Sold by the shipped catalogue, and never offered."""
        return [sale for sale in markets_sold() if not self.sales[sale]]

    @property
    def only_in_traffic(self) -> list[Row]:
        """Transitions that traffic shows, and no journey took."""
        return [row for row in ROWS if self.traffic_rows[row.name] and not self.rows[row.name]]

    def _strikable(self) -> list[tuple[Trigger, FaultKind]]:
        return [(trigger, kind) for trigger in Trigger if self.calls[trigger] for kind in FaultKind]

    # How much of what there is

    @property
    def states_visited(self) -> Share:
        """States reached."""
        return _share("states", len(State), self.missed_states)

    @property
    def rows_visited(self) -> Share:
        """Transitions taken."""
        return _share("transitions", len(ROWS), self.missed_rows)

    @property
    def pairs_visited(self) -> Share:
        """Transitions taken in a row, of all that lie next to each other in the table."""
        missed = [(a, b) for a, b in adjacent_pairs() if not self.pairs[(a.name, b.name)]]
        return _share("pairs of transitions", len(adjacent_pairs()), missed)

    @property
    def possible_pairs_visited(self) -> Share:
        """Transitions taken in a row, of those whose conditions allow it."""
        return _share("pairs that can happen", len(possible_pairs()), self.missed_pairs)

    @property
    def conditions_visited(self) -> Share:
        """Conditions seen true and seen false, where they can be."""
        total = len(considerations())
        return _share("conditions, each way", total, self.missed_considerations)

    @property
    def faults_visited(self) -> Share:
        """Ways the wire failed in steps of which it is known that they call the insurer."""
        return _share("steps by fault", len(self._strikable()), self.missed_faults)

    @property
    def sales_visited(self) -> Share:
        """Markets, covers and payment models in which an offer was reached."""
        return _share("markets by product by payment", len(markets_sold()), self.missed_sales)

    @property
    def shares(self) -> tuple[Share, ...]:
        """All of them."""
        return (
            self.states_visited,
            self.rows_visited,
            self.pairs_visited,
            self.possible_pairs_visited,
            self.conditions_visited,
            self.faults_visited,
            self.sales_visited,
        )

    @property
    def state_share(self) -> float:
        """Percent of states visited."""
        return self.states_visited.percent

    @property
    def row_share(self) -> float:
        """Percent of transitions taken."""
        return self.rows_visited.percent

    @property
    def pair_share(self) -> float:
        """Percent of transition pairs taken, of all in the table."""
        return self.pairs_visited.percent

    # Kept in a file

    def to_json(self) -> str:
        """As a JSON document; the same counts give the same text."""
        kept: dict[str, Any] = {"format": _FORMAT}
        for one in fields(self):
            counts = getattr(self, one.name)
            keys = ([*key] if isinstance(key, tuple) else [key] for key in counts)
            entries = [[*key, counts[tuple(key) if len(key) > 1 else key[0]]] for key in keys]
            kept[one.name] = sorted(entries, key=str)
        lines = (f"{json.dumps(name)}: {json.dumps(value)}" for name, value in kept.items())
        return "{\n" + ",\n".join(lines) + "\n}\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Coverage:
        """Read it again.

        Raises:
            UsageError: it is no such document, or knows what the table does not.
        """
        coverage = cls()
        try:
            kept = json.loads(text)
            if kept["format"] != _FORMAT:
                msg = f"its format is {kept['format']!r}, not {_FORMAT!r}"
                raise UsageError(msg)
            for name, read in _READERS.items():
                counts = getattr(coverage, name)
                for *key, times in kept[name]:
                    parts = [kind(part) for kind, part in zip(read, key, strict=True)]
                    counts[tuple(parts) if len(parts) > 1 else parts[0]] += int(times)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            msg = f"it is no coverage that was saved, or of another version: {error}"
            raise UsageError(msg) from error
        return coverage


def _share(name: str, total: int, missed: Sequence[object]) -> Share:
    return Share(name=name, visited=total - len(missed), total=total)


@cache
def rows_by_name() -> dict[str, Row]:
    """The table's rows by their names."""
    return {row.name: row for row in ROWS}


def _row(name: str) -> str:
    return rows_by_name()[name].name


_READERS: dict[str, tuple[Any, ...]] = {
    "states": (State,),
    "rows": (_row,),
    "pairs": (_row, _row),
    "conditions": (_row, Condition, bool),
    "calls": (Trigger,),
    "faults": (Trigger, FaultKind),
    "sales": (str, str, Cover, PaymentModel),
    "traffic_states": (State,),
    "traffic_rows": (_row,),
}
"""What the keys of each count are."""
