"""A card payment provider with test cards: authorise, challenge, capture, refund, split.

All of it is our own: the insurer's contract says nothing of the shop's provider.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from flow.shopper import Card
from models.money import Money

__all__ = ["CARD_NUMBERS", "Authorisation", "CardProvider", "PaymentStatus"]

CARD_NUMBERS = {
    Card.APPROVED: "4242424242424242",
    Card.DECLINED: "4000000000000002",
    Card.INSUFFICIENT_FUNDS: "4000000000009995",
    Card.TIMEOUT: "4000000000000127",
    Card.CHALLENGE_PASSED: "4000000000003220",
    Card.CHALLENGE_FAILED: "4000008400001629",
    Card.COVER_DECLINED: "4000000000009987",
}
"""Test numbers. The last is taken by the shop's provider and refused by the insurer's own."""


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    AUTHORISED = "authorised"
    REFUSED = "refused"
    CHALLENGED = "challenged"
    CAPTURED = "captured"


_AT_ONCE = {
    Card.DECLINED: PaymentStatus.REFUSED,
    Card.INSUFFICIENT_FUNDS: PaymentStatus.REFUSED,
    # A timeout is resolved before anything else happens: the provider is asked, and has nothing.
    Card.TIMEOUT: PaymentStatus.REFUSED,
    Card.CHALLENGE_PASSED: PaymentStatus.CHALLENGED,
    Card.CHALLENGE_FAILED: PaymentStatus.CHALLENGED,
}


@dataclass(slots=True, kw_only=True)
class Authorisation:
    """A payment: what was authorised, captured and given back."""

    card: Card
    amount: Money
    status: PaymentStatus
    refunds: list[Money] = field(default_factory=list)

    @property
    def left(self) -> Money:
        """What of it has not been given back."""
        return self.amount - Money.sum(self.refunds, self.amount.currency)


class CardProvider:
    """Keeps the payments of one shop."""

    def __init__(self) -> None:
        self.payments: list[Authorisation] = []

    def authorise(self, card: Card, amount: Money) -> Authorisation:
        """Reserve an amount on a card."""
        status = _AT_ONCE.get(card, PaymentStatus.AUTHORISED)
        payment = Authorisation(card=card, amount=amount, status=status)
        self.payments.append(payment)
        return payment

    def finish_challenge(self, payment: Authorisation) -> PaymentStatus:
        """The shopper answers the 3-D Secure challenge, as the card foresees."""
        passed = payment.card is Card.CHALLENGE_PASSED
        payment.status = PaymentStatus.AUTHORISED if passed else PaymentStatus.REFUSED
        return payment.status

    def capture(self, payment: Authorisation) -> None:
        """Collect an authorised amount.

        Raises:
            ValueError: it is not authorised, or was collected before.
        """
        if payment.status is not PaymentStatus.AUTHORISED:
            msg = f"a payment that is {payment.status} cannot be captured"
            raise ValueError(msg)
        payment.status = PaymentStatus.CAPTURED

    def refund(self, payment: Authorisation, amount: Money) -> None:
        """Give back part or all of a payment.

        Raises:
            ValueError: it is more than is left of it.
        """
        if amount > payment.left:
            msg = f"{amount} is more than the {payment.left} left of this payment"
            raise ValueError(msg)
        payment.refunds.append(amount)
