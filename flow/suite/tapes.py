"""Where the exchanges of played cases go: a file a case, or memory."""

from __future__ import annotations

from pathlib import Path

import orjson

from flow.backends.base import Backend
from flow.backends.recording import Tape
from flow.suite.folders import make_folder, name_of
from flow.suite.grammar import Case
from flow.version import own_version
from models.base import Json

__all__ = ["FileTapes", "MemoryTapes"]


class FileTapes:
    """One JSON-lines file a case: a head with its name and seed, then its exchanges.

    Raises:
        ConfigInvalid: the folder cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = make_folder(folder, "record")

    def __call__(self, case: Case, seed: int, backend: Backend) -> Tape:
        """Record a case that begins; a tape of an earlier run is written over."""
        path = self._folder / f"{name_of(case, seed)}.jsonl"
        head: Json = {
            "recording": 1,
            "scenario": case.name,
            "file": case.file,
            "seed": seed,
            "version": own_version(),
        }
        path.write_bytes(orjson.dumps(head) + b"\n")

        def write(entry: Json) -> None:
            with path.open("ab") as file:
                file.write(orjson.dumps(entry) + b"\n")

        tape = Tape(write)
        tape.attach(backend)
        return tape


class MemoryTapes:
    """Keeps the exchanges of the case that was played last."""

    def __init__(self) -> None:
        self.entries: list[Json] = []

    def __call__(self, case: Case, seed: int, backend: Backend) -> Tape:
        """Record a case that begins."""
        self.entries = []
        tape = Tape(self.entries.append)
        tape.attach(backend)
        return tape
