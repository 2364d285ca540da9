"""What a journey knows of its order: cart, offers, policies, and what is under way.

Everything here was observed, from what the shopper did and what the shop reported.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from flow.machine import Facts
from flow.shopper import PaymentModel, Placement, Product
from models.money import Money

__all__ = [
    "CartLine",
    "Invoice",
    "InvoiceLine",
    "Offer",
    "OfferLine",
    "Order",
    "PolicyHeld",
    "RefundNotice",
]


@dataclass(frozen=True, slots=True)
class CartLine:
    """A product and how many of it."""

    product: Product
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLine:
    """A quote as it was shown: for which product, at what price, and of what it is made."""

    quote_id: str
    sku: str
    price: Money
    tax: Money
    premium: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A package of quotes as it stands. `ref` is its id; one without lines is withdrawn.

    `total` is the package's own total as the insurer stated it.
    """

    ref: str
    placement: Placement
    lines: tuple[OfferLine, ...]
    total: Money
    chosen: frozenset[str] = frozenset()
    plan: str | None = None
    fast: bool = False
    opted_out: bool = False

    def __post_init__(self) -> None:
        """What an adapter reports is as it was then, whatever it does to its own later."""
        object.__setattr__(self, "lines", tuple(self.lines))
        object.__setattr__(self, "chosen", frozenset(self.chosen))

    @property
    def is_declined(self) -> bool:
        """Whether nothing of it was chosen."""
        return bool(self.lines) and not self.chosen

    @property
    def chosen_lines(self) -> tuple[OfferLine, ...]:
        """The lines that were chosen."""
        return tuple(line for line in self.lines if line.quote_id in self.chosen)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyHeld:
    """A policy the shopper holds.

    Attributes:
        due: what must have been paid for it by now: the price, or its instalments so far.
        parts_left: instalments still to pay.
        renewed: another term has taken its place.
    """

    quote_id: str
    package: str
    sku: str
    price: Money
    due: Money
    live: bool = True
    pending: bool = False
    renewable: bool = False
    parts_left: int = 0
    renewed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundNotice:
    """What the insurer said a cancellation refunds, by quote id; `preview` when not done yet."""

    refunds: dict[str, Money]
    preview: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One line: net, tax and gross."""

    text: str
    net: Money
    tax: Money
    gross: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """The shop's tax invoice, and whom its confirmation was sent to."""

    lines: tuple[InvoiceLine, ...]
    total: Money
    total_tax: Money
    sent_to: str


@dataclass(slots=True, kw_only=True)
class Order:
    """The journey's memory of its order."""

    payment: PaymentModel
    currency: str
    cart: dict[str, CartLine] = field(default_factory=dict)
    in_hand: str | None = None
    in_store: bool = False
    offers: dict[str, Offer] = field(default_factory=dict)
    policies: dict[str, PolicyHeld] = field(default_factory=dict)
    collected: bool = False
    difference: Money | None = None
    invoice: Invoice | None = None

    def copy(self) -> Order:
        """Another one that says the same; what it holds of offers and policies never changes."""
        return replace(
            self, cart=dict(self.cart), offers=dict(self.offers), policies=dict(self.policies)
        )

    def note_offers(self, offers: Iterable[Offer]) -> None:
        """Take offers as they stand now; those without lines are gone."""
        for offer in offers:
            if offer.lines:
                self.offers[offer.ref] = offer
            else:
                self.offers.pop(offer.ref, None)

    def note_opt_outs(self, refs: Iterable[str]) -> None:
        """Packages that the shop reported as declined."""
        for ref in refs:
            if ref in self.offers:
                self.offers[ref] = replace(self.offers[ref], opted_out=True)

    def note_policies(self, policies: Iterable[PolicyHeld]) -> None:
        """Take policies as they stand now."""
        for policy in policies:
            self.policies[policy.quote_id] = policy

    @property
    def live_policies(self) -> list[PolicyHeld]:
        """Policies in force."""
        return [policy for policy in self.policies.values() if policy.live]

    @property
    def chosen_lines(self) -> list[OfferLine]:
        """Everything chosen, over all offers."""
        return [line for offer in self.offers.values() for line in offer.chosen_lines]

    def line(self, quote_id: str) -> OfferLine | None:
        """The offer line of a quote."""
        for offer in self.offers.values():
            for line in offer.lines:
                if line.quote_id == quote_id:
                    return line
        return None

    def facts(self) -> Facts:
        """What the table's conditions ask."""
        offers = self.offers.values()
        standing = [offer for offer in offers if not offer.fast]
        live = self.live_policies
        return Facts(
            cart_filled=bool(self.cart),
            open_offer=bool(standing),
            page_offer=any(offer.placement is Placement.PRODUCT_PAGE for offer in standing),
            already_offered=any(
                line.sku == self.in_hand for offer in standing for line in offer.lines
            ),
            cover_chosen=any(offer.chosen for offer in offers),
            opt_out_due=any(offer.is_declined and not offer.opted_out for offer in standing),
            in_store=self.in_store,
            insurer_charges=self.payment is PaymentModel.DUAL,
            money_collected=self.collected,
            live_policy=any(not policy.pending for policy in live),
            price_differs=bool(self.difference),
            instalment_due=any(policy.parts_left for policy in live),
            renewable=any(policy.renewable for policy in live),
        )
