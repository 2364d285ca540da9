"""How much was visited of what there is: the counts of `visits` against the table and `reach`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flow.backends.faulty import FaultKind
from flow.markets import Sale, markets_sold
from flow.reach import Consideration, adjacent_pairs, considerations, possible_pairs
from flow.table import ROWS, Row, State, Trigger
from flow.visits import Visits

__all__ = ["Coverage", "Share"]


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


class Coverage(Visits):
    """What was visited, what was missed, and how much of it all that is."""

    __slots__ = ()

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


def _share(name: str, total: int, missed: Sequence[object]) -> Share:
    return Share(name=name, visited=total - len(missed), total=total)
