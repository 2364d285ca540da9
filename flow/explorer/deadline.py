"""A limit on how long a step may take, so that a plug that hangs is a finding and not the end."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

__all__ = ["PATIENCE", "Deadline", "deadline"]

PATIENCE = 30.0
"""Real seconds a step may take; a shop or backend that hangs is told that its time is over."""


class Deadline:
    """Raises TimeoutError in whatever hangs while it is entered.

    Where alarms are to be had, and on the main thread; elsewhere it does nothing. Entered again
    inside, as for each step of a journey, it only begins anew, and what comes after that step is
    under no deadline: putting a handler in place costs more than many a step.

    Attributes:
        rung: how often something hung.
    """

    def __init__(self) -> None:
        self.rung = 0
        self._depth = 0
        self._runs = False
        self._before: Any = None

    def __enter__(self) -> None:
        if not _has_alarms():
            return
        if not self._depth:
            self._before = signal.signal(signal.SIGALRM, self._ring)
        self._depth += 1
        self._runs = True
        # again and again: an adapter that catches everything may hang a second time
        signal.setitimer(signal.ITIMER_REAL, PATIENCE, PATIENCE)

    def __exit__(self, *raised: object) -> None:
        if not _has_alarms():
            return
        self._runs = False
        self._depth -= 1
        if not self._depth:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._runs:
            self.rung += 1
            msg = f"no end after {PATIENCE:g} seconds"
            raise TimeoutError(msg)


deadline = Deadline()
"""One a process, as there is one alarm."""


def _has_alarms() -> bool:
    return hasattr(signal, "setitimer") and (threading.current_thread() is threading.main_thread())
