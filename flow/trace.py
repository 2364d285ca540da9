"""One step tried, and what came of it; and the history of a journey that promises read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from flow.acts import Act
from flow.backends.observed import Exchange
from flow.errors import BackendRefused
from flow.ledger import Ledger
from flow.machine import Facts
from flow.order import Order
from flow.shopper import Product, Shopper
from flow.shops.base import Observation
from flow.table import Outcome, Row, State, Trigger
from models import Booking, QuotePackage
from models.endpoints import BY_OPERATION
from models.quotes import PolicyRecord

__all__ = ["BUSY", "History", "Quoted", "Result", "Statement", "StepRecord"]


BUSY = (423, 429)
"""The insurer asks to be asked later: that says nothing about the shop."""


class Result(StrEnum):
    """What became of a step.

    ACCEPTED is for calls past the flow, which move nothing. Of two acts made at once, one can be
    REPEATED, when it came to what the other did, or UNEXPLAINED, when it came to something that
    it cannot have come to, before the other or after it.
    """

    MOVED = "moved"
    ACCEPTED = "accepted"
    ILLEGAL = "illegal"
    REFUSED = "refused"
    SILENT = "silent"
    UNCLEAR = "unclear"
    NOT_OFFERED = "not_offered"
    REPEATED = "repeated"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A quote as the insurer states it."""

    status: str
    price: Decimal
    tax: Decimal
    premium: Decimal
    printed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A package as the insurer states it, asked by the journey itself and not by the shop."""

    ref: str
    status: str
    currency: str
    total: Decimal
    printed: str
    quotes: Mapping[str, Quoted]

    @classmethod
    def of_package(cls, package: QuotePackage) -> Statement:
        """Read it from a quote package."""
        return cls._from(package, package.offered)

    @classmethod
    def of_booking(cls, booking: Booking) -> Statement:
        """Read it from a booking."""
        return cls._from(booking, booking.quotes)

    @classmethod
    def _from(cls, frame: QuotePackage | Booking, quotes: Sequence[PolicyRecord]) -> Statement:
        return cls(
            ref=frame.id,
            status=frame.status.value,
            currency=frame.currency,
            total=frame.total_price,
            printed=frame.total_price_formatted,
            quotes={
                quote.id: Quoted(
                    status=quote.status.value,
                    price=quote.price,
                    tax=quote.tax.total_tax,
                    premium=quote.tax.total_amount_without_tax,
                    printed=quote.price_formatted,
                )
                for quote in quotes
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """One trigger tried, or one call sent straight to the insurer (then `trigger` is None).

    Attributes:
        facts: what held before it; None for a call past the flow.
        before, after: what the insurer stated of every package, around the step.
        error: why it did not move, in words.
        is_defect: it did not move because the shop failed, not because it refused.
        exchanges: the shop's calls to the insurer in it.
        beside_before, beside_after: the same of the customer's other order, if there is one.
        strangers: bookings that the insurer lists for this order and the shop did not report.
        is_half: another act was made at once and is recorded next: what the insurer states can
            be told for both together only.
    """

    number: int
    trigger: Trigger | None
    act: Act
    source: State
    state: State
    result: Result
    at: datetime
    facts: Facts | None = None
    outcome: Outcome | None = None
    row: Row | None = None
    error: str | None = None
    is_defect: bool = False
    refusal: int | None = None
    observation: Observation | None = None
    exchanges: tuple[Exchange, ...] = ()
    strangers: tuple[str, ...] = ()
    is_half: bool = False
    before: Mapping[str, Statement] = field(default_factory=dict)
    after: Mapping[str, Statement] = field(default_factory=dict)
    beside_before: Mapping[str, Statement] = field(default_factory=dict)
    beside_after: Mapping[str, Statement] = field(default_factory=dict)

    @property
    def has_moved(self) -> bool:
        """Whether the machine took a row."""
        return self.result is Result.MOVED

    @property
    def is_half_done(self) -> bool:
        """Whether the shop stopped after calls that were, or may have been, carried out.

        It keeps what it did, and reports it with the next observation (`flow.shops.base`). A
        refusal is an answer to the same call before it too, unless it only says "later".
        """
        if self.result is not Result.REFUSED or self.refusal not in (None, *BUSY):
            return False
        ends: dict[tuple[object, ...], bool] = {}
        for exchange in self.exchanges:
            asked, error = exchange.asked, exchange.error
            if isinstance(error, BackendRefused) and error.is_busy:
                continue
            if BY_OPERATION[asked.operation].method != "GET":
                ends[asked.operation, *asked.ids.items()] = exchange.was_refused
        return not all(ends.values())


@dataclass(slots=True, kw_only=True)
class History:
    """Everything a journey observed: its steps, its order, its ledger; and what was on sale.

    Attributes:
        beside: that of the same customer's other order, if there is one.
    """

    shopper: Shopper
    order: Order
    ledger: Ledger
    state: State
    steps: list[StepRecord] = field(default_factory=list)
    products: Mapping[str, Product] = field(default_factory=dict)
    beside: History | None = field(default=None, repr=False, compare=False)

    @property
    def last(self) -> StepRecord:
        """The step just taken."""
        return self.steps[-1]

    @property
    def latest(self) -> tuple[StepRecord, ...]:
        """The step just taken; with the one before it, when both were made at once."""
        return tuple(step for step in self.steps[-2:] if step is self.last or step.is_half)

    @property
    def is_certain(self) -> bool:
        """Whether the shop can know what the insurer did.

        After a call without an answer it cannot, until a later call has been carried out.
        """
        return _can_know(self.steps)

    @property
    def was_certain(self) -> bool:
        """Whether it could before the latest step."""
        return _can_know(self.steps[: -len(self.latest)])


def _can_know(steps: Sequence[StepRecord]) -> bool:
    for step in reversed(steps):
        if step.result in (Result.SILENT, Result.UNCLEAR) or step.is_half_done:
            return False
        if step.has_moved and step.exchanges:
            return True
    return True
