from __future__ import annotations

import json
import pickle

import pytest

from flow import errors
from models import Problem

ERRORS = [
    errors.ConfigInvalid(setting="seed", origin="file", reason="is wrong"),
    errors.PlugInvalid(kind="shop", name="x", reason="is wrong"),
    errors.ScenarioInvalid(file="f", line=1, column=2, reason="r", hint="h"),
    errors.IllegalMove(trigger="pay", state="closed", allowed=()),
    errors.ShopRefused("not now"),
    errors.BackendRefused("opt_out", 422, Problem(message="no")),
    errors.BackendSilent("opt_out", "lost"),
    errors.BackendUnclear("opt_out", "no id"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_cross_processes_with_text_and_fields(error: errors.FlowError) -> None:
    """A worker's error must reach the run as itself."""
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy).keys() == vars(error).keys()


def test_what_cannot_be_printed_is_written_as_python_writes_it() -> None:
    assert errors.visible("caf\udce9 \x1b[31m é") == "caf\\udce9 \\x1b[31m é"


def test_the_place_of_a_foreign_error_is_in_the_plug_and_not_in_a_library() -> None:
    try:
        json.loads("{")
    except ValueError as error:
        told = errors.described(error)
    assert told.startswith("JSONDecodeError: Expecting property name")
    assert "(test_errors.py:" in told
