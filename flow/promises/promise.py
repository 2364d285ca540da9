"""What a promise is, how it is registered, and what its breach tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flow.trace import History

__all__ = ["PROMISES", "Breach", "Promise", "promise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A broken promise: which one, after which step, and in what way."""

    promise: str
    step: int
    detail: str


Find = Callable[[History], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A promise, and what its name means.

    Attributes:
        certain: it compares what the shop knows with what the insurer states, so it rests
            while an answer is missing: unknown is not wrong.
        stated: it reads the insurer's statements alone, so it rests until they are asked anew.
        booked: only new entries in the ledger can break it, so it rests until there are some.
        called: only calls to the insurer can break it, so it rests in steps without any.
    """

    name: str
    meaning: str
    find: Find
    certain: bool = False
    stated: bool = False
    booked: bool = False
    called: bool = False


PROMISES: list[Promise] = []


def promise(
    *, certain: bool = False, stated: bool = False, booked: bool = False, called: bool = False
) -> Callable[[Find], Find]:
    """Register a promise under its function's name, with its docstring as meaning."""

    def register(find: Find) -> Find:
        meaning = " ".join((find.__doc__ or "").split())
        PROMISES.append(
            Promise(
                name=find.__name__,
                meaning=meaning,
                find=find,
                certain=certain,
                stated=stated,
                booked=booked,
                called=called,
            )
        )
        return find

    return register
