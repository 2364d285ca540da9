"""The load: connections that post and read without a pause, in a process of their own.

`python -m benchmarks.load` takes rounds as lines of JSON and answers each with one, until its
input ends. Every answer is read to its end, and its status is looked at.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import re
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from time import perf_counter
from typing import Any, cast

from benchmarks.command import ROOT, CommandFailed, clean_environment

__all__ = ["FIRST", "Load", "Outcome", "Round", "loading", "numbered"]

FIRST = 100_000_000
"""The first number of a request; the last has nine digits too."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+) *\r\n", re.IGNORECASE)
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What is to be sent: to which port, for how long, or how many."""

    port: int
    request: str
    status: int
    first: int
    connections: int
    seconds: float = 0.0
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a round: right and wrong answers, and how long they took."""

    right: int
    wrong: int
    complaint: str
    seconds: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return self.right / self.seconds


def numbered(template: bytes, number: int) -> bytes:
    """The request with this number, ready to send."""
    return template % {b"price": 1000 + number % 9000, b"number": number}


class _Load:
    """One round, shared by its connections."""

    def __init__(self, asked: Round) -> None:
        self._template = asked.request.encode("latin-1")
        self._next = asked.first
        self._last = asked.first + asked.count if asked.count else sys.maxsize
        self._status = str(asked.status).encode()
        self._until = float("inf")
        self._open = 0
        self.done = asyncio.get_running_loop().create_future()
        self.waits = array("d")
        self.wrong = 0
        self.complaint = ""

    def begin(self, connections: list[_Connection], seconds: float) -> None:
        self._open = len(connections)
        if seconds:
            self._until = perf_counter() + seconds
        for connection in connections:
            connection.send()

    def request(self) -> bytes | None:
        """The next one, None when it is over."""
        if self._next >= self._last or perf_counter() >= self._until:
            return None
        self._next += 1
        return numbered(self._template, self._next - 1)

    def took(self, wait: float, answer: bytes) -> None:
        if answer[9:12] == self._status:
            self.waits.append(wait)
        else:
            self.fault(" ".join(answer[:300].decode("latin-1").split()))

    def fault(self, complaint: str) -> None:
        self.wrong += 1
        self.complaint = self.complaint or complaint

    def leave(self) -> None:
        self._open -= 1
        if not self._open and not self.done.done():
            self.done.set_result(None)


class _Connection(asyncio.Protocol):
    """Sends a request, reads the answer, sends the next."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._received = b""
        self._missing = 0
        self._begun = 0.0
        self._busy = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by descent

    def send(self) -> None:
        request = self._load.request()
        self._busy = request is not None
        if request is None:
            self._load.leave()
            return
        self._begun = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received = received = self._received + data if self._received else data
        head = received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(received, 0, head + 2)
        if length is None:
            self._break("an answer without Content-Length")
            return
        over = len(received) - head - 4 - int(length[1])
        if over < 0:
            return
        if over > 0 or not self._busy:
            self._break("more was answered than was asked")
            return
        self._received = b""
        self._load.took(perf_counter() - self._begun, received)
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._busy:
            self._break(f"the connection was closed: {exc or 'by the server'}")

    def _break(self, complaint: str) -> None:
        self._load.fault(complaint)
        if self._busy:
            self._busy = False
            self._load.leave()
        self._transport.abort()

    def close(self) -> None:
        self._transport.abort()


async def _play(asked: Round) -> Outcome:
    load = _Load(asked)
    connections: list[_Connection] = []
    begun = perf_counter()
    try:
        await _connect(load, asked, connections)
        begun = perf_counter()
        load.begin(connections, asked.seconds)
        await _finish(load, asked.seconds)
    except OSError as error:
        load.fault(f"cannot connect: {error}")
    finally:
        spent = perf_counter() - begun
        for connection in connections:
            connection.close()
    waits = sorted(load.waits)
    return Outcome(
        right=len(waits),
        wrong=load.wrong,
        complaint=load.complaint,
        seconds=spent,
        p50=_share(waits, 0.50),
        p99=_share(waits, 0.99),
    )


async def _connect(load: _Load, asked: Round, connections: list[_Connection]) -> None:
    loop = asyncio.get_running_loop()
    for _ in range(asked.connections):
        _, connection = await loop.create_connection(
            lambda: _Connection(load), "127.0.0.1", asked.port
        )
        connections.append(connection)


async def _finish(load: _Load, seconds: float) -> None:
    """Wait for the last answer: as long as it takes, but never long without any."""
    while not load.done.done():
        known = len(load.waits)
        await asyncio.wait([load.done], timeout=_PATIENCE + seconds)
        if not load.done.done() and known == len(load.waits):
            load.fault(f"no answer for {_PATIENCE:.0f} s")
            return


def _share(waits: list[float], share: float) -> float:
    """The wait that this share of all did not exceed."""
    return waits[min(len(waits) - 1, int(len(waits) * share))] if waits else 0.0


class Load:
    """The process that makes the load, as the measuring one sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._next = FIRST

    def play(
        self,
        *,
        port: int,
        request: bytes,
        status: int,
        connections: int,
        seconds: float = 0.0,
        count: int = 0,
    ) -> Outcome:
        """Play a round to its end; its requests are numbered on from those of the last.

        Raises:
            CommandFailed: an answer was wrong, so there is nothing to tell; or the process ended.
        """
        asked = Round(
            port=port,
            request=request.decode("latin-1"),
            status=status,
            first=self._next,
            connections=connections,
            seconds=seconds,
            count=count,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(asdict(asked)) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            message = "the load ended before its round did"
            raise CommandFailed(message)
        outcome = Outcome(**json.loads(line))
        self._next += outcome.right + outcome.wrong + connections
        if outcome.wrong or not outcome.right:
            all_answers = outcome.right + outcome.wrong
            message = f"{outcome.wrong} of {all_answers} answers wrong: {outcome.complaint}"
            raise CommandFailed(message)
        return outcome


@contextmanager
def loading() -> Iterator[Load]:
    """A load in a process of its own while the context lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.load"],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C is for who started it
    )
    with process:
        try:
            yield Load(process)
        finally:
            process.terminate()
            assert process.stdin is not None
            with suppress(BrokenPipeError):
                process.stdin.close()


def fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The loop of uvloop where it is installed, None for asyncio's own."""
    if find_spec("uvloop") is None:
        return None
    made: Any = importlib.import_module("uvloop")
    loop: Callable[[], asyncio.AbstractEventLoop] = made.new_event_loop
    return loop


def main() -> None:
    """Play rounds until the input ends."""
    gc.disable()  # nothing here runs in circles, and a pause would be taken for the server's
    with asyncio.Runner(loop_factory=fast_loop()) as runner:
        for line in sys.stdin:
            outcome = runner.run(_play(Round(**json.loads(line))))
            print(json.dumps(asdict(outcome)), flush=True)
            gc.collect()


if __name__ == "__main__":
    main()
