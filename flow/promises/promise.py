"""What a promise is, how it is registered, and what its breach tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from flow.table import State, Trigger
from flow.trace import History

__all__ = ["PROMISES", "Breach", "Part", "Promise", "promise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A broken promise: which one, after which step, and in what way."""

    promise: str
    step: int
    detail: str


class Part(Enum):
    """A part of a history that a step can change, and that a promise reads."""

    CALLS = auto()
    STATEMENTS = auto()
    OFFERS = auto()
    POLICIES = auto()
    LEDGER = auto()
    INVOICE = auto()
    PLACE = auto()
    """The state in which the shopper stands."""
    ACTS_AT_ONCE = auto()
    BESIDE = auto()
    """The customer's other order."""


Find = Callable[[History], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A promise, and what its name means.

    Attributes:
        reads: what it goes by: it rests until one of these has changed. None is everything.
        of: the steps it speaks of; none is all.
        at: the states it speaks of; none is all.
        certain: it compares what the shop knows with what the insurer states, so it rests
            while an answer is missing: unknown is not wrong.
    """

    name: str
    meaning: str
    find: Find
    reads: frozenset[Part] | None = None
    of: frozenset[Trigger] = frozenset()
    at: frozenset[State] = frozenset()
    certain: bool = False

    def speaks_of(self, trigger: Trigger | None, state: State) -> bool:
        """Whether a step, and the state that it led to, are its business."""
        return (not self.of or trigger in self.of) and (not self.at or state in self.at)


PROMISES: list[Promise] = []


def promise(
    *reads: Part, of: tuple[Trigger, ...] = (), at: tuple[State, ...] = (), certain: bool = False
) -> Callable[[Find], Find]:
    """Register a promise under its function's name, with its docstring as meaning."""

    def register(find: Find) -> Find:
        PROMISES.append(
            Promise(
                name=find.__name__,
                meaning=" ".join((find.__doc__ or "").split()),
                find=find,
                reads=frozenset(reads) or None,
                of=frozenset(of),
                at=frozenset(at),
                certain=certain,
            )
        )
        return find

    return register
