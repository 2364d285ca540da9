"""Shops that are wrong after the sale: invoices, refunds, cancellations, changes, renewals."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_UP

from flow import acts
from flow.ledger import Kind, Purpose
from flow.order import InvoiceLine, Offer, OfferLine
from flow.shops.base import Observation
from flow.shops.reference import ReferenceShop
from models.money import Money

__all__ = [
    "CancelsOnlyTheFirstBooking",
    "CancelsTheWholeOrder",
    "ChargesWhatItOwes",
    "EndsCoverOnPreview",
    "IgnoresCheaperChanges",
    "InvoicesOnlyProducts",
    "InvoicesTheInsurersCharge",
    "InvoicesTheWholePrice",
    "InvoicesToItself",
    "KeepsReturnedProducts",
    "KeepsTheOldTerm",
    "NeverRefunds",
    "RefundsAgainOnConfirmation",
    "RefundsTheWholeOrder",
    "RefundsTwice",
    "RefundsWithoutTax",
    "RoundsInvoicedTaxApart",
]


# Invoices


class InvoicesOnlyProducts(ReferenceShop):
    """The invoice leaves out the cover that was charged with the products."""

    def send_invoice(self, act: acts.Act) -> Observation:
        self.charged_cover, kept = {}, self.charged_cover
        seen = super().send_invoice(act)
        self.charged_cover = kept
        return seen


class InvoicesTheInsurersCharge(ReferenceShop):
    """Under dual payment the shop invoices cover that the insurer charges and invoices itself."""

    def send_invoice(self, act: acts.Act) -> Observation:
        seen = super().send_invoice(act)
        if seen.invoice is None or not self.insurer_charges:
            return seen
        nothing = Money.zero(self.currency)
        lines = seen.invoice.lines + tuple(
            InvoiceLine(text="Cover", net=policy.due, tax=nothing, gross=policy.due)
            for policy in self.policies.values()
        )
        total = Money.sum((line.gross for line in lines), self.currency)
        return replace(seen, invoice=replace(seen.invoice, lines=lines, total=total))


class InvoicesTheWholePrice(ReferenceShop):
    """Cover paid in instalments is invoiced at its whole price with the first of them."""

    def _cover_line(self, offer: Offer, line: OfferLine, gross: Money) -> InvoiceLine:
        return super()._cover_line(offer, line, line.price)


class RoundsInvoicedTaxApart(ReferenceShop):
    """Net and tax of an instalment are each rounded up, and add up to more than was paid."""

    def _cover_line(self, offer: Offer, line: OfferLine, gross: Money) -> InvoiceLine:
        right = super()._cover_line(offer, line, gross)
        net = gross.times(line.premium.amount / line.price.amount, ROUND_UP)
        tax = gross.times(line.tax.amount / line.price.amount, ROUND_UP)
        return right if offer.plan is None else replace(right, net=net, tax=tax)


class InvoicesToItself(ReferenceShop):
    """Confirmation and invoice go to the shop's own address, and the customer gets nothing."""

    def send_invoice(self, act: acts.Act) -> Observation:
        seen = super().send_invoice(act)
        if seen.invoice is None:
            return seen
        return replace(seen, invoice=replace(seen.invoice, sent_to="orders@shop.test"))


# Refunds


class NeverRefunds(ReferenceShop):
    """What is to be given back is noted and never paid."""

    def refund(self, act: acts.Act) -> Observation:
        return self.report()


class RefundsTwice(ReferenceShop):
    """Every refund is paid twice."""

    def refund(self, act: acts.Act) -> Observation:
        seen = super().refund(act)
        return replace(seen, entries=(*seen.entries, *seen.entries))


class RefundsWithoutTax(ReferenceShop):
    """Cancelled cover is refunded without the tax that was paid on it."""

    def refund(self, act: acts.Act) -> Observation:
        for _, line in self.lines():
            if line.quote_id in self._due:
                share = line.premium.amount / line.price.amount
                self._due[line.quote_id] = self._due[line.quote_id].times(share)
        return super().refund(act)


class RefundsAgainOnConfirmation(ReferenceShop):
    """Refunded after its preview, a cancellation is refunded again when it is confirmed."""

    def confirm_cancellation(self, act: acts.Act) -> Observation:
        seen = super().confirm_cancellation(act)
        for quote_id, amount in self._refunded.items():
            sku = self.policies[quote_id].sku
            self.write(Kind.REFUNDED, Purpose.COVER, amount, sku, party=self.payee, quote=quote_id)
        again = self.report(seen.outcome)
        return replace(again, entries=(*seen.entries, *again.entries))


class RefundsTheWholeOrder(ReferenceShop):
    """Cancelling the cover of one product refunds that of all, which stays in force unpaid."""

    def refund(self, act: acts.Act) -> Observation:
        for policy in self.held("all"):
            if policy.quote_id not in self._due:
                self.write(
                    Kind.REFUNDED,
                    Purpose.COVER,
                    policy.due,
                    policy.sku,
                    party=self.payee,
                    quote=policy.quote_id,
                )
        return super().refund(act)


class KeepsReturnedProducts(ReferenceShop):
    """Products that come back with their cover are not paid back."""

    def refund(self, act: acts.Act) -> Observation:
        self._returned = []
        return super().refund(act)


# Cancellations


class CancelsTheWholeOrder(ReferenceShop):
    """Cancelling the cover of one product cancels that of all."""

    def cancel(self, act: acts.Cancel) -> Observation:
        self.held(act.items)
        return super().cancel(act.model_copy(update={"items": "all"}))


class CancelsOnlyTheFirstBooking(ReferenceShop):
    """Of an order with two bookings only the first is cancelled at the insurer."""

    def cancel(self, act: acts.Cancel) -> Observation:
        chosen = self.held(act.items)
        first = [policy.sku for policy in chosen if policy.package == chosen[0].package]
        seen = super().cancel(act.model_copy(update={"items": first}))
        self._end(chosen)
        return replace(seen, outcome=self._what_stays(), policies=tuple(self.policies.values()))


class EndsCoverOnPreview(ReferenceShop):
    """A customer who looks what a cancellation would refund is told the cover has ended."""

    def preview_cancellation(self, act: acts.PreviewCancellation) -> Observation:
        seen = super().preview_cancellation(act)
        self._end(self._previewed)
        return replace(seen, policies=tuple(self.policies.values()))


# Changes and renewals


class IgnoresCheaperChanges(ReferenceShop):
    """A change that makes cover cheaper is said to cost nothing, and nothing is given back."""

    def quote_modification(self, act: acts.QuoteModification) -> Observation:
        seen = super().quote_modification(act)
        nothing = Money.zero(self.currency)
        if seen.difference is None or seen.difference > nothing:
            return seen
        return replace(seen, difference=nothing)


class ChargesWhatItOwes(ReferenceShop):
    """What a change makes cheaper is charged instead of given back."""

    def settle_difference(self, act: acts.Act) -> Observation:
        policy, _, difference = self._changing()
        if difference > Money.zero(difference.currency):
            return super().settle_difference(act)
        self.charge_cover(-difference, policy.sku, policy.quote_id)
        return self.report(difference=difference)


class KeepsTheOldTerm(ReferenceShop):
    """A renewed policy is kept beside the one that took its place, so two seem to be in force."""

    def accept_renewal(self, act: acts.Act) -> Observation:
        seen = super().accept_renewal(act)
        for quote_id, policy in self.policies.items():
            if policy.renewed:
                self.policies[quote_id] = replace(policy, live=True)
        return replace(seen, policies=tuple(self.policies.values()))
