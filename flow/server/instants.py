"""Which instants the clock of a world may show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

__all__ = ["FIRST", "LAST", "Instant", "usable"]

FIRST = datetime(1900, 1, 1, tzinfo=UTC)
LAST = datetime(2200, 12, 31, tzinfo=UTC)
"""Policies last for years and are renewed: near the end of the calendar no term can be dated."""


def usable(at: datetime) -> datetime:
    """The instant, in UTC.

    Raises:
        ValueError: it is too early or too late.
    """
    if not FIRST <= at <= LAST:
        msg = f"a clock goes from {FIRST.year} to {LAST.year}"
        raise ValueError(msg)
    return at.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(usable)]
"""An instant in a document."""
