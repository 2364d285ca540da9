"""What was visited, counted: of the table, of the ways a wire fails, of what is sold where.

Counts only, so that those of suites, of random journeys and of traffic can be added up and kept in
a file. How much that is of what there is, `coverage` says.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from itertools import pairwise
from typing import Any, Self

from flow.backends.faulty import FaultKind
from flow.errors import UsageError
from flow.machine import Facts
from flow.markets import Sale
from flow.reach import Consideration
from flow.shopper import Cover, PaymentModel
from flow.table import INITIAL, ROWS, Condition, Row, State, Trigger, rows_from
from flow.trace import History, StepRecord

__all__ = ["Visits"]

_FORMAT = "purchaseflow coverage 1"


@dataclass(slots=True)
class Visits:
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
        by_name = _rows_by_name()
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
            self.conditions.update(_considered(step.source, step.facts))
        if step.trigger is None or not step.exchanges:
            return
        self.calls[step.trigger] += 1
        struck = {exchange.fault for exchange in step.exchanges} - {None}
        self.faults.update((step.trigger, kind) for kind in FaultKind if kind in struck)

    def add_traffic(self, rows: Sequence[str]) -> None:
        """Count rows that somebody's traffic shows, none of them walked by a journey of ours."""
        by_name = _rows_by_name()
        self.traffic_rows.update(rows)
        for name in rows:
            self.traffic_states[by_name[name].dest] += 1

    def merge(self, other: Visits) -> None:
        """Add another's counts to these."""
        for one in fields(self):
            getattr(self, one.name).update(getattr(other, one.name))

    @classmethod
    def of(cls, journeys: Iterable[Sequence[str]]) -> Self:
        """Count several journeys by the names of their rows."""
        visits = cls()
        for rows in journeys:
            visits.add(rows)
        return visits

    @classmethod
    def merged(cls, parts: Iterable[Visits]) -> Self:
        """The sum of several."""
        visits = cls()
        for part in parts:
            visits.merge(part)
        return visits

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
    def from_json(cls, text: str | bytes) -> Self:
        """Read it again.

        Raises:
            UsageError: it is no such document, or knows what the table does not.
        """
        visits = cls()
        try:
            kept = json.loads(text)
            if kept["format"] != _FORMAT:
                msg = f"its format is {kept['format']!r}, not {_FORMAT!r}"
                raise UsageError(msg)
            for name, read in _READERS.items():
                counts = getattr(visits, name)
                for *key, times in kept[name]:
                    parts = [kind(part) for kind, part in zip(read, key, strict=True)]
                    counts[tuple(parts) if len(parts) > 1 else parts[0]] += int(times)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            msg = f"it is no coverage that was saved, or of another version: {error}"
            raise UsageError(msg) from error
        return visits


@cache
def _rows_by_name() -> dict[str, Row]:
    return {row.name: row for row in ROWS}


def _row(name: str) -> str:
    return _rows_by_name()[name].name


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


@cache
def _considered(source: State, facts: Facts) -> tuple[Consideration, ...]:
    """How the conditions of the rows were that a shopper in a state could have taken."""
    return tuple(
        (row.name, condition, bool(getattr(facts, condition)))
        for row in rows_from(source)
        for condition in (*row.when, *row.unless)
    )
