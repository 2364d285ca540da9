"""What a model finds wrong in a scenario file: at its place, in plain words, with a hint."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from flow.errors import ScenarioInvalid
from flow.spelling import did_you_mean
from flow.suite.reading import PathKey, Source

__all__ = ["faults_of"]


def faults_of(
    model: type[BaseModel], error: ValidationError, path: PathKey, source: Source
) -> Iterator[ScenarioInvalid]:
    """Pydantic's errors, each at its place; a misspelt key is not told as missing as well."""
    meant: set[str] = set()
    faults = error.errors(include_url=False)
    for fault in sorted(faults, key=lambda fault: fault["type"] != "extra_forbidden"):
        loc = tuple(part for part in fault["loc"] if isinstance(part, str | int))
        where = (*path, *loc)
        # Unions put their branch into the location: drop what is no place of the file.
        while where != path and not source.holds(where) and fault["type"] != "missing":
            where = where[:-1]
        name = loc[-1] if loc else ""
        if fault["type"] == "extra_forbidden":
            hint = did_you_mean(str(name), _words(model, loc[:-1]))
            meant |= {word for word in _words(model, loc[:-1]) if hint and f"'{word}'" in hint}
            yield source.key_place((*path, *loc)).fault(f"unknown key '{name}'", hint)
        elif fault["type"] == "missing":
            if name in meant:
                continue
            yield source.place(where[:-1] if where != path else path).fault(f"'{name}' is missing")
        elif fault["type"] in ("enum", "literal_error"):
            given = str(fault["input"])
            words = _choices(fault)
            hint = did_you_mean(given, words) or f"one of: {', '.join(words)}"
            yield source.place(where).fault(f"{name}: '{given}' is not known", hint)
        else:
            yield source.place(where).fault(_plain_words(str(name), fault))


def _plain_words(name: str, fault: Any) -> str:
    message = fault["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    given = fault["input"]
    shown = given if isinstance(given, Decimal) else repr(given)
    told = "" if isinstance(given, dict | list) else f" (given: {shown})"
    return f"{name}: {message}{told}" if name else f"{message}{told}"


def _choices(fault: Any) -> list[str]:
    expected = str(fault.get("ctx", {}).get("expected", ""))
    return [word.strip(" '") for word in expected.replace(" or ", ", ").split(",") if word.strip()]


def _words(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    """The keys that are known at a place inside a model."""
    current: Any = model
    for part in loc:
        if isinstance(part, int):
            continue
        field_info = current.model_fields.get(part) if hasattr(current, "model_fields") else None
        if field_info is None:
            return []
        current = _model_in(field_info.annotation)
        if current is None:
            return []
    return list(current.model_fields)


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found is not None:
            return found
    return None
