"""Promises about documents: the invoice adds up, the policy reaches its holder."""

from __future__ import annotations

from collections.abc import Iterator

from flow.ledger import Kind, Party
from flow.order import PolicyHeld
from flow.promises.evidence import nothing
from flow.promises.promise import Part, promise
from flow.shopper import PaymentModel
from flow.table import Trigger
from flow.trace import History
from models import Mail

__all__ = [
    "documents_reach_the_customer",
    "invoices_add_up",
    "invoices_state_what_was_charged",
]


@promise(Part.INVOICE)
def invoices_add_up(history: History) -> Iterator[str]:
    """Net and tax of each line add up to its gross, the lines to the total."""
    invoice = history.order.invoice
    if invoice is None:
        return
    zero = nothing(history)
    for line in invoice.lines:
        if line.net + line.tax != line.gross:
            yield f"{line.text}: {line.net} + {line.tax} is not {line.gross}"
    if sum((line.gross for line in invoice.lines), zero) != invoice.total:
        yield f"the lines of the invoice do not sum to {invoice.total}"
    if sum((line.tax for line in invoice.lines), zero) != invoice.total_tax:
        yield f"the taxes of the invoice do not sum to {invoice.total_tax}"


@promise(of=(Trigger.SEND_INVOICE,))
def invoices_state_what_was_charged(history: History) -> Iterator[str]:
    """The invoice is for what the shop charged and has not given back by then."""
    if not history.last.has_moved:
        return
    invoice, ledger, currency = history.order.invoice, history.ledger, history.order.currency
    if invoice is None:
        yield "no invoice was sent"
        return
    charged = ledger.total(Kind.CHARGED, currency, party=Party.SHOP)
    back = ledger.total(Kind.REFUNDED, currency)
    if history.order.payment is PaymentModel.DUAL:
        back = ledger.total(Kind.REFUNDED, currency, party=Party.SHOP)
    if invoice.total != charged - back:
        yield f"the invoice says {invoice.total}, {charged} was charged and {back} given back"
    booked = ledger.total(Kind.INVOICED, currency)
    if booked != invoice.total:
        yield f"the invoice says {invoice.total}, and {booked} is in the ledger"
    if invoice.sent_to != history.shopper.email:
        yield f"the invoice went to {invoice.sent_to}, the shopper is {history.shopper.email}"


@promise(of=(Trigger.RECEIVE_DOCUMENTS,))
def documents_reach_the_customer(history: History) -> Iterator[str]:
    """When documents are received, each booking's e-mail is there, for the right person."""
    step = history.last
    if step.observation is None:
        return
    mails = step.observation.mails
    if mails is None:
        return  # this insurer's outbox cannot be seen
    for policy in history.order.live_policies:
        found = [mail for mail in mails if _describes(mail, policy)]
        if not found:
            yield f"no e-mail describes the cover for {policy.sku} at {policy.price}"
        elif all(mail.to != history.shopper.email for mail in found):
            yield f"the documents for {policy.sku} went to {found[0].to}"


def _describes(mail: Mail, policy: PolicyHeld) -> bool:
    return any(
        shown.id == policy.quote_id and shown.price == policy.price.amount
        for shown in mail.policies
    )
