"""Dashboard: which journeys of the worlds looked at are listed, and how they are paged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["ANY_PROMISE", "Filters", "Leaf", "leaf_of"]

T = TypeVar("T")

ANY_PROMISE = "any"
"""Journeys in which some promise is broken, whichever."""
_NUMBER = re.compile(r"[1-9][0-9]{0,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a journey has to be: None is no matter.

    Attributes:
        status: where it stands.
        broken: the promise that it breaks; `ANY_PROMISE` for any.
    """

    status: str | None = None
    broken: str | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filters:
        """Read them from an address."""
        return cls(status=query.get("status") or None, broken=query.get("broken") or None)

    def wants(self, broken: Sequence[str]) -> bool:
        """Whether these broken promises are what is looked for."""
        return bool(broken) if self.broken == ANY_PROMISE else self.broken in (None, *broken)


@dataclass(frozen=True, slots=True)
class Leaf(Generic[T]):
    """One page of a long list; pages count from 1."""

    rows: Sequence[T]
    number: int
    count: int
    total: int


def leaf_of(rows: Sequence[T], asked: str | None, size: int, *, last: bool = False) -> Leaf[T]:
    """The page that was asked for, or the nearest; the first (or `last`) one unless one was."""
    count = max(1, -(-len(rows) // size))
    usual = count if last else 1
    number = min(int(asked), count) if asked and _NUMBER.fullmatch(asked) else usual
    return Leaf(rows[(number - 1) * size : number * size], number, count, len(rows))
