"""The tax invoice, and the credit notes and further invoices that follow it.

Whatever the shop charged is on an invoice, whatever it gave back of that on a credit note: all of
them together are what the ledger says it kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from flow.billing.sale import SHOP, Sale
from flow.ledger import Entry, Kind, Purpose
from flow.order import InvoiceLine
from flow.paper.reader import instant
from flow.paper.sheet import Facts, Part, Passage, Sheet, Table
from flow.shopper import PaymentModel
from models.money import Money

__all__ = ["Bill", "BillKind", "bill_sheet", "bills_of"]


class BillKind(StrEnum):
    """What a bill is called."""

    INVOICE = "Tax invoice"
    FURTHER = "Further tax invoice"
    CREDIT = "Credit note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """An invoice or a credit note; the lines of a credit note are what is given back."""

    kind: BillKind
    number: str
    about: str
    at: datetime
    lines: tuple[InvoiceLine, ...]
    total: Money
    total_tax: Money


def bills_of(sale: Sale) -> list[Bill]:
    """The invoice first, then one for each step that charged, a credit note for each refund."""
    first = f"INV-{sale.short_number}"
    invoice = sale.invoice
    bills = [
        Bill(
            kind=BillKind.INVOICE,
            number=first,
            about="",
            at=sale.at,
            lines=invoice.lines,
            total=invoice.total,
            total_tax=invoice.total_tax,
        )
    ]
    counts = {BillKind.FURTHER: 1, BillKind.CREDIT: 0}
    for later in sale.later:
        for kind, moved in ((BillKind.FURTHER, Kind.CHARGED), (BillKind.CREDIT, Kind.REFUNDED)):
            billed = [one for one in later.entries if one.kind is moved and sale.is_billed(one)]
            if not billed:
                continue
            counts[kind] += 1
            name = "INV" if kind is BillKind.FURTHER else "CN"
            number = f"{name}-{sale.short_number}-{counts[kind]}"
            bills.append(_bill(sale, kind, number, first, later.at, billed))
    return bills


def _bill(
    sale: Sale, kind: BillKind, number: str, about: str, at: datetime, entries: list[Entry]
) -> Bill:
    lines = tuple(_line(sale, entry) for entry in entries)
    return Bill(
        kind=kind,
        number=number,
        about=about,
        at=at,
        lines=lines,
        total=Money.sum((line.gross for line in lines), sale.currency),
        total_tax=Money.sum((line.tax for line in lines), sale.currency),
    )


def _line(sale: Sale, entry: Entry) -> InvoiceLine:
    """An amount with its share of the tax that was on what it is about."""
    gross = entry.amount
    tax = gross.times(_tax_share(sale, entry))
    name = sale.product_name(entry.sku)
    text = f"Cover for {name}" if entry.purpose is Purpose.COVER else name
    return InvoiceLine(text=text, net=gross - tax, tax=tax, gross=gross)


def _tax_share(sale: Sale, entry: Entry) -> Decimal:
    """Tax in one unit of the gross price: of the insurer's quote, or of the invoiced line.

    None is known of what was never quoted nor invoiced: then it is printed without.
    """
    if entry.purpose is Purpose.COVER:
        quoted = [line for offer in sale.order.offers.values() for line in offer.lines]
        same = [line for line in quoted if line.quote_id == entry.quote]
        for line in same or [line for line in quoted if line.sku == entry.sku]:
            return line.tax.amount / line.price.amount if line.price else Decimal(0)
    for invoiced, billed in _invoiced(sale):
        if (invoiced.purpose, invoiced.sku) == (entry.purpose, entry.sku) and billed.gross:
            return billed.tax.amount / billed.gross.amount
    return Decimal(0)


def _invoiced(sale: Sale) -> Iterator[tuple[Entry, InvoiceLine]]:
    """Entries of the ledger with their lines, where the shop wrote both in the same order."""
    entries = [one for one in sale.entries if one.kind is Kind.INVOICED]
    if len(entries) == len(sale.invoice.lines):
        for entry, line in zip(entries, sale.invoice.lines, strict=True):
            if entry.amount == line.gross:
                yield entry, line


def bill_sheet(sale: Sale, bill: Bill) -> Sheet:
    """A bill as a document."""
    money = sale.reader.money
    rows = tuple(
        (line.text, money(line.net), money(line.tax), money(line.gross)) for line in bill.lines
    )
    total = bill.total
    sums = ("Total", money(total - bill.total_tax), money(bill.total_tax), money(total))
    last = "Given back" if bill.kind is BillKind.CREDIT else "Gross"
    table = Table(columns=("Item", "Net", "Tax", last), rows=rows, sums=(sums,))
    return Sheet(
        title=bill.kind.value,
        number=bill.number,
        issuer=SHOP,
        at=bill.at,
        language=sale.reader.language,
        parts=(_head(sale, bill), table, *_notes(sale, bill)),
    )


def _head(sale: Sale, bill: Bill) -> Part:
    rows = (
        ("Billed to", sale.customer),
        ("E-mail", sale.shopper.email),
        ("Country", sale.shopper.country),
        ("Order", sale.order_number),
        ("Invoice", bill.about),
        ("Date", instant(bill.at)),
    )
    return Facts(rows=tuple(row for row in rows if row[1]))


def _notes(sale: Sale, bill: Bill) -> Iterator[Part]:
    if bill.kind is BillKind.INVOICE and sale.order.payment is PaymentModel.DUAL and sale.policies:
        yield Passage(text="Cover was charged by the insurer, and is no part of this invoice.")
    if bill.kind is BillKind.INVOICE and any(one.parts_left for one in sale.policies.values()):
        yield Passage(text="Of cover paid in instalments, this is the first payment.")
