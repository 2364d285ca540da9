"""Clock, identifiers and dice: the only source of time and luck. Same seed, same bytes."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from models.identifiers import CODE_ALPHABET, INS_ALPHABET

__all__ = ["EPOCH", "Clock", "Dice", "derive_seed"]

EPOCH = datetime(2026, 1, 15, 9, 0, 0, tzinfo=UTC)
"""Where a simulated clock starts unless told otherwise."""

_MICROSECOND = timedelta(microseconds=1)


class Clock:
    """A clock that stands still until moved.

    Each `stamp` is a microsecond later than the one before, so that no two records are of the
    same instant and their order can be read from them.
    """

    __slots__ = ("_now",)

    def __init__(self, start: datetime = EPOCH) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return self._now

    def stamp(self) -> datetime:
        """The instant of a new record: the present, moved on by a microsecond."""
        self._now += _MICROSECOND
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move forward.

        Raises:
            ValueError: `by` is negative: insurance is not sold backwards.
        """
        if by < timedelta(0):
            msg = f"a clock only moves forward, not by {by}"
            raise ValueError(msg)
        self._now += by
        return self._now

    def freeze(self, at: datetime) -> datetime:
        """Stand still at an instant, earlier or later."""
        self._now = at.astimezone(UTC)
        return self._now


def derive_seed(seed: int, *names: str) -> int:
    """A seed for one corner of the house, from the run's seed and the corner's names."""
    text = "\x1f".join((str(seed), *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


class Dice:
    """Identifiers in the insurer's shapes, drawn from one seeded source."""

    __slots__ = ("_random",)

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def uuid(self) -> str:
        """A version 4 UUID."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def ins_number(self) -> str:
        """A package id: `UPJJB-DAJM9-INS`."""
        return f"{self._word(INS_ALPHABET)}-{self._word(INS_ALPHABET)}-INS"

    def token(self) -> str:
        """A security or sign-up token: four groups of five."""
        return "-".join(self._word(CODE_ALPHABET) for _ in range(4))

    def code(self, ending: str) -> str:
        """An update, cancellation or renewal id: three groups of five and the ending."""
        groups = "-".join(self._word(CODE_ALPHABET) for _ in range(3))
        return f"{groups}-{ending}"

    def _word(self, alphabet: str) -> str:
        return "".join(self._random.choices(alphabet, k=5))
