"""A Backend whose every error is one of ours: what a plugged one raises is named, not passed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flow.backends.relay import Asked, RelayBackend
from flow.errors import BackendError, BackendUnclear

__all__ = ["GuardedBackend"]

T = TypeVar("T")


class GuardedBackend(RelayBackend):
    """Turns a foreign exception into `BackendUnclear`, with the name of the method at fault."""

    def relay(self, asked: Asked, answer: Callable[[], T]) -> T:
        """Pass a call on."""
        try:
            return answer()
        except BackendError:
            raise
        except Exception as error:
            name = f"{type(self.inner).__name__}.{asked.operation}"
            reason = f"{name} raised {type(error).__name__}: {error}"
            raise BackendUnclear(asked.operation, reason) from error
