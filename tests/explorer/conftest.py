"""What tests of the explorer share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A short deadline, which what earlier tests left for the garbage collector does not use up."""
    monkeypatch.setattr("flow.explorer.deadline.PATIENCE", 0.2)
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
