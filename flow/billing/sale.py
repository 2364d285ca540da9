"""What a journey tells of its sale: what stood when the invoice was sent, and what came after.

Amounts are those of the ledger; nothing here is priced anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flow.ledger import Entry, Kind, Party, Purpose
from flow.order import Invoice, Order, PolicyHeld
from flow.paper.reader import Reader
from flow.shopper import PaymentModel, Shopper
from flow.table import Trigger
from flow.trace import History, StepRecord
from models import Booking
from models.money import Money

__all__ = ["SHOP", "SHOP_ADDRESS", "SHOP_DOMAIN", "Later", "Sale", "sale_of"]

_NO_NUMBER = re.compile(r"[^A-Za-z0-9]")

SHOP = "Example Shop"
SHOP_DOMAIN = "shop.test"
SHOP_ADDRESS = f"orders@{SHOP_DOMAIN}"


@dataclass(frozen=True, slots=True)
class Later:
    """Money that moved in one step after the invoice."""

    at: datetime
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A finished purchase.

    Attributes:
        order_number: as the shop told it to the insurer, where it did.
        short_number: the same in eight letters and digits: what papers are found by.
        at: when confirmation and invoice were sent.
        entries: the ledger until then.
        policies: policies as they stood then.
        later: what was charged and given back afterwards.
    """

    order_number: str
    short_number: str
    at: datetime
    shopper: Shopper
    order: Order
    invoice: Invoice
    entries: tuple[Entry, ...]
    policies: Mapping[str, PolicyHeld]
    later: tuple[Later, ...]

    @property
    def currency(self) -> str:
        """The shopper's currency."""
        return self.order.currency

    @property
    def reader(self) -> Reader:
        """The shopper."""
        return Reader(self.shopper.language, self.shopper.country)

    @property
    def customer(self) -> str:
        """The shopper's name."""
        return f"{self.shopper.first_name} {self.shopper.last_name}"

    def is_billed(self, entry: Entry) -> bool:
        """Whether the shop invoices it: under dual payment the insurer bills cover itself."""
        if entry.purpose is Purpose.COVER and self.order.payment is PaymentModel.DUAL:
            return entry.party is Party.SHOP
        return True

    def paid(self) -> Money:
        """What was charged, by whomever, less what was given back by then."""
        charged = (one.amount for one in self.entries if one.kind is Kind.CHARGED)
        back = (one.amount for one in self.entries if one.kind is Kind.REFUNDED)
        return Money.sum(charged, self.currency) - Money.sum(back, self.currency)

    def product_name(self, sku: str) -> str:
        """What a product is called; its SKU when it is not in the cart."""
        line = self.order.cart.get(sku)
        return sku if line is None else line.product.name


def sale_of(history: History, otherwise: str) -> Sale | None:
    """The sale of a journey; None when no invoice was sent, or none that can be read.

    Args:
        otherwise: the order's number where the shop told the insurer none.
    """
    steps = [step for step in history.steps if step.has_moved and step.observation is not None]
    sent = next((n for n, s in enumerate(steps) if s.trigger is Trigger.SEND_INVOICE), None)
    invoice = history.order.invoice
    if sent is None or invoice is None or not _is_readable(invoice, history.order.currency):
        return None
    until, currency = steps[: sent + 1], history.order.currency
    number = next(_transactions(steps), otherwise)
    return Sale(
        order_number=number,
        short_number=_NO_NUMBER.sub("", number)[:8].upper() or otherwise,
        at=steps[sent].at,
        shopper=history.shopper,
        order=history.order,
        invoice=invoice,
        entries=tuple(entry for step in until for entry in _entries(step, currency)),
        policies={policy.quote_id: policy for step in until for policy in _policies(step)},
        later=tuple(Later(s.at, tuple(_entries(s, currency))) for s in steps[sent + 1 :]),
    )


def _transactions(steps: list[StepRecord]) -> Iterator[str]:
    """Ids under which the shop booked."""
    for step in steps:
        for exchange in step.exchanges:
            if isinstance(exchange.reply, Booking) and exchange.reply.partner_transaction_id:
                yield exchange.reply.partner_transaction_id


def _is_readable(invoice: Any, currency: str) -> bool:
    """Whether it is an invoice in that currency: a plugged shop may report anything."""
    if not isinstance(invoice, Invoice):
        return False
    amounts: list[Any] = [invoice.total, invoice.total_tax]
    amounts += [amount for line in invoice.lines for amount in (line.net, line.tax, line.gross)]
    return all(isinstance(one, Money) and one.currency == currency for one in amounts)


def _entries(step: StepRecord, currency: str) -> list[Entry]:
    """What it wrote into the ledger; the papers are in the shopper's currency alone."""
    entries = () if step.observation is None else step.observation.entries
    return [entry for entry in entries if entry.amount.currency == currency]


def _policies(step: StepRecord) -> Iterator[PolicyHeld]:
    if step.observation is not None:
        yield from step.observation.policies
