"""Checks a request body against its model, and words the faults as the insurer does.

Order (contract section 7.1): missing and malformed fields first; an unknown field is only
reported when all else is valid.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from flow.simulator.catalogue import FieldKind, FieldRule, PolicyType
from flow.simulator.refusal import bad_fields
from models.base import MOST_ENTRIES, Request
from models.money import exact
from models.problems import REQUIRED, UNEXPECTED

__all__ = ["MAX_WHOLE", "first_faults", "parse_instant", "policy_fields", "read_body"]

R = TypeVar("R", bound=Request)

MAX_WHOLE = 2**31 - 1
_MOST_DIGITS = 9
_COUNTRY = re.compile(r"[A-Z]{2}\Z")


def read_body(model: type[R], body: object) -> R:
    """The body as its model.

    Raises:
        Refusal: 422 with one entry per faulty field.
    """
    if body is None:
        body = {}
    if not isinstance(body, dict):
        kind = {list: "list", str: "str", bool: "bool"}.get(type(body), "number")
        text = f"Invalid data. Expected a dictionary, but got {kind}."
        raise bad_fields({"non_field_errors": [text]})
    try:
        return model.model_validate(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
    tree: dict[str, Any] = {}
    for fault in first_faults(faults):
        _plant(tree, fault["loc"], _words(fault["type"], fault["msg"]))
    raise bad_fields(_listed(tree))


def first_faults(faults: list[ErrorDetails]) -> list[ErrorDetails]:
    """Faults to report: unknown fields only when there is nothing else (contract section 7.1)."""
    return [fault for fault in faults if fault["type"] != "extra_forbidden"] or faults


def _words(kind: str, message: str) -> str | list[str]:
    if kind == "missing":
        return [REQUIRED]
    if kind == "extra_forbidden":
        return UNEXPECTED  # a plain text, not a list: quote_422#1
    if kind == "too_short":
        return ["This list may not be empty."]
    if kind == "too_long":
        return [f"Ensure this field has no more than {MOST_ENTRIES} elements."]
    if kind == "string_type":
        return ["Not a valid string."]
    return [message.removeprefix("Value error, ")]


def _plant(tree: dict[Any, Any], path: tuple[int | str, ...], text: str | list[str]) -> None:
    for part in path[:-1]:
        child = tree.setdefault(part, {})
        if not isinstance(child, dict):
            return
        tree = child
    tree.setdefault(path[-1] if path else "non_field_errors", text)


def _listed(node: Any) -> Any:
    """Indexed entries as a list with `{}` where an entry is fine, as the framework does."""
    if not isinstance(node, dict):
        return node
    if node and all(isinstance(key, int) for key in node):
        return [_listed(node.get(index, {})) for index in range(max(node) + 1)]
    return {key: _listed(value) for key, value in node.items()}


def parse_instant(text: object) -> datetime:
    """An RFC 3339 date or date-time as an instant; a bare date is midnight UTC.

    Raises:
        ValueError: it is neither.
    """
    if not isinstance(text, str) or len(text) > 40:
        msg = "Datetime has wrong format."
        raise ValueError(msg)
    moment = datetime.fromisoformat(text)
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError as error:
        msg = "Datetime is out of range."
        raise ValueError(msg) from error
    if not 1900 <= moment.year <= 2200:
        msg = "Datetime is out of range."
        raise ValueError(msg)
    return moment


def policy_fields(
    policy: PolicyType, given: dict[str, Any], *, partial: bool = False
) -> dict[str, Any]:
    """The policy-type fields of one quote request, checked and read.

    Unknown fields are refused: the recordings show it for the top level only, here it is our
    choice. `partial` is for changes, where nothing is required.

    Raises:
        ValueError: `args[0]` holds the faults by field, in the insurer's shape.
    """
    faults: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for name, rule in policy.fields.items():
        if name not in given:
            if rule.required and not partial:
                faults[name] = [REQUIRED]
            continue
        try:
            fields[name] = _value(rule, given[name])
        except ValueError as error:
            faults[name] = [str(error)]
    if not faults:
        faults = {name: UNEXPECTED for name in given if name not in policy.fields}
    if faults:
        raise ValueError(faults)
    return fields


def _value(rule: FieldRule, value: object) -> Any:
    read = _READERS[rule.kind](value)
    if rule.one_of is not None and read not in rule.one_of:
        msg = f'"{read}" is not a valid choice.'
        raise ValueError(msg)
    if rule.least is not None and read < rule.least:
        msg = f"Ensure this value is greater than or equal to {rule.least}."
        raise ValueError(msg)
    if rule.most is not None and read > rule.most:
        msg = f"Ensure this value is less than or equal to {rule.most}."
        raise ValueError(msg)
    return read


def _text(value: object) -> str:
    if not isinstance(value, str):
        msg = "Not a valid string."
        raise ValueError(msg)
    if not value.strip() or "\0" in value:
        msg = "This field may not be blank."
        raise ValueError(msg)
    if len(value) > 1000:
        msg = "Ensure this field has no more than 1000 characters."
        raise ValueError(msg)
    return value


def _amount(value: object) -> Decimal:
    try:
        amount = exact(value)
    except ValueError:
        msg = "A valid number is required."
        raise ValueError(msg) from None
    if amount and amount.adjusted() > _MOST_DIGITS:
        msg = "A number of this size is not insured."
        raise ValueError(msg)
    return amount


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > MAX_WHOLE:
        msg = "A valid integer is required."
        raise ValueError(msg)
    return value


def _yes_no(value: object) -> bool:
    if not isinstance(value, bool):
        msg = "Must be a valid boolean."
        raise ValueError(msg)
    return value


def _date(value: object) -> datetime:
    try:
        return parse_instant(value)
    except ValueError:
        msg = "Datetime has wrong format. Use RFC 3339, such as 2026-01-15T09:00:00Z."
        raise ValueError(msg) from None


def _country(value: object) -> str:
    if not isinstance(value, str) or not _COUNTRY.match(value):
        msg = "A country is two capital letters (ISO 3166-1)."
        raise ValueError(msg)
    return value


def _prices(value: object) -> list[Decimal]:
    """`[{"price": 100}]`, as in quote#1."""
    if not isinstance(value, list) or not value or len(value) > 500:
        msg = "A list of objects with a price is required."
        raise ValueError(msg)
    prices = []
    for entry in value:
        if not isinstance(entry, dict) or "price" not in entry:
            msg = "Each entry needs a price."
            raise ValueError(msg)
        price = _amount(entry["price"])
        if price < 0:
            msg = "A price is not negative."
            raise ValueError(msg)
        prices.append(price)
    return prices


_READERS: dict[FieldKind, Callable[[object], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.AMOUNT: _amount,
    FieldKind.WHOLE: _whole,
    FieldKind.YES_NO: _yes_no,
    FieldKind.DATE: _date,
    FieldKind.COUNTRY: _country,
    FieldKind.PRICES: _prices,
}
