"""The reference shop from payment to invoice: charge, collect, book or opt out, confirm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_UP, Decimal
from functools import partial

from flow import acts
from flow.cards import CARD_NUMBERS, PaymentStatus
from flow.errors import BackendRefused, ShopRefused
from flow.ledger import Kind, Party, Purpose
from flow.order import Invoice, InvoiceLine, Offer, OfferLine, PolicyHeld
from flow.shopper import Card
from flow.shops.base import Observation
from flow.shops.desk import sent
from flow.shops.quoting import QuotingDesk
from flow.table import Outcome
from models import (
    Booking,
    CreateBooking,
    CreateToken,
    InstantBooking,
    Mail,
    OptOut,
    PackageStatus,
    QuoteStatus,
)
from models.bookings import PolicyInBooking
from models.money import Money

__all__ = ["PLAN_PARTS", "CheckoutDesk"]

PLAN_PARTS = {"1year-monthly": 12, "1year-quarterly": 4}
"""Payments of the recorded instalment plans; the first is due at checkout."""

_SALES_TAX = {"GB": 20, "IT": 22, "FR": 20, "ES": 21, "DE": 19, "AU": 10}
"""Percent of sales tax inside product prices; elsewhere prices are shown without it."""

_OUTCOMES = {
    PaymentStatus.AUTHORISED: Outcome.APPROVED,
    PaymentStatus.REFUSED: Outcome.REFUSED,
    PaymentStatus.CHALLENGED: Outcome.CHALLENGED,
}


class CheckoutDesk(QuotingDesk):
    """Takes the money, and sees that cover follows it."""

    def pay(self, act: acts.Pay) -> Observation:
        """Authorise products and cover; under dual payment products only, and a card token.

        Raises:
            ShopRefused: a payment stands already: the same form, sent again.
        """
        if self.payment is not None and self.payment.status is not PaymentStatus.REFUSED:
            msg = "this order is paid, or about to be"
            raise ShopRefused(msg)
        self.charged_cover = {
            line.quote_id: self.first_payment(offer, line)
            for offer, line in self.lines()
            if line.quote_id in offer.chosen
        }
        amount = Money.sum((self._product_total(sku) for sku in self.cart), self.currency)
        if self.insurer_charges:
            self.token = self._tokenise(act.card) if self.charged_cover else None
        else:
            amount += Money.sum(self.charged_cover.values(), self.currency)
        self.payment = self.provider.authorise(act.card, amount)
        return self._paid()

    def answer_challenge(self, act: acts.Act) -> Observation:
        """Finish the 3-D Secure challenge."""
        if self.payment is None or self.payment.status is not PaymentStatus.CHALLENGED:
            msg = "there is no payment to answer for"
            raise ShopRefused(msg)
        self.provider.finish_challenge(self.payment)
        return self._paid()

    def _paid(self) -> Observation:
        if self.payment is None:
            msg = "there is no payment"
            raise ShopRefused(msg)
        if self.payment.status is PaymentStatus.AUTHORISED:
            self._write_sale(Kind.CHARGED, cover_party=Party.SHOP)
        return self.report(_OUTCOMES[self.payment.status])

    def _write_sale(self, kind: Kind, *, cover_party: Party) -> None:
        """One entry per product, and per cover unless the insurer charges for it."""
        for sku in self.cart:
            self.write(kind, Purpose.PRODUCTS, self._product_total(sku), sku)
        if self.insurer_charges:
            return
        for _, line in self.lines():
            due = self.charged_cover.get(line.quote_id)
            if due is not None:
                self.write(
                    kind, Purpose.COVER, due, line.sku, party=cover_party, quote=line.quote_id
                )

    def first_payment(self, offer: Offer, line: OfferLine) -> Money:
        """What is due at checkout: the price, or the first instalment, rounded up."""
        if offer.plan is None:
            return line.price
        return line.price.times(Decimal(1) / PLAN_PARTS[offer.plan], ROUND_UP)

    def _product_total(self, sku: str) -> Money:
        line = self.cart[sku]
        return line.product.money(self.currency).times(line.quantity)

    def _tokenise(self, card: Card) -> str:
        shopper = self.visit.shopper
        request = CreateToken.model_validate(
            {
                "customer": {"email": shopper.email},
                "creditCard": {
                    "number": CARD_NUMBERS[card],
                    "expiryMonth": 12,
                    "expiryYear": 2040,
                    "cvc": "123",
                    "holderName": f"{shopper.first_name} {shopper.last_name}",
                },
            }
        )
        return self.ask(lambda: self.backend.create_token(request)).data.id

    def collect(self, act: acts.Act) -> Observation:
        """Capture the payment; a split one is settled to shop and insurer."""
        if self.payment is None or self.payment.status is not PaymentStatus.AUTHORISED:
            msg = "nothing is there to be collected"
            raise ShopRefused(msg)
        self.provider.capture(self.payment)
        self._write_sale(Kind.COLLECTED, cover_party=self.payee)
        return self.report()

    # Booking

    def book(self, act: acts.Act) -> Observation:
        """Book every offer with a choice in it.

        One that the insurer refuses is refunded at once, unless it refuses all of them: then
        the refund is a step of its own.
        """
        refused: list[Offer] = []
        for offer in self._to_book():
            try:
                booking = self._booking(offer, pending=False)
            except BackendRefused as refusal:
                if refusal.is_busy:
                    raise  # later, perhaps: no answer to the booking itself
                refused.append(offer)
                continue
            self._hold(offer, booking)
        if refused and not self.policies:
            return self.report(Outcome.REFUSED)
        for offer in refused:
            self._refund_cover(offer)
        return self.report(Outcome.APPROVED)

    def reserve(self, act: acts.Act) -> Observation:
        """Book as pending: the insurer waits for the confirmation of payment."""
        for offer in self._to_book():
            self._hold(offer, self._booking(offer, pending=True))
        return self.report()

    def confirm_payment(self, act: acts.Act) -> Observation:
        """Confirm pending bookings, after the money was collected."""
        for package in sorted({p.package for p in self.policies.values() if p.pending}):
            key = self.key("confirm", package)
            self._ask_or_look(package, partial(self.backend.confirm_booking, package, key=key))
            for policy in [p for p in self.policies.values() if p.package == package]:
                self.policies[policy.quote_id] = replace(policy, pending=False)
        return self.report()

    def _to_book(self) -> list[Offer]:
        return [
            offer
            for offer in self.offers.values()
            if offer.chosen and offer.ref not in self._booked
        ]

    def _forget(self) -> None:
        super()._forget()
        self._booked: set[str] = set()

    def _booking(self, offer: Offer, *, pending: bool) -> Booking:
        if offer.fast:
            return self._instant(offer)
        request = CreateBooking.model_validate(
            sent(
                quotes=[
                    sent(id=line.quote_id, instalment_plan=offer.plan)
                    for line in offer.chosen_lines
                ],
                policyholder=self.policyholder(),
                require_payment_confirmation=True if pending else None,
                partner_transaction_id=self.order_id,
                customer_token_id=self.token,
            )
        )
        key = self.key("reserve" if pending else "book", offer.ref)
        booking = self._ask_or_look(
            offer.ref, partial(self.backend.create_booking, offer.ref, request, key=key)
        )
        if pending or booking.status is not PackageStatus.PENDING_PAYMENT:
            return booking
        # Reserved by an earlier call that was met with silence, and paid for by now.
        return self.ask(
            partial(self.backend.confirm_booking, offer.ref, key=self.key("confirm", offer.ref))
        )

    def _ask_or_look(self, package: str, attempt: Callable[[], Booking]) -> Booking:
        """Ask; when an earlier try was met with silence and this one is refused, look first.

        The silent one may have been carried out: a package that is booked is not refused.
        """
        try:
            return self.ask(attempt, about=package)
        except BackendRefused as refusal:
            if refusal.is_busy or package not in self.unsure:
                raise
            try:
                found = self.ask(partial(self.backend.get_booking, package))
            except BackendRefused as looked:
                if looked.is_busy:
                    raise
                raise refusal from None  # there is no booking: the refusal stands
            self.unsure.discard(package)
            return found

    def _instant(self, offer: Offer) -> Booking:
        shopper = self.visit.shopper
        request = InstantBooking.model_validate(
            sent(
                request=self.items(self.cart[line.sku] for line in offer.lines),
                currency=shopper.currency,
                customer_country=shopper.country,
                customer_language=shopper.language,
                policyholder=self.policyholder(),
                partner_transaction_id=self.order_id,
                customer_token_id=self.token,
            )
        )
        key = self.key("instant", offer.ref)
        if offer.ref in self.unsure:
            found = self._mine()
            if found is not None:
                self.unsure.discard(offer.ref)
                return found
        attempt = partial(self.backend.instant_booking, request, key=key)
        return self.ask(attempt, about=offer.ref)

    def _mine(self) -> Booking | None:
        """A booking of this order that an earlier, unanswered call has made after all.

        Keys are forgotten after 48 hours, so looking is safer than asking again.
        """
        latest = self.ask(lambda: self.backend.list_bookings(limit=20)).results
        return next((b for b in latest if b.partner_transaction_id == self.order_id), None)

    def _hold(self, offer: Offer, booking: Booking) -> None:
        """Keep the policies of a booking, and note what was booked and charged."""
        self._booked.add(offer.ref)
        skus = {line.quote_id: line for line in offer.lines}
        for position, policy in enumerate(booking.quotes):
            line = offer.lines[position] if offer.fast else skus.get(policy.id)
            if line is None:
                continue
            held = self._policy(offer, booking, policy, line)
            self.policies[held.quote_id] = held
            self.write(
                Kind.BOOKED,
                Purpose.COVER,
                held.price,
                held.sku,
                party=Party.INSURER,
                quote=policy.id,
            )
            if self.insurer_charges:
                for kind in (Kind.CHARGED, Kind.COLLECTED):
                    self.write(
                        kind,
                        Purpose.COVER,
                        held.due,
                        held.sku,
                        party=Party.INSURER,
                        quote=policy.id,
                    )

    def _policy(
        self, offer: Offer, booking: Booking, policy: PolicyInBooking, line: OfferLine
    ) -> PolicyHeld:
        price = Money(policy.price, booking.currency)
        parts = PLAN_PARTS[offer.plan] if offer.plan is not None else 1
        return PolicyHeld(
            quote_id=policy.id,
            package=booking.id,
            sku=line.sku,
            price=price,
            due=price if parts == 1 else self.first_payment(offer, line),
            pending=policy.status is QuoteStatus.PENDING_PAYMENT,
            renewable=policy.is_renewable,
            parts_left=parts - 1,
        )

    def _refund_cover(self, offer: Offer) -> None:
        """Give back what was charged for an offer that the insurer would not book."""
        if self.insurer_charges:
            return
        for line in offer.chosen_lines:
            amount = self.charged_cover.pop(line.quote_id, None)
            if amount is not None:
                self.refund_cover(amount, line.sku, line.quote_id)

    # After booking, or without it

    def opt_out(self, act: acts.Act) -> Observation:
        """Tell the insurer of every offer that was declined altogether, once."""
        for offer in list(self.offers.values()):
            if offer.fast or offer.chosen or offer.ref in self.opted_out:
                continue
            self._tell_declined(offer.ref)
            self.opted_out.add(offer.ref)
        return self.report()

    def _tell_declined(self, ref: str) -> None:
        """Opt out. A refusal after silence may mean that it was done: look before giving up."""
        key = self.key("opt-out", ref)
        try:
            self.ask(lambda: self.backend.opt_out(ref, OptOut(), key=key))
        except BackendRefused:
            package = self.ask(partial(self.backend.get_quotes, ref))
            if package.status is not PackageStatus.OPTED_OUT:
                raise

    def receive_documents(self, act: acts.Act) -> Observation:
        """Look for the insurer's e-mails, where its outbox can be seen."""
        return self.report(mails=self._mails())

    def _mails(self) -> list[Mail] | None:
        controls = self.backend.controls
        if controls is None:
            return None
        mine = {policy.package for policy in self.policies.values()}
        return [mail for mail in controls.outbox() if mail.booking in mine]

    def send_invoice(self, act: acts.Act) -> Observation:
        """Confirm the purchase, and invoice what the shop itself charged for and kept."""
        lines = [self._product_line(sku) for sku in self.cart]
        for sku in self.cart:
            self.write(Kind.INVOICED, Purpose.PRODUCTS, self._product_total(sku), sku)
        if not self.insurer_charges:
            for offer, line in self.lines():
                gross = self.charged_cover.get(line.quote_id)
                if gross is None:
                    continue
                lines.append(self._cover_line(offer, line, gross))
                self.write(Kind.INVOICED, Purpose.COVER, gross, line.sku, quote=line.quote_id)
        invoice = Invoice(
            lines=tuple(lines),
            total=Money.sum((line.gross for line in lines), self.currency),
            total_tax=Money.sum((line.tax for line in lines), self.currency),
            sent_to=self.visit.shopper.email,
        )
        return self.report(invoice=invoice)

    def _product_line(self, sku: str) -> InvoiceLine:
        line = self.cart[sku]
        gross = self._product_total(sku)
        percent = _SALES_TAX.get(self.visit.shopper.country, 0)
        tax = gross.times(Decimal(percent) / (100 + percent))
        text = f"{line.quantity} x {line.product.name}"
        return InvoiceLine(text=text, net=gross - tax, tax=tax, gross=gross)

    def _cover_line(self, offer: Offer, line: OfferLine, gross: Money) -> InvoiceLine:
        """Cover as the insurer taxed it; an instalment carries its share of the tax."""
        tax = line.tax
        if offer.plan is not None:
            tax = gross.times(line.tax.amount / line.price.amount)
        name = self.cart[line.sku].product.name
        return InvoiceLine(text=f"Cover for {name}", net=gross - tax, tax=tax, gross=gross)
