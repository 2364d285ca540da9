"""The Shop protocol: what a shopper can do in a shop, and what the shop reports of it.

What an `Observation` carries, besides its outcome (`flow.order` and `flow.ledger` have the types):

| trigger | carries |
|---|---|
| request_quote, fill_form, cart changes, choices | `offers` as they stand now |
| pay, answer_challenge | `entries` CHARGED, for each product and each cover, when approved |
| collect | `entries` COLLECTED, the same |
| book, reserve | `policies`; `entries` BOOKED; under dual payment CHARGED, COLLECTED too |
| confirm_payment | `policies` |
| opt_out | `opted_out`: the packages |
| receive_documents | `mails` |
| send_invoice | `invoice`; `entries` INVOICED |
| cancel, preview_cancellation, confirm_cancellation | `policies`, `notice` |
| refund | `entries` REFUNDED |
| quote_modification | `difference` |
| settle_difference | `entries` CHARGED and COLLECTED, or REFUNDED |
| confirm_modification, accept_renewal, pay_instalment | `policies`, `entries` |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from flow import acts
from flow.errors import ShopRefused
from flow.ledger import Entry, Kind, Party, Purpose
from flow.order import Invoice, Offer, PolicyHeld, RefundNotice
from flow.shopper import PaymentModel, Product, Shopper
from flow.table import Outcome
from models import Mail
from models.money import Money

__all__ = ["HasSessions", "Observation", "Shop", "ShopAdapter", "ShopLacks", "Visit", "fault_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A shopper enters the shop."""

    shopper: Shopper
    products: dict[str, Product]
    payment: PaymentModel = PaymentModel.SINGLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What an act came to, as the shop reports it. Leave out what does not apply.

    Attributes:
        outcome: decides the next state where the table asks for one.
        offers: packages as they stand now, replacing what was known of them; without lines: gone.
        entries: what happened with money.
        policies: policies as they stand now.
        opted_out: packages that were reported to the insurer as declined.
        notice: what a cancellation refunds.
        difference: what a modification costs (positive) or gives back (negative).
        invoice: the tax invoice that was sent.
        mails: e-mails of the insurer that reached the customer; None when that cannot be seen.
    """

    outcome: Outcome = Outcome.DONE
    offers: Sequence[Offer] = ()
    entries: Sequence[Entry] = ()
    policies: Sequence[PolicyHeld] = ()
    opted_out: Sequence[str] = ()
    notice: RefundNotice | None = None
    difference: Money | None = None
    invoice: Invoice | None = None
    mails: Sequence[Mail] | None = None


class ShopLacks(ShopRefused):
    """The shop does not offer this at all: its scenario is left out, not failed."""


def fault_of(seen: Observation) -> str | None:
    """Why an observation cannot be read, or None: an adapter may put anything into it."""
    outcome: Any = seen.outcome
    if not isinstance(outcome, Outcome):
        return f"outcome {outcome!r} is no Outcome"
    wanted: tuple[tuple[str, Any, type], ...] = (
        ("offers", seen.offers, Offer),
        ("entries", seen.entries, Entry),
        ("policies", seen.policies, PolicyHeld),
        ("opted_out", seen.opted_out, str),
        ("mails", seen.mails or (), Mail),
    )
    for name, listed, kind in wanted:
        if not isinstance(listed, list | tuple):
            return f"{name} is {type(listed).__name__}, not a list"
        for one in listed:
            if not isinstance(one, kind):
                return f"{name} holds {type(one).__name__}, not {kind.__name__}"
    parts: tuple[tuple[str, Any, type], ...] = (
        ("notice", seen.notice, RefundNotice),
        ("difference", seen.difference, Money),
        ("invoice", seen.invoice, Invoice),
    )
    for name, part, kind in parts:
        if part is not None and not isinstance(part, kind):
            return f"{name} is {type(part).__name__}, not {kind.__name__}"
    for what, text in _texts(seen):
        if not isinstance(text, str) or not text:
            return f"{what} is {text!r}, not a text"
    kinds: list[tuple[Any, type]] = []
    for entry in seen.entries:
        kinds += [(entry.kind, Kind), (entry.purpose, Purpose), (entry.party, Party)]
    for value, kind in kinds:
        if not isinstance(value, kind):
            return f"an entry's {value!r} is no {kind.__name__}"
    amounts: list[Any] = [entry.amount for entry in seen.entries]
    amounts += [amount for policy in seen.policies for amount in (policy.price, policy.due)]
    amounts += [line.price for offer in seen.offers for line in offer.lines]
    for amount in amounts:
        if not isinstance(amount, Money) or not amount.is_payable:
            return f"{amount!r} is no amount of money"
    return None


def _texts(seen: Observation) -> Iterator[tuple[str, Any]]:
    """What packages, quotes and products are called by."""
    for offer in seen.offers:
        yield "an offer's ref", offer.ref
        for line in offer.lines:
            yield "an offered line's sku", line.sku
            yield "an offered line's quote_id", line.quote_id
    for policy in seen.policies:
        yield "a policy's package", policy.package
        yield "a policy's quote_id", policy.quote_id
        yield "a policy's sku", policy.sku
    for entry in seen.entries:
        yield "an entry's sku", entry.sku


class Shop(Protocol):
    """A shop, as its shopper meets it: one method per trigger of the flow table.

    A method may raise a `BackendError` from the insurer, or `ShopRefused`. Its observation then
    never comes, and the journey stays where it is; the shop keeps what it did and reports it
    with the next one.
    """

    def welcome(self, visit: Visit) -> None:
        """A new shopper; forget the last one."""

    def view_product(self, act: acts.ViewProduct) -> Observation:
        """Show a product's page."""

    def keep_shopping(self, act: acts.Act) -> Observation:
        """Let the shopper look for more."""

    def open_cart(self, act: acts.Act) -> Observation:
        """Show the cart."""

    def add_to_cart(self, act: acts.AddToCart) -> Observation:
        """Put a product into the cart; extend the offer if there is one."""

    def remove_from_cart(self, act: acts.RemoveFromCart) -> Observation:
        """Take it out; SOME or NONE is left."""

    def change_quantity(self, act: acts.ChangeQuantity) -> Observation:
        """Change the number of pieces."""

    def request_quote(self, act: acts.RequestQuote) -> Observation:
        """Ask the insurer, and show the offer."""

    def choose_cover(self, act: acts.ChooseCover) -> Observation:
        """Note what the shopper chose."""

    def decline_cover(self, act: acts.DeclineCover) -> Observation:
        """Note what the shopper declined; SOME or NONE stays chosen."""

    def change_mind(self, act: acts.Act) -> Observation:
        """Forget all choices."""

    def pay(self, act: acts.Pay) -> Observation:
        """Take the payment: APPROVED, REFUSED or CHALLENGED."""

    def answer_challenge(self, act: acts.Act) -> Observation:
        """Finish a 3-D Secure challenge: APPROVED or REFUSED."""

    def collect(self, act: acts.Act) -> Observation:
        """Collect what was authorised."""

    def book(self, act: acts.Act) -> Observation:
        """Book the chosen quotes: APPROVED or REFUSED."""

    def reserve(self, act: acts.Act) -> Observation:
        """Book them as pending, to be confirmed when paid."""

    def confirm_payment(self, act: acts.Act) -> Observation:
        """Confirm pending bookings."""

    def opt_out(self, act: acts.Act) -> Observation:
        """Report declined offers to the insurer."""

    def receive_documents(self, act: acts.Act) -> Observation:
        """See the policy documents arrive."""

    def send_invoice(self, act: acts.Act) -> Observation:
        """Send purchase confirmation and tax invoice."""

    def resend_documents(self, act: acts.ResendDocuments) -> Observation:
        """Have the documents sent again."""

    def open_portal(self, act: acts.Act) -> Observation:
        """The associate opens the in-store portal."""

    def fill_form(self, act: acts.FillForm) -> Observation:
        """The associate fills its form; the price is shown."""

    def cancel(self, act: acts.Cancel) -> Observation:
        """Cancel policies: ALL of them, or SOME stay."""

    def preview_cancellation(self, act: acts.PreviewCancellation) -> Observation:
        """Ask what a cancellation would refund."""

    def keep_cover(self, act: acts.Act) -> Observation:
        """Forget a previewed cancellation."""

    def refund(self, act: acts.Act) -> Observation:
        """Pay back what is due."""

    def confirm_cancellation(self, act: acts.Act) -> Observation:
        """Make a previewed cancellation final: ALL, or SOME stay."""

    def correct_details(self, act: acts.CorrectDetails) -> Observation:
        """Change contact details."""

    def quote_modification(self, act: acts.QuoteModification) -> Observation:
        """Have a change priced."""

    def settle_difference(self, act: acts.Act) -> Observation:
        """Charge or refund the difference."""

    def confirm_modification(self, act: acts.Act) -> Observation:
        """Make the change."""

    def discard_modification(self, act: acts.Act) -> Observation:
        """Forget the change."""

    def pay_instalment(self, act: acts.PayInstalment) -> Observation:
        """Charge the next part and report it."""

    def quote_renewal(self, act: acts.Act) -> Observation:
        """Have the next term priced."""

    def accept_renewal(self, act: acts.Act) -> Observation:
        """Charge it and confirm."""

    def decline_renewal(self, act: acts.Act) -> Observation:
        """Decline it."""

    def abandon(self, act: acts.Act) -> Observation:
        """The shopper leaves."""


@runtime_checkable
class HasSessions(Protocol):
    """A shop whose customers can have two orders under way; one without it is never asked to."""

    def another_session(self, visit: Visit) -> Shop:
        """The same customer comes in once more, in another session, to place another order.

        Both orders then go on side by side, some steps of one and some of the other.
        """


class ShopAdapter:
    """A base for a partner's adapter: what it does not override, its shop does not offer.

    Overridden methods take one act and return an `Observation`, as `Shop` says.
    """

    def welcome(self, visit: Visit) -> None:
        """A new shopper."""

    def __getattr__(self, name: str) -> Callable[[Any], Observation]:
        if name.startswith("_"):
            raise AttributeError(name)

        def lacking(act: Any) -> Observation:
            msg = f"{type(self).__name__} does not offer {name}"
            raise ShopLacks(msg)

        return lacking
