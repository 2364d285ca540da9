"""A shop's counter: it serves one act of an order at a time, as a lock on the order's row would."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, Protocol

from flow.errors import ShopRefused
from flow.table import Trigger

__all__ = ["Counter", "Lock"]

_Act = Callable[[Any, Any], Any]


class Lock(Protocol):
    """One at a time; the same one may come in again."""

    def acquire(self, *, blocking: bool = True) -> bool:
        """Come in; False when somebody else is there and one is not to wait."""

    def release(self) -> None:
        """Leave."""


class Counter:
    """A base for shops: while an act is under way, another one of the same order is refused.

    A double click, or a second tab, must not find an order half done. Who waits instead of
    refusing does as well.
    """

    def __init__(self) -> None:
        self._counter: Lock = threading.RLock()

    def __init_subclass__(cls, **more: Any) -> None:
        """Guard every act that a class defines."""
        super().__init_subclass__(**more)
        for trigger in Trigger:
            act = cls.__dict__.get(trigger.value)
            if act is not None:
                setattr(cls, trigger.value, _one_at_a_time(act))


def _one_at_a_time(act: _Act) -> _Act:
    @functools.wraps(act)
    def guarded(shop: Any, given: Any) -> Any:
        if not shop._counter.acquire(blocking=False):
            msg = "something else is being done with this order: look again in a moment"
            raise ShopRefused(msg)
        try:
            return act(shop, given)
        finally:
            shop._counter.release()

    return guarded
