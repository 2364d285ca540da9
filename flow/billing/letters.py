"""The shop's e-mails: the confirmation with its invoice, and each bill that follows."""

from __future__ import annotations

from flow.billing.bill import Bill, BillKind, bill_sheet
from flow.billing.confirmation import confirmation_sheet
from flow.billing.sale import SHOP, SHOP_ADDRESS, SHOP_DOMAIN, Sale
from flow.paper.letter import Attachment, Letter, Mailbox, Paragraph

__all__ = ["bill_letter", "confirmation_letter"]

_CLOSING = "A simulated shop: nothing was sold."


def confirmation_letter(sale: Sale, invoice: Bill) -> Letter:
    """Confirms the purchase; to whom the shop said that its invoice went."""
    return Letter(
        sender=Mailbox(name=SHOP, address=SHOP_ADDRESS),
        to=Mailbox(name=sale.customer, address=sale.invoice.sent_to),
        subject=f"Your order ORD-{sale.short_number}",
        domain=SHOP_DOMAIN,
        at=sale.at,
        greeting=f"Dear {sale.customer}, thank you for your purchase.",
        lines=(
            ("Order", sale.order_number),
            ("Paid", sale.reader.money(sale.paid())),
            ("Invoiced", sale.reader.money(invoice.total)),
        ),
        paragraphs=(Paragraph("Confirmation and tax invoice are attached."),),
        closing=_CLOSING,
        attachments=(
            Attachment("confirmation", confirmation_sheet(sale)),
            Attachment(invoice.number, bill_sheet(sale, invoice)),
        ),
    )


def bill_letter(sale: Sale, bill: Bill) -> Letter:
    """Tells of money that moved after the sale."""
    moved = "was given back" if bill.kind is BillKind.CREDIT else "was charged"
    return Letter(
        sender=Mailbox(name=SHOP, address=SHOP_ADDRESS),
        to=Mailbox(name=sale.customer, address=sale.invoice.sent_to),
        subject=f"{bill.kind.value} {bill.number}",
        domain=SHOP_DOMAIN,
        at=bill.at,
        greeting=f"Dear {sale.customer}, {sale.reader.money(bill.total)} {moved}.",
        lines=(("Order", sale.order_number), (bill.kind.value, bill.number)),
        paragraphs=(Paragraph("The document is attached."),),
        closing=_CLOSING,
        attachments=(Attachment(bill.number, bill_sheet(sale, bill)),),
    )
