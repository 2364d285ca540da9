"""One sale at the portal: what was typed, offered, chosen, paid and issued. In memory only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from threading import Lock

from flow.cards import Authorisation, CardProvider
from flow.portal.draft import CustomerForm, ProductForm
from models import Booking
from models.money import Money

__all__ = ["Notice", "Offered", "Payment", "Sale", "Stage", "Trouble"]


class Stage(StrEnum):
    """Where a sale stands. Money has been taken from PAID on, and never before."""

    OPEN = "open"
    CHALLENGED = "challenged"
    PAID = "paid"
    REFUSED = "refused"
    ISSUED = "issued"
    CLOSED = "closed"


class Trouble(StrEnum):
    """Why an act came to nothing, where it did."""

    SILENT = "silent"
    """No answer: it may have been done."""
    BUSY = "busy"
    """To be tried again later; nothing was done."""
    REFUSED = "refused"
    CARD = "card"
    RENEWED = "renewed"
    """The offer was too old and is priced anew."""
    STALE = "stale"
    """A page from before: what it asks for was done, or can no longer be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the associate has to know, on top of the page until the next act."""

    trouble: Trouble
    text: str
    status: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A price as the insurer gave it. Nothing of it is kept there.

    Attributes:
        ref: the fast quote's id.
        key: which kind of cover, in the assortment.
    """

    ref: str
    quote_id: str
    key: str
    label: str
    title: str
    description: str
    price: Money
    tax: Money
    premium: Money
    starts: str
    ends: str
    benefits: Sequence[tuple[str, str]]
    disclaimer: str
    wording: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How it was paid: by card, or at the till with a receipt."""

    authorisation: Authorisation
    receipt: str = ""
    token: str | None = None

    @property
    def at_till(self) -> bool:
        """Whether the money went into the till."""
        return bool(self.receipt)


@dataclass(slots=True)
class Sale:
    """A sale.

    Attributes:
        id: also the transaction id that the insurer is told, and in every idempotency key.
        typed: by page, as typed; never a card.
        faults: by page, what is wrong with what was typed, by field in the page's order.
        refusals: why a kind of cover is not offered.
        changes: how often price, offer or customer changed; a payment form carries the number.
        attempts: payments tried; the next one's form carries their number.
        unsure: the booking was asked for and not answered: it may have been made.
        refunded: quotes whose cover was given back, whoever cancelled it.
    """

    id: str
    begun: datetime
    stage: Stage = Stage.OPEN
    typed: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: dict[str, dict[str, str]] = field(default_factory=dict)
    notice: Notice | None = None
    product: ProductForm | None = None
    offers: list[Offered] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    quoted_at: datetime | None = None
    chosen: Offered | None = None
    customer: CustomerForm | None = None
    changes: int = 0
    attempts: int = 0
    provider: CardProvider = field(default_factory=CardProvider)
    payment: Payment | None = None
    unsure: bool = False
    booking: Booking | None = None
    refunded: set[str] = field(default_factory=set)
    _till: Lock = field(default_factory=Lock, repr=False, compare=False)

    def give_back(self, refunds: Mapping[str, Money], currency: str) -> None:
        """Refund cover to the card it was paid with; each cover once, at whatever desk."""
        if self.payment is None:
            return
        with self._till:
            fresh = {quote: due for quote, due in refunds.items() if quote not in self.refunded}
            self.refunded |= fresh.keys()
            payment = self.payment.authorisation
            due = min(Money.sum(fresh.values(), currency), payment.left)
            if due > Money.zero(currency):
                self.provider.refund(payment, due)

    @property
    def at(self) -> str:
        """The page on which it goes on."""
        if self.stage is Stage.CHALLENGED:
            return "challenge"
        if self.stage is not Stage.OPEN:
            return "policy"
        if self.product is None:
            return "product"
        if self.chosen is None:
            return "offers"
        return "customer" if self.customer is None else "payment"

    @property
    def pages(self) -> tuple[str, ...]:
        """Pages that can be seen now."""
        if self.stage is Stage.REFUSED:
            return ("customer", "payment", "policy") if self.has_token else ("customer", "policy")
        if self.stage is not Stage.OPEN:
            return (self.at,)
        order = ("product", "offers", "customer", "payment")
        return order[: order.index(self.at) + 1]

    @property
    def has_token(self) -> bool:
        """Whether the insurer has a card to charge: another one can be given after a refusal."""
        return self.payment is not None and self.payment.token is not None

    @property
    def is_unfinished(self) -> bool:
        """Whether somebody has to come back to it."""
        return self.stage in (Stage.CHALLENGED, Stage.PAID, Stage.REFUSED) or (
            self.stage is Stage.OPEN and bool(self.typed)
        )

    @property
    def cover_price(self) -> Money:
        """What the chosen cover costs; nothing without one."""
        if self.chosen is not None:
            return self.chosen.price
        return Money.zero("GBP" if self.product is None else self.product.currency)
