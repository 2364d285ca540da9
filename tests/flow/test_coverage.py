from __future__ import annotations

from flow.coverage import Coverage, possible_pairs
from flow.table import INITIAL, ROWS, State


def test_nothing_visited_is_nothing_covered() -> None:
    coverage = Coverage()
    assert (coverage.state_share, coverage.row_share, coverage.pair_share) == (0, 0, 0)


def test_a_journey_counts_its_states_rows_and_pairs() -> None:
    by_name = {row.name: row for row in ROWS}
    names = ["view_product: browsing -> viewing", "keep_shopping: viewing -> browsing"]
    coverage = Coverage.of([names])
    assert coverage.states[INITIAL] == 2
    assert coverage.states[State.VIEWING] == 1
    assert coverage.rows[names[0]] == 1
    assert coverage.pairs[(names[0], names[1])] == 1
    assert by_name[names[0]] not in coverage.missed_rows


def test_everything_visited_is_everything_covered() -> None:
    coverage = Coverage.of([[one.name, two.name] for one, two in possible_pairs()])
    assert (coverage.state_share, coverage.row_share, coverage.pair_share) == (100, 100, 100)
