"""Faults on demand: which calls fail, how, and how often; seeded, so a run can be repeated."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from flow.backends.faulty import FaultKind
from flow.server.forms import read_form
from models.base import Json
from models.endpoints import Operation
from models.exchange import Answer

__all__ = ["Distribution", "FaultRule", "Faults", "read_rule", "throttled", "unavailable"]

_LONGEST = 60.0
Seconds = Annotated[float, Field(ge=0, le=_LONGEST, allow_inf_nan=False)]


class Distribution(StrEnum):
    """How the latency of slow answers is spread."""

    FIXED = "fixed"
    UNIFORM = "uniform"
    """Between `seconds` and `seconds + spread`."""
    NORMAL = "normal"
    """Around `seconds` with the deviation `spread`, never below nothing."""
    EXPONENTIAL = "exponential"
    """Mostly short, sometimes long; `seconds` on average."""


class FaultRule(BaseModel):
    """Calls that are to fail.

    Attributes:
        kind: how; the same words as in a scenario file.
        operation: which calls; None means all of the insurer's.
        times: how many of them; None means all.
        skip: how many fitting calls go well before.
        probability: the share of fitting calls that fail, by seeded dice.
        since, until: a window of the world's time.
        status: of `unavailable`, 400 to 599, with the insurer's body for it.
        seconds, spread, distribution: of `slow`.
        retry_after: of `throttled`, in seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    operation: Operation | None = None
    times: Annotated[int, Field(ge=1)] | None = None
    skip: Annotated[int, Field(ge=0)] = 0
    probability: Annotated[float, Field(gt=0, le=1)] = 1.0
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    status: Annotated[int, Field(ge=400, le=599)] = 502
    seconds: Seconds = 1.0
    spread: Seconds = 0.0
    distribution: Distribution = Distribution.FIXED
    retry_after: Annotated[int, Field(ge=0, le=3600)] = 1

    @model_validator(mode="after")
    def _fits_together(self) -> FaultRule:
        if self.since and self.until and self.until <= self.since:
            msg = "`until` is to be later than `since`"
            raise ValueError(msg)
        return self

    def fits(self, operation: Operation | None, now: datetime) -> bool:
        """Whether a call of that operation at that instant is meant."""
        if self.operation is not None and self.operation is not operation:
            return False
        return not (self.since and now < self.since) and not (self.until and now >= self.until)

    def latency(self, dice: random.Random) -> float:
        """How long this slow answer takes, in seconds."""
        match self.distribution:
            case Distribution.FIXED:
                seconds = self.seconds
            case Distribution.UNIFORM:
                seconds = dice.uniform(self.seconds, self.seconds + self.spread)
            case Distribution.NORMAL:
                seconds = dice.gauss(self.seconds, self.spread)
            case Distribution.EXPONENTIAL:
                seconds = dice.expovariate(1 / self.seconds) if self.seconds else 0.0
        return min(max(seconds, 0.0), _LONGEST)

    def shown(self) -> Json:
        """As it was given."""
        return self.model_dump(mode="json", exclude_unset=True)


def read_rule(given: object) -> FaultRule:
    """A rule from decoded JSON; a text alone names its kind.

    Raises:
        FormInvalid: it is no rule; says which field and why.
    """
    whole = {"kind": given} if isinstance(given, str) else given
    return read_form(FaultRule, whole, "fault")


class _Armed:
    """A rule, and how often it has fitted and struck."""

    __slots__ = ("fitted", "number", "rule", "struck")

    def __init__(self, number: int, rule: FaultRule) -> None:
        self.number = number
        self.rule = rule
        self.fitted = 0
        self.struck = 0

    @property
    def is_spent(self) -> bool:
        return self.rule.times is not None and self.struck >= self.rule.times


class Faults:
    """The rules of one world, or of the whole server.

    Args:
        seed: the dice of probabilities and latencies follow from it.
    """

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self._armed: list[_Armed] = []
        self._number = 0

    def __bool__(self) -> bool:
        """Whether any rule is armed."""
        return bool(self._armed)

    def arm(self, rule: FaultRule) -> int:
        """Add a rule; its number, by which it can be taken back."""
        self._number += 1
        self._armed.append(_Armed(self._number, rule))
        return self._number

    def disarm(self, number: int | None = None) -> int:
        """Take back one rule, or all; how many were."""
        kept = [] if number is None else [one for one in self._armed if one.number != number]
        gone = len(self._armed) - len(kept)
        self._armed = kept
        return gone

    def pick(
        self, operation: Operation | None, now: datetime, others: Sequence[FaultRule] = ()
    ) -> list[FaultRule]:
        """The rules that strike this call: at most one slow one, and at most one other.

        `others` have struck it already.
        """
        struck: list[FaultRule] = []
        for armed in self._armed:
            rule = armed.rule
            slow = rule.kind is FaultKind.SLOW
            if any((one.kind is FaultKind.SLOW) is slow for one in (*others, *struck)):
                continue
            if not rule.fits(operation, now):
                continue
            armed.fitted += 1
            if armed.fitted <= rule.skip:
                continue
            if rule.probability < 1 and self.dice.random() >= rule.probability:
                continue
            armed.struck += 1
            struck.append(rule)
        self._armed = [armed for armed in self._armed if not armed.is_spent]
        return struck

    def shown(self) -> list[Json]:
        """Armed rules with their numbers and how often they struck."""
        return [
            {"number": one.number, **one.rule.shown(), "struck": one.struck} for one in self._armed
        ]


_BODIES: dict[int, Json] = {
    # 403 and 404 were recorded with these texts, 422 with many others, 502 with an empty object
    # (contract section 7.1). The rest is our choice.
    401: {"type": "auth_error", "message": "The API key is not known."},
    403: {"type": "auth_error", "message": "You do not have permission to access this url"},
    404: {"type": "api_error", "message": "Quote package does not exist"},
    422: {"type": "validation_error", "message": "An API error occurred."},
    423: {
        "type": "api_error",
        "message": "The same request is being processed, try again later.",
    },
    500: {"type": "api_error", "message": "Internal server error."},
    503: {"type": "api_error", "message": "Service temporarily unavailable, try again later."},
}


def unavailable(rule: FaultRule) -> Answer:
    """The answer of a service that fails, or refuses for no reason of the caller's."""
    if rule.status == 429:
        return throttled(rule.retry_after)
    otherwise: Json = {"type": "api_error", "message": "An API error occurred."}
    body = _BODIES.get(rule.status, otherwise if rule.status < 500 else {})
    return Answer(rule.status, body)


def throttled(seconds: int) -> Answer:
    """429 in the recorded words, with Retry-After (contract section 4). # `type`: our choice"""
    unit = "second" if seconds == 1 else "seconds"
    text = f"Request was throttled. Expected available in {seconds} {unit}."
    body = {"type": "throttled", "message": text}
    return Answer(429, body, {"retry-after": str(seconds)})
