"""How long commands take before they do anything, and how long the shipped suites take."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from benchmarks.command import PURCHASEFLOW, run
from benchmarks.figure import alternate, ratio
from benchmarks.purchase import PURCHASE
from benchmarks.table import Table
from flow.suite.loader import load
from flow.suite.shipped import shipped_suites

__all__ = ["measure_startup", "measure_suites"]

_HELP = "purchaseflow --help"
_COMMANDS = {
    _HELP: [*PURCHASEFLOW, "--help"],
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import click'": [sys.executable, "-c", "import click"],
    "purchaseflow run, one scenario": [*PURCHASEFLOW, "run", str(PURCHASE)],
    "python -m pytest --version": [sys.executable, "-m", "pytest", "--version"],
}


def measure_startup(*, rounds: int) -> Table:
    """The table of commands that do little."""
    figures = alternate(rounds, [(name, _timed(line)) for name, line in _COMMANDS.items()])
    table = Table(
        "3. Start-up: wall time of a process",
        ["", "median", "quartiles", "n", "aim", "ratio"],
    )
    for name, figure in figures.items():
        aim = "< 400 ms" if name == _HELP else ""
        table.add(name, *figure.cells(), aim, ratio(figure, figures[_HELP]))
    return table


def measure_suites(*, rounds: int) -> Table:
    """The table of the shipped suites, in one process and in two."""
    cases = len(load([shipped_suites()]).cases)
    workers = {
        f"purchaseflow run --workers {number}": [*PURCHASEFLOW, "run", "--workers", str(number)]
        for number in (1, 2)
    }
    table = Table(
        f"4. The shipped suites ({cases} scenarios): wall time of a process",
        ["", "median", "quartiles", "n", "a scenario", "ratio"],
    )
    first = run(workers["purchaseflow run --workers 1"], accepted=(0, 1))
    if first.code:
        table.notes.append(f"Not all of them pass (exit code {first.code}).")
    figures = alternate(rounds, [(name, _timed(line)) for name, line in workers.items()])
    base = figures["purchaseflow run --workers 1"]
    for name, figure in figures.items():
        each = f"{figure.median / max(cases, 1) * 1e3:.2f} ms"
        table.add(name, *figure.cells(), each, ratio(figure, base))
    return table


def _timed(command: Sequence[str]) -> Callable[[], float]:
    return lambda: run(command, accepted=(0, 1)).seconds
