"""A Backend whose wire fails on demand: lost, late, refused, twice, or not to be understood."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from flow.backends.base import Backend
from flow.backends.relay import Asked, RelayBackend
from flow.errors import BackendRefused, BackendSilent, BackendUnreachable
from models import Operation, Problem

__all__ = ["Fault", "FaultKind", "FaultyBackend"]

T = TypeVar("T")


class FaultKind(StrEnum):
    """How the wire fails. The server fails in the same ways, under the same names."""

    CALL_LOST = "call_lost"
    ANSWER_LOST = "answer_lost"
    UNAVAILABLE = "unavailable"
    THROTTLED = "throttled"
    SENT_TWICE = "sent_twice"
    SLOW = "slow"
    UNREACHABLE = "unreachable"
    TRUNCATED = "truncated"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A failure to come: the next `times` calls of an operation.

    Attributes:
        seconds: how long a slow answer takes.
    """

    operation: Operation
    kind: FaultKind
    times: int = 1
    seconds: float = 0.0


class FaultyBackend(RelayBackend):
    """Fails as it was told to, then behaves.

    `call_lost`, `unreachable`, `unavailable` and `throttled` leave the insurer untouched;
    `answer_lost`, `truncated`, `malformed` and `sent_twice` do not: it has done what was asked,
    once or twice. A `slow` answer comes late, and is right.

    Args:
        inner: the backend behind the wire.
        sleep: waits for a slow answer.

    Attributes:
        struck: how the latest call failed; None when it did not.
    """

    def __init__(self, inner: Backend, *, sleep: Callable[[float], None] = time.sleep) -> None:
        super().__init__(inner)
        self._armed: list[Fault] = []
        self.struck: FaultKind | None = None
        self._sleep = sleep

    def arm(self, fault: Fault) -> None:
        """Let the wire fail."""
        self._armed.extend([fault] * fault.times)

    def disarm(self, fault: Fault) -> None:
        """Take back one failure to come: it has happened elsewhere."""
        self._armed.remove(fault)

    @property
    def armed(self) -> list[Fault]:
        """Failures that have not happened yet."""
        return list(self._armed)

    def relay(self, asked: Asked, answer: Callable[[], T]) -> T:
        """Pass a call on, or fail."""
        fault = next((armed for armed in self._armed if armed.operation is asked.operation), None)
        self.struck = None if fault is None else fault.kind
        if fault is None:
            return answer()
        self._armed.remove(fault)
        name = asked.operation
        match fault.kind:
            case FaultKind.CALL_LOST:
                raise BackendSilent(name, "the call was lost (injected)")
            case FaultKind.UNREACHABLE:
                raise BackendUnreachable(name, "connection refused (injected)")
            case FaultKind.UNAVAILABLE:
                raise BackendSilent(name, "status 502 (injected)")
            case FaultKind.THROTTLED:
                # Recorded text of a live 429: contract section 4.
                text = "Request was throttled. Expected available in 1 second."
                raise BackendRefused(name, 429, Problem(type="throttled", message=text))
            case FaultKind.SENT_TWICE:
                answer()
                return answer()
            case FaultKind.SLOW:
                self._sleep(fault.seconds)
                return answer()
            case FaultKind.ANSWER_LOST:
                answer()
                raise BackendSilent(name, "the answer was lost (injected)")
            case FaultKind.TRUNCATED:
                answer()
                raise BackendSilent(name, "the answer was cut short (injected)")
            case FaultKind.MALFORMED:
                answer()
                raise BackendSilent(name, "the answer is not JSON (injected)")
