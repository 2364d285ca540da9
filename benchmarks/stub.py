"""A small HTTP server that answers the eight steps, for tools that test over HTTP.

Run as `python -m benchmarks.stub` it prints its port and serves until its input ends. Packages
and bookings are those of the simulated insurer, four in all, as many as are read in process (two
by the shop, two by the journey's own questions); the other steps are answered briefly. Under
`/brief` all are: what a tool costs apart from the documents.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from benchmarks.command import ROOT, clean_environment
from benchmarks.purchase import REFERENCE, judge, read_case
from flow.backends.simulator import SimulatorBackend
from flow.simulator.insurer import Insurer
from flow.suite.runner import Plugs
from models import Answer, Call

__all__ = ["BRIEF", "Step", "serving", "steps"]

BRIEF = "/brief"


@dataclass(frozen=True, slots=True)
class Step:
    """One step over HTTP: where it is posted, with what, and what is answered and checked."""

    path: str
    sent: dict[str, Any]
    answered: dict[str, Any]
    checked: dict[str, Any]


def steps() -> list[Step]:
    """The eight steps, with what the simulated insurer was sent and answered in a purchase."""
    quoted, booked = _overheard()
    package, booking = quoted[1], booked[1]
    offer = {"status": "RECEIVED", "currency": "GBP"}
    policy = {"status": "CONFIRMED", "currency": "GBP"}
    told: list[tuple[str, Any, dict[str, Any], str, dict[str, Any]]] = [
        ("add_to_cart", {"sku": "LAP-15"}, {"items": 1}, "in_cart", {"items": 1}),
        ("request_quote", quoted[0], package, "offered", offer),
        ("choose_cover", {"items": "all"}, package, "covered", offer),
        ("pay", {"card": "approved"}, {"products": 1200.0}, "paid", {"products": 1200.0}),
        ("collect", {}, {"products": 1200.0}, "collected", {"products": 1200.0}),
        ("book", booked[0], booking, "booked", policy),
        ("receive_documents", {}, booking, "documented", policy),
        ("send_invoice", {}, {"refunded": 0}, "completed", {"refunded": 0}),
    ]
    return [
        Step(f"/{name}", sent, {"state": state, **answered}, {"state": state, **checked})
        for name, sent, answered, state, checked in told
    ]


def _overheard() -> list[tuple[Any, Any]]:
    """Bodies of the calls that changed something in a purchase: its quotes, then its booking."""
    passed: list[tuple[Any, Any]] = []

    class _Overheard(Insurer):
        def answer(self, call: Call) -> Answer:
            answer = super().answer(call)
            if call.method == "POST":
                passed.append((call.body, answer.body))
            return answer

    plugs = Plugs(lambda seed: SimulatorBackend(_Overheard(seed=seed)), REFERENCE.shop)
    judge(read_case(), plugs)
    return passed[:2]


class _Handler(BaseHTTPRequestHandler):
    """Answers a POST with the bytes kept for its path."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet
    answers: ClassVar[dict[str, bytes]] = {}

    def do_POST(self) -> None:
        """Read the request to its end, and answer."""
        json.loads(self.rfile.read(int(self.headers["content-length"])))
        body = self.answers.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: nobody reads it."""


@contextmanager
def serving() -> Iterator[str]:
    """A stub in a process of its own while the context lasts; its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stub"],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:  # leaving closes its input, and so ends it
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"


def main() -> None:
    """Serve until the input ends."""
    for step in steps():
        _Handler.answers[step.path] = json.dumps(step.answered).encode()
        _Handler.answers[BRIEF + step.path] = json.dumps(step.checked).encode()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
