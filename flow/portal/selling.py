"""The sale itself: a price is asked for, the money is taken, and then the policy is issued."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from flow.cards import CARD_NUMBERS, Authorisation, PaymentStatus
from flow.errors import BackendError, BackendRefused
from flow.portal.asking import ask, notice_of, reasons_of, sentence
from flow.portal.assortment import Assortment, Wanted
from flow.portal.draft import PaymentForm
from flow.portal.places import Place
from flow.portal.sale import Notice, Offered, Payment, Sale, Stage, Trouble
from flow.portal.stores import Associate, Store
from flow.shopper import Card, PaymentModel
from models import Booking, CreateQuotes, CreateToken, FastQuote, InstantBooking, Quote
from models.money import Money

__all__ = ["OFFER_HOURS", "Counter", "bookings"]

OFFER_HOURS = 24
"""How long a shown price may be charged. # not recorded: our choice"""
PAGE = 100
"""Bookings read at a time, where they have to be looked through."""

_CARD_WORDS = {
    Card.DECLINED: "The card was declined. Nothing was charged. Ask for another card.",
    Card.INSUFFICIENT_FUNDS: (
        "The bank says there is not enough money on the card. Nothing was charged. Ask for "
        "another card."
    ),
    Card.TIMEOUT: (
        "The card's bank did not answer in time. It was asked again and has charged nothing. "
        "Try once more, or ask for another card."
    ),
    Card.CHALLENGE_FAILED: (
        "The customer was not recognised by their bank. Nothing was charged. Ask for another card."
    ),
}


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter of a store, with an associate behind it, in a place."""

    place: Place
    store: Store
    associate: Associate
    assortment: Assortment

    @property
    def insurer_charges(self) -> bool:
        """Whether the insurer charges for cover itself, by card."""
        return self.store.payment is PaymentModel.DUAL

    # The price

    def quote(self, sale: Sale) -> Offered | None:
        """Ask for every offer that is wanted; they replace those shown before.

        What was chosen stays chosen, where it is offered again: that is returned.

        Raises:
            BackendError: the insurer does not answer, or is busy; what was shown before stays.
        """
        assert sale.product is not None
        wanted = self.assortment.wanted
        keys = list(wanted) if sale.product.cover == "all" else [sale.product.cover]
        offers: list[Offered] = []
        refusals: dict[str, str] = {}
        for key in keys:
            made, reason = self._offers(sale, wanted[key])
            offers += made
            if not made:
                refusals[wanted[key].label] = reason
        before = sale.chosen
        sale.offers, sale.refusals, sale.quoted_at = offers, refusals, self.place.now()
        sale.changes += 1
        sale.chosen = next((one for one in offers if before and one.key == before.key), None)
        return sale.chosen

    def _offers(self, sale: Sale, wanted: Wanted) -> tuple[list[Offered], str]:
        """What is offered of one kind of cover, or why nothing is."""
        request = self._request(sale, wanted)
        try:
            reply = ask(partial(self.place.backend.fast_quote, request))
        except BackendRefused as refusal:
            if refusal.is_busy:
                raise
            return [], " ".join(reasons_of(refusal))
        return [_offered(reply, quote, wanted) for quote in reply.offered], _reason(reply)

    def _request(self, sale: Sale, wanted: Wanted) -> CreateQuotes:
        product = sale.product
        assert product is not None
        return CreateQuotes.model_validate(
            {
                "request": [self._item(sale, wanted)],
                "currency": product.currency,
                "customer_country": product.country,
                "customer_language": "en",
            }
        )

    def _item(self, sale: Sale, wanted: Wanted) -> dict[str, Any]:
        product = sale.product
        assert product is not None
        item = {
            "policy_type": wanted.policy_type,
            "policy_type_version": wanted.version,
            "category": product.category,
            "price": float(product.price),
            "name": product.name,
            "quantity": product.quantity,
            "purchase_date": product.purchase_date.isoformat(),
        }
        if wanted.term_months is not None:
            item["term_months"] = wanted.term_months
        if product.serial_number:
            item["serial_number"] = product.serial_number
        return item

    def renew_offer(self, sale: Sale) -> bool:
        """Price a choice anew when it is too old to be charged; whether that was done.

        Raises:
            BackendError: as `quote`.
        """
        assert sale.quoted_at is not None
        assert sale.chosen is not None
        if self.place.now() - sale.quoted_at <= timedelta(hours=OFFER_HOURS):
            return False
        before = sale.chosen.price
        fresh = self.quote(sale)
        text = f"This offer was older than {OFFER_HOURS} hours, and nothing was charged. "
        if fresh is None:
            text += "It is no longer made: choose another one."
        elif fresh.price == before:
            text += f"It was asked for again and still costs {before}."
        else:
            text += f"It cost {before} and now costs {fresh.price}."
        sale.notice = Notice(trouble=Trouble.RENEWED, text=text)
        return True

    # The money

    def amount(self, sale: Sale) -> Money:
        """What is taken here: products and cover, or products only where the insurer charges."""
        assert sale.product is not None
        total = sale.product.total
        return total if self.insurer_charges else total + sale.cover_price

    def pay(self, sale: Sale, form: PaymentForm) -> None:
        """Take the money, or say why not. A card is asked for in full, or not at all.

        Raises:
            BackendError: the insurer, who charges for the cover, does not take the card's token.
        """
        token = self._tokenise(sale, form) if self.insurer_charges else None
        till = form.method == "till"
        card = Card.APPROVED if till else form.card
        authorised = sale.provider.authorise(card, self.amount(sale))
        sale.attempts += 1
        receipt = form.receipt if till else ""
        sale.payment = Payment(authorisation=authorised, receipt=receipt, token=token)
        self._after_payment(sale, authorised)

    def exchange_card(self, sale: Sale, form: PaymentForm) -> None:
        """Give the insurer another card to charge; the shop has its money already.

        Raises:
            BackendError: the insurer does not take the card's token.
        """
        assert sale.payment is not None
        token = self._tokenise(sale, form)
        sale.attempts += 1
        sale.payment = replace(sale.payment, token=token)

    def _tokenise(self, sale: Sale, form: PaymentForm) -> str:
        assert sale.customer is not None
        month, _, year = form.expiry.partition("/")
        request = CreateToken.model_validate(
            {
                "customer": {"email": sale.customer.email},
                "creditCard": {
                    "number": CARD_NUMBERS[form.card],
                    "expiryMonth": int(month),
                    "expiryYear": 2000 + int(year),
                    "cvc": form.cvc,
                    "holderName": f"{sale.customer.first_name} {sale.customer.last_name}",
                },
            }
        )
        return ask(lambda: self.place.backend.create_token(request)).data.id

    def answer_challenge(self, sale: Sale) -> None:
        """The customer answers their bank, as the test card foresees."""
        assert sale.payment is not None
        sale.provider.finish_challenge(sale.payment.authorisation)
        self._after_payment(sale, sale.payment.authorisation)

    def _after_payment(self, sale: Sale, authorised: Authorisation) -> None:
        match authorised.status:
            case PaymentStatus.CHALLENGED:
                sale.stage = Stage.CHALLENGED
            case PaymentStatus.AUTHORISED:
                sale.provider.capture(authorised)
                sale.stage = Stage.PAID
            case _:
                sale.stage = Stage.OPEN
                words = _CARD_WORDS[authorised.card]
                sale.notice = Notice(trouble=Trouble.CARD, text=words)

    # The policy

    def issue(self, sale: Sale) -> None:
        """Have the policy issued, once. After silence, look before asking again."""
        try:
            booking = (self._mine(sale) if sale.unsure else None) or self._book(sale)
        except BackendRefused as refusal:
            if not refusal.is_busy:
                sale.stage = Stage.REFUSED
            sale.notice = notice_of(refusal, "The money is safe and no policy was issued yet.")
        except BackendError as error:
            sale.unsure = True
            sale.notice = notice_of(
                error,
                "The money is safe. The policy may have been issued or not: ask again, and the "
                "portal looks first. Nothing is booked twice.",
            )
        else:
            sale.booking, sale.stage, sale.unsure = booking, Stage.ISSUED, False

    def _book(self, sale: Sale) -> Booking:
        assert sale.chosen is not None
        assert sale.customer is not None
        assert sale.product is not None
        wanted = self.assortment.wanted[sale.chosen.key]
        holder = {name: value for name, value in sale.customer.model_dump().items() if value}
        request = {
            "request": [self._item(sale, wanted)],
            "currency": sale.product.currency,
            "customer_country": sale.product.country,
            "customer_language": "en",
            "policyholder": {**holder, "country": sale.product.country},
            "partner_transaction_id": sale.id,
            "partner_metadata": {"store": self.store.number, "associate": self.associate.number},
        }
        if sale.payment is not None and sale.payment.token is not None:
            request["customer_token_id"] = sale.payment.token
        booking = InstantBooking.model_validate(request)
        key = f"{sale.id}:instant"
        attempt = partial(self.place.backend.instant_booking, booking, key=key)
        return ask(attempt, unsure=partial(setattr, sale, "unsure", True))

    def _mine(self, sale: Sale) -> Booking | None:
        """A booking that an unanswered call has made after all.

        Keys are forgotten after 48 hours, so looking is safer than asking again.
        """
        for booking in bookings(self.place):
            if booking.partner_transaction_id == sale.id:
                return booking
        return None

    def give_back(self, sale: Sale) -> None:
        """No cover came of it: what was charged for it goes back, once, and the sale is closed."""
        assert sale.payment is not None
        if not self.insurer_charges:
            sale.provider.refund(sale.payment.authorisation, sale.cover_price)
        sale.stage = Stage.CLOSED


def bookings(place: Place) -> list[Booking]:
    """All bookings of a place, newest first.

    Raises:
        BackendError: the insurer does not answer, or refuses.
    """
    found: list[Booking] = []
    while True:
        page = ask(partial(place.backend.list_bookings, limit=PAGE, offset=len(found)))
        found += page.results
        if page.next is None or not page.results:
            return found


def _offered(reply: FastQuote, quote: Quote, wanted: Wanted) -> Offered:
    content, currency = quote.policy.content, reply.currency
    return Offered(
        ref=reply.fast_quote_id,
        quote_id=quote.id,
        key=wanted.key,
        label=wanted.label,
        title=str(content.get("title") or quote.policy.policy_name),
        description=str(content.get("description") or ""),
        price=Money(quote.price, currency),
        tax=Money(quote.tax.total_tax, currency),
        premium=Money(quote.tax.total_amount_without_tax, currency),
        starts=quote.policy_start_date[:10],
        ends=(quote.policy_end_date or "")[:10],
        benefits=_benefits(quote),
        disclaimer=str(content.get("disclaimer") or ""),
        wording=quote.pds_url,
    )


def _benefits(quote: Quote) -> Sequence[tuple[str, str]]:
    """What is covered, up to what, and what the customer pays of it."""
    told = []
    for benefit in quote.benefits:
        limit = benefit.limit_description or (
            f"up to {benefit.limit_formatted}" if benefit.limit_formatted else ""
        )
        excess = benefit.excess_description or (
            f"excess {benefit.excess_formatted}" if benefit.excess_formatted else ""
        )
        told.append((benefit.description, ", ".join(part for part in (limit, excess) if part)))
    return tuple(told)


def _reason(reply: FastQuote) -> str:
    texts = [
        str(entry.get("message", entry)) if isinstance(entry, dict) else str(entry)
        for entry in reply.errors.values()
    ]
    return " ".join(map(sentence, texts)) or "Not offered for this product."
