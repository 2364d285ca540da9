"""Two pieces of work at once that take turns in a given order: concurrency that can be repeated."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

__all__ = ["Turns"]

_STRICTLY = "12"
_PATIENCE = 0.05
"""Real seconds after which work that neither calls nor ends is taken to be held up."""


class Turns:
    """Lets one of two pieces of work go on at a time, and changes over where they call somebody.

    Work whose turn it is may have to wait for what the other one holds, as for a lock on an order.
    Then the other one goes on, and what was held up gets turns again from its next call. Work that
    only takes long between two calls cannot be told from it.

    Args:
        order: whose turn it is after each call, as `1` and `2`, over and over: `12` changes at
            every call, `1112` lets the first one get ahead. Who has ended is passed over.
    """

    def __init__(self, order: str = _STRICTLY) -> None:
        self._order = [int(one) - 1 for one in order]
        self._whose = self._order[0]
        self._calls = 0
        self._moves = 0  # calls begun and ended: who makes some is not held up
        self._calling: set[int] = set()
        self._held_up: set[int] = set()
        self._ended: list[int] = []
        self._numbers: dict[int, int] = {}
        self._change = threading.Condition()
        self._one_call = threading.Lock()
        self._other: threading.Thread | None = None
        self._alarm: TimeoutError | None = None

    @property
    def own(self) -> int:
        """Which piece of work the calling thread does, 0 or 1; of a thread that the work began by
        itself nobody can say, so it is taken to be whose turn it is."""
        return self._numbers.get(threading.get_ident(), self._whose)

    def run(self, first: Callable[[], None], second: Callable[[], None]) -> list[int]:
        """Do both to the end; which ended first, as 0 and 1. Neither may raise.

        What begins is done on the caller's thread; so is the other, if it had no turn before.

        Raises:
            TimeoutError: from an alarm of the caller's, when the one on the other thread hangs.
        """
        works, begins = (first, second), self._whose
        late = 1 - begins
        other = threading.Thread(target=self._work, args=(late, works[late]), daemon=True)
        self._other = other
        self._work(begins, works[begins])
        if other.ident is None:
            self._work(late, works[late])
        elif self._alarm is None:
            self._join(other, late)
        if self._alarm is not None:
            raise self._alarm
        return self._ended

    def _join(self, other: threading.Thread, number: int) -> None:
        try:
            other.join()
        except TimeoutError as alarm:
            with self._change:
                self._give_up(number, alarm)

    @contextmanager
    def call(self) -> Iterator[None]:
        """A call, made when it is one's turn: before it, the other one may get ahead.

        Calls of threads that work began by itself take no turns, and are made one at a time.

        Raises:
            TimeoutError: this work was given up.
        """
        if threading.get_ident() not in self._numbers:
            with self._one_call:
                yield
            return
        own = self.own
        with self._change:
            if own in self._ended:
                msg = "given up, for it had no end in time"
                raise TimeoutError(msg)
            if own in self._held_up:
                self._held_up.remove(own)
            else:
                self._calls += 1
                self._pass_on(self._order[self._calls % len(self._order)])
            self._wait(own)
            self._calling.add(own)
            self._moves += 1
        try:
            with self._one_call if self._alarm is None else nullcontext():
                yield
        finally:
            with self._change:
                self._calling.discard(own)
                self._moves += 1

    def _work(self, number: int, work: Callable[[], None]) -> None:
        self._numbers[threading.get_ident()] = number
        try:
            work()
        finally:
            with self._change:
                self._end(number)

    def _end(self, number: int) -> None:
        if number not in self._ended:
            self._ended.append(number)
        if len(self._ended) == 1:
            self._held_up.clear()
            self._whose = 1 - number
            self._change.notify_all()

    def _pass_on(self, number: int) -> None:
        if number == self._whose or number in self._ended or number in self._held_up:
            return
        self._whose = number
        assert self._other is not None
        if self._other.ident is None:
            self._other.start()
        self._change.notify_all()

    def _wait(self, own: int) -> None:
        """Until it is one's turn, or the other one is held up, so that it is one's turn again."""
        moves = self._moves
        try:
            while self._whose != own:
                if self._change.wait(_PATIENCE):
                    continue
                if not self._calling and self._moves == moves:
                    self._held_up.add(1 - own)
                    self._whose = own
                moves = self._moves
        except TimeoutError as alarm:  # it is the other one that hangs, so let this one end
            self._give_up(1 - own, alarm)

    def _give_up(self, number: int, alarm: TimeoutError) -> None:
        self._alarm = alarm
        self._end(number)
