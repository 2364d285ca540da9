"""Calls a second of random journeys: ours beside schemathesis's stateful phase.

Both call the same simulated insurer, in process and over HTTP. Schemathesis judges nothing here;
ours judges ledger and promises, and what it asks the insurer for that is counted too: calls of
the shop alone are about half.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, TypeVar

import schemathesis
from hypothesis.stateful import run_state_machine_as_test

from benchmarks.command import PURCHASEFLOW
from benchmarks.explorer import generating
from benchmarks.figure import alternate, ratio
from benchmarks.service import Service
from benchmarks.table import Table
from flow.backends.relay import Asked, RelayBackend
from flow.explorer.exploring import Options, explore
from flow.plugs import plug_in
from flow.server.app import App, Settings
from flow.server.partners import ANY, Partner, Partners
from flow.signature import Credentials
from flow.suite.runner import Plugs

__all__ = ["measure"]

T = TypeVar("T")

_CALLS = {"made": 0}
_STEPS = 20
_SERVED = Service(
    name="purchaseflow serve",
    command=lambda port: (*PURCHASEFLOW, "serve", "--port", str(port), "--no-log", "--no-check"),
    question=b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    status=200,
)


def measure(*, rounds: int, journeys: int) -> Table:
    """Seconds a call, of all in turns."""
    with ExitStack() as stack:
        port = stack.enter_context(_SERVED.running(None)).port
        url = f"http://127.0.0.1:{port}"
        inside, outside = "schemathesis stateful, ASGI", "schemathesis stateful, HTTP"
        figures = alternate(
            rounds,
            [
                (inside, lambda: _schemathesis(_over_asgi(), examples=journeys // 10)),
                ("explore, in process", lambda: _explore("simulator", journeys)),
                (outside, lambda: _schemathesis(_over_http(url), examples=journeys // 10)),
                ("explore, HTTP", lambda: _explore(url, journeys // 4)),
            ],
        )
    table = Table(
        "8. Calls of random journeys: time of a call to the insurer",
        ["", "median", "quartiles", "n", "calls/s", "time to schemathesis's"],
    )
    for name, figure in figures.items():
        peer = figures[outside if "HTTP" in name else inside]
        table.add(name, *figure.cells(), f"{1 / figure.median:,.0f}", ratio(figure, peer))
    table.notes.append("The aims: ten times as many calls in process, five times over HTTP.")
    return table


class _Counted(RelayBackend):
    def relay(self, asked: Asked, answer: Callable[[], T]) -> T:
        _CALLS["made"] += 1
        return super().relay(asked, answer)


def _explore(backend: str, journeys: int) -> float:
    right = plug_in(backend, "reference")
    plugs = Plugs(lambda seed: _Counted(right.backend(seed)), right.shop)
    _CALLS["made"] = 0
    begun = time.perf_counter()
    explore(lambda: plugs, right, Options(journeys=journeys, seed=1))
    return (time.perf_counter() - begun) / _CALLS["made"]


def _over_asgi() -> Any:
    anybody = Partner(code=ANY, credentials=Credentials("key", "secret"), rate_limit=None)
    partners = Partners([anybody], checks=False, window=None)
    return schemathesis.openapi.from_asgi(
        "/openapi.json", App(Settings(partners=partners, token="token"))
    )


def _over_http(url: str) -> Any:
    return schemathesis.openapi.from_url(f"{url}/openapi.json")


def _schemathesis(schema: Any, *, examples: int) -> float:
    machine: Any = schema.as_state_machine()

    class Counted(machine):  # type: ignore[misc] # made at run time
        def after_call(self, response: Any, case: Any) -> None:
            _CALLS["made"] += 1

        def validate_response(self, response: Any, case: Any, **more: Any) -> None:
            """What it would find is not measured here."""

    _CALLS["made"] = 0
    begun = time.perf_counter()
    run_state_machine_as_test(Counted, settings=generating(max(5, examples), steps=_STEPS))
    return (time.perf_counter() - begun) / _CALLS["made"]
