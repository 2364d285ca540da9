"""Servers under measurement, each in a process of its own: started, asked, weighed, stopped."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.command import ROOT, CommandFailed, clean_environment
from benchmarks.cores import on

__all__ = ["Running", "Service", "ask"]

_PATIENCE = 60.0
_GRACE = 10.0
_LOOK = 0.002
_ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+)[^\n]*\n")
_SILENT = {"DO_NOT_TRACK": "1", "NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """How a server is started, and when it is ready.

    `command` gets a free port, or 0 if the server chooses one and `announces` its address in a
    line that it prints. It is ready when `question` is answered with `status`.
    """

    name: str
    command: Callable[[int], Sequence[str]]
    question: bytes
    status: int
    announces: bool = False
    cwd: Path = ROOT

    @contextmanager
    def running(self, core: int | None) -> Iterator[Running]:
        """The server, ready, on a core; it is stopped when the context ends.

        Raises:
            CommandFailed: it did not start.
        """
        with TemporaryDirectory(prefix="purchaseflow-") as folder:
            log = Path(folder) / "log.txt"
            port = 0 if self.announces else _free_port()
            begun = time.perf_counter()
            process = _start(self.command(port), self.cwd, log, core)
            try:
                port, seconds = self._ready(process, port, log, begun)
                yield Running(self, process, port, seconds)
            finally:
                _stop(process)

    def _ready(
        self, process: subprocess.Popen[bytes], port: int, log: Path, begun: float
    ) -> tuple[int, float]:
        """The port, and the seconds to the first right answer."""
        while (waited := time.perf_counter() - begun) < _PATIENCE:
            if process.poll() is not None:
                told = log.read_text(encoding="utf-8", errors="replace").split("\n")
                last = next((line for line in reversed(told) if line.strip()), "")
                message = f"{self.name} ended with {process.returncode}: {last.strip()}"
                raise CommandFailed(message)
            port = port or _announced(log)
            with suppress(OSError, HTTPException):
                if port and ask(port, self.question)[0] == self.status:
                    return port, time.perf_counter() - begun
            time.sleep(_LOOK)
        message = f"{self.name} gave no right answer in {waited:.0f} s"
        raise CommandFailed(message)


@dataclass(slots=True)
class Running:
    """A server that is ready: its port, how long its start took, what it weighs."""

    service: Service
    process: subprocess.Popen[bytes]
    port: int
    seconds: float
    at_start: float = field(init=False)

    def __post_init__(self) -> None:
        self.at_start = self.memory()

    def memory(self) -> float:
        """Resident bytes now; nothing where the system does not tell."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.is_file():
            return 0.0
        found = re.search(r"^VmRSS:\s*(\d+) kB", status.read_text(encoding="utf-8"), re.MULTILINE)
        return float(found[1]) * 1024 if found else 0.0

    def worked(self) -> float:
        """Seconds of processor time so far, all threads; nothing where the system does not tell."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.is_file():
            return 0.0
        # The second field, the command in brackets, may hold blanks; user and system are 14 and 15.
        fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(port: int, request: bytes) -> tuple[int, bytes]:
    """Send one request, and read status and body of its answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=_GRACE) as connection:
        connection.sendall(request)
        answer = HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _announced(log: Path) -> int:
    found = _ADDRESS.search(log.read_bytes())
    return int(found[1]) if found else 0


def _start(
    command: Sequence[str], cwd: Path, log: Path, core: int | None
) -> subprocess.Popen[bytes]:
    with log.open("wb") as told, on(core):
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=clean_environment() | _SILENT,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
            process_group=0,  # Ctrl-C is for who started it; what it started ends with it
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    for ending in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, ending)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
            return
