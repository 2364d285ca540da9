"""Clock, identifiers and dice: the only source of time and luck. Same seed, same bytes."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from models.identifiers import CODE_ALPHABET, INS_ALPHABET

__all__ = ["EPOCH", "Clock", "Dice", "derive_seed", "wall_clock"]

EPOCH = datetime(2026, 1, 15, 9, 0, 0, tzinfo=UTC)
"""Where a simulated clock starts unless told otherwise."""

_MICROSECOND = timedelta(microseconds=1)


class Clock:
    """A clock that stands still until moved, or that goes with a source of seconds.

    Each `stamp` is a microsecond later than the one before, so that no two records are of the
    same instant and their order can be read from them.

    Args:
        start: the first instant.
        source: seconds that pass, such as `time.monotonic`; None stands still.
    """

    __slots__ = ("_now", "_since", "_source")

    def __init__(
        self, start: datetime = EPOCH, *, source: Callable[[], float] | None = None
    ) -> None:
        self._now = start.astimezone(UTC)
        self._source: Callable[[], float] | None = None
        self._since = 0.0
        if source is not None:
            self.run(source)

    @property
    def is_running(self) -> bool:
        """Whether time passes by itself."""
        return self._source is not None

    def now(self) -> datetime:
        """The present instant, in UTC."""
        if self._source is not None:
            seconds = self._source()
            if seconds > self._since:
                self._now += timedelta(seconds=seconds - self._since)
                self._since = seconds
        return self._now

    def stamp(self) -> datetime:
        """The instant of a new record: the present, moved on by a microsecond."""
        self._now = self.now() + _MICROSECOND
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move forward.

        Raises:
            ValueError: `by` is negative: insurance is not sold backwards; or the calendar ends.
        """
        if by < timedelta(0):
            msg = f"a clock only moves forward, not by {by}"
            raise ValueError(msg)
        try:
            self._now = self.now() + by
        except OverflowError as error:
            msg = f"the calendar ends before {by} have passed"
            raise ValueError(msg) from error
        return self._now

    def set(self, at: datetime) -> datetime:
        """Go to an instant, earlier or later, and stand or go on from there as before."""
        self.now()
        self._now = at.astimezone(UTC)
        return self._now

    def freeze(self, at: datetime | None = None) -> datetime:
        """Stand still, here or at an instant."""
        now = self.now()
        self._source = None
        return now if at is None else self.set(at)

    def run(self, source: Callable[[], float] = time.monotonic) -> datetime:
        """Go with the seconds of a source, from here on."""
        self._source, self._since = source, source()
        return self._now


def wall_clock() -> Clock:
    """A clock that shows the real time and goes with it: a server's, unless told otherwise."""
    return Clock(datetime.now(UTC), source=time.monotonic)


def derive_seed(seed: int, *names: str) -> int:
    """A seed for one corner of the house, from the run's seed and the corner's names."""
    text = "\x1f".join((str(seed), *names))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


class Dice:
    """Identifiers in the insurer's shapes, drawn from one seeded source."""

    __slots__ = ("_random",)

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    @property
    def state(self) -> tuple[Any, ...]:
        """Where the dice stand: given to other dice, they go on alike."""
        return self._random.getstate()

    @state.setter
    def state(self, state: tuple[Any, ...]) -> None:
        self._random.setstate(state)

    def uuid(self) -> str:
        """A version 4 UUID."""
        number = self._random.getrandbits(128) & _UUID_MASK | _UUID_MARKS
        text = f"{number:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def ins_number(self) -> str:
        """A package id: `UPJJB-DAJM9-INS`."""
        one, two = self._words(2, _INS_PAIRS, INS_ALPHABET)
        return f"{one}-{two}-INS"

    def token(self) -> str:
        """A security or sign-up token: four groups of five."""
        return "-".join(self._words(4, _CODE_PAIRS, CODE_ALPHABET))

    def code(self, ending: str) -> str:
        """An update, cancellation or renewal id: three groups of five and the ending."""
        return "-".join((*self._words(3, _CODE_PAIRS, CODE_ALPHABET), ending))

    def _words(self, count: int, pairs: list[str], letters: str) -> list[str]:
        """Words of five letters, drawn at once: letter by letter takes ten times as long."""
        bits = self._random.getrandbits(_WORD_BITS * count)
        words = []
        for _ in range(count):
            words.append(
                pairs[(bits & _PAIR) % len(pairs)]
                + pairs[(bits >> 20 & _PAIR) % len(pairs)]
                + letters[(bits >> 40 & _PAIR) % len(letters)]
            )
            bits >>= _WORD_BITS
        return words


_UUID_MASK = ~(0xF000 << 64 | 0xC000 << 48)
_UUID_MARKS = 0x4000 << 64 | 0x8000 << 48
"""Version 4, variant of RFC 9562."""
_WORD_BITS = 60
_PAIR = 0xFFFFF
"""Twenty bits a draw: the letters are even to a few parts in a thousand."""
_INS_PAIRS = [one + two for one in INS_ALPHABET for two in INS_ALPHABET]
_CODE_PAIRS = [one + two for one in CODE_ALPHABET for two in CODE_ALPHABET]
