"""What a step says of itself: whether anything may have been done that nobody knows of yet."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from flow.acts import Act
from flow.backends.observed import Exchange
from flow.backends.relay import Asked
from flow.errors import BackendError, BackendRefused, BackendSilent
from flow.table import State, Trigger
from flow.trace import Result, StepRecord
from models import Operation, Problem

BOOK = Operation.CREATE_BOOKING


def _asked(operation: Operation, error: BackendError | None, package: str = "P") -> Exchange:
    return Exchange(asked=Asked(operation=operation, ids={"ins": package}), error=error)


DONE = _asked(BOOK, None)
LOST = _asked(BOOK, BackendSilent(BOOK, "lost"))
REFUSED = _asked(BOOK, BackendRefused(BOOK, 422, Problem()))
BUSY = _asked(BOOK, BackendRefused(BOOK, 429, Problem()))
SEEN = _asked(Operation.GET_BOOKING, None)
SECOND_LOST = _asked(BOOK, BackendSilent(BOOK, "lost"), "Q")


@pytest.mark.parametrize(
    ("exchanges", "refusal", "is_half_done"),
    [
        ((), None, False),
        ((SEEN,), None, False),
        ((DONE,), None, True),
        ((LOST, LOST), None, True),
        ((LOST, BUSY), None, True),
        ((LOST, BUSY), 429, True),
        ((LOST, REFUSED), None, False),
        ((LOST, REFUSED), 422, False),
        ((DONE, REFUSED), 422, False),
        ((SECOND_LOST, REFUSED), None, True),
    ],
)
def test_a_step_that_was_refused_may_be_half_done(
    exchanges: tuple[Exchange, ...], refusal: int | None, is_half_done: bool
) -> None:
    step = StepRecord(
        number=1,
        trigger=Trigger.BOOK,
        act=Act(),
        source=State.COLLECTED,
        state=State.COLLECTED,
        result=Result.REFUSED,
        at=datetime(2026, 1, 15, tzinfo=UTC),
        refusal=refusal,
        exchanges=exchanges,
    )
    assert step.is_half_done is is_half_done
