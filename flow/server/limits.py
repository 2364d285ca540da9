"""How many calls a partner may make a second, where a limit is set (contract section 4)."""

from __future__ import annotations

import math
from collections import deque
from datetime import datetime, timedelta

__all__ = ["LEAST_LIMIT", "Limiter"]

LEAST_LIMIT = 0.001
"""Calls a second: one in a quarter of an hour. A lower limit lets nobody in."""

_WINDOW = timedelta(seconds=1)


class Limiter:
    """A sliding second, by the clock of its world: it stands still while that stands still.

    Args:
        limit: calls in any one second; below one, a call every so many seconds.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._window = _WINDOW if limit >= 1 else _WINDOW / limit
        self._most = max(1, math.floor(limit))
        self._times: deque[datetime] = deque()

    def wait(self, now: datetime) -> int:
        """Seconds until the next call is welcome, rounded up; 0 takes the call."""
        if self._times and now < self._times[-1]:  # the clock was set back
            self._times.clear()
        while self._times and now - self._times[0] >= self._window:
            self._times.popleft()
        if len(self._times) < self._most:
            self._times.append(now)
            return 0
        return max(1, math.ceil((self._times[0] + self._window - now).total_seconds()))

    @property
    def remaining(self) -> int:
        """Calls left in this second."""
        return self._most - len(self._times)

    def headers(self, now: datetime) -> dict[str, str]:
        """The rate-limit headers while a limit is set. # values were never recorded: our choice"""
        first = self._times[0] if self._times else now
        return {
            "x-ratelimit-limit": str(self._most),
            "x-ratelimit-remaining": str(max(0, self.remaining)),
            "x-ratelimit-reset": str(math.ceil((first + self._window).timestamp())),
        }
