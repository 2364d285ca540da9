"""Two pieces of work at once, in an order that can be repeated."""

from __future__ import annotations

import pytest

from flow.turns import Turns


def _told(order: str, *, first: int, second: int) -> tuple[str, list[int]]:
    """Who did a piece of work when: each does one, pauses, and does the next."""
    turns = Turns(order)
    log: list[str] = []

    def work(name: str, pieces: int) -> None:
        for piece in range(pieces):
            if piece:
                turns.pause()
            log.append(name)

    ended = turns.run(lambda: work("a", first), lambda: work("b", second))
    return "".join(log), ended


@pytest.mark.parametrize(
    ("order", "log", "ended"),
    [
        ("12", "ababab", [0, 1]),
        ("21", "bababa", [1, 0]),
        ("1", "aaabbb", [0, 1]),
        ("2", "bbbaaa", [1, 0]),
        ("112", "aabaabbb"[:2] + "babb", [0, 1]),
    ],
)
def test_turns_are_taken_as_ordered(order: str, log: str, ended: list[int]) -> None:
    assert _told(order, first=3, second=3) == (log, ended)


def test_who_has_ended_is_passed_over() -> None:
    assert _told("12", first=1, second=4) == ("abbbb", [0, 1])


def test_it_comes_out_the_same_every_time() -> None:
    assert len({_told("1122", first=9, second=7)[0] for _ in range(50)}) == 1
