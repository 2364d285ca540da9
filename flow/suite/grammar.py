"""The words of a scenario file, and what each may hold. Reads like a story, checked like code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from flow.acts import Act, AtOnce
from flow.backends.faulty import Fault, FaultKind
from flow.orders import FIRST
from flow.shopper import Given, PaymentModel, Product, Shopper
from flow.suite.reading import Place
from flow.table import State, Trigger
from models import MailEvent, Operation, PackageStatus
from models.endpoints import OFFERS
from models.money import Amount

__all__ = [
    "ATTEMPTS",
    "Attempt",
    "Case",
    "Expectation",
    "ExpectedRefusal",
    "FaultStep",
    "Header",
    "LedgerExpectation",
    "RefusedBy",
    "ScenarioStep",
    "Verb",
    "read_duration",
]

_DURATION = re.compile(r"\s*(\d+)\s*(minute|hour|day|week|month|year)s?\s*", re.IGNORECASE)
_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}


class Verb(StrEnum):
    """What a step can be besides a trigger."""

    WAIT = "wait"
    FAULT = "fault"
    ATTEMPT = "attempt"
    AT_ONCE = "at_once"
    INCLUDE = "include"


def read_duration(text: object) -> timedelta:
    """`15 days`, `25 hours`, `1 year` (365 days), `2 months` (30 days each).

    Raises:
        ValueError: it is not of this form, or longer than ten years.
    """
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        msg = f"'{text}' is no length of time; write '15 days' or '25 hours'"
        raise ValueError(msg)
    number = int(match[1])
    unit = match[2].lower()
    if number > 10_000_000 or number * _UNITS[unit] > timedelta(days=3653):
        msg = "a wait is ten years at most"
        raise ValueError(msg)
    return number * _UNITS[unit]


_Sum = Annotated[Amount, Field(ge=-(10**9), le=10**9)]


class LedgerExpectation(Given):
    """Totals of the ledger, in the shopper's currency.

    `products` and `cover` are what was charged for each; `kept` is charged less refunded.
    """

    charged: _Sum | None = None
    collected: _Sum | None = None
    booked: _Sum | None = None
    invoiced: _Sum | None = None
    refunded: _Sum | None = None
    products: _Sum | None = None
    cover: _Sum | None = None
    kept: _Sum | None = None


class Expectation(Given):
    """What should be true after a step, or at the end; only what is named is compared.

    Attributes:
        state: where the shopper stands.
        status: the insurer's status of the latest package.
        statuses: of all packages, in the order in which they were made.
        offers: quotes on show, over all packages.
        policies: policies in force.
        quoted: total of everything on show.
        refund: what the insurer said the latest cancellation refunds.
        difference: what the latest modification costs; negative when it gives back.
        mails: e-mails in the insurer's outbox.
        mail: what the latest of them is about.
        calls: calls the shop made to the insurer in this step.
        ledger: totals.
    """

    state: State | None = None
    status: PackageStatus | None = None
    statuses: list[PackageStatus] | None = None
    offers: int | None = Field(default=None, ge=0)
    policies: int | None = Field(default=None, ge=0)
    quoted: _Sum | None = None
    refund: _Sum | None = None
    difference: _Sum | None = None
    mails: int | None = Field(default=None, ge=0)
    mail: MailEvent | None = None
    calls: int | None = Field(default=None, ge=0)
    ledger: LedgerExpectation | None = None


class RefusedBy(StrEnum):
    """Who says no."""

    INSURER = "insurer"
    SHOP = "shop"
    FLOW = "flow"


class ExpectedRefusal(Given):
    """A refusal that is expected: by whom, with which status code, in which words."""

    short: ClassVar[str] = "by"

    by: RefusedBy = RefusedBy.INSURER
    code: Annotated[int, Field(ge=400, le=499)] | None = None
    says: str | None = None


class FaultStep(Given):
    """The wire fails at the next calls of an operation; `seconds` is how slow a slow one is."""

    on: Operation
    kind: FaultKind
    times: Annotated[int, Field(ge=1, le=20)] = 1
    seconds: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 0.0

    def as_fault(self) -> Fault:
        """As the backend takes it."""
        return Fault(operation=self.on, kind=self.kind, times=self.times, seconds=self.seconds)


ATTEMPTS = tuple(
    operation
    for operation in Operation
    if operation
    not in (
        Operation.CREATE_QUOTES,
        Operation.INSTANT_BOOKING,
        Operation.LIST_BOOKINGS,
        Operation.CREATE_TOKEN,
        *OFFERS,
    )
)
"""Operations that a scenario may send to the insurer past shop and flow: those on a package."""


class Attempt(Given):
    """A call sent straight to the insurer, whatever flow and shop say. It must be refused.

    Attributes:
        package: `last`, `first`, or `unknown` (well-formed, and not there).
        items: products whose quotes are meant, removed ones included; all by default.
        id: an update, cancellation or renewal id: `last` seen, or `unknown`.
        event: the e-mail to send, for send_email.
    """

    short: ClassVar[str] = "call"

    call: Operation
    package: Literal["first", "last", "unknown"] = "last"
    items: list[str] | Literal["all", "unknown"] = "all"
    id: Literal["last", "unknown"] = "last"
    event: MailEvent | None = None

    @field_validator("call")
    @classmethod
    def _can_be_sent(cls, call: Operation) -> Operation:
        if call not in ATTEMPTS:
            msg = f"'{call}' cannot be attempted; one of: {', '.join(ATTEMPTS)}"
            raise ValueError(msg)
        return call


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioStep:
    """One step of a scenario, read and checked.

    Exactly one of `trigger` (with its `act`), `at_once`, `wait`, `fault` and `attempt` is set.
    `order` is which of the customer's orders it is about.
    """

    label: str
    place: Place
    trigger: Trigger | None = None
    act: Act | None = None
    at_once: AtOnce | None = None
    wait: timedelta | None = None
    fault: FaultStep | None = None
    attempt: Attempt | None = None
    order: int = FIRST
    expect: Expectation | None = None
    refused: ExpectedRefusal | None = None
    silent: bool = False

    @property
    def acts(self) -> tuple[Act, ...]:
        """What it gives to the shop: one act, two at once, or nothing."""
        if self.at_once is not None:
            return self.at_once.first.act, self.at_once.second.act
        return () if self.act is None else (self.act,)


class Header(Given):
    """A scenario file, its steps left as they are: each is read on its own."""

    scenario: Annotated[str, Field(min_length=1, max_length=300)]
    about: str | None = None
    tags: list[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]] = Field(default_factory=list)
    shopper: Shopper = Shopper()
    payment: PaymentModel = PaymentModel.SINGLE
    products: list[Product] = Field(min_length=1)
    vars: dict[str, Any] = Field(default_factory=dict)
    examples: list[dict[str, Any]] = Field(default_factory=list)
    steps: list[Any] = Field(min_length=1)
    expect: Expectation | None = None

    @model_validator(mode="after")
    def _skus_differ(self) -> Header:
        skus = [product.sku for product in self.products]
        if len(set(skus)) != len(skus):
            msg = "two products have the same sku"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A scenario that can be run: one per row of examples.

    Attributes:
        file: how the file is called in reports; with forward slashes.
        number: which row of examples, from 1; 0 when there are none.
    """

    name: str
    file: str
    line: int
    about: str | None
    tags: tuple[str, ...]
    shopper: Shopper
    payment: PaymentModel
    products: dict[str, Product]
    steps: tuple[ScenarioStep, ...]
    expect: Expectation | None
    expect_place: Place
    number: int = 0
