"""The same journeys on two backends: the first step and field in which they differ.

What differs by nature is masked: ids and tokens (the same one on one side has to be the same one
on the other), instants, and the hosts of links. Amounts, statuses and texts are compared.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from flow.errors import PlugInvalid
from flow.suite.grammar import Case
from flow.suite.runner import Plugs, run_case
from flow.suite.tapes import MemoryTapes
from models.base import Json

__all__ = ["Difference", "check_backends", "compare_case", "first_difference"]

_ID = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
    r"|[A-Z0-9]{5}-[A-Z0-9]{5}-INS"
    r"|(?:[A-Za-z0-9]{5}-){2,3}(?:UPD|CCL|REN)"
    r"|(?:[A-Za-z0-9]{5}-){3}[A-Za-z0-9]{5}"
)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?)?")
_HOST = re.compile(r"https?://[^/\s\"]+")
_HEADERS_COMPARED = ("allow", "content-type")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where two backends part.

    Attributes:
        step: the step's number and what it was.
        call: the method and path of the exchange.
        field: where in request or response, such as `response.body.quotes[0].price`.
    """

    step: str
    call: str
    field: str
    left: object
    right: object

    def __str__(self) -> str:
        """On one line."""
        return f"step {self.step}: {self.call}: {self.field}: {self.left!r} / {self.right!r}"


def compare_case(
    case: Case, left: Plugs, right: Plugs, *, seed: int, ignored: Collection[str] = ()
) -> Difference | None:
    """Play a case on two backends; None when they do not differ.

    Raises:
        PlugInvalid: a backend cannot be made, or has no wire to listen to.
    """
    tapes = [_played(case, plugs, seed) for plugs in (left, right)]
    return first_difference(tapes[0], tapes[1], ignored)


def _played(case: Case, plugs: Plugs, seed: int) -> list[Json]:
    memory = MemoryTapes()
    run_case(case, Plugs(plugs.backend, plugs.shop, memory), seed)
    return [entry for entry in memory.entries if "request" in entry]


def first_difference(
    left: Sequence[Json], right: Sequence[Json], ignored: Collection[str] = ()
) -> Difference | None:
    """The first difference between two tapes."""
    compare = _Comparison(frozenset(ignored))
    for one, other in zip_longest(left, right):
        if one is None or other is None:
            entry = one or other
            request = entry["request"]
            call = f"{request['method']} {_short(request['path'])}"
            sides = ("sent", "not sent") if other is None else ("not sent", "sent")
            return Difference(
                step=entry["step"], call=call, field="call", left=sides[0], right=sides[1]
            )
        found = next(compare.entries(one, other), None)
        if found is not None:
            request = one["request"]
            return Difference(
                step=one["step"],
                call=f"{request['method']} {_short(request['path'])}",
                field=found[0],
                left=found[1],
                right=found[2],
            )
    return None


def _short(path: str) -> str:
    return path.partition("/partners/")[2].partition("/")[2] or path


_Found = Iterator[tuple[str, object, object]]


class _Comparison:
    """Compares exchange by exchange, and learns which id stands for which."""

    def __init__(self, ignored: frozenset[str]) -> None:
        self._ignored = ignored
        self._stands_for: dict[str, str] = {}
        self._taken: dict[str, str] = {}

    def entries(self, left: Json, right: Json) -> _Found:
        """Differences between two exchanges: what was asked, then what was answered."""
        one, other = left["request"], right["request"]
        yield from self._values(one["method"], other["method"], "request.method")
        yield from self._values(_short(one["path"]), _short(other["path"]), "request.path")
        yield from self._values(one["query"], other["query"], "request.query")
        yield from self._values(one["body"], other["body"], "request.body")
        here, there = left["response"], right["response"]
        if here is None or there is None:
            if here is not there:
                told = [_told(side) for side in (left, right)]
                yield "response", told[0], told[1]
            return
        yield from self._values(here["status"], there["status"], "response.status")
        yield from self._values(here["body"], there["body"], "response.body")
        for name in _HEADERS_COMPARED:
            mine, theirs = here["headers"].get(name), there["headers"].get(name)
            if here["body"] is not None or name != "content-type":
                yield from self._values(mine, theirs, f"response.headers.{name}")

    def _values(self, left: Any, right: Any, path: str) -> _Found:
        if path.rsplit(".", 1)[-1] in self._ignored:
            return
        if isinstance(left, dict) and isinstance(right, dict):
            for key in {**left, **right}:
                if key in self._ignored:
                    continue
                if key not in left or key not in right:
                    sides = ("there", "missing") if key in left else ("missing", "there")
                    yield f"{path}.{key}", *sides
                else:
                    yield from self._values(left[key], right[key], f"{path}.{key}")
        elif isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                yield path, f"{len(left)} entries", f"{len(right)} entries"
            for index, (one, other) in enumerate(zip(left, right, strict=False)):
                yield from self._values(one, other, f"{path}[{index}]")
        elif isinstance(left, str) and isinstance(right, str):
            if not self._same_text(left, right):
                yield path, left, right
        elif left != right or isinstance(left, bool) is not isinstance(right, bool):
            yield path, left, right

    def _same_text(self, left: str, right: str) -> bool:
        ids, others = _ID.findall(left), _ID.findall(right)
        if _masked(left) != _masked(right) or len(ids) != len(others):
            return False
        return all(self._is_same(one, other) for one, other in zip(ids, others, strict=True))

    def _is_same(self, left: str, right: str) -> bool:
        """Whether one id may stand for the other: always the same pair."""
        known = self._stands_for.setdefault(left, right)
        return known == right and self._taken.setdefault(right, left) == left


def _masked(text: str) -> str:
    return _HOST.sub("HOST", _INSTANT.sub("INSTANT", _ID.sub("ID", text)))


def _told(entry: Json) -> str:
    response = entry["response"]
    return entry.get("error", "no answer") if response is None else f"status {response['status']}"


def check_backends(*names: str) -> None:
    """Refuse two names for the same thing.

    Raises:
        PlugInvalid: they are the same, so nothing would be compared.
    """
    if len(set(names)) < len(names):
        reason = "is compared with itself; name another one with --against"
        raise PlugInvalid(kind="backend", name=names[0], reason=reason)
