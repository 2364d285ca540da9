"""A promise that rests misses nothing: judged at every step, all of them say the same."""

from __future__ import annotations

import random

import pytest

from flow.explorer.exploring import walk
from flow.explorer.personas import PERSONAS
from flow.explorer.scoring import plugs_of
from flow.explorer.walker import Walker
from flow.gallery.catalogue import DEFECTS
from flow.gallery.defect import Defect
from flow.promises import every
from flow.promises.every import PROMISES
from flow.promises.promise import Breach
from flow.trace import History

_JOURNEYS = 8


def _without_rest(history: History, known: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """What all promises say that speak of the step at all, and was not said before."""
    last = history.last
    said = set()
    for one in PROMISES:
        if one.speaks_of(last.trigger, history.state) and (history.is_certain or not one.certain):
            try:
                said |= {(one.name, detail) for detail in one.find(history)}
            except Exception as error:
                said.add((one.name, f"cannot be judged: {type(error).__name__}: {error}"))
    return said - known


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_promise_that_rests_misses_nothing(
    defect: Defect, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = every.check

    def both(history: History, *, known: set[tuple[str, str]]) -> list[Breach]:
        if history.last.is_half:
            return []
        expected = _without_rest(history, known)
        found = check(history, known=known)
        assert {(breach.promise, breach.detail) for breach in found} == expected
        return []  # so that the journey goes on

    monkeypatch.setattr(every, "check", both)
    for number in range(_JOURNEYS):
        dice = random.Random(number)
        walker = Walker(dice, PERSONAS[number % len(PERSONAS)], faults=0.3)
        walk(plugs_of(defect), walker, seed=number, max_steps=40)
