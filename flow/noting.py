"""What an act does to what is known of an order: what the shopper did, what the shop reported."""

from __future__ import annotations

from collections.abc import Mapping

from flow.acts import Act, AddToCart, ChangeQuantity, FillForm, RemoveFromCart, ViewProduct
from flow.order import CartLine, Order
from flow.shopper import Product
from flow.shops.base import Observation
from flow.table import Trigger

__all__ = ["note"]


def note(
    order: Order, products: Mapping[str, Product], trigger: Trigger, act: Act, seen: Observation
) -> None:
    """Put both into the order."""
    _shopper_did(order, products, trigger, act)
    order.note_offers(seen.offers)
    order.note_opt_outs(seen.opted_out)
    order.note_policies(seen.policies)
    if trigger is Trigger.COLLECT:
        order.collected = True
    if trigger is Trigger.QUOTE_MODIFICATION:
        order.difference = seen.difference
    if trigger in (Trigger.CONFIRM_MODIFICATION, Trigger.DISCARD_MODIFICATION):
        order.difference = None
    if seen.invoice is not None:
        order.invoice = seen.invoice


def _shopper_did(order: Order, products: Mapping[str, Product], trigger: Trigger, act: Act) -> None:
    """Cart and product in hand follow the shopper."""
    match act:
        case ViewProduct(sku=sku):
            order.in_hand = sku
        case AddToCart(sku=sku, quantity=quantity):
            name = sku or order.in_hand
            if name is not None and name in products:
                before = order.cart.get(name)
                total = quantity + (before.quantity if before is not None else 0)
                order.cart[name] = CartLine(products[name], total)
            order.in_hand = None
        case RemoveFromCart(sku=sku):
            order.cart.pop(sku, None)
        case ChangeQuantity(sku=sku, quantity=quantity) if sku in products:
            order.cart[sku] = CartLine(products[sku], quantity)
        case FillForm(sku=sku, quantity=quantity) if sku in products:
            order.cart = {sku: CartLine(products[sku], quantity)}
        case _:
            pass
    if trigger is Trigger.REQUEST_QUOTE and order.in_hand is not None and order.in_hand in products:
        order.cart.setdefault(order.in_hand, CartLine(products[order.in_hand], 1))
    if trigger in (Trigger.KEEP_SHOPPING, Trigger.OPEN_CART):
        order.in_hand = None
    if trigger is Trigger.OPEN_PORTAL:
        order.in_store = True
