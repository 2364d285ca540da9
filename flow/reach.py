"""What of the table can happen at all: states with facts that some journey can come to.

Nothing is listed here: it follows from the table and `effects`. What cannot happen by these is
left out of what coverage asks for; should it be seen all the same, coverage says so.
"""

from __future__ import annotations

from functools import cache

from flow.effects import CONSTANT, TRACKED, facts_after
from flow.table import INITIAL, ROWS, Condition, Row, State, rows_from

__all__ = ["Consideration", "adjacent_pairs", "can_be", "considerations", "possible_pairs"]

Consideration = tuple[str, Condition, bool]
"""A row by its name, one of its conditions, and whether that held."""
Situation = tuple[State, frozenset[Condition]]


@cache
def adjacent_pairs() -> tuple[tuple[Row, Row], ...]:
    """Every two rows of which the second begins where the first ends."""
    return tuple((one, two) for one in ROWS for two in ROWS if one.dest is two.source)


@cache
def possible_pairs() -> tuple[tuple[Row, Row], ...]:
    """Those of them whose conditions do not exclude each other, in the same order."""
    found = {
        (one.name, two.name)
        for state, facts in _situations()
        for one in rows_from(state)
        for after in facts_after(one, facts)
        for two in rows_from(one.dest)
        if any(True for _ in facts_after(two, after))
    }
    return tuple(pair for pair in adjacent_pairs() if (pair[0].name, pair[1].name) in found)


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
def can_be(state: State, condition: Condition, value: bool) -> bool:
    """Whether a condition can be so while a shopper stands there."""
    if condition not in TRACKED:
        return True
    return any(at is state and (condition in facts) is value for at, facts in _situations())


@cache
def _situations() -> frozenset[Situation]:
    """Every state with every set of tracked facts that a journey can bring there."""
    waiting: list[Situation] = [(INITIAL, frozenset()), (INITIAL, CONSTANT)]
    found = set(waiting)
    while waiting:
        state, facts = waiting.pop()
        for row in rows_from(state):
            for after in facts_after(row, facts):
                if (row.dest, after) not in found:
                    found.add((row.dest, after))
                    waiting.append((row.dest, after))
    return frozenset(found)
