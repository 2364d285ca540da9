"""The reference shop's cancellations: at once or previewed, refunded, confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from flow import acts
from flow.errors import BackendRefused, ShopRefused
from flow.ledger import Kind, Purpose
from flow.order import PolicyHeld, RefundNotice
from flow.shops.base import Observation
from flow.shops.checkout import CheckoutDesk
from flow.shops.desk import sent
from flow.table import Outcome
from models import (
    CancelBooking,
    Cancellation,
    QuoteStatus,
)
from models.money import Money

__all__ = ["CancellationDesk"]


class CancellationDesk(CheckoutDesk):
    """Ends cover, and gives back what the insurer says, once."""

    def _forget(self) -> None:
        super()._forget()
        self._due: dict[str, Money] = {}
        self._refunded: dict[str, Money] = {}
        self._cancelling: set[str] = set()
        self._asked: dict[str, CancelBooking] = {}  # by key: a try again asks the same
        self._previews: dict[str, str] = {}
        self._previewed: list[PolicyHeld] = []
        self._returned: list[str] = []

    def cancel(self, act: acts.Cancel) -> Observation:
        """Cancel at once; the refund is a step of its own."""
        chosen = self.held(act.items)
        if not chosen:
            msg = "no policy is in force"
            raise ShopRefused(msg)
        if self._due and not self._cancelling:
            msg = "a refund is due: give it back first"
            raise ShopRefused(msg)
        self.refuse_while_unsure({policy.quote_id for policy in chosen})
        refusal: BackendRefused | None = None
        for package, policies in _by_package(chosen).items():
            self._cancelling = {policy.quote_id for policy in policies}
            try:
                reply = self._cancel_package(package, policies, act.reason)
            except BackendRefused as error:
                if error.is_busy:
                    raise
                refusal = error  # the others may still be cancelled
                continue
            self._due |= self._refunds(reply)
            self._end(_named(policies, reply))
            if act.return_products:
                self._returned += [policy.sku for policy in _named(policies, reply)]
        self._cancelling = set()
        if refusal is not None and not self._due:
            raise refusal
        return self.report(
            self._what_stays(), notice=RefundNotice(refunds=dict(self._due), preview=False)
        )

    def preview_cancellation(self, act: acts.PreviewCancellation) -> Observation:
        """See what is refunded. Seen again after the refund, only the confirmation is renewed."""
        self.refuse_while_unsure()
        again = bool(self._previewed)
        chosen = self._previewed or self.held(act.items)
        if again and act.items != "all" and set(act.items) != {policy.sku for policy in chosen}:
            msg = "another cancellation is under way: confirm it first"
            raise ShopRefused(msg)
        previews: dict[str, str] = {}
        refunds: dict[str, Money] = {}
        seen: list[PolicyHeld] = []
        for package, policies in _by_package(chosen).items():
            request = self._cancellation(policies, act.reason, preview=True)
            reply = self.ask(partial(self.backend.cancel_booking, package, request))
            if reply.cancellation_id is None:
                msg = "the insurer answered a preview without a cancellation id"
                raise ShopRefused(msg)
            previews[package] = reply.cancellation_id
            refunds |= self._refunds(reply)
            seen += _named(policies, reply)
        if again:
            self._take_back(chosen, seen)
        self._previews, self._previewed = previews, seen
        if not again:
            self._due = refunds
            self._returned = [policy.sku for policy in seen] if act.return_products else []
        return self.report(notice=RefundNotice(refunds=refunds, preview=True))

    def _take_back(self, before: list[PolicyHeld], now: list[PolicyHeld]) -> None:
        """Charge again what was refunded for cover that can no longer be cancelled."""
        left = {policy.quote_id for policy in now}
        for policy in before:
            if policy.quote_id not in left and policy.quote_id in self._refunded:
                amount = self._refunded.pop(policy.quote_id)
                self.charge_cover(amount, policy.sku, policy.quote_id)

    def keep_cover(self, act: acts.Act) -> Observation:
        """Forget the preview."""
        self._previews, self._previewed, self._due, self._returned = {}, [], {}, []
        return self.report()

    def refund(self, act: acts.Act) -> Observation:
        """Pay back cover and returned products; cover that could not be booked as well."""
        if not self.policies:
            for offer in list(self.offers.values()):
                self._refund_cover(offer)
            return self.report()
        if not self._due and not self._returned:
            msg = "nothing is due to be given back"
            raise ShopRefused(msg)
        for quote_id, amount in self._due.items():
            self.refund_cover(amount, self.policies[quote_id].sku, quote_id)
            self._refunded[quote_id] = amount
        for sku in self._returned:
            amount = self._product_total(sku)
            self.give_back(amount)
            self.write(Kind.REFUNDED, Purpose.PRODUCTS, amount, sku)
        self._due, self._returned = {}, []
        return self.report()

    def confirm_cancellation(self, act: acts.Act) -> Observation:
        """Make the preview final."""
        for package, cancellation in list(self._previews.items()):
            key = self.key("confirm", cancellation)
            ended = [policy for policy in self._previewed if policy.package == package]
            attempt = partial(self.backend.confirm_cancellation, package, cancellation, key=key)
            try:
                self.ask(attempt, about=package)
            except BackendRefused as refusal:
                if refusal.is_busy or not self._has_ended(package, ended):
                    raise
                self.unsure.discard(package)
            del self._previews[package]
            self._end(ended)
        self._previewed = []
        return self.report(self._what_stays())

    def _cancel_package(
        self, package: str, policies: list[PolicyHeld], reason: str | None
    ) -> Cancellation:
        """Cancel policies of one booking.

        Raises:
            BackendRefused: the insurer will not.
            ShopRefused: it did, long ago and unheard, and its refund is not known.
        """
        key = self.key("cancel", *sorted(policy.quote_id for policy in policies))
        request = self._asked.setdefault(key, self._cancellation(policies, reason, preview=None))
        attempt = partial(self.backend.cancel_booking, package, request, key=key)
        try:
            return self.ask(attempt, about=package)
        except BackendRefused as refusal:
            if not refusal.is_busy and package not in self.unsure:
                del self._asked[key]
            if refusal.is_busy or not self._has_ended(package, policies):
                raise
            msg = f"the insurer has cancelled {package} and no longer says what it refunds: ask it"
            raise ShopRefused(msg) from refusal

    def _has_ended(self, package: str, policies: list[PolicyHeld]) -> bool:
        """Whether an earlier cancellation, met with silence, was carried out after all: look."""
        if package not in self.unsure:
            return False
        booking = self.ask(partial(self.backend.get_booking, package))
        stated = {quote.id: quote.status for quote in booking.quotes}
        return all(stated.get(p.quote_id) is QuoteStatus.CANCELLED for p in policies)

    def refuse_while_unsure(self, wanted: set[str] | None = None) -> None:
        """A cancellation that was met with silence is finished before anything else.

        Asked for together with more of the same booking, it would be refused as done.
        """
        packages = {self.policies[quote_id].package for quote_id in self._cancelling}
        again = {q for q in wanted or () if self.policies[q].package in packages}
        if again != self._cancelling:
            msg = "a cancellation has not been answered yet: try it again first"
            raise ShopRefused(msg)

    def held(self, items: acts.Items) -> list[PolicyHeld]:
        """Live policies for the named products."""
        live = [policy for policy in self.policies.values() if policy.live]
        if items == "all":
            return live
        missing = set(items) - {policy.sku for policy in live}
        if missing:
            msg = f"there is no policy in force for {', '.join(sorted(missing))}"
            raise ShopRefused(msg)
        return [policy for policy in live if policy.sku in items]

    def _cancellation(
        self, policies: list[PolicyHeld], reason: str | None, *, preview: bool | None
    ) -> CancelBooking:
        """All of a booking without naming any; some of it by id."""
        live = [p for p in self.policies.values() if p.live and p.package == policies[0].package]
        named = None
        if len(policies) < len(live) or reason is not None:
            named = [
                sent(id=policy.quote_id, reason_for_cancellation=reason) for policy in policies
            ]
        return CancelBooking.model_validate(sent(quotes=named, preview=preview))

    def _refunds(self, reply: Cancellation) -> dict[str, Money]:
        """What comes back for each policy that was sold here."""
        return {
            quote.id: Money(quote.refund_value, reply.currency)
            for quote in reply.quotes
            if quote.id in self.policies
        }

    def _end(self, policies: Iterable[PolicyHeld]) -> None:
        for policy in policies:
            self.policies[policy.quote_id] = replace(self.policies[policy.quote_id], live=False)

    def _what_stays(self) -> Outcome:
        return Outcome.SOME if any(p.live for p in self.policies.values()) else Outcome.ALL


def _by_package(policies: Iterable[PolicyHeld]) -> dict[str, list[PolicyHeld]]:
    grouped: dict[str, list[PolicyHeld]] = {}
    for policy in policies:
        grouped.setdefault(policy.package, []).append(policy)
    return grouped


def _named(policies: Iterable[PolicyHeld], reply: Cancellation) -> list[PolicyHeld]:
    """The policies that the insurer cancels: one that has ended is left out of "all"."""
    named = {quote.id for quote in reply.quotes}
    return [policy for policy in policies if policy.quote_id in named]
