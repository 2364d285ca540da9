"""A Backend that notes every call and what came of it: the traffic side of a journey's trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flow.backends.base import Backend
from flow.backends.faulty import FaultKind, FaultyBackend
from flow.backends.relay import Asked, RelayBackend
from flow.errors import BackendError, BackendRefused
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
    """Keeps what passed, until it is taken."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._seen: list[Exchange] = []

    def relay(self, asked: Asked, answer: Callable[[], T]) -> T:
        """Pass a call on and note it."""
        try:
            reply = answer()
        except BackendError as error:
            self._seen.append(Exchange(asked=asked, error=error, fault=self._fault()))
            raise
        noted = reply if isinstance(reply, Reply) else None
        self._seen.append(Exchange(asked=asked, reply=noted, fault=self._fault()))
        return reply

    def _fault(self) -> FaultKind | None:
        """What struck the call that has just ended."""
        return self.inner.struck if isinstance(self.inner, FaultyBackend) else None

    def take(self) -> tuple[Exchange, ...]:
        """What passed since the last time."""
        seen, self._seen = tuple(self._seen), []
        return seen
