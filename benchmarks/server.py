"""What a quote costs over HTTP: rates, waits, starts and memory, beside servers of fixed answers.

Ours checks the signature, rates the product and stores the package, each time; the peers hand out
one and the same body, as large as ours.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.command import PURCHASEFLOW, CommandFailed
from benchmarks.cores import Cores, on
from benchmarks.fakes import FAKES
from benchmarks.figure import Figure, ratio
from benchmarks.install import Unavailable
from benchmarks.load import FIRST, Load, Outcome, loading, numbered
from benchmarks.quote import CREATED, KEY, PARTNER, SECRET, answer, reading, template
from benchmarks.service import Running, Service, ask
from benchmarks.table import Table

__all__ = ["Field", "measure_rates", "measure_starts"]

_CONNECTIONS = 32
_OURS = "purchaseflow serve --no-log --journal 0"
_DEFAULT = "purchaseflow serve"
_BARE = "bytes in, bytes out: the load's limit"
_SETTLED = 1000
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Turn:
    """What came of a round, and the processor time that the server spent on it."""

    outcome: Outcome
    worked: float


@dataclass(slots=True)
class Field:
    """The servers that are compared, ours first, and why others are not among them."""

    services: list[Service]
    left_out: list[str] = field(default_factory=list)
    cores: Cores = field(default_factory=Cores.choose)

    @classmethod
    def gather(cls, folder: Path, *, peers: bool) -> Field:
        """Ours, the peers that can be had here, and the least a server can do.

        Ours is there as peers are, without log and journal, and as it is started by default.
        """
        body = answer()
        gathered = cls([_ours(_OURS, "--no-log", "--journal", "0"), _ours(_DEFAULT)])
        for name, make in FAKES.items() if peers else ():
            try:
                gathered.services.append(make(folder / name, body))
            except Unavailable as reason:
                gathered.left_out.append(f"{name} is left out: {reason}")
        gathered.services.append(_bare(folder / "body.json", body))
        return gathered

    def leave_out(self, service: Service, reason: CommandFailed) -> None:
        """Go on without a peer.

        Raises:
            CommandFailed: it is ours, and there is nothing to compare with.
        """
        if service.name == _OURS:
            raise reason
        self.services.remove(service)
        self.left_out.append(f"{service.name} is left out: {reason}")

    @contextmanager
    def all_running(self) -> Iterator[list[Running]]:
        """Those that start, each on the servers' core."""
        with ExitStack() as stack:
            started = []
            for service in self.services.copy():
                try:
                    started.append(stack.enter_context(service.running(self.cores.server)))
                except CommandFailed as reason:
                    self.leave_out(service, reason)
            yield started


def measure_rates(gathered: Field, *, rounds: int, seconds: float, warm: float) -> Table:
    """The table of rates and waits; rounds of all servers alternate."""
    table = Table(
        f"5. Quotes over HTTP, {_CONNECTIONS} connections: a core for the server, one for the load",
        ["", "requests/s", "quartiles", "n", "p50", "p99", "CPU each", "MB after", "ours by it"],
    )
    with on(gathered.cores.load), loading() as load, gathered.all_running() as started:
        ours = _prove(started[0])
        told = _alternate(gathered, load, started, rounds=rounds, seconds=seconds, warm=warm)
        _read_again(started[0], ours)
        base = _rates(told[_OURS])
        for running in started:
            if turns := told.get(running.service.name):
                table.add(*_row(running, turns, base))
        stored = sum(turn.outcome.right for turn in told[_OURS])
    table.notes += [
        f"n rounds of {seconds:g} s in turns; peers warmed up for {warm:g} s. Every answer is read",
        "to its end and its status looked at; with a wrong one there is no rate. CPU each: the",
        "server's processor time by its answers, which says more than rates on a busy machine.",
        f"Ours checked, rated and stored {stored:,} requests in these rounds; peers answer a fixed",
        f"body of {len(answer()):,} bytes. {gathered.cores.text()}",
        *gathered.left_out,
    ]
    return table


def measure_starts(gathered: Field, *, rounds: int, stored: int) -> Table:
    """The table of starts and of memory; starts of all servers alternate."""
    table = Table(
        "6. The same servers: start to first answer, and memory",
        ["", "median", "quartiles", "n", "MB at start", "ratio"],
    )
    lengths: dict[str, list[float]] = {}
    weights: dict[str, list[float]] = {}
    with on(gathered.cores.load), loading() as load:
        for _ in range(rounds):
            for service in gathered.services.copy():
                try:
                    with service.running(gathered.cores.server) as running:
                        lengths.setdefault(service.name, []).append(running.seconds)
                        weights.setdefault(service.name, []).append(running.at_start)
                except CommandFailed as reason:
                    gathered.leave_out(service, reason)
        with gathered.services[0].running(gathered.cores.server) as ours:
            weighed = _weigh(load, ours, stored)
    base = Figure(tuple(lengths[_OURS]))
    for name, taken in lengths.items():
        figure = Figure(tuple(taken))
        table.add(name, *figure.cells(), _megabytes(median(weights[name])), ratio(figure, base))
    table.notes += [
        "First answer: /health where it is ours, the request itself where it is a peer.",
        *weighed,
        *gathered.left_out,
    ]
    return table


def _ours(name: str, *options: str) -> Service:
    keys = ["--partner", PARTNER, "--api-key", KEY, "--api-secret", SECRET]
    return Service(
        name=name,
        command=lambda port: [*PURCHASEFLOW, "serve", "--port", str(port), *keys, *options],
        question=b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        status=200,
        announces=True,
    )


def _bare(file: Path, body: bytes) -> Service:
    file.write_bytes(body)
    return Service(
        name=_BARE,
        command=lambda port: [sys.executable, "-m", "benchmarks.bare", str(port), str(file)],
        question=numbered(template(), FIRST),
        status=CREATED,
    )


def _prove(ours: Running) -> str:
    """The id of a package that was stored; a wrong signature was refused.

    Raises:
        CommandFailed: it is not so, and the rates would not mean what the table says.
    """
    forged, _ = ask(ours.port, numbered(template("another secret"), FIRST - 1))
    if forged != 403:
        message = f"a wrong signature was answered with {forged}"
        raise CommandFailed(message)
    status, body = ask(ours.port, numbered(template(), FIRST - 2))
    if status != CREATED:
        message = f"a request for quotes was answered with {status}"
        raise CommandFailed(message)
    ins = str(json.loads(body)["id"])
    _read_again(ours, ins)
    return ins


def _read_again(ours: Running, ins: str) -> None:
    status, body = ask(ours.port, reading(ins))
    if status != 200 or json.loads(body)["id"] != ins:
        message = f"package {ins} was not kept: {status}"
        raise CommandFailed(message)


def _play(load: Load, running: Running, *, seconds: float = 0.0, count: int = 0) -> Outcome:
    return load.play(
        port=running.port,
        request=template(),
        status=CREATED,
        connections=_CONNECTIONS,
        seconds=seconds,
        count=count,
    )


def _alternate(
    gathered: Field,
    load: Load,
    started: Sequence[Running],
    *,
    rounds: int,
    seconds: float,
    warm: float,
) -> dict[str, list[_Turn]]:
    """The rounds of those whose answers were right, all of them."""
    told: dict[str, list[_Turn]] = {running.service.name: [] for running in started}

    def play(running: Running, length: float, *, keep: bool) -> None:
        name = running.service.name
        if name not in told:
            return
        before = running.worked()
        try:
            outcome = _play(load, running, seconds=length)
        except CommandFailed as reason:
            gathered.leave_out(running.service, reason)
            del told[name]
        else:
            told[name] += [_Turn(outcome, running.worked() - before)] * keep

    for running in started:
        play(
            running,
            seconds if running.service.name in {_OURS, _DEFAULT, _BARE} else warm,
            keep=False,
        )
    for number in range(rounds):
        # Back and forth: none always follows the same other.
        for running in started[:: 1 if number % 2 == 0 else -1]:
            play(running, seconds, keep=True)
    return told


def _row(running: Running, turns: Sequence[_Turn], base: Figure) -> list[str]:
    rates = _rates(turns)
    worked = sum(turn.worked for turn in turns) / sum(turn.outcome.right for turn in turns)
    low, high = rates.quartiles
    return [
        running.service.name,
        f"{rates.median:,.0f}",
        f"{low:,.0f} - {high:,.0f}",
        str(len(turns)),
        f"{median(turn.outcome.p50 for turn in turns) * 1e3:.2f} ms",
        f"{median(turn.outcome.p99 for turn in turns) * 1e3:.2f} ms",
        f"{worked * 1e6:.0f} us" if worked else "",
        _megabytes(running.memory()),
        ratio(base, rates),
    ]


def _rates(turns: Sequence[_Turn]) -> Figure:
    return Figure(tuple(turn.outcome.rate for turn in turns))


def _weigh(load: Load, ours: Running, stored: int) -> list[str]:
    """What a stored package weighs: what came with the first ones is not counted."""
    _play(load, ours, count=_SETTLED)
    before = ours.memory()
    _play(load, ours, count=stored)
    after = ours.memory()
    if not after:
        return ["This system does not tell what a process weighs."]
    return [
        f"{_OURS}: {(after - before) / stored / 1024:.1f} KB a stored package"
        f" ({_megabytes(before)} MB with {_SETTLED:,}, {_megabytes(after)} MB with"
        f" {_SETTLED + stored:,}).",
    ]


def _megabytes(size: float) -> str:
    return f"{size / _MB:.0f}" if size else ""
