"""The purchase confirmation: what was bought, which policies came with it, what was paid."""

from __future__ import annotations

from collections.abc import Iterator

from flow.billing.sale import SHOP, Sale
from flow.ledger import Entry, Kind, Party, Purpose
from flow.paper.reader import instant
from flow.paper.sheet import Facts, Part, Sheet, Table

__all__ = ["confirmation_sheet"]


def confirmation_sheet(sale: Sale) -> Sheet:
    """The confirmation as a document; its total is what the ledger says was paid by then."""
    return Sheet(
        title="Purchase confirmation",
        number=f"ORD-{sale.short_number}",
        issuer=SHOP,
        at=sale.at,
        language=sale.reader.language,
        parts=(_customer(sale), _payments(sale), *_policies(sale)),
    )


def _customer(sale: Sale) -> Part:
    rows = (
        ("Customer", sale.customer),
        ("E-mail", sale.shopper.email),
        ("Order", sale.order_number),
        ("Date", instant(sale.at)),
    )
    return Facts(rows=rows)


def _payments(sale: Sale) -> Part:
    money = sale.reader.money
    rows = []
    for entry in sale.entries:
        if entry.kind is Kind.CHARGED:
            rows.append((_what(sale, entry), _who(entry), money(entry.amount)))
        elif entry.kind is Kind.REFUNDED:
            rows.append((f"Given back: {_what(sale, entry)}", _who(entry), money(-entry.amount)))
    return Table(
        heading="What you paid",
        columns=("Item", "Paid to", "Amount"),
        rows=tuple(rows),
        sums=(("Total", "", money(sale.paid())),),
        amounts=2,
    )


def _what(sale: Sale, entry: Entry) -> str:
    name = sale.product_name(entry.sku)
    if entry.purpose is Purpose.COVER:
        return f"Cover for {name}"
    line = sale.order.cart.get(entry.sku)
    return name if line is None else f"{line.quantity} x {name}"


def _who(entry: Entry) -> str:
    return "the insurer" if entry.party is Party.INSURER else SHOP


def _policies(sale: Sale) -> Iterator[Part]:
    """What cover there is, and where to find it; its documents come from the insurer."""
    for policy in sale.policies.values():
        rows = [
            ("Booking", policy.package),
            ("Policy number", policy.quote_id),
            ("Price", sale.reader.money(policy.price)),
        ]
        if policy.parts_left:
            rows.append(("Instalments to come", str(policy.parts_left)))
        if not policy.live:
            rows.append(("Status", "not in force"))
        yield Facts(heading=f"Cover for {sale.product_name(policy.sku)}", rows=tuple(rows))
