"""The JSON Schema of a scenario file, for editors; made from the same models that check it."""

from __future__ import annotations

import inspect
from typing import Any

from pydantic import BaseModel, TypeAdapter

from flow.acts import ACTS, Act
from flow.orders import FIRST, SECOND
from flow.suite.grammar import (
    ATTEMPTS,
    Attempt,
    Expectation,
    ExpectedRefusal,
    FaultStep,
    Header,
    Verb,
)
from flow.table import COMMITS, Trigger

__all__ = ["scenario_schema"]

_REF = "#/$defs/{model}"


def scenario_schema() -> dict[str, Any]:
    """A JSON Schema (2020-12) that accepts scenario files and fragments."""
    defs: dict[str, Any] = {}
    schema = _model(Header, defs)
    schema["properties"]["steps"] = {
        "type": "array",
        "minItems": 1,
        "items": {"$ref": "#/$defs/Step"},
    }
    defs["Step"] = _step(defs)
    fragment = {
        "type": "object",
        "title": "Fragment",
        "properties": {
            "fragment": {"type": "string"},
            "steps": schema["properties"]["steps"],
        },
        "required": ["fragment", "steps"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "purchaseflow scenario",
        "oneOf": [_with_variables(schema), fragment],
        "$defs": {name: _with_variables(node) for name, node in sorted(defs.items())},
    }


_VARIABLE = {"type": "string", "pattern": r"\$\{"}
_NARROW = ("enum", "const", "pattern", "minimum", "exclusiveMinimum")


def _with_variables(node: Any) -> Any:
    """Let `${name}` stand wherever something narrower than a text is asked for."""
    if isinstance(node, list):
        return [_with_variables(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    narrow = node.get("type") in ("integer", "number", "boolean") or any(
        word in node for word in _NARROW
    )
    if narrow and "properties" not in node:
        return {"anyOf": [node, _VARIABLE]}
    return {key: _with_variables(value) for key, value in node.items()}


def _model(model: type[BaseModel], defs: dict[str, Any]) -> dict[str, Any]:
    """A model's schema, its definitions put among ours; numbers may come from variables."""
    schema = TypeAdapter(model).json_schema(ref_template=_REF)
    defs.update(schema.pop("$defs", {}))
    return schema


def _named(model: type[BaseModel], defs: dict[str, Any]) -> dict[str, Any]:
    if model.__name__ not in defs:
        defs[model.__name__] = _model(model, defs)
    return {"$ref": f"#/$defs/{model.__name__}"}


def _step(defs: dict[str, Any]) -> dict[str, Any]:
    """A step: a bare trigger, or a mapping with one trigger or verb and what goes with it."""
    verbs: dict[str, Any] = {trigger.value: _trigger(ACTS[trigger], defs) for trigger in Trigger}
    verbs[Verb.WAIT.value] = {"type": "string", "examples": ["15 days", "25 hours"]}
    verbs[Verb.FAULT.value] = _named(FaultStep, defs)
    verbs[Verb.ATTEMPT.value] = _short(Attempt, "call", defs)
    defs["Attempt"]["properties"]["call"] = {"enum": [call.value for call in ATTEMPTS]}
    verbs[Verb.AT_ONCE.value] = {
        "type": "array",
        "items": {"$ref": "#/$defs/Taking"},
        "minItems": 2,
        "maxItems": 2,
        "description": "Two triggers at once, in two tabs or by a double click.",
    }
    defs["Taking"] = _taking({trigger.value: verbs[trigger.value] for trigger in sorted(COMMITS)})
    verbs[Verb.INCLUDE.value] = {"type": "string", "examples": ["buy_laptop.yaml"]}
    beside = {
        "expect": _named(Expectation, defs),
        "refused": _short(ExpectedRefusal, "by", defs),
        "silent": {"type": "boolean"},
        "times": {"type": "integer", "minimum": 1, "maximum": 100},
        "note": {"type": "string"},
        "order": {"enum": [FIRST, SECOND], "description": "Which of the customer's orders."},
        "turns": {"type": ["string", "integer"], "pattern": "^[12]{1,40}$"},
    }
    bare = [trigger.value for trigger in Trigger]
    mapping = {
        "type": "object",
        "properties": {**verbs, **beside},
        "additionalProperties": False,
        "oneOf": [{"required": [verb]} for verb in verbs],
    }
    return {"anyOf": [{"enum": bare}, mapping]}


def _taking(triggers: dict[str, Any]) -> dict[str, Any]:
    """A trigger and nothing beside it."""
    mapping = {
        "type": "object",
        "properties": triggers,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"anyOf": [{"enum": list(triggers)}, mapping]}


def _trigger(act: type[Act], defs: dict[str, Any]) -> dict[str, Any]:
    if act is Act:
        return {"type": ["null", "object"], "maxProperties": 0, "description": "Takes nothing."}
    return _short(act, act.short, defs)


def _short(model: type[BaseModel], short: str | None, defs: dict[str, Any]) -> dict[str, Any]:
    """The model, or the value of its one usual field alone."""
    full = _named(model, defs)
    choices: list[dict[str, Any]] = [full]
    if short is not None:
        choices.append(defs[model.__name__]["properties"][short])
        if short == "items":
            choices.append({"type": "string"})
    required = defs[model.__name__].get("required")
    if not required:
        choices.append({"type": "null"})
    return {"anyOf": choices, "description": inspect.getdoc(model)}
