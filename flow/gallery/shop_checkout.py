"""Shops that are wrong between offer and booking: what they show, charge and book."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from decimal import ROUND_UP, Decimal

from flow import acts
from flow.errors import BackendError
from flow.ledger import Kind, Party, Purpose
from flow.order import Offer, OfferLine
from flow.shopper import PaymentModel
from flow.shops.base import Observation
from flow.shops.reference import ReferenceShop
from flow.table import Outcome
from models import Booking, OptOut, PolicyholderDetails, Quote
from models.money import Money

__all__ = [
    "BooksEverything",
    "BooksInsteadOfReserving",
    "BooksOnlyTheFirstOffer",
    "ChargesAgainAfterChallenge",
    "ChargesCoverRoundedUp",
    "ChargesCoverUnderDualPayment",
    "ChargesOnePiece",
    "ChargesPriceAndInstalments",
    "ChargesTwice",
    "ChargesYenAsSen",
    "CollectsTwice",
    "DeletesOnlyItsOwnLine",
    "ForgetsToChargeCover",
    "KeepsTheSplit",
    "NamesTheAssociate",
    "NeverOptsOut",
    "OptsOutOfChoices",
    "OptsOutOnlyTheFirst",
    "SettlesProductsToTheInsurer",
    "ShowsPricesWithoutTax",
    "WritesBookingsTwice",
]


# What is shown


class ShowsPricesWithoutTax(ReferenceShop):
    """Cover is shown and charged without its tax, and the shop pays the difference."""

    def _keep(self, offer: Offer, quotes: Sequence[Quote]) -> None:
        lines = tuple(replace(line, price=line.premium) for line in offer.lines)
        super()._keep(replace(offer, lines=lines), quotes)


class DeletesOnlyItsOwnLine(ReferenceShop):
    """A product taken out of the cart keeps its quote, and its place in the total."""

    def _delete(self, offer: Offer, sku: str) -> None:
        left = replace(offer, lines=tuple(line for line in offer.lines if line.sku != sku))
        self.offers[offer.ref] = left
        if not left.lines:
            self.withdraw(left)


# What is charged and collected


class ForgetsToChargeCover(ReferenceShop):
    """Cover is booked and not charged: a customer is covered for nothing, until the audit."""

    def _write_sale(self, kind: Kind, *, cover_party: Party) -> None:
        self.charged_cover, kept = {}, self.charged_cover
        super()._write_sale(kind, cover_party=cover_party)
        self.charged_cover = kept


class ChargesCoverRoundedUp(ReferenceShop):
    """Cover is charged rounded up to whole pounds, a few pence more than was shown."""

    def first_payment(self, offer: Offer, line: OfferLine) -> Money:
        exact = super().first_payment(offer, line)
        return Money(exact.amount.to_integral_value(ROUND_UP), exact.currency)


class ChargesTwice(ReferenceShop):
    """The card is charged for everything twice, as a double click would."""

    def _write_sale(self, kind: Kind, *, cover_party: Party) -> None:
        super()._write_sale(kind, cover_party=cover_party)
        if kind is Kind.CHARGED:
            super()._write_sale(kind, cover_party=cover_party)


class ChargesAgainAfterChallenge(ReferenceShop):
    """A challenged payment is charged when it is asked for and again when it is answered."""

    def pay(self, act: acts.Pay) -> Observation:
        seen = super().pay(act)
        if seen.outcome is not Outcome.CHALLENGED:
            return seen
        self._write_sale(Kind.CHARGED, cover_party=Party.SHOP)
        return self.report(Outcome.CHALLENGED)


class ChargesOnePiece(ReferenceShop):
    """Of several pieces of a product one is charged."""

    def _product_total(self, sku: str) -> Money:
        return self.cart[sku].product.money(self.currency)


class ChargesYenAsSen(ReferenceShop):
    """Yen go to the card provider as if they had cents, so a hundredth is charged."""

    def _product_total(self, sku: str) -> Money:
        total = super()._product_total(sku)
        return total.times(Decimal("0.01")) if self.currency == "JPY" else total


class CollectsTwice(ReferenceShop):
    """What was charged once is collected twice."""

    def _write_sale(self, kind: Kind, *, cover_party: Party) -> None:
        super()._write_sale(kind, cover_party=cover_party)
        if kind is Kind.COLLECTED:
            super()._write_sale(kind, cover_party=cover_party)


class KeepsTheSplit(ReferenceShop):
    """A payment that is to be split with the insurer stays with the shop whole."""

    @property
    def payee(self) -> Party:
        return Party.INSURER if self.insurer_charges else Party.SHOP


class SettlesProductsToTheInsurer(ReferenceShop):
    """Of a split payment the insurer is sent the price of the products as well."""

    def collect(self, act: acts.Act) -> Observation:
        seen = super().collect(act)
        if self.visit.payment is not PaymentModel.SPLIT:
            return seen
        entries = [
            replace(entry, party=Party.INSURER) if entry.purpose is Purpose.PRODUCTS else entry
            for entry in seen.entries
        ]
        return replace(seen, entries=entries)


class ChargesCoverUnderDualPayment(ReferenceShop):
    """Cover that the insurer charges to the card is charged by the shop as well."""

    def _write_sale(self, kind: Kind, *, cover_party: Party) -> None:
        super()._write_sale(kind, cover_party=cover_party)
        if not self.insurer_charges:
            return
        for _, line in self.lines():
            due = self.charged_cover.get(line.quote_id)
            if due is not None:
                self.write(kind, Purpose.COVER, due, line.sku, quote=line.quote_id)


class ChargesPriceAndInstalments(ReferenceShop):
    """Cover bought in instalments is charged whole at the checkout, and then in parts as well."""

    def first_payment(self, offer: Offer, line: OfferLine) -> Money:
        return line.price


# What is booked, and what is opted out


class BooksEverything(ReferenceShop):
    """One product chosen books the cover of all that were offered with it."""

    def _booking(self, offer: Offer, *, pending: bool) -> Booking:
        everything = frozenset(line.quote_id for line in offer.lines)
        return super()._booking(replace(offer, chosen=everything), pending=pending)


class BooksOnlyTheFirstOffer(ReferenceShop):
    """Of cover taken on two product pages, only that of the first is booked; both are paid."""

    def _to_book(self) -> list[Offer]:
        return super()._to_book()[:1]


class BooksInsteadOfReserving(ReferenceShop):
    """Cover that waits for its money is booked at once, and cannot be taken back unpaid."""

    def _booking(self, offer: Offer, *, pending: bool) -> Booking:
        return super()._booking(offer, pending=False)


class WritesBookingsTwice(ReferenceShop):
    """The ledger has every policy twice, and the insurer is owed what was never sold."""

    def book(self, act: acts.Act) -> Observation:
        seen = super().book(act)
        booked = [entry for entry in seen.entries if entry.kind is Kind.BOOKED]
        return replace(seen, entries=(*seen.entries, *booked))


class NamesTheAssociate(ReferenceShop):
    """In the store the policy is made out to the associate's e-mail, and goes there."""

    def policyholder(self) -> PolicyholderDetails:
        holder = super().policyholder()
        if not any(offer.fast for offer in self.offers.values()):
            return holder
        return holder.model_copy(update={"email": "associate@shop.test"})


class NeverOptsOut(ReferenceShop):
    """Declined offers are never reported, so the insurer goes on reminding the customer."""

    def opt_out(self, act: acts.Act) -> Observation:
        return self.report()


class OptsOutOnlyTheFirst(ReferenceShop):
    """Of offers declined on two product pages, only the first is reported."""

    def opt_out(self, act: acts.Act) -> Observation:
        declined = [o for o in self.offers.values() if not o.fast and not o.chosen]
        if not self.opted_out and declined:
            self._tell_declined(declined[0].ref)
            self.opted_out.add(declined[0].ref)
        return self.report()


class OptsOutOfChoices(ReferenceShop):
    """Every open offer is reported as declined when the money comes in, chosen ones among them."""

    def collect(self, act: acts.Act) -> Observation:
        for offer in self.offers.values():
            if not offer.fast and offer.ref not in self._booked:
                with suppress(BackendError):
                    self.backend.opt_out(offer.ref, OptOut())
        return super().collect(act)
