"""The reference shop up to the choice: pages, cart, offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from flow import acts
from flow.errors import BackendError, ShopRefused
from flow.order import CartLine, Offer, OfferLine
from flow.shopper import Placement, Product
from flow.shops.base import Observation
from flow.shops.desk import Desk, sent
from flow.table import Outcome
from models import (
    AddQuotes,
    CreateQuotes,
    DeleteQuotes,
    Quote,
    QuoteRequest,
    UpdateQuotes,
)
from models.money import Money

__all__ = ["QuotingDesk"]


class QuotingDesk(Desk):
    """Shows products, asks for quotes, and keeps the offer in step with the cart."""

    def _forget(self) -> None:
        super()._forget()
        self._turns = 0

    def view_product(self, act: acts.ViewProduct) -> Observation:
        """Show a product's page."""
        self.in_hand = self._product(act.sku).sku
        return self.report()

    def keep_shopping(self, act: acts.Act) -> Observation:
        """Let the shopper look for more."""
        self.in_hand = None
        return self.report()

    def open_cart(self, act: acts.Act) -> Observation:
        """Show the cart, with the offers that stand."""
        self.in_hand = None
        return self.report()

    def add_to_cart(self, act: acts.AddToCart) -> Observation:
        """Put a product into the cart; a standing offer is extended."""
        sku = act.sku or self.in_hand
        if sku is None:
            msg = "no product is named, and none is being viewed"
            raise ShopRefused(msg)
        product = self._product(sku)
        self._renew_unsure_offers()
        present = self.cart.get(sku)
        line = CartLine(product, act.quantity + (present.quantity if present else 0))
        offer = self._offer_of(sku)
        if offer is not None:
            self._requantify(offer, sku, line.quantity)
        elif self.offers:
            self._extend(next(iter(self.offers.values())), [line])
        self.cart[sku] = line
        self.in_hand = None
        return self.report()

    def change_quantity(self, act: acts.ChangeQuantity) -> Observation:
        """Change the number of pieces, and the quote for them."""
        present = self._in_cart(act.sku)
        self._renew_unsure_offers()
        offer = self._offer_of(act.sku)
        if offer is not None:
            self._requantify(offer, act.sku, act.quantity)
        self.cart[act.sku] = CartLine(present.product, act.quantity)
        return self.report()

    def remove_from_cart(self, act: acts.RemoveFromCart) -> Observation:
        """Take a product out; its quote is deleted, an empty offer withdrawn."""
        self._in_cart(act.sku)
        self._renew_unsure_offers()
        offer = self._offer_of(act.sku)
        if offer is not None:
            self._delete(offer, act.sku)
        del self.cart[act.sku]
        return self.report(Outcome.SOME if self.cart else Outcome.NONE)

    def request_quote(self, act: acts.RequestQuote) -> Observation:
        """Ask for the product in hand, or for the cart: as one package, or one by one."""
        if self.in_hand is not None:
            if act.placement not in (None, Placement.PRODUCT_PAGE):
                msg = f"on a product page cover is not offered as {act.placement}"
                raise ShopRefused(msg)
            line = self.cart.get(self.in_hand) or CartLine(self._product(self.in_hand), 1)
            self._create([line], Placement.PRODUCT_PAGE)
            self.cart.setdefault(self.in_hand, line)
            return self.report()
        if act.placement is Placement.PRODUCT_PAGE:
            msg = "an offer on the product page needs a product being viewed"
            raise ShopRefused(msg)
        lines = list(self.cart.values())
        try:
            self._offer_cart(lines, one_by_one=act.placement is Placement.ADDED)
        except BackendError:
            for begun in list(self.offers.values()):
                self.withdraw(begun)  # half an offer is none
            raise
        return self.report()

    def _offer_cart(self, lines: list[CartLine], *, one_by_one: bool) -> None:
        """One package for the whole cart, asked for at once or as its products were added."""
        if not one_by_one:
            self._create(lines, Placement.CART)
            return
        self._create(lines[:1], Placement.ADDED)
        for line in lines[1:]:
            self._extend(next(iter(self.offers.values())), [line])

    def choose_cover(self, act: acts.ChooseCover) -> Observation:
        """Note what the shopper chose; what is not named stays as it was."""
        self._renew_unsure_offers()
        named = self._named(act.items)
        if act.plan is not None:
            for _, line in self.lines():
                if line.sku in named and act.plan not in self.plans[line.quote_id]:
                    msg = f"{act.plan} is not offered for {line.sku}"
                    raise ShopRefused(msg)
        for offer in list(self.offers.values()):
            taken = {line.quote_id for line in offer.lines if line.sku in named}
            if taken:
                plan = act.plan or offer.plan
                self.offers[offer.ref] = replace(offer, chosen=offer.chosen | taken, plan=plan)
        return self.report()

    def decline_cover(self, act: acts.DeclineCover) -> Observation:
        """Note what the shopper declined."""
        self._renew_unsure_offers()
        named = self._named(act.items)
        for offer in list(self.offers.values()):
            left = {line.quote_id for line in offer.lines if line.sku in named}
            self.offers[offer.ref] = replace(offer, chosen=offer.chosen - left)
        kept = any(offer.chosen for offer in self.offers.values())
        return self.report(Outcome.SOME if kept else Outcome.NONE)

    def change_mind(self, act: acts.Act) -> Observation:
        """Forget all choices."""
        for offer in list(self.offers.values()):
            self.offers[offer.ref] = replace(offer, chosen=frozenset(), plan=None)
        return self.report()

    def open_portal(self, act: acts.Act) -> Observation:
        """The associate opens the portal on a tablet."""
        return self.report()

    def fill_form(self, act: acts.FillForm) -> Observation:
        """Product and customer go in, the price comes out; nothing is kept at the insurer."""
        line = CartLine(self._product(act.sku), act.quantity)
        reply = self.ask(lambda: self.backend.fast_quote(self._request([line])))
        lines = _lines(reply.offered, [line.product.sku], reply.currency)
        self.cart = {act.sku: line}
        self.offers[reply.fast_quote_id] = Offer(
            ref=reply.fast_quote_id,
            placement=Placement.CART,
            lines=lines,
            total=Money.of(reply.total_price, reply.currency),
            chosen=frozenset(line.quote_id for line in lines),
            fast=True,
        )
        return self.report()

    # Asking the insurer

    def items(self, lines: Iterable[CartLine]) -> list[QuoteRequest]:
        """Cart lines as the insurer wants them: one entry per product, pieces as quantity."""
        return [
            QuoteRequest.model_validate(
                sent(
                    policy_type=line.product.cover.value,
                    policy_type_version=1,
                    category=line.product.category,
                    price=float(line.product.price),
                    name=line.product.name,
                    sku=line.product.sku,
                    quantity=line.quantity,
                    term_months=line.product.term_months,
                )
            )
            for line in lines
        ]

    def _request(self, lines: Sequence[CartLine]) -> CreateQuotes:
        shopper = self.visit.shopper
        return CreateQuotes.model_validate(
            sent(
                request=self.items(lines),
                currency=shopper.currency,
                customer_country=shopper.country,
                customer_language=shopper.language,
                customer_region=shopper.region,
            )
        )

    def _create(self, lines: Sequence[CartLine], placement: Placement) -> None:
        package = self.ask(lambda: self.backend.create_quotes(self._request(lines)))
        made = [
            line.product.sku
            for position, line in enumerate(lines)
            if package.quotes.get(str(position)) is not None
        ]
        self._keep(
            Offer(
                ref=package.id,
                placement=placement,
                lines=_lines(package.offered, made, package.currency),
                total=Money.of(package.total_price, package.currency),
            ),
            package.offered,
        )

    def _extend(self, offer: Offer, lines: Sequence[CartLine]) -> None:
        """Add products to a package. Its new quotes come first (contract section 6.1)."""
        key = self.key("add", offer.ref, *(line.product.sku for line in lines), self._turn())
        request = AddQuotes(request=self.items(lines))
        package = self.ask(
            partial(self.backend.add_quotes, offer.ref, request, key=key), about=offer.ref
        )
        known = {line.quote_id: line.sku for line in offer.lines}
        fresh = [quote for quote in package.offered if quote.id not in known]
        known |= {quote.id: line.product.sku for quote, line in zip(fresh, lines, strict=False)}
        self._restate(offer, package.offered, known, package.total_price)

    def _requantify(self, offer: Offer, sku: str, quantity: int) -> None:
        quote_id = next(line.quote_id for line in offer.lines if line.sku == sku)
        request = UpdateQuotes.model_validate(
            {"request": [{"quote_id": quote_id, "quantity": quantity}]}
        )
        key = self.key("quantity", quote_id, str(quantity), self._turn())
        package = self.ask(
            partial(self.backend.update_quotes, offer.ref, request, key=key), about=offer.ref
        )
        known = {line.quote_id: line.sku for line in offer.lines}
        self._restate(offer, package.offered, known, package.total_price)

    def _delete(self, offer: Offer, sku: str) -> None:
        """Delete a product's quote; the offer itself goes when nothing is left of it."""
        quote_id = next(line.quote_id for line in offer.lines if line.sku == sku)
        request = DeleteQuotes.model_validate({"quotes": [{"id": quote_id}]})
        key = self.key("delete", quote_id)
        package = self.ask(
            partial(self.backend.delete_quotes, offer.ref, request, key=key), about=offer.ref
        )
        known = {line.quote_id: line.sku for line in offer.lines}
        self._restate(offer, package.offered, known, package.total_price)
        if not self.offers[offer.ref].lines:
            self.withdraw(self.offers[offer.ref])

    def _renew_unsure_offers(self) -> None:
        """Replace offers of which nobody knows what the insurer holds; quotes cost nothing."""
        for ref in sorted(self.unsure):
            offer = self.offers.get(ref)
            if offer is not None:
                chosen = {line.sku for line in offer.chosen_lines}
                lines = [self.cart[line.sku] for line in offer.lines]
                self._create(lines, offer.placement)
                self.withdraw(offer)
                fresh = next(reversed(self.offers.values()))
                again = {line.quote_id for line in fresh.lines if line.sku in chosen}
                self.offers[fresh.ref] = replace(fresh, chosen=frozenset(again), plan=offer.plan)
            self.unsure.discard(ref)

    def _restate(
        self, offer: Offer, quotes: Sequence[Quote], skus: dict[str, str], total: object
    ) -> None:
        """The offer as the insurer states it now; choices that still exist are kept.

        Quotes that nobody asked for are not shown.
        """
        quotes = [quote for quote in quotes if quote.id in skus]
        lines = _lines(quotes, [skus[quote.id] for quote in quotes], self.currency)
        alive = {line.quote_id for line in lines}
        self._keep(
            replace(
                offer,
                lines=lines,
                total=Money.of(str(total), self.currency),
                chosen=offer.chosen & alive,
            ),
            quotes,
        )

    def _keep(self, offer: Offer, quotes: Sequence[Quote]) -> None:
        self._turns += 1
        self.offers[offer.ref] = offer
        for quote in quotes:
            self.plans[quote.id] = frozenset(plan.name for plan in quote.instalment_plans)

    def _turn(self) -> str:
        """Tells a change from the same change later; a repeated try is in the same turn."""
        return str(self._turns)

    def _product(self, sku: str) -> Product:
        product = self.visit.products.get(sku)
        if product is None:
            msg = f"the shop does not sell {sku}"
            raise ShopRefused(msg)
        return product

    def _in_cart(self, sku: str) -> CartLine:
        line = self.cart.get(sku)
        if line is None:
            msg = f"{sku} is not in the cart"
            raise ShopRefused(msg)
        return line

    def _offer_of(self, sku: str) -> Offer | None:
        return next((offer for offer, line in self.lines() if line.sku == sku), None)

    def _named(self, items: acts.Items) -> set[str]:
        offered = {line.sku for _, line in self.lines()}
        if items == "all":
            return offered
        unknown = [sku for sku in items if sku not in offered]
        if unknown:
            msg = f"no cover is offered for {', '.join(unknown)}"
            raise ShopRefused(msg)
        return set(items)


def _lines(quotes: Sequence[Quote], skus: Sequence[str], currency: str) -> tuple[OfferLine, ...]:
    """Quotes with the products they are for."""
    return tuple(
        OfferLine(
            quote_id=quote.id,
            sku=sku,
            price=Money(quote.price, currency),
            tax=Money(quote.tax.total_tax, currency),
            premium=Money(quote.tax.total_amount_without_tax, currency),
        )
        for quote, sku in zip(quotes, skus, strict=False)
    )
