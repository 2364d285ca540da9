"""How long steps take, kind by kind."""

from __future__ import annotations

from flow.explorer.pace import Pace, Timed


def test_the_longest_of_a_kind_is_found_again_by_journey_and_step() -> None:
    pace, other = Pace(), Pace()
    pace.add(1, [Timed("pay", 3, 0.1), Timed("book", 4, 0.3), Timed("pay", 5, 0.2)])
    other.add(2, [Timed("pay", 7, 0.9), Timed("cancel", 8, 0.05)])
    pace.merge(other)
    (pay, first), (book, second) = pace.slowest(2)
    assert (pay, first.count, first.longest, first.journey, first.step) == ("pay", 3, 0.9, 2, 7)
    assert (book, second.journey, second.step) == ("book", 1, 4)
    assert round(first.mean, 3) == 0.4


def test_of_equally_long_ones_the_first_is_kept() -> None:
    pace = Pace()
    pace.add(1, [Timed("pay", 1, 0.5)])
    pace.add(2, [Timed("pay", 1, 0.5)])
    assert pace.kinds["pay"].journey == 1
