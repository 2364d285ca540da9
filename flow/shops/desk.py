"""The reference shop's memory, and what all its desks share: keys, retries, reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from flow.backends.base import Backend
from flow.cards import Authorisation, CardProvider, PaymentStatus
from flow.chance import Dice
from flow.errors import BackendRefused, BackendSilent, ShopRefused
from flow.ledger import Entry, Kind, Party, Purpose
from flow.order import CartLine, Offer, OfferLine, PolicyHeld
from flow.shopper import Card, PaymentModel, Shopper
from flow.shops.base import Observation, Visit
from flow.shops.counter import Counter
from flow.table import Outcome
from models import PolicyholderDetails
from models.money import Money

__all__ = ["TRIES", "Desk", "sent"]

T = TypeVar("T")

TRIES = 3
"""Once, and twice again: the documentation asks to resend at least twice (contract 10)."""


def sent(**fields: Any) -> dict[str, Any]:
    """Fields that are given; an absent one is not sent, rather than sent as null."""
    return {name: value for name, value in fields.items() if value is not None}


class Desk(Counter):
    """State of one shopper's visit, and the ways to talk to the insurer and the card provider."""

    def __init__(self, backend: Backend, dice: Dice | None = None) -> None:
        super().__init__()
        self.backend = backend
        self.dice = dice or Dice(0)
        self._forget()

    def _forget(self) -> None:
        self.visit = Visit(shopper=Shopper(), products={})
        self.order_id = ""
        self.provider = CardProvider()
        self.cart: dict[str, CartLine] = {}
        self.in_hand: str | None = None
        self.offers: dict[str, Offer] = {}
        self.plans: dict[str, frozenset[str]] = {}
        self.policies: dict[str, PolicyHeld] = {}
        self.opted_out: set[str] = set()
        self.payment: Authorisation | None = None
        self.token: str | None = None
        self.charged_cover: dict[str, Money] = {}
        self.withdrawn: list[Offer] = []
        self.unsure: set[str] = set()  # packages of which nobody knows what the insurer holds
        self._unreported: list[Entry] = []

    def welcome(self, visit: Visit) -> None:
        """A new shopper; forget the last one."""
        self._forget()
        self.visit = visit
        self.order_id = self.dice.uuid()

    @property
    def currency(self) -> str:
        """The shopper's currency."""
        return self.visit.shopper.currency

    @property
    def insurer_charges(self) -> bool:
        """Whether the insurer charges for cover itself."""
        return self.visit.payment is PaymentModel.DUAL

    @property
    def payee(self) -> Party:
        """Who ends up with the money for cover."""
        return Party.SHOP if self.visit.payment is PaymentModel.SINGLE else Party.INSURER

    def key(self, *parts: str) -> str:
        """An idempotency key: the same for every attempt at the same thing."""
        return ":".join((self.order_id, *parts))

    def ask(self, attempt: Callable[[], T], *, about: str | None = None) -> T:
        """Get a call answered, trying again while there is silence or throttling.

        A retry is safe because the call carries its key. Waiting between tries is left to the
        HTTP backend; nothing sleeps here. What the call is `about` is noted as unsure while an
        unanswered try may have been carried out.

        Raises:
            BackendSilent: no answer after all tries, or throttled after a try without one.
        """
        silent: BackendSilent | None = None
        for left in reversed(range(TRIES)):
            try:
                reply = attempt()
            except BackendSilent as silence:
                silent = silence
                if about is not None:
                    self.unsure.add(about)
                if not left:
                    raise
            except BackendRefused as refusal:
                if not refusal.is_busy:
                    raise
                if not left:
                    raise silent or refusal from None
            else:
                if about is not None:
                    self.unsure.discard(about)
                return reply
        raise AssertionError  # the last try returns or raises

    def policyholder(self) -> PolicyholderDetails:
        """The shopper, as the insurer wants a policyholder."""
        shopper = self.visit.shopper
        return PolicyholderDetails.model_validate(
            sent(
                first_name=shopper.first_name,
                last_name=shopper.last_name,
                email=shopper.email,
                country=shopper.country,
                phone=shopper.phone,
                region=shopper.region,
            )
        )

    def write(
        self,
        kind: Kind,
        purpose: Purpose,
        amount: Money,
        sku: str,
        *,
        party: Party = Party.SHOP,
        quote: str | None = None,
    ) -> None:
        """Note a movement of money, to be reported with the next observation."""
        self._unreported.append(
            Entry(kind=kind, purpose=purpose, amount=amount, sku=sku, party=party, quote=quote)
        )

    def charge_cover(self, amount: Money, sku: str, quote: str) -> None:
        """Charge and collect for cover after the sale: an instalment, a difference, a renewal."""
        if not self.insurer_charges:
            payment = self.provider.authorise(Card.APPROVED, amount)
            self.provider.capture(payment)
        for kind in (Kind.CHARGED, Kind.COLLECTED):
            self.write(kind, Purpose.COVER, amount, sku, party=self.payee, quote=quote)

    def refund_cover(self, amount: Money, sku: str, quote: str) -> None:
        """Give back money for cover; under dual payment the insurer does that itself."""
        if not self.insurer_charges:
            self.give_back(amount)
        self.write(Kind.REFUNDED, Purpose.COVER, amount, sku, party=self.payee, quote=quote)

    def give_back(self, amount: Money) -> None:
        """Refund from the shop's payments, the latest first.

        Raises:
            ShopRefused: it is more than is left of what was paid.
        """
        captured = [p for p in self.provider.payments if p.status is PaymentStatus.CAPTURED]
        if amount > Money.sum((payment.left for payment in captured), amount.currency):
            msg = f"{amount} is to be refunded, which is more than was paid"
            raise ShopRefused(msg)
        for payment in reversed(captured):
            part = min(payment.left, amount)
            self.provider.refund(payment, part)
            amount -= part

    def report(self, outcome: Outcome = Outcome.DONE, **more: Any) -> Observation:
        """What came of an act, with everything not reported yet."""
        entries, self._unreported = tuple(self._unreported), []
        withdrawn, self.withdrawn = self.withdrawn, []
        return Observation(
            outcome=outcome,
            entries=entries,
            offers=(*withdrawn, *self.offers.values()),
            policies=tuple(self.policies.values()),
            opted_out=tuple(sorted(self.opted_out)),
            **more,
        )

    def withdraw(self, offer: Offer) -> None:
        """Show an offer no longer."""
        self.offers.pop(offer.ref, None)
        self.withdrawn.append(replace(offer, lines=(), chosen=frozenset()))

    def lines(self) -> list[tuple[Offer, OfferLine]]:
        """Every offered line with its offer."""
        return [(offer, line) for offer in self.offers.values() for line in offer.lines]
