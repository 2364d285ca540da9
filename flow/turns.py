"""Two pieces of work at once that take turns in a given order: concurrency that can be repeated."""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["Turns"]

_STRICTLY = "12"


class Turns:
    """Lets one of two threads run at a time, and changes over where they pause.

    Args:
        order: whose turn it is after each pause, as `1` and `2`, over and over: `12` changes at
            every pause, `1112` lets the first one get ahead. Who has ended is passed over.
    """

    def __init__(self, order: str = _STRICTLY) -> None:
        self._order = [int(one) - 1 for one in order]
        self._pauses = 0
        self._whose = self._order[0]
        self._ended: list[int] = []
        self._change = threading.Condition()

    @property
    def whose(self) -> int:
        """Which of the two is running: 0 or 1."""
        return self._whose

    def run(self, first: Callable[[], None], second: Callable[[], None]) -> list[int]:
        """Do both to the end; which ended first, as 0 and 1. Neither may raise.

        Raises:
            TimeoutError: from an alarm of the caller's, when one of them hangs.
        """
        threads = [
            threading.Thread(target=self._work, args=(number, work), daemon=True)
            for number, work in enumerate((first, second))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self._ended

    def pause(self) -> None:
        """Let the other one go on, if it is its turn; called by the one that runs."""
        with self._change:
            own = self._whose
            self._pauses += 1
            self._pass_on(self._order[self._pauses % len(self._order)])
            self._change.wait_for(lambda: self._whose == own)

    def _work(self, number: int, work: Callable[[], None]) -> None:
        with self._change:
            self._change.wait_for(lambda: self._whose == number)
        try:
            work()
        finally:
            with self._change:
                self._ended.append(number)
                self._pass_on(1 - number)

    def _pass_on(self, number: int) -> None:
        if number not in self._ended:
            self._whose = number
            self._change.notify_all()
