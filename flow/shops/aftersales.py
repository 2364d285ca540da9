"""The reference shop after the sale: modifications, documents, instalments, renewals."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from flow import acts
from flow.errors import BackendRefused, ShopRefused
from flow.ledger import Kind, Party, Purpose
from flow.order import PolicyHeld
from flow.shops.base import Observation
from flow.shops.cancelling import CancellationDesk
from flow.shops.desk import sent
from models import (
    ModifyBooking,
    RecordInstalments,
    SendEmail,
)
from models.instalments import Instalment, InstalmentStatus
from models.money import Money

__all__ = ["AftersalesDesk"]


class AftersalesDesk(CancellationDesk):
    """Keeps policies, money and the insurer's view of them in step."""

    def _forget(self) -> None:
        super()._forget()
        self._corrections = 0
        self._correcting: dict[str, str] | None = None  # asked for, and not answered yet
        self._letters = 0
        self._parts: dict[str, tuple[Instalment, Money]] = {}  # charged, and not yet reported
        self._modification: tuple[PolicyHeld, str, Money] | None = None
        self._settled: str | None = None  # the change whose difference was charged or given back
        self._renewal_charged = False
        self._renewal: tuple[str, str, list[tuple[PolicyHeld, str, Money]]] | None = None

    def correct_details(self, act: acts.CorrectDetails) -> Observation:
        """Change contact details in every booking of the order."""
        self.refuse_while_unsure()
        details = act.model_dump(exclude_none=True)
        if not details:
            msg = "no detail to correct is given"
            raise ShopRefused(msg)
        if details != self._correcting:  # another correction, not a try at the last one
            self._corrections += 1
            self._correcting = details
        request = ModifyBooking.model_validate({"policyholder": details})
        for package in self._packages():
            key = self.key("details", package, str(self._corrections))
            self.ask(partial(self.backend.modify_booking, package, request, key=key))
        self._correcting = None
        return self.report()

    def quote_modification(self, act: acts.QuoteModification) -> Observation:
        """Have a change of value or serial number priced."""
        self.refuse_while_unsure()
        (policy,) = self.held([act.sku])[:1]
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
        policy, update, difference = self._changing()
        if self._settled == update:
            msg = "the difference is settled"
            raise ShopRefused(msg)
        self._settled = update
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
        booking = self.ask(partial(self.backend.get_booking, package))
        policies = {quote.id: quote for quote in booking.quotes}
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
        self.refuse_while_unsure()
        for package in self._packages():
            key = self.key("email", package, str(self._letters))
            self.ask(partial(self.backend.send_email, package, SendEmail(), key=key))
        self._letters += 1
        return self.report(mails=self._mails())

    def pay_instalment(self, act: acts.PayInstalment) -> Observation:
        """Charge the next part, then report it."""
        self.refuse_while_unsure()
        owing = [
            policy
            for policy in self.held("all" if act.sku is None else [act.sku])
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
        self.refuse_while_unsure()
        old = [policy for policy in self.held("all") if policy.renewable]
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
