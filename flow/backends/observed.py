"""A Backend that notes every call and what came of it: the traffic side of a journey's trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flow.backends.base import Backend
from flow.backends.faulty import FaultKind, FaultyBackend
from flow.backends.relay import Asked, RelayBackend
from flow.errors import BackendError, BackendRefused
from flow.turns import Turns
from models.base import Reply

__all__ = ["Exchange", "ObservedBackend"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A call and its end: a reply (None for an empty one), or the error it ended in.

    `fault` is how the wire was made to fail at it.
    """

    asked: Asked
    reply: Reply | None = None
    error: BackendError | None = None
    fault: FaultKind | None = None

    @property
    def was_accepted(self) -> bool:
        """Whether the insurer said yes."""
        return self.error is None

    @property
    def was_refused(self) -> bool:
        """Whether the insurer said no."""
        return isinstance(self.error, BackendRefused)


class ObservedBackend(RelayBackend):
    """Keeps what passed, until it is taken.

    Attributes:
        turns: set while two acts are made at once; each call waits for its turn.
    """

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self.turns: Turns | None = None
        self._seen: tuple[list[Exchange], list[Exchange]] = ([], [])

    def relay(self, asked: Asked, answer: Callable[[], T]) -> T:
        """Pass a call on and note it."""
        if self.turns is None:
            return self._relay(asked, answer)
        with self.turns.call():
            return self._relay(asked, answer)

    def _relay(self, asked: Asked, answer: Callable[[], T]) -> T:
        try:
            reply = answer()
        except BackendError as error:
            self._note(Exchange(asked=asked, error=error, fault=self._fault()))
            raise
        noted = reply if isinstance(reply, Reply) else None
        self._note(Exchange(asked=asked, reply=noted, fault=self._fault()))
        return reply

    def _fault(self) -> FaultKind | None:
        """What struck the call that has just ended."""
        return self.inner.struck if isinstance(self.inner, FaultyBackend) else None

    def _note(self, exchange: Exchange) -> None:
        self._seen[0 if self.turns is None else self.turns.own].append(exchange)

    def take(self, whose: int = 0) -> tuple[Exchange, ...]:
        """What passed since the last time; of two acts at once, what passed in one of them."""
        seen = tuple(self._seen[whose])
        self._seen[whose].clear()
        return seen
