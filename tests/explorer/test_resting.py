"""A promise that rests misses nothing: judged at every step, all of them say the same.

Of those that speak of the step at all: what a promise speaks of is its meaning, and no matter of
resting. Shops report late, twice, wrongly and not at all, so that there is much to miss.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from flow.backends.base import Backend
from flow.explorer.exploring import walk
from flow.explorer.personas import PERSONAS
from flow.explorer.scoring import plugs_of
from flow.explorer.walker import Walker
from flow.gallery.catalogue import DEFECTS
from flow.gallery.defect import Defect
from flow.ledger import Kind
from flow.promises import every
from flow.promises.every import PROMISES
from flow.promises.promise import Breach
from flow.shops.base import Observation, Shop
from flow.suite.runner import Plugs
from flow.trace import History

_JOURNEYS = 16


class _Muddled:
    """A shop that does what another does, and reports it in a muddle."""

    def __init__(self, inner: Shop, dice: random.Random) -> None:
        self._inner = inner
        self._dice = dice
        self._late: list[tuple[str, list[Any]]] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def act(given: Any) -> Any:
            seen = method(given)
            return self._muddle(seen) if isinstance(seen, Observation) else seen

        return act

    def _muddle(self, seen: Observation) -> Observation:
        dice = self._dice
        told: dict[str, Any] = {
            name: list(getattr(seen, name))
            for name in ("offers", "entries", "policies", "opted_out")
        }
        for name, reports in told.items():
            drawn = dice.random()
            if drawn < 0.05:
                self._late.append((name, reports))
                told[name] = []
            elif drawn < 0.08:
                told[name] = reports * 2
        if self._late and dice.random() < 0.3:
            name, reports = self._late.pop()
            told[name] = told[name] + reports
        if told["policies"] and dice.random() < 0.06:
            told["policies"][0] = replace(
                told["policies"][0], live=dice.random() < 0.5, pending=dice.random() < 0.3
            )
        if told["entries"] and dice.random() < 0.05:
            told["entries"][0] = replace(told["entries"][0], kind=dice.choice(list(Kind)))
        if told["offers"] and dice.random() < 0.05:
            first = told["offers"][0]
            chosen = {line.quote_id for line in first.lines if dice.random() < 0.5}
            told["offers"][0] = replace(first, opted_out=dice.random() < 0.5, chosen=chosen)
        return replace(seen, **told)


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


def _plugs(defect: Defect, dice: random.Random) -> Plugs:
    """The broken pair, its shop more often muddled than not."""
    plugs = plugs_of(defect)

    def shop(backend: Backend, seed: int) -> Any:
        own = plugs.shop(backend, seed)
        return _Muddled(own, dice) if dice.random() < 0.7 else own

    return Plugs(plugs.backend, shop)


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
        dice = random.Random(f"{defect.name} {number}")
        walker = Walker(dice, PERSONAS[number % len(PERSONAS)], faults=dice.choice((0.0, 0.3, 0.6)))
        walk(_plugs(defect, random.Random(number)), walker, seed=number, max_steps=40)
