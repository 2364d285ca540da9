"""Which core does what: one for the server, one for everybody else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Cores", "on"]


@dataclass(frozen=True, slots=True)
class Cores:
    """A core for the server and one for the load; None where processes cannot be bound to one."""

    server: int | None
    load: int | None

    @classmethod
    def choose(cls) -> Cores:
        """Two of the cores that are ours to use: the last and the first."""
        if sys.platform != "linux":
            return cls(None, None)
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[-1], usable[0]) if len(usable) > 1 else cls(None, None)

    def text(self) -> str:
        """What a table says about them."""
        if self.server is None:
            return "Not bound to cores: server and load got in each other's way."
        return f"Servers on core {self.server}, the load on core {self.load}."


@contextmanager
def on(core: int | None) -> Iterator[None]:
    """Work on one core while the context lasts; processes started in it stay there."""
    if core is None or sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
