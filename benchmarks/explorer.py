"""How many journey steps a second the explorer walks, beside Hypothesis with ten trivial rules."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from benchmarks.figure import alternate, ratio
from benchmarks.table import Table
from flow.explorer.exploring import Options, explore
from flow.explorer.machine import ShopperMachine
from flow.plugs import plug_in

__all__ = ["generating", "measure"]

_MAKE = functools.partial(plug_in, "simulator", "reference")
_STEPS = 30


def measure(*, rounds: int, journeys: int) -> Table:
    """Seconds a step, of all in turns."""
    trivial = "Hypothesis, ten trivial rules"
    figures = alternate(
        rounds,
        [
            (trivial, lambda: _hypothesis(_trivial(), examples=max(20, journeys // 10))),
            ("explore, one worker", lambda: _explore(journeys, workers=1)),
            ("explore, two workers", lambda: _explore(journeys, workers=2)),
            ("ShopperMachine under Hypothesis", lambda: _hypothesis(_counted(), examples=20)),
        ],
    )
    table = Table(
        "7. Random journeys: time of a step, ledger and promises on",
        ["", "median", "quartiles", "n", "steps/s", "ratio"],
    )
    for name, figure in figures.items():
        rate = f"{1 / figure.median:,.0f}"
        table.add(name, *figure.cells(), rate, ratio(figure, figures[trivial]))
    table.notes.append(f"{journeys} journeys a round; the aim is half of Hypothesis's own rate.")
    return table


def _explore(journeys: int, *, workers: int) -> float:
    begun = time.perf_counter()
    found = explore(_MAKE, _MAKE(), Options(journeys=journeys, seed=1, workers=workers))
    return (time.perf_counter() - begun) / found.steps


_COUNT = {"steps": 0}


def _hypothesis(machine: type[RuleBasedStateMachine], *, examples: int) -> float:
    _COUNT["steps"] = 0
    begun = time.perf_counter()
    run_state_machine_as_test(machine, settings=generating(examples, steps=_STEPS))
    return (time.perf_counter() - begun) / max(_COUNT["steps"], 1)


def generating(examples: int, *, steps: int) -> settings:
    """Hypothesis, only drawing: no database, no shrinking, nothing that depends on time."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def _trivial() -> type[RuleBasedStateMachine]:
    """A machine whose rules do nothing but count: what Hypothesis itself costs."""

    def step(self: Any) -> None:
        _COUNT["steps"] += 1

    rules: dict[str, Callable[[Any], None]] = {}
    for number in range(10):
        one = functools.wraps(step)(lambda self: step(self))
        one.__name__ = f"rule_{number}"
        rules[one.__name__] = rule()(one)
    return type("Trivial", (RuleBasedStateMachine,), rules)


def _counted() -> type[RuleBasedStateMachine]:
    class Counted(ShopperMachine):
        def _make(self, move: Any) -> None:
            _COUNT["steps"] += 1
            super()._make(move)

    return Counted
