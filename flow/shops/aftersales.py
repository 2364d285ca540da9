"""The reference shop after the sale: cancel, refund, modify, renew, instalments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from flow import acts
from flow.errors import BackendRefused, ShopRefused
from flow.ledger import Kind, Party, Purpose
from flow.order import PolicyHeld, RefundNotice
from flow.shops.base import Observation
from flow.shops.checkout import CheckoutDesk
from flow.shops.desk import sent
from flow.table import Outcome
from models import (
    CancelBooking,
    Cancellation,
    ModifyBooking,
    QuoteStatus,
    RecordInstalments,
    SendEmail,
)
from models.instalments import Instalment, InstalmentStatus
from models.money import Money

__all__ = ["AftersalesDesk"]


class AftersalesDesk(CheckoutDesk):
    """Keeps policies, money and the insurer's view of them in step."""

    def _forget(self) -> None:
        super()._forget()
        self._due: dict[str, Money] = {}
        self._refunded: dict[str, Money] = {}
        self._cancelling: set[str] = set()
        self._corrections = 0
        self._letters = 0
        self._previews: dict[str, str] = {}
        self._previewed: list[PolicyHeld] = []
        self._returned: list[str] = []
        self._parts: dict[str, tuple[Instalment, Money]] = {}  # charged, and not yet reported
        self._modification: tuple[PolicyHeld, str, Money] | None = None
        self._renewal_charged = False
        self._renewal: tuple[str, str, list[tuple[PolicyHeld, str, Money]]] | None = None

    # Cancellation

    def cancel(self, act: acts.Cancel) -> Observation:
        """Cancel at once; the refund is a step of its own."""
        chosen = self._held(act.items)
        self._refuse_while_unsure({policy.quote_id for policy in chosen})
        refusal: BackendRefused | None = None
        for package, policies in _by_package(chosen).items():
            self._cancelling = {policy.quote_id for policy in chosen}
            try:
                reply = self._cancel_package(package, policies, act.reason)
            except BackendRefused as error:
                refusal = error  # the others may still be cancelled
                continue
            self._due |= _refunds(reply)
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
        self._refuse_while_unsure()
        again = bool(self._previewed)
        chosen = self._previewed or self._held(act.items)
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
            refunds |= _refunds(reply)
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
        request = self._cancellation(policies, reason, preview=None)
        attempt = partial(self.backend.cancel_booking, package, request, key=key)
        try:
            return self.ask(attempt, about=package)
        except BackendRefused as refusal:
            if refusal.is_busy or not self._has_ended(package, policies):
                if not refusal.is_busy and package not in self.unsure:
                    self._cancelling = set()
                raise
            msg = f"the insurer has cancelled {package} and no longer says what it refunds: ask it"
            raise ShopRefused(msg) from refusal

    def _has_ended(self, package: str, policies: list[PolicyHeld]) -> bool:
        """Whether an earlier cancellation, met with silence, was carried out after all: look."""
        if package not in self.unsure:
            return False
        stated = {quote.id: quote.status for quote in self.backend.get_booking(package).quotes}
        return all(stated.get(p.quote_id) is QuoteStatus.CANCELLED for p in policies)

    def _refuse_while_unsure(self, wanted: set[str] | None = None) -> None:
        """A cancellation that was met with silence is finished before anything else."""
        if self._cancelling and not (wanted and wanted >= self._cancelling):
            msg = "a cancellation has not been answered yet: try it again first"
            raise ShopRefused(msg)

    def _held(self, items: acts.Items) -> list[PolicyHeld]:
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

    def _end(self, policies: Iterable[PolicyHeld]) -> None:
        for policy in policies:
            self.policies[policy.quote_id] = replace(self.policies[policy.quote_id], live=False)

    def _what_stays(self) -> Outcome:
        return Outcome.SOME if any(p.live for p in self.policies.values()) else Outcome.ALL

    # Modification

    def correct_details(self, act: acts.CorrectDetails) -> Observation:
        """Change contact details in every booking of the order."""
        self._refuse_while_unsure()
        details = act.model_dump(exclude_none=True)
        if not details:
            msg = "no detail to correct is given"
            raise ShopRefused(msg)
        request = ModifyBooking.model_validate({"policyholder": details})
        for package in self._packages():
            key = self.key("details", package, str(self._corrections))
            self.ask(partial(self.backend.modify_booking, package, request, key=key))
        self._corrections += 1
        return self.report()

    def quote_modification(self, act: acts.QuoteModification) -> Observation:
        """Have a change of value or serial number priced."""
        self._refuse_while_unsure()
        (policy,) = self._held([act.sku])[:1]
        price = None if act.price is None else float(act.price)
        fields = sent(price=price, serial_number=act.serial_number)
        if not fields:
            msg = "nothing to change is given"
            raise ShopRefused(msg)
        request = ModifyBooking.model_validate(
            {"quotes": [{"id": policy.quote_id, "update_fields": fields}]}
        )
        reply = self.ask(lambda: self.backend.quote_modification(policy.package, request))
        if reply.update_id is None:
            msg = "the insurer priced a change without an update id"
            raise ShopRefused(msg)
        difference = Money(reply.total_price_diff, reply.currency)
        self._modification = (policy, reply.update_id, difference)
        return self.report(difference=difference)

    def settle_difference(self, act: acts.Act) -> Observation:
        """Charge what it costs more, or give back what it costs less."""
        policy, _, difference = self._changing()
        if difference > Money.zero(difference.currency):
            self.charge_cover(difference, policy.sku, policy.quote_id)
        else:
            self.refund_cover(-difference, policy.sku, policy.quote_id)
        return self.report(difference=difference)

    def confirm_modification(self, act: acts.Act) -> Observation:
        """Make the change."""
        policy, update, difference = self._changing()
        key = self.key("confirm", update)
        price = policy.price + difference
        try:
            reply = self.ask(
                partial(self.backend.confirm_modification, policy.package, update, key=key),
                about=policy.package,
            )
            changed = next(quote for quote in reply.quotes if quote.id == policy.quote_id)
            price = Money(changed.price, reply.currency)
        except BackendRefused:
            if not self._is_done(policy.package, policy.quote_id, price):
                raise
        due = policy.due if policy.parts_left else price
        self.policies[policy.quote_id] = replace(policy, price=price, due=due)
        self.write(
            Kind.BOOKED,
            Purpose.COVER,
            difference,
            policy.sku,
            party=Party.INSURER,
            quote=policy.quote_id,
        )
        self._modification = None
        return self.report()

    def _is_done(self, package: str, quote_id: str, price: Money) -> bool:
        """Whether an earlier try, met with silence, was carried out after all: look."""
        if package not in self.unsure:
            return False
        policies = {quote.id: quote for quote in self.backend.get_booking(package).quotes}
        found = policies.get(quote_id)
        done = found is not None and found.price == price.amount and found.can_be_cancelled
        if done:
            self.unsure.discard(package)
        return done

    def discard_modification(self, act: acts.Act) -> Observation:
        """Forget the change."""
        self._modification = None
        return self.report()

    def _changing(self) -> tuple[PolicyHeld, str, Money]:
        if self._modification is None:
            msg = "no change is under way"
            raise ShopRefused(msg)
        return self._modification

    def _packages(self) -> list[str]:
        """Bookings with a policy in force."""
        return sorted({policy.package for policy in self.policies.values() if policy.live})

    # Documents, instalments, renewal

    def resend_documents(self, act: acts.ResendDocuments) -> Observation:
        """Have the documents of every booking sent again."""
        self._refuse_while_unsure()
        for package in self._packages():
            key = self.key("email", package, str(self._letters))
            self.ask(partial(self.backend.send_email, package, SendEmail(), key=key))
        self._letters += 1
        return self.report(mails=self._mails())

    def pay_instalment(self, act: acts.PayInstalment) -> Observation:
        """Charge the next part, then report it."""
        self._refuse_while_unsure()
        owing = [
            policy
            for policy in self._held("all" if act.sku is None else [act.sku])
            if policy.parts_left
        ]
        if not owing:
            msg = "no instalment is due"
            raise ShopRefused(msg)
        policy = owing[0]
        part, amount = self._charged_part(policy)
        request = RecordInstalments.model_validate(
            {
                "quotes": [
                    {
                        "id": policy.quote_id,
                        "payment_attempted_date": part.period_start_date,
                        "payment_status": InstalmentStatus.PAID,
                        "instalment_number": part.number,
                    }
                ]
            }
        )
        key = self.key("instalment", policy.quote_id, str(part.number))
        self.ask(lambda: self.backend.record_instalments(policy.package, request, key=key))
        del self._parts[policy.quote_id]
        self.policies[policy.quote_id] = replace(
            policy, due=policy.due + amount, parts_left=policy.parts_left - 1
        )
        return self.report()

    def _charged_part(self, policy: PolicyHeld) -> tuple[Instalment, Money]:
        """Charge the part that is due; one charged and not yet reported is not charged again."""
        if policy.quote_id not in self._parts:
            schedules = self.ask(lambda: self.backend.get_instalments(policy.package))
            schedule = next(entry for entry in schedules.quotes if entry.id == policy.quote_id)
            part = schedule.next_payment
            if part is None:
                msg = "the insurer has no instalment left for it"
                raise ShopRefused(msg)
            amount = Money(part.total_amount, schedules.currency)
            self.charge_cover(amount, policy.sku, policy.quote_id)
            self._parts[policy.quote_id] = (part, amount)
        return self._parts[policy.quote_id]

    def quote_renewal(self, act: acts.Act) -> Observation:
        """Have the next term of the first renewable booking priced."""
        self._refuse_while_unsure()
        old = [policy for policy in self._held("all") if policy.renewable]
        if not old:
            msg = "no policy can be renewed"
            raise ShopRefused(msg)
        package = old[0].package
        same = [policy for policy in old if policy.package == package]
        reply = self.ask(lambda: self.backend.quote_renewal(package))
        terms = [
            (policy, term.id, Money(term.price, reply.currency))
            for policy, term in zip(same, reply.quotes, strict=False)
        ]
        self._renewal = (package, reply.renewal_id, terms)
        return self.report()

    def accept_renewal(self, act: acts.Act) -> Observation:
        """Charge the next term, then confirm it, as the documentation asks."""
        package, renewal, terms = self._renewing()
        if not self._renewal_charged:
            for policy, quote_id, price in terms:
                self.charge_cover(price, policy.sku, quote_id)
            self._renewal_charged = True
        key = self.key("renew", renewal)
        try:
            self.ask(
                partial(self.backend.confirm_renewal, package, renewal, key=key), about=package
            )
        except BackendRefused as refusal:
            if not terms or not self._is_done(package, terms[0][1], terms[0][2]):
                if not refusal.is_busy and package not in self.unsure:
                    self._give_back_renewal(terms)
                raise
        for policy, quote_id, price in terms:
            self.policies[policy.quote_id] = replace(policy, live=False, renewed=True)
            self.policies[quote_id] = replace(
                policy, quote_id=quote_id, price=price, due=price, parts_left=0
            )
            self.write(
                Kind.BOOKED, Purpose.COVER, price, policy.sku, party=Party.INSURER, quote=quote_id
            )
        self._renewal, self._renewal_charged = None, False
        return self.report()

    def _give_back_renewal(self, terms: list[tuple[PolicyHeld, str, Money]]) -> None:
        """The insurer will not renew: what was charged for it goes back."""
        for policy, quote_id, price in terms:
            self.refund_cover(price, policy.sku, quote_id)
        self._renewal_charged = False

    def decline_renewal(self, act: acts.Act) -> Observation:
        """Decline the next term."""
        package, renewal, _ = self._renewing()
        if self._renewal_charged:
            msg = "the renewal is paid and its confirmation not answered yet: try that again first"
            raise ShopRefused(msg)
        key = self.key("decline", renewal)
        self.ask(lambda: self.backend.decline_renewal(package, key=key))
        self._renewal = None
        return self.report()

    def _renewing(self) -> tuple[str, str, list[tuple[PolicyHeld, str, Money]]]:
        if self._renewal is None:
            msg = "no renewal is under way"
            raise ShopRefused(msg)
        return self._renewal

    def abandon(self, act: acts.Act) -> Observation:
        """The shopper leaves before paying; nothing is owed and nothing is told."""
        return self.report()


def _by_package(policies: Iterable[PolicyHeld]) -> dict[str, list[PolicyHeld]]:
    grouped: dict[str, list[PolicyHeld]] = {}
    for policy in policies:
        grouped.setdefault(policy.package, []).append(policy)
    return grouped


def _refunds(reply: Cancellation) -> dict[str, Money]:
    return {quote.id: Money(quote.refund_value, reply.currency) for quote in reply.quotes}


def _named(policies: Iterable[PolicyHeld], reply: Cancellation) -> list[PolicyHeld]:
    """The policies that the insurer cancels: one that has ended is left out of "all"."""
    named = {quote.id for quote in reply.quotes}
    return [policy for policy in policies if policy.quote_id in named]
