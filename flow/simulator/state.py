"""A world as JSON and back: to keep it, to move it to another server, to return to it.

Records are written with their kinds, so that amounts stay exact and statuses stay statuses. A
digest guards the document: state is made by the insurer, not written by hand.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

import orjson

from flow.chance import Dice
from flow.simulator.catalogue import Catalogue, OfferEntry, Plan, PolicyType, TaxRule
from flow.simulator.rating import Priced
from flow.simulator.records import (
    OfferRecord,
    OfferShelf,
    Package,
    Part,
    PendingCancellation,
    PendingRenewal,
    PendingUpdate,
    QuoteRecord,
)
from flow.simulator.world import StoredAnswer, World
from models.base import Json
from models.exchange import Answer
from models.quotes import PackageStatus, QuoteStatus

__all__ = ["FORMAT", "StateInvalid", "export_state", "import_state"]

E = TypeVar("E")

FORMAT = 2

_RECORDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        Answer,
        OfferRecord,
        OfferShelf,
        Package,
        Part,
        PendingCancellation,
        PendingRenewal,
        PendingUpdate,
        Priced,
        QuoteRecord,
        StoredAnswer,
    )
}
_ENUMS: dict[str, type[Enum]] = {kind.__name__: kind for kind in (PackageStatus, QuoteStatus)}
_ENTRIES: dict[str, type[Plan] | type[TaxRule]] = {"Plan": Plan, "TaxRule": TaxRule}
_LEFT_OUT = {"rendered"}
"""Fields that are only remembered work."""

_KEPT = (
    "packages",
    "updates",
    "cancellations",
    "renewals",
    "tokens",
    "outbox",
    "keys",
    "noticed",
    "offers",
)
"""Fields of a world that are its state."""


_MISREAD = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)
"""What comes of reading a document that somebody wrote by hand, digest and all."""


class StateInvalid(ValueError):
    """A document that is no state of this simulator; says why."""


def export_state(world: World) -> bytes:
    """All that a world remembers, as a JSON document."""
    state = {name: _written(getattr(world, name)) for name in _KEPT}
    state["now"] = world.clock.now().isoformat()
    state["dice"] = _written(world.dice.state)
    document = orjson.dumps(state)
    head: Json = {"format": FORMAT, "partner": world.partner, "digest": _digest(document)}
    return orjson.dumps({**head, "state": orjson.Fragment(document)})


def import_state(world: World, document: bytes) -> None:
    """Put an exported state in place of what the world remembers; its clock is set to it.

    Raises:
        StateInvalid: the document is not one of ours; the world is left as it was.
    """
    try:
        whole = orjson.loads(document)
        state = whole["state"]
        form, digest = whole["format"], whole["digest"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        msg = "this is no exported state of a world"
        raise StateInvalid(msg) from error
    if form != FORMAT:
        msg = f"the state is of format {form}, and this version reads {FORMAT}"
        raise StateInvalid(msg)
    if digest != _digest(orjson.dumps(state)):
        msg = "the state was changed after it was exported; to set up a world, seed it"
        raise StateInvalid(msg)
    if whole.get("partner") != world.partner:
        msg = f"the state is of partner {whole.get('partner')}, not of {world.partner}"
        raise StateInvalid(msg)
    read = _Reader(world.catalogue)
    try:
        found = {name: read(state[name]) for name in _KEPT}
        dice, now = read(state["dice"]), datetime.fromisoformat(state["now"])
        Dice(0).state = dice
    except StateInvalid:
        raise
    except _MISREAD as error:
        msg = "this is no exported state of a world"
        raise StateInvalid(msg) from error
    for name, value in found.items():
        setattr(world, name, value)
    world.dice.state = dice
    world.clock.set(now)


def _digest(document: bytes) -> str:
    return hashlib.sha256(document).hexdigest()


def _written(value: Any) -> Any:
    """A value as JSON. What JSON has no word for is an object with one key that begins with $."""
    if value is None or isinstance(value, bool | float) or type(value) in (int, str):
        return value if type(value) is not int or abs(value) < 2**53 else {"$int": str(value)}
    writer = next((write for kind, write in _WRITERS if isinstance(value, kind)), None)
    if writer is None:
        msg = f"{type(value).__name__} cannot be kept"
        raise TypeError(msg)
    return writer(value)


def _written_dict(value: dict[Any, Any]) -> Any:
    if all(type(key) is str and not key.startswith("$") for key in value):
        return {key: _written(child) for key, child in value.items()}
    return {"$pairs": [[_written(key), _written(child)] for key, child in value.items()]}


def _written_record(value: Any) -> Any:
    kind = type(value).__name__
    if kind not in _RECORDS:
        msg = f"{kind} cannot be kept"
        raise TypeError(msg)
    fields = {
        one.name: _written(getattr(value, one.name))
        for one in dataclasses.fields(value)
        if one.name not in _LEFT_OUT
    }
    return {"$record": [kind, fields]}


def _written_policy(value: PolicyType) -> Json:
    """By name and version; those sold through offers by their plan, which has its own rates."""
    return {"$policy": [value.type, value.version]} if value.plan is None else {"$plan": value.plan}


def _each(values: Iterable[Any]) -> list[Any]:
    return [_written(value) for value in values]


_WRITERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (Enum, lambda value: {"$enum": [type(value).__name__, value.value]}),
    (Decimal, lambda value: {"$decimal": str(value)}),
    (datetime, lambda value: {"$instant": value.isoformat()}),
    (dict, _written_dict),
    (list, _each),
    (tuple, lambda value: {"$tuple": _each(value)}),
    (set, lambda value: {"$set": _each(sorted(value))}),
    (PolicyType, _written_policy),
    (OfferEntry, lambda value: {"$offer": value.config_id}),
    (
        (Plan, TaxRule),
        lambda value: {"$entry": [type(value).__name__, value.model_dump(mode="json")]},
    ),
    (object, _written_record),
)


class _Reader:
    """Reads what `_written` wrote; policies are looked up in the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def __call__(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self(child) for child in node]
        if not isinstance(node, dict):
            return node
        key = next(iter(node), "")
        if not key.startswith("$"):
            return {name: self(child) for name, child in node.items()}
        return getattr(self, f"_{key[1:]}")(node[key])

    def _int(self, value: str) -> int:
        return int(value)

    def _decimal(self, value: str) -> Decimal:
        return Decimal(value)

    def _instant(self, value: str) -> datetime:
        return datetime.fromisoformat(value)

    def _enum(self, value: list[str]) -> Enum:
        return _ENUMS[value[0]](value[1])

    def _tuple(self, value: list[Any]) -> tuple[Any, ...]:
        return tuple(self(child) for child in value)

    def _set(self, value: list[Any]) -> set[Any]:
        return {self(child) for child in value}

    def _pairs(self, value: list[list[Any]]) -> dict[Any, Any]:
        return {self(name): self(child) for name, child in value}

    def _entry(self, value: list[Any]) -> Any:
        return _ENTRIES[value[0]].model_validate(value[1])

    def _policy(self, value: list[Any]) -> PolicyType:
        policy = self._catalogue.policy(value[0], value[1])
        return _there(policy, f"sells no {value[0]} version {value[1]}")

    def _plan(self, value: str) -> PolicyType:
        return _there(self._catalogue.offered_policy(value), f"offers no plan {value}")

    def _offer(self, value: str) -> OfferEntry:
        return _there(self._catalogue.offer(value), f"has no offer {value}")

    def _record(self, value: list[Any]) -> Any:
        kind, fields = value
        return _RECORDS[kind](**{name: self(child) for name, child in fields.items()})


def _there(entry: E | None, lack: str) -> E:
    """What was looked up in the catalogue.

    Raises:
        StateInvalid: it was not there.
    """
    if entry is None:
        msg = f"the catalogue {lack}, which the state holds"
        raise StateInvalid(msg)
    return entry
