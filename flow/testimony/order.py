"""Testimony's order: quotes, policies and money of one purchase, as its answers show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flow.backends.observed import Exchange
from flow.backends.relay import Asked
from flow.ledger import Entry, Kind, Ledger, Party, Purpose
from flow.order import Offer, OfferLine, Order, PolicyHeld
from flow.shopper import PaymentModel, Placement
from flow.trace import Statement
from models import (
    Booking,
    Cancellation,
    CreateBooking,
    CreateQuotes,
    InstantBooking,
    Modification,
    Operation,
    QuotePackage,
    UpdateQuotes,
)
from models.money import Money
from models.quotes import PackageStatus, QuoteStatus

__all__ = ["OrderHeard"]

_READING = {Operation.GET_QUOTES, Operation.GET_BOOKING, Operation.GET_INSTALMENTS}
_BUYING = {Operation.CREATE_BOOKING, Operation.INSTANT_BOOKING, Operation.CONFIRM_BOOKING}
_OPTING_OUT = {Operation.OPT_OUT, Operation.OPT_OUT_OFFER}
_UNBOOKED = {PackageStatus.RECEIVED, PackageStatus.OPTED_OUT}


class OrderHeard:
    """An order and its ledger, put together from exchanges with the insurer.

    A quote's id stands for its product, since calls name none. What a call without an answer may
    have changed is forgotten until the insurer states it anew.

    Attributes:
        statements: what the insurer has stated and nothing can have changed since.
        statuses, totals: of packages, as stated last; of what is not known, nothing.
    """

    def __init__(self) -> None:
        self.order = Order(payment=PaymentModel.SINGLE, currency="GBP")
        self.ledger = Ledger()
        self.statements: Mapping[str, Statement] = {}
        self.statuses: dict[str, str] = {}
        self.totals: dict[str, Money] = {}
        self._is_asked = False
        self._in_parts: set[str] = set()
        self._stored: set[str] = set()

    def note(self, exchange: Exchange, *, twice: bool = False) -> None:
        """Take note of what an exchange changed; of an answer that is given again, once.

        Args:
            twice: the call was sent twice on its way, and this is the second answer.
        """
        asked = exchange.asked
        if not exchange.was_accepted:
            if asked.operation not in _READING and (twice or not exchange.was_refused):
                self._forget(asked)  # nobody knows what it did
            return
        if asked.key is not None:
            if asked.key in self._stored:
                return
            self._stored.add(asked.key)
        if isinstance(asked.request, CreateQuotes | InstantBooking | UpdateQuotes):
            self._is_asked = self._is_asked or asked.request.currency is not None
            self.order.currency = asked.request.currency or self.order.currency
        self._note_reply(exchange)

    def _note_reply(self, exchange: Exchange) -> None:
        asked = exchange.asked
        match exchange.reply:
            case QuotePackage() as package:
                self._note_package(package)
            case Booking() as booking:
                self._note_booking(booking, exchange)
            case Cancellation() as cancellation if cancellation.cancellation_id is None:
                self._note_cancellation(cancellation)
            case Modification() as changed if changed.update_id is None:
                self._note_change(changed)
            case None:
                for ref in asked.ids.values():
                    self._unstate(ref)
                if asked.operation in _OPTING_OUT:
                    self.order.note_opt_outs(asked.ids.values())
                    self.statuses.update(
                        dict.fromkeys(asked.ids.values(), PackageStatus.OPTED_OUT.value)
                    )

    def _forget(self, asked: Asked) -> None:
        for ref in asked.ids.values():
            self._unstate(ref)
            self.statuses.pop(ref, None)
            self.totals.pop(ref, None)
            self.order.offers.pop(ref, None)

    def _unstate(self, ref: str) -> None:
        """Something was done: what the insurer stated of the package need not hold any more."""
        self.statements = {name: one for name, one in self.statements.items() if name != ref}

    def _note_package(self, package: QuotePackage) -> None:
        self._stand(package)
        if package.status not in _UNBOOKED and not self.order.policies:
            return  # booked before anything was heard: which of its quotes is not told here
        self.statements = {**self.statements, package.id: Statement.of_package(package)}
        before = self.order.offers.get(package.id)
        offer = Offer(
            ref=package.id,
            placement=Placement.CART,
            lines=_lines(package),
            total=Money(package.total_price, package.currency),
            chosen=frozenset() if before is None else before.chosen,
            opted_out=before is not None and before.opted_out,
        )
        self.order.note_offers([offer])

    def _note_booking(self, booking: Booking, exchange: Exchange) -> None:
        self._stand(booking)
        self.statements = {**self.statements, booking.id: Statement.of_booking(booking)}
        request = exchange.asked.request
        if isinstance(request, CreateBooking):
            if booking.id in self.order.offers:
                chosen = frozenset(quote.id for quote in request.quotes)
                self.order.note_offers([replace(self.order.offers[booking.id], chosen=chosen)])
            self._in_parts.update(quote.id for quote in request.quotes if quote.instalment_plan)
        is_bought = exchange.asked.operation in _BUYING
        for quote in booking.quotes:
            price = Money(quote.price, booking.currency)
            self._note_policy(booking.id, quote.id, price, quote.status, is_bought=is_bought)

    def _note_policy(
        self, package: str, quote: str, price: Money, status: QuoteStatus, *, is_bought: bool
    ) -> None:
        """A policy as it stands. What was paid for it is known only if it was bought at once."""
        known = self.order.policies.get(quote)
        due = known.due if known is not None else Money.zero(price.currency)
        if is_bought and status is QuoteStatus.CONFIRMED and quote not in self._in_parts:
            due = price
        if known is None:
            self._write(Kind.BOOKED, price, quote)
        policy = PolicyHeld(
            quote_id=quote,
            package=package,
            sku=quote,
            price=price,
            due=due,
            live=status is not QuoteStatus.CANCELLED,
            pending=status is QuoteStatus.PENDING_PAYMENT,
            renewed=status is QuoteStatus.RENEWED,
        )
        self.order.note_policies([policy])

    def _note_cancellation(self, cancellation: Cancellation) -> None:
        policies = self.order.policies
        for quote in cancellation.quotes:
            if quote.id in policies:
                policies[quote.id] = replace(policies[quote.id], live=False)
            if quote.refund_value:
                back = Money(quote.refund_value, cancellation.currency)
                self._write(Kind.REFUNDED, back, quote.id)
        self._unstate(cancellation.id)
        self._stand(cancellation)

    def _note_change(self, changed: Modification) -> None:
        policies = self.order.policies
        for quote in changed.quotes:
            known, price = policies.get(quote.id), Money(quote.price, changed.currency)
            if known is None or known.price.currency != price.currency:
                continue
            if known.price != price:
                self._write(Kind.BOOKED, price - known.price, quote.id)
                due = price if known.due == known.price else known.due
                policies[quote.id] = replace(known, price=price, due=due)
        self._unstate(changed.id)
        self._stand(changed)

    def _stand(self, frame: QuotePackage | Booking | Cancellation | Modification) -> None:
        if not self._is_asked:
            self.order.currency = frame.currency  # asked for before anything was heard
        self.statuses[frame.id] = frame.status.value
        self.totals[frame.id] = Money(frame.total_price, frame.currency)

    def _write(self, kind: Kind, amount: Money, quote: str) -> None:
        entry = Entry(
            kind=kind,
            purpose=Purpose.COVER,
            amount=amount,
            sku=quote,
            party=Party.INSURER,
            quote=quote,
        )
        self.ledger.write([entry])


def _lines(package: QuotePackage) -> tuple[OfferLine, ...]:
    currency = package.currency
    return tuple(
        OfferLine(
            quote_id=quote.id,
            sku=quote.id,
            price=Money(quote.price, currency),
            tax=Money(quote.tax.total_tax, currency),
            premium=Money(quote.tax.total_amount_without_tax, currency),
        )
        for quote in package.offered
    )
