"""Checks a body of the offers API, and words the faults as a JSON schema does (err-empty-body#1).

Only the words for a missing property were recorded; the others follow the same library's style,
and are our choice.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from flow.simulator.checks import first_faults
from flow.simulator.refusal import bad_fields
from models.base import Request

__all__ = ["named", "read_schema"]

R = TypeVar("R", bound=Request)

_LONGEST = 60
_TYPES = {
    "string_type": "string",
    "int_type": "integer",
    "dict_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
    "list_type": "array",
    "value_error": "number",  # of all checks of our own, these requests use only that of an amount
}


def read_schema(model: type[R], body: object) -> R:
    """The body as its model.

    Raises:
        Refusal: 422 with all faults under `non_field_errors`.
    """
    try:
        return model.model_validate({} if body is None else body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
    raise bad_fields({"non_field_errors": [_words(fault) for fault in first_faults(faults)]})


def _words(fault: ErrorDetails) -> str:
    kind, name = fault["type"], fault["loc"][-1] if fault["loc"] else ""
    if kind == "missing":
        return f"'{name}' is a required property"
    if kind == "extra_forbidden":
        return f"Additional properties are not allowed ({named(name)} was unexpected)"
    if kind == "string_pattern_mismatch":
        return f"{named(fault['input'])} is not a valid {name}"
    if kind in _TYPES:
        return f"{named(fault['input'])} is not of type '{_TYPES[kind]}'"
    return f"{named(fault['input'])} is not valid under any of the given schemas"


def named(value: Any) -> str:
    """A value as a refusal quotes it: short, and nothing that prints without end."""
    if isinstance(value, dict):
        return "{...}" if value else "{}"
    if isinstance(value, list):
        return "[...]" if value else "[]"
    if isinstance(value, int) and value and math.log10(abs(value)) > _LONGEST:
        return "a number of that size"
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
