"""A document before it is printed: what it says, part by part, in texts that are final.

HTML and PDF are both made from it, so they cannot say different things. What is in a document is
the business of the rooms that write it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, ClassVar, TypeVar

__all__ = [
    "MOST_LETTERS",
    "Facts",
    "Part",
    "Passage",
    "Points",
    "Sheet",
    "Table",
    "one_line",
    "readable",
]

T = TypeVar("T")

MOST_LETTERS = 400
"""Longer texts are cut, with an ellipsis: a name must not fill pages."""

_UNPRINTED = {"Cc", "Cs", "Zl", "Zp"}
_TURNING = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of writing, and could make a text read as another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Labels, and what they stand for."""

    kind: ClassVar[str] = "facts"
    heading: str = ""
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Running text."""

    kind: ClassVar[str] = "passage"
    heading: str = ""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """A list."""

    kind: ClassVar[str] = "points"
    heading: str = ""
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under columns; from column number `amounts` on they are set to the right.

    Attributes:
        sums: rows at its end that add up what is above.
    """

    kind: ClassVar[str] = "table"
    heading: str = ""
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sums: tuple[tuple[str, ...], ...] = ()
    amounts: int = 1


Part = Facts | Passage | Points | Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A whole document.

    Attributes:
        title: what it is, such as "Tax invoice".
        number: what it is found by.
        issuer: who gives it out.
        at: when, by the insurer's clock.
        mark: what is to be seen before all else, such as "CANCELLED".
        language: of its reader, a hint for the choice of letters.
    """

    title: str
    number: str
    issuer: str
    at: datetime
    parts: tuple[Part, ...]
    mark: str = ""
    language: str = "en"


def one_line(text: str) -> str:
    """A text without line breaks, control characters and marks that turn it around."""
    shown = "".join(" " if unicodedata.category(sign) in _UNPRINTED else sign for sign in text)
    plain = " ".join("".join(sign for sign in shown if sign not in _TURNING).split())
    return plain if len(plain) <= MOST_LETTERS else plain[: MOST_LETTERS - 1] + "…"


def readable(value: T) -> T:
    """The same sheet, part or tuple, with every text in it as `one_line` leaves it."""
    return _readable(value)  # type: ignore[no-any-return]  # of the kind that was given


def _readable(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, tuple):
        return tuple(_readable(each) for each in value)
    if isinstance(value, Sheet | Facts | Passage | Points | Table):
        names = [one.name for one in fields(value)]
        return replace(value, **{name: _readable(getattr(value, name)) for name in names})
    return value
