"""What does not fit is told in words of our own: never in those of the library that found it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel

from flow.server.control.clock import MoveClock
from flow.server.control.worlds import Reset
from flow.server.faults import FaultRule
from flow.server.forms import FormInvalid, read_form
from flow.server.seeding import Seed
from flow.server.webhooks import DisorderRule, Subscription

FORMS = (Reset, MoveClock, FaultRule, Seed, Subscription, DisorderRule)
RIGHT = {
    FaultRule: {"kind": "slow"},
    Subscription: {"url": "http://shop.test"},
    DisorderRule: {"kind": "drop"},
}
NONSENSE: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1.5,
    10**30,
    float("inf"),
    float("nan"),
    "hush-hush",
    "",
    "-1",
    "9" * 5000,
    "2026-01-01",
    "2026-13-01T00:00:00Z",
    "2026-01-01T00:00:00",
    [],
    [None],
    ["hush-hush"],
    [[]],
    {},
    {"hush-hush": {}},
)
RAW = re.compile(r"[Ii]nput|Field required|Extra|[Vv]alue error|should|valid\b|pydantic")


def _told(model: type[BaseModel], given: Any) -> str | None:
    try:
        read_form(model, given, "all of it")
    except FormInvalid as error:
        return str(error)
    return None


@pytest.mark.parametrize(
    ("model", "name"), [(model, name) for model in FORMS for name in model.model_fields]
)
def test_no_field_is_told_in_raw_words(model: type[BaseModel], name: str) -> None:
    for value in NONSENSE:
        told = _told(model, {**RIGHT.get(model, {}), name: value})
        assert told is None or told.startswith(name)
        assert told is None or not RAW.search(told)


@pytest.mark.parametrize("model", FORMS)
@pytest.mark.parametrize("given", [None, 5, "a", [], [{}]])
def test_what_is_no_object_at_all_is_told(model: type[BaseModel], given: Any) -> None:
    assert _told(model, given) == "all of it: is to be an object"


def test_what_may_be_a_secret_is_not_quoted() -> None:
    for name in ("url", "key", "secret", "retry_after"):
        told = _told(Subscription, {"url": "http://shop.test", name: ["hush-hush"]})
        assert told is not None
        assert "hush" not in told


def test_a_field_that_is_far_from_all_is_told_with_all() -> None:
    assert _told(Reset, {"colour": "red"}) == "colour: is no field here; there are: seed, at"
