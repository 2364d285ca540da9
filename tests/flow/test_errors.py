from __future__ import annotations

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
