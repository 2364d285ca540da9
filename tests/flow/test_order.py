"""The facts that the table's conditions ask of an order."""

from __future__ import annotations

from flow.order import Offer, OfferLine, Order, PolicyHeld
from flow.shopper import PaymentModel, Placement
from models.money import Money

PRICE = Money.of(10, "GBP")
LINE = OfferLine(quote_id="q", sku="LAPTOP", price=PRICE, tax=PRICE, premium=PRICE)


def _order() -> Order:
    return Order(payment=PaymentModel.SINGLE, currency="GBP")


def _offer(*, fast: bool) -> Offer:
    return Offer(ref="p", placement=Placement.CART, lines=(LINE,), total=PRICE, fast=fast)


def _policy(quote_id: str, *, pending: bool) -> PolicyHeld:
    return PolicyHeld(
        quote_id=quote_id, package="p", sku="LAPTOP", price=PRICE, due=PRICE, pending=pending
    )


def test_a_declined_offer_is_to_be_opted_out_until_it_is() -> None:
    order = _order()
    order.note_offers([_offer(fast=False)])
    assert order.facts().opt_out_due
    order.note_opt_outs(["p"])
    assert not order.facts().opt_out_due


def test_a_fast_quote_needs_no_opt_out() -> None:
    """The portal showed a price; the insurer keeps nothing of it."""
    order = _order()
    order.note_offers([_offer(fast=True)])
    assert not order.facts().opt_out_due


def test_a_policy_whose_payment_is_pending_is_not_live_yet() -> None:
    order = _order()
    order.note_policies([_policy("q", pending=True)])
    assert not order.facts().live_policy
    order.note_policies([_policy("r", pending=False)])
    assert order.facts().live_policy
