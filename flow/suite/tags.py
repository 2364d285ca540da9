"""Tag expressions: `smoke and not (slow or staging)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from flow.errors import UsageError

__all__ = ["Matcher", "parse_tags", "tags_in"]

Matcher = Callable[[Collection[str]], bool]
_LONGEST = 500
_TOKEN = re.compile(r"\s*(\(|\)|[^\s()]+)")
_WORDS = ("and", "or", "not", "(", ")")


def parse_tags(text: str) -> Matcher:
    """Read an expression of tags, `and`, `or`, `not` and parentheses.

    Raises:
        UsageError: it is not one; says where.
    """
    if len(text) > _LONGEST:
        msg = f"--tags is longer than {_LONGEST} letters"
        raise UsageError(msg)
    parser = _Parser(_TOKEN.findall(text), text)
    matcher = parser.either()
    if parser.rest:
        parser.fail(f"'{parser.rest[0]}' is not expected")
    return matcher


def tags_in(text: str) -> list[str]:
    """The tags that an expression names, in order."""
    return [token for token in _TOKEN.findall(text) if token not in _WORDS]


class _Parser:
    def __init__(self, tokens: list[str], text: str) -> None:
        self.rest = tokens
        self.text = text

    def fail(self, reason: str) -> None:
        msg = f"--tags '{self.text}': {reason}; write such as 'smoke and not slow'"
        raise UsageError(msg)

    def either(self) -> Matcher:
        left = self.both()
        while self.rest and self.rest[0] == "or":
            self.rest.pop(0)
            left = _or(left, self.both())
        return left

    def both(self) -> Matcher:
        left = self.one()
        while self.rest and self.rest[0] == "and":
            self.rest.pop(0)
            left = _and(left, self.one())
        return left

    def one(self) -> Matcher:
        if not self.rest:
            self.fail("something is missing at the end")
        token = self.rest.pop(0)
        if token == "not":
            inner = self.one()
            return lambda tags: not inner(tags)
        if token == "(":
            inner = self.either()
            if not self.rest or self.rest.pop(0) != ")":
                self.fail("a parenthesis is not closed")
            return inner
        if token in ("and", "or", ")"):
            self.fail(f"'{token}' is not expected")
        return lambda tags: token in tags


def _or(left: Matcher, right: Matcher) -> Matcher:
    return lambda tags: left(tags) or right(tags)


def _and(left: Matcher, right: Matcher) -> Matcher:
    return lambda tags: left(tags) and right(tags)
