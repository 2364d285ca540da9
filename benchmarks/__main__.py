"""`python -m benchmarks`: measures, prints tables, and judges nothing by time."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from benchmarks import explorer, scenario, server, shares, startup, stateful
from benchmarks.command import CommandFailed
from benchmarks.install import Unavailable
from benchmarks.stub import serving, steps
from benchmarks.table import Table
from benchmarks.tavern import Tavern

_INTERRUPTED = 130


def main() -> None:
    """Print all tables, or those that are named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("only", nargs="*", choices=_PARTS, help="these alone (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--no-peers", action="store_true", help="leave other tools out")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    begun = time.perf_counter()
    print(f"Python {platform.python_version()}, {sys.platform}, {os.cpu_count()} cores.")
    print("Medians, with the quartiles beside them; ratio: to the first row of its table.\n")
    try:
        for part in given.only or _PARTS:
            _PARTS[part](quick=given.quick, peers=not given.no_peers)
    except KeyboardInterrupt:
        print("Interrupted.")
        sys.exit(_INTERRUPTED)
    print(f"{time.perf_counter() - begun:.0f} s in all.")


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Servers that were started are stopped on the way out, however we are ended."""
    raise KeyboardInterrupt


def _scenario_part(*, quick: bool, peers: bool) -> None:
    _tell(lambda: _scenarios(quick=quick, peers=peers))


def _shares_part(*, quick: bool, peers: bool) -> None:
    _tell(lambda: shares.measure(rounds=3 if quick else 11, copies=20 if quick else 50))


def _startup_part(*, quick: bool, peers: bool) -> None:
    _tell(lambda: startup.measure_startup(rounds=3 if quick else 15))
    _tell(lambda: startup.measure_suites(rounds=2 if quick else 7))


def _server_part(*, quick: bool, peers: bool) -> None:
    with TemporaryDirectory(prefix="purchaseflow-") as folder:
        found = server.Field.gather(Path(folder), peers=peers)
        _tell(
            lambda: server.measure_rates(
                found,
                rounds=3 if quick else 7,
                seconds=1.0 if quick else 3.0,
                warm=6.0 if quick else 20.0,
            )
        )
        _tell(
            lambda: server.measure_starts(
                found, rounds=2 if quick else 5, stored=5000 if quick else 20000
            )
        )


def _explorer_part(*, quick: bool, peers: bool) -> None:
    _tell(lambda: explorer.measure(rounds=3 if quick else 7, journeys=200 if quick else 1000))
    if peers:
        _tell(lambda: stateful.measure(rounds=2 if quick else 5, journeys=100 if quick else 400))


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


_PARTS: dict[str, Callable[..., None]] = {
    "scenario": _scenario_part,
    "shares": _shares_part,
    "startup": _startup_part,
    "server": _server_part,
    "explorer": _explorer_part,
}


if __name__ == "__main__":
    main()
