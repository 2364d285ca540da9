"""What goes with a trigger: one model an act, as a shopper or a scenario gives it.

`short` names the field that a scenario may give alone: `add_to_cart: LAP-15`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from flow.shopper import Card, Given, Placement
from flow.table import Trigger
from models.money import Amount

__all__ = [
    "ACTS",
    "Act",
    "AddToCart",
    "AtOnce",
    "Cancel",
    "ChangeQuantity",
    "ChooseCover",
    "CorrectDetails",
    "DeclineCover",
    "FillForm",
    "Items",
    "Pay",
    "PayInstalment",
    "PreviewCancellation",
    "QuoteModification",
    "RemoveFromCart",
    "RequestQuote",
    "ResendDocuments",
    "Taking",
    "ViewProduct",
]

Sku = Annotated[str, Field(min_length=1, max_length=200)]
Quantity = Annotated[int, Field(ge=1, le=99)]
Items = Literal["all"] | Annotated[list[Sku], Field(min_length=1)]
"""`all`, or a list of product SKUs."""


class Act(Given):
    """A trigger that takes nothing."""

    short: ClassVar[str | None] = None


class ViewProduct(Act):
    """Open a product's page."""

    short = "sku"
    sku: Sku


class AddToCart(Act):
    """Put a product into the cart; the one being viewed when none is named."""

    short = "sku"
    sku: Sku | None = None
    quantity: Quantity = 1


class RemoveFromCart(Act):
    """Take a product out of the cart."""

    short = "sku"
    sku: Sku


class ChangeQuantity(Act):
    """Change how many of a product are in the cart."""

    sku: Sku
    quantity: Quantity


class RequestQuote(Act):
    """Have cover offered: on the product page, as a product is added, or on the cart page.

    Left out, it is the product page while a product is viewed, and the cart page else.
    """

    short = "placement"
    placement: Placement | None = None


class ChooseCover(Act):
    """Take cover for all offered products or some, paid at once or in instalments."""

    short = "items"
    items: Items = "all"
    plan: str | None = None


class DeclineCover(Act):
    """Decline cover for all offered products or some."""

    short = "items"
    items: Items = "all"


class Pay(Act):
    """Pay at checkout with a test card."""

    short = "card"
    card: Card = Card.APPROVED


class FillForm(Act):
    """Fill the in-store portal's form: product and quantity; the customer is the shopper."""

    short = "sku"
    sku: Sku
    quantity: Quantity = 1


class Cancel(Act):
    """Cancel cover for some products or the whole order, with or without a product return."""

    short = "items"
    items: Items = "all"
    return_products: bool = False
    reason: str | None = None


class PreviewCancellation(Cancel):
    """See what a cancellation would refund, without cancelling."""


class CorrectDetails(Act):
    """Change contact details, which costs nothing."""

    phone: Annotated[str, Field(pattern=r"^\+")] | None = None
    address1: str | None = None
    city: str | None = None
    postcode: str | None = None


class QuoteModification(Act):
    """Have a change of what is covered priced: its value, its serial number."""

    sku: Sku
    price: Annotated[Amount, Field(gt=0, le=1_000_000)] | None = None
    serial_number: str | None = None


class PayInstalment(Act):
    """Pay the next instalment of a product's cover; of the first one due when none is named."""

    short = "sku"
    sku: Sku | None = None


class ResendDocuments(Act):
    """Have the policy documents sent again."""


ACTS: dict[Trigger, type[Act]] = {
    **dict.fromkeys(Trigger, Act),
    Trigger.VIEW_PRODUCT: ViewProduct,
    Trigger.ADD_TO_CART: AddToCart,
    Trigger.REMOVE_FROM_CART: RemoveFromCart,
    Trigger.CHANGE_QUANTITY: ChangeQuantity,
    Trigger.REQUEST_QUOTE: RequestQuote,
    Trigger.CHOOSE_COVER: ChooseCover,
    Trigger.DECLINE_COVER: DeclineCover,
    Trigger.PAY: Pay,
    Trigger.FILL_FORM: FillForm,
    Trigger.CANCEL: Cancel,
    Trigger.PREVIEW_CANCELLATION: PreviewCancellation,
    Trigger.CORRECT_DETAILS: CorrectDetails,
    Trigger.QUOTE_MODIFICATION: QuoteModification,
    Trigger.PAY_INSTALMENT: PayInstalment,
    Trigger.RESEND_DOCUMENTS: ResendDocuments,
}


@dataclass(frozen=True, slots=True)
class Taking:
    """A trigger with its act."""

    trigger: Trigger
    act: Act


@dataclass(frozen=True, slots=True)
class AtOnce:
    """Two acts on one order at once: in two tabs, or by a double click.

    Attributes:
        turns: whose turn it is at each call to the insurer, as `1` and `2`, over and over.
    """

    first: Taking
    second: Taking
    turns: str = "12"
