"""What is sent to steer a server, read as its model; what does not fit is told in plain words."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from flow.spelling import did_you_mean

__all__ = ["FormInvalid", "read_form"]

M = TypeVar("M", bound=BaseModel)

_LONGEST = 80
_NUMBER = "is to be a number"
_WHOLE = "is to be a whole number"
_YES_NO = "is to be true or false"
_INSTANT = "is to be an instant with its offset, such as 2026-01-15T09:00:00Z"
_LIST = "is to be a list"
_OBJECT = "is to be an object"

_WORDS = {
    "missing": "is missing",
    "string_type": "is to be a text",
    "bool_type": _YES_NO,
    "bool_parsing": _YES_NO,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "greater_than": "is to be more than {gt:.15g}, not {given}",
    "greater_than_equal": "is to be {ge:.15g} or more, not {given}",
    "less_than_equal": "is to be {le:.15g} or less, not {given}",
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "datetime_object_invalid": _INSTANT,
    "timezone_aware": _INSTANT,
    "list_type": _LIST,
    "frozen_set_type": _LIST,
    "too_short": "is to hold {min_length} or more, not {actual_length}",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
}
"""What is said of a field, by pydantic's kind of error. What was given is quoted only where it is a
number, or one of some words: other texts may be secrets."""


class FormInvalid(ValueError):
    """What was sent does not fit: which field, why, and what is allowed."""


def read_form(model: type[M], given: object, whole: str = "body") -> M:
    """Decoded JSON as its model; `whole` is how errors call all of it.

    Raises:
        FormInvalid: it does not fit.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        # A misspelt field is told before the one that is missing for it.
        faults = error.errors(include_url=False)
        first = min(faults, key=lambda fault: fault["type"] != "extra_forbidden")
        where = ".".join(str(part) for part in first["loc"]) or whole
        told = FormInvalid(f"{where}: {_said(first, model)}")
        raise told from error


def _said(fault: ErrorDetails, model: type[BaseModel]) -> str:
    if fault["type"] == "extra_forbidden":
        return f"is no field here; {_nearest(fault['loc'][-1], list(model.model_fields))}"
    context: dict[str, Any] = fault.get("ctx", {})
    if fault["type"] == "enum":
        words = re.findall(r"'([^']+)'", str(context["expected"]))
        return f"{_quoted(fault['input'])} is not known; {_nearest(fault['input'], words)}"
    words_of_kind = _WORDS.get(fault["type"])
    if words_of_kind is None:  # checks of our own have words of their own
        return fault["msg"].removeprefix("Value error, ")
    return words_of_kind.format(**context, given=fault["input"])


def _quoted(given: object) -> str:
    return repr(given)[:_LONGEST] if isinstance(given, str) else "this"


def _nearest(given: object, words: list[str]) -> str:
    """The word that is meant, or all there are."""
    near = did_you_mean(given, words) if isinstance(given, str) else None
    return near or f"there are: {', '.join(words)}"
