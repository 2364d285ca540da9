"""`python -m benchmarks`: measures, prints tables, and judges nothing by time."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import scenario, shares, startup
from benchmarks.command import CommandFailed
from benchmarks.stub import serving, steps
from benchmarks.table import Table
from benchmarks.tavern import Tavern, Unavailable


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--no-peers", action="store_true", help="leave Tavern out")
    given = parser.parse_args()
    begun = time.perf_counter()
    print(f"Python {platform.python_version()}, {sys.platform}, {os.cpu_count()} cores.")
    print("Medians, with the quartiles beside them; ratio: to the first row of its table.\n")
    quick: bool = given.quick
    _tell(lambda: _scenarios(quick=quick, peers=not given.no_peers))
    _tell(lambda: shares.measure(rounds=3 if quick else 11, copies=20 if quick else 50))
    _tell(lambda: startup.measure_startup(rounds=3 if quick else 15))
    _tell(lambda: startup.measure_suites(rounds=2 if quick else 7))
    print(f"{time.perf_counter() - begun:.0f} s in all.")


def _scenarios(*, quick: bool, peers: bool) -> Table:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="purchaseflow-")))
        tavern: Tavern | None = None
        if peers:
            try:
                Tavern.install()
            except Unavailable as reason:
                print(f"Tavern is left out, it cannot be installed: {reason}\n")
            else:
                tavern = Tavern(stack.enter_context(serving()), steps())
        return scenario.measure(
            folder, tavern, rounds=3 if quick else 7, copies=60 if quick else 120
        )


def _tell(measure: Callable[[], Table]) -> None:
    try:
        print(measure().text(), flush=True)
    except CommandFailed as failure:
        print(f"A table is left out: {failure}\n", flush=True)


if __name__ == "__main__":
    main()
