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
from flow.reach import adjacent_pairs, can_be, possible_pairs
from flow.shopper import Cover, PaymentModel
from flow.table import INITIAL, ROWS, Condition, Row, State, Trigger, rows_from
from flow.trace import History, StepRecord

__all__ = ["Coverage", "Sale", "considerations", "markets_sold"]

Consideration = tuple[str, Condition, bool]
"""A row by its name, one of its conditions, and whether that held."""
Sale = tuple[str, str, Cover, PaymentModel]
"""Country, currency, cover offered, payment model."""

_FORMAT = "purchaseflow coverage 1"


@cache
def considerations() -> tuple[Consideration, ...]:
    """Every condition of every row, as true and as false, where it can be so in the row's state."""
    return tuple(
        (row.name, condition, value)
        for row in ROWS
        for condition in (*row.when, *row.unless)
        for value in (True, False)
        if can_be(row.source, condition, value)
    )


@cache
def markets_sold() -> tuple[Sale, ...]:
    """What the shipped catalogue sells to a shop: every market, cover and payment model."""
    from flow.simulator.catalogue import default_catalogue  # late: the file takes time to read

    return tuple(
        (country, market.currency, cover, payment)
        for cover in Cover
        if (policy := default_catalogue().policy(cover, 1)) is not None
        for country, market in policy.markets.items()
        for payment in PaymentModel
    )


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

    # Percent of what there is

    @property
    def state_share(self) -> float:
        """Percent of states visited."""
        return _share(len(self.missed_states), len(State))

    @property
    def row_share(self) -> float:
        """Percent of transitions taken."""
        return _share(len(self.missed_rows), len(ROWS))

    @property
    def pair_share(self) -> float:
        """Percent of transition pairs taken, of all that lie next to each other in the table."""
        pairs = adjacent_pairs()
        taken = sum(1 for one, two in pairs if self.pairs[(one.name, two.name)])
        return _share(len(pairs) - taken, len(pairs))

    @property
    def possible_pair_share(self) -> float:
        """Percent of transition pairs taken, of those whose conditions allow it."""
        return _share(len(self.missed_pairs), len(possible_pairs()))

    @property
    def condition_share(self) -> float:
        """Percent of conditions seen each way, of the ways that can be."""
        return _share(len(self.missed_considerations), len(considerations()))

    @property
    def fault_share(self) -> float:
        """Percent of steps that call the insurer, times ways to fail, in which it failed so."""
        return _share(len(self.missed_faults), len(self._strikable()))

    @property
    def sale_share(self) -> float:
        """Percent of markets, covers and payment models in which an offer was reached."""
        return _share(len(self.missed_sales), len(markets_sold()))

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


def _share(missed: int, all_of_them: int) -> float:
    return 100 * (all_of_them - missed) / all_of_them if all_of_them else 0.0


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
