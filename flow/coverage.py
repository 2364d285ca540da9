"""What was visited of the table: states, transitions, and pairs of transitions in a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

from flow.table import INITIAL, ROWS, Row, State

__all__ = ["Coverage", "possible_pairs"]


@cache
def possible_pairs() -> tuple[tuple[Row, Row], ...]:
    """Every two rows of which the second begins where the first ends."""
    return tuple((one, two) for one in ROWS for two in ROWS if one.dest is two.source)


class Coverage:
    """How often each part of the table was visited."""

    def __init__(self) -> None:
        self.states: Counter[State] = Counter()
        self.rows: Counter[str] = Counter()
        self.pairs: Counter[tuple[str, str]] = Counter()

    def add(self, rows: Sequence[str]) -> None:
        """Count one journey, given the names of the rows it took in order."""
        self.states[INITIAL] += 1
        by_name = _rows_by_name()
        for name in rows:
            self.states[by_name[name].dest] += 1
        self.rows.update(rows)
        self.pairs.update(pairwise(rows))

    @classmethod
    def of(cls, journeys: Iterable[Sequence[str]]) -> Coverage:
        """Count several journeys."""
        coverage = cls()
        for rows in journeys:
            coverage.add(rows)
        return coverage

    @property
    def missed_states(self) -> list[State]:
        """States never reached, in the table's order."""
        return [state for state in State if not self.states[state]]

    @property
    def missed_rows(self) -> list[Row]:
        """Transitions never taken."""
        return [row for row in ROWS if not self.rows[row.name]]

    @property
    def missed_pairs(self) -> list[tuple[Row, Row]]:
        """Pairs of transitions never taken in a row."""
        return [(a, b) for a, b in possible_pairs() if not self.pairs[(a.name, b.name)]]

    @property
    def state_share(self) -> float:
        """Percent of states visited."""
        return 100 * (len(State) - len(self.missed_states)) / len(State)

    @property
    def row_share(self) -> float:
        """Percent of transitions taken."""
        return 100 * (len(ROWS) - len(self.missed_rows)) / len(ROWS)

    @property
    def pair_share(self) -> float:
        """Percent of transition pairs taken."""
        pairs = possible_pairs()
        return 100 * (len(pairs) - len(self.missed_pairs)) / len(pairs)


@cache
def _rows_by_name() -> dict[str, Row]:
    return {row.name: row for row in ROWS}
