"""The right word that is nearest to a wrong one, for errors."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean"]

_LONGEST = 80
"""A longer word is compared by its beginning: comparing takes time, and anybody may send it."""


def did_you_mean(word: str, words: Iterable[str]) -> str | None:
    """The nearest right word, as a hint."""
    near = get_close_matches(word[:_LONGEST], list(words), n=1, cutoff=0.5)
    return f"did you mean '{near[0]}'?" if near else None
