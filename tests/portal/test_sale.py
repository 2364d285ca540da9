"""A sale's own memory: what was given back of it, whoever asked."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from flow.cards import CardProvider
from flow.portal.sale import Payment, Sale
from flow.shopper import Card
from models.money import Money

PAID = Money(Decimal("1300.80"), "GBP")
COVER = {"quote-1": Money(Decimal("100.80"), "GBP")}


def _paid() -> tuple[Sale, Payment]:
    provider = CardProvider()
    authorisation = provider.authorise(Card.APPROVED, PAID)
    provider.capture(authorisation)
    payment = Payment(authorisation=authorisation)
    begun = datetime(2026, 1, 15, tzinfo=UTC)
    return Sale(id="sale-1", begun=begun, provider=provider, payment=payment), payment


def test_cover_that_is_cancelled_at_two_desks_is_given_back_once() -> None:
    """One desk got no answer and looks later; a colleague cancelled in between."""
    sale, payment = _paid()
    sale.give_back(COVER, "GBP")
    sale.give_back(COVER, "GBP")
    assert payment.authorisation.left.amount == Decimal("1200.00")


def test_other_cover_of_the_sale_is_given_back_as_well() -> None:
    sale, payment = _paid()
    sale.give_back(COVER, "GBP")
    sale.give_back({**COVER, "quote-2": Money(Decimal("0.80"), "GBP")}, "GBP")
    assert payment.authorisation.left.amount == Decimal("1199.20")


def test_no_more_goes_back_than_was_paid() -> None:
    sale, payment = _paid()
    sale.give_back({"quote-1": Money(Decimal(9000), "GBP")}, "GBP")
    assert payment.authorisation.left.amount == 0
