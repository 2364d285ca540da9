"""A limit on how long a step may take, so that a plug that hangs is told and not the end."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Any, Self

__all__ = ["KEPT_QUIET", "LONGEST_STEP", "Deadline", "TimeIsUp", "deadline"]

LONGEST_STEP = 300.0
"""Real seconds a step may take unless told otherwise: time for a backend over HTTP to be tried
again as the insurer asks, pauses and all."""

KEPT_QUIET = "it hung, was told that its time is over, and kept that to itself"
"""What a step is told to have done in which something hung, and nothing else went wrong."""


_PATIENT_RINGS = 3
"""Rings of one step that can be caught as errors; what goes on after them is ended."""


class TimeIsUp(BaseException):
    """A step that caught every TimeoutError, and hung again: no `except Exception` stops this."""


class Deadline:
    """Raises TimeoutError in whatever hangs while it is entered.

    Where alarms are to be had, and on the main thread; elsewhere it does nothing. Entered again
    inside, as for each step of a journey, it only begins anew, and what comes after that step is
    under no deadline: putting a handler in place costs more than many a step. An alarm that
    somebody else had set goes on afterwards.

    Attributes:
        rung: how often something hung.
    """

    def __init__(self) -> None:
        self.rung = 0
        self._seconds = LONGEST_STEP
        self._depth = 0
        self._in_a_row = 0
        self._runs = False
        self._before: Any = None
        self._others = (0.0, 0.0)
        self._begun = 0.0

    def of(self, seconds: float) -> Self:
        """The deadline, to be entered, of so many seconds."""
        self._seconds = seconds
        return self

    def __enter__(self) -> None:
        if not _has_alarms():
            return
        if not self._depth:
            self._others, self._begun = signal.getitimer(signal.ITIMER_REAL), time.monotonic()
            self._before = signal.signal(signal.SIGALRM, self._ring)
        self._depth += 1
        self._in_a_row = 0
        self._runs = True
        # again and again: an adapter that catches everything may hang a second time
        signal.setitimer(signal.ITIMER_REAL, self._seconds, self._seconds)

    def __exit__(self, *raised: object) -> None:
        if not _has_alarms():
            return
        self._runs = False
        self._depth -= 1
        if not self._depth:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)
            left, again = self._others
            if left:
                late = time.monotonic() - self._begun
                signal.setitimer(signal.ITIMER_REAL, max(left - late, 1e-6), again)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._runs:
            self.rung += 1
            self._in_a_row += 1
            msg = f"no end after {self._seconds * self._in_a_row:g} seconds"
            if self._in_a_row > _PATIENT_RINGS:
                raise TimeIsUp(msg)
            raise TimeoutError(msg)


deadline = Deadline()
"""One a process, as there is one alarm."""


def _has_alarms() -> bool:
    return hasattr(signal, "setitimer") and (threading.current_thread() is threading.main_thread())
