"""Which layer the time of one scenario is spent in: stop-watches at the layers' entry points."""

from __future__ import annotations

import functools
import inspect
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any

from benchmarks.figure import Figure, ratio, seconds
from benchmarks.purchase import judge, read_case
from benchmarks.table import Table
from flow import machine
from flow.promises import every
from flow.simulator.insurer import Insurer
from flow.suite import loader
from models.base import Reply, Request

__all__ = ["measure"]

_REST = "shop, journey, ledger, runner: the rest"
_DOORS: dict[str, list[tuple[Any, str]]] = {
    "machine": [(machine, "check"), (machine, "fire"), (machine, "allowed")],
    "models: validate and dump": [
        (Request, "model_validate"),
        (Request, "wire"),
        (Reply, "from_wire"),
        (Reply, "wire"),
    ],
    "simulator": [(Insurer, "__init__"), (Insurer, "world"), (Insurer, "answer")],
    "promises": [(every, "check")],
    "loader: file to case": [(loader, "load_file")],
}


@dataclass(slots=True)
class _Watches:
    """Time spent in each layer itself, without what it called in others."""

    spent: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    _nested: list[int] = field(default_factory=list)

    def timed(self, layer: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same callable, its time counted."""
        spent, calls, nested = self.spent, self.calls, self._nested

        @functools.wraps(work)
        def watched(*args: Any, **kwargs: Any) -> Any:
            nested.append(0)
            begun = perf_counter_ns()
            try:
                return work(*args, **kwargs)
            finally:
                whole = perf_counter_ns() - begun
                spent[layer] += whole - nested.pop()
                calls[layer] += 1
                if nested:
                    nested[-1] += whole

        return watched

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Put them at the doors, and take them away again."""
        undo: list[Callable[[], None]] = []
        try:
            for layer, doors in _DOORS.items():
                for owner, name in doors:
                    if hasattr(owner, name):
                        undo.append(self._install(layer, owner, name))
            yield
        finally:
            for restore in reversed(undo):
                restore()

    def _install(self, layer: str, owner: Any, name: str) -> Callable[[], None]:
        door = inspect.getattr_static(owner, name)
        if isinstance(door, classmethod):
            watched: Any = classmethod(self.timed(layer, door.__func__))
        else:
            watched = self.timed(layer, door)
        was_own = name in vars(owner)
        places = [owner] if inspect.isclass(owner) else _importers(door, name)
        for place in places:
            setattr(place, name, watched)

        def restore() -> None:
            for place in places:
                if was_own:
                    setattr(place, name, door)
                else:
                    delattr(place, name)

        return restore


def _importers(door: object, name: str) -> list[Any]:
    """The modules of the project that know a function by its name, its own one included."""
    return [
        module
        for module_name, module in list(sys.modules.items())
        if module_name.partition(".")[0] in ("flow", "models") and vars(module).get(name) is door
    ]


def measure(*, rounds: int, copies: int) -> Table:
    """The table of shares; rounds with and without stop-watches alternate."""
    plain: list[float] = []
    watched: list[float] = []
    layers: dict[str, list[float]] = {layer: [] for layer in [*_DOORS, _REST]}
    calls: Counter[str] = Counter()
    _play(copies)
    for _ in range(rounds):
        plain.append(seconds(lambda: _play(copies)) / copies)
        watches = _Watches()
        with watches.installed():
            total = seconds(lambda: _play(copies)) / copies
        watched.append(total)
        spent = {layer: watches.spent[layer] / copies / 1e9 for layer in _DOORS}
        spent[_REST] = total - sum(spent.values())
        for layer, own in spent.items():
            layers[layer].append(own)
        calls = watches.calls
    return _table(
        {layer: Figure(tuple(own)) for layer, own in layers.items()},
        {layer: calls[layer] // copies for layer in _DOORS},
        Figure(tuple(plain)),
        Figure(tuple(watched)),
        copies,
    )


def _play(copies: int) -> None:
    for _ in range(copies):
        judge(read_case())


def _table(
    layers: dict[str, Figure], calls: dict[str, int], plain: Figure, watched: Figure, copies: int
) -> Table:
    table = Table(
        "2. Where the time of one scenario goes (file to verdict, time of each layer itself)",
        ["", "median", "quartiles", "n", "calls", "share"],
    )
    whole = sum(figure.median for figure in layers.values())
    for layer, figure in layers.items():
        share = f"{100 * figure.median / whole:.1f} %"
        table.add(layer, *figure.cells(), str(calls.get(layer, "")), share)
    table.add("all, with stop-watches", *watched.cells(), str(sum(calls.values())), "100.0 %")
    table.add("all, without", *plain.cells())
    table.notes.append(
        f"n rounds of {copies} scenarios; with stop-watches by without: {ratio(watched, plain)}."
    )
    return table
