"""What the simulated insurer keeps: packages, quotes, and what waits for a confirmation."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_UP, Decimal
from typing import Any

from flow.simulator.catalogue import OfferEntry, Plan, PolicyType
from flow.simulator.rating import Priced, add_months
from models.money import round_amount
from models.quotes import PackageStatus, QuoteStatus

__all__ = [
    "CANCELLATION_HOURS",
    "OfferRecord",
    "OfferShelf",
    "Package",
    "Part",
    "PendingCancellation",
    "PendingRenewal",
    "PendingUpdate",
    "QuoteRecord",
]

CANCELLATION_HOURS = 24
"""How long a previewed cancellation can be confirmed (cancel_booking_with_confirmation#2)."""


@dataclass(slots=True, kw_only=True)
class Part:
    """One instalment: its amount and taxes are each rounded up (contract section 6.5)."""

    id: str
    number: int
    starts: datetime
    ends: datetime
    paid: bool
    amount: Decimal
    premium: Decimal
    taxes: tuple[Decimal, ...]


@dataclass(slots=True, kw_only=True)
class QuoteRecord:
    """A quote, and the policy it becomes.

    `bare_start` says that its start was given without a zone and is printed so; `reason` is the
    one given for its cancellation; `renewals` counts the terms before this one. `rendered` is kept
    by the views: what was rendered last, and for which fields and price.
    """

    id: str
    policy: PolicyType
    fields: dict[str, Any]
    start: datetime
    end: datetime
    priced: Priced
    created_at: datetime
    updated_at: datetime
    status: QuoteStatus = QuoteStatus.RECEIVED
    confirmed_at: datetime | None = None
    cancelled_at: datetime | None = None
    insured: list[dict[str, Any]] | None = None
    plan: Plan | None = None
    parts: list[Part] = field(default_factory=list)
    bare_start: bool = False
    reason: str = ""
    renewals: int = 0
    rendered: tuple[Any, Priced, dict[str, Any] | None] | None = field(default=None, compare=False)

    @property
    def is_live(self) -> bool:
        """Whether it counts in the package's total."""
        status = self.status  # by identity: to hash a member of an Enum takes its time
        return (
            status is QuoteStatus.RECEIVED
            or status is QuoteStatus.CONFIRMED
            or status is QuoteStatus.PENDING_PAYMENT
        )

    def is_in_force(self, now: datetime) -> bool:
        """Confirmed, and not over. It can be cancelled then: ended rows were recorded as false."""
        return self.status is QuoteStatus.CONFIRMED and now < self.end

    def cooling_off_ends(self, country: str) -> datetime:
        """Until when a cancellation refunds everything: confirmed_at + the market's days."""
        market = self.policy.market(country)
        days = 0 if market is None else market.cooling_off_days
        return (self.confirmed_at or self.created_at) + timedelta(days=days)

    def paid_so_far(self) -> Decimal:
        """What the customer has paid: the price, or the parts of it."""
        if not self.parts:
            return self.priced.price
        paid = sum((part.amount for part in self.parts if part.paid), Decimal(0))
        return min(paid, self.priced.price)

    def split(self, plan: Plan, ids: list[str]) -> list[Part]:
        """The parts of a plan; the first one is paid on booking."""

        def portion(amount: Decimal) -> Decimal:
            return round_amount(amount / plan.parts, self.priced.currency, ROUND_UP)

        parts = []
        for number, part_id in enumerate(ids, start=1):
            starts = add_months(self.start, (number - 1) * plan.months)
            following = add_months(self.start, number * plan.months)
            parts.append(
                Part(
                    id=part_id,
                    number=number,
                    # Seconds are dropped but for the first start: get_instalments#3.
                    starts=starts if number == 1 else starts.replace(second=0, microsecond=0),
                    ends=following.replace(second=0, microsecond=0) - timedelta(days=1),
                    paid=number == 1,
                    amount=portion(self.priced.price),
                    premium=portion(self.priced.premium),
                    taxes=tuple(portion(amount) for _, amount in self.priced.taxes),
                )
            )
        return parts


@dataclass(slots=True, kw_only=True)
class Package:
    """A quote package, and the booking made from it: one INS number.

    `fast_quote_id` is the offer it was made from, if any; `locale` how its links say the language.
    """

    id: str
    partner: str
    currency: str
    country: str
    region: str | None
    language: str | None
    security_token: str
    created_at: datetime
    updated_at: datetime
    quotes: dict[int, QuoteRecord | None]
    errors: dict[str, Any] = field(default_factory=dict)
    status: PackageStatus = PackageStatus.RECEIVED
    partner_transaction_id: str | None = None
    metadata: dict[str, Any] | None = None
    policyholder: dict[str, Any] | None = None
    account_id: str = ""
    signup_token: str = ""
    booked: list[str] = field(default_factory=list)
    locale: str = "en"
    fast_quote_id: str | None = None
    booking_agent: str | None = None

    @property
    def made(self) -> list[QuoteRecord]:
        """Its quotes in the order of their positions, those that failed left out."""
        found = self.quotes.items() if len(self.quotes) == 1 else sorted(self.quotes.items())
        return [quote for _, quote in found if quote is not None]

    @property
    def policies(self) -> list[QuoteRecord]:
        """Its booked quotes."""
        return [quote for quote in self.made if quote.id in self.booked]

    def find(self, quote_id: str) -> QuoteRecord | None:
        """The quote of that id."""
        return next((quote for quote in self.made if quote.id == quote_id), None)

    def draft(self) -> Package:
        """A copy whose quotes can be given new fields and prices without changing this one."""
        quotes = {
            position: replace(quote) if quote is not None else None
            for position, quote in self.quotes.items()
        }
        holder = dict(self.policyholder) if self.policyholder is not None else None
        return replace(self, quotes=quotes, policyholder=holder, booked=list(self.booked))


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingUpdate:
    """A modification that was priced and waits for its confirmation."""

    package: str
    policyholder: dict[str, Any]
    fields: dict[str, dict[str, Any]]
    based_on: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCancellation:
    """A cancellation that was previewed: what it would refund, and until when."""

    package: str
    refunds: dict[str, Decimal]
    previewed_at: datetime
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def confirm_before(self) -> datetime:
        """After this instant it can no longer be confirmed."""
        return self.previewed_at + timedelta(hours=CANCELLATION_HOURS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRenewal:
    """A renewal that was priced: the next terms by the policy they follow."""

    package: str
    next_terms: dict[str, QuoteRecord]
    based_on: datetime


@dataclass(slots=True, kw_only=True)
class OfferRecord:
    """An offer that was made: its quotes wait to be confirmed, and nothing is bound."""

    id: str
    session_id: str
    entry: OfferEntry
    currency: str
    country: str
    region: str | None
    language: str
    quotes: list[QuoteRecord]
    partner_transaction_id: str | None
    metadata: dict[str, Any] | None
    booking: str | None = None
    opted_out: bool = False


@dataclass(slots=True)
class OfferShelf:
    """Offers that were made, and the accounts of those who confirmed one, by e-mail."""

    made: dict[str, OfferRecord] = field(default_factory=dict)
    accounts: dict[str, tuple[str, str]] = field(default_factory=dict)
