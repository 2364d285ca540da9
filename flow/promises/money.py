"""Promises about money: charged, collected, refunded, each once and never too much."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from flow.acts import Cancel
from flow.ledger import Kind, Party, Purpose
from flow.promises.evidence import AT_REST, CHECKOUT, nothing, summed
from flow.promises.promise import Part, promise
from flow.shopper import PaymentModel
from flow.table import State, Trigger
from flow.trace import History
from models import Cancellation, Modification
from models.money import Money

__all__ = [
    "cancelled_policies_are_refunded_once",
    "cover_is_charged_as_it_was_shown",
    "differences_are_the_insurers",
    "nothing_is_collected_beyond_the_charge",
    "only_what_was_asked_is_cancelled",
    "products_are_charged_at_their_price",
    "refund_is_not_above_the_price",
    "refunds_never_exceed_payments",
    "returned_products_are_refunded",
    "settlement_follows_the_payment_model",
    "the_ledger_books_what_is_held",
]


@promise(Part.LEDGER, Part.PLACE)
def nothing_is_collected_beyond_the_charge(history: History) -> Iterator[str]:
    """Collected is never more than charged, and as much once the purchase is at rest."""
    seen = history.last.observation
    if history.state not in AT_REST and (seen is None or not seen.entries):
        return  # no money has moved
    currency = history.order.currency
    for purpose in Purpose:
        charged = history.ledger.total(Kind.CHARGED, currency, purpose=purpose)
        collected = history.ledger.total(Kind.COLLECTED, currency, purpose=purpose)
        if collected > charged:
            yield f"{collected} was collected for {purpose}, and {charged} charged"
        elif history.state in AT_REST and collected < charged:
            yield f"{charged} was charged for {purpose}, and only {collected} collected"


@promise(Part.LEDGER, Part.POLICIES)
def the_ledger_books_what_is_held(history: History) -> Iterator[str]:
    """Each policy is booked in the ledger at its price, no more and no less."""
    booked: dict[str, Money] = {}
    for entry in history.ledger:
        if entry.kind is Kind.BOOKED and entry.quote is not None:
            before = booked.get(entry.quote, Money.zero(entry.amount.currency))
            booked[entry.quote] = before + entry.amount
    for policy in history.order.policies.values():
        amount = booked.get(policy.quote_id, nothing(history))
        if amount != policy.price:
            yield f"the policy for {policy.sku} costs {policy.price}, and {amount} was booked"


@promise(Part.LEDGER, of=CHECKOUT)
def cover_is_charged_as_it_was_shown(history: History) -> Iterator[str]:
    """At checkout a product's cover is charged at the price shown; in instalments, the first."""
    step = history.last
    if step.observation is None:
        return
    shown = {
        line.sku: (line.price, offer.plan)
        for offer in history.order.offers.values()
        for line in offer.chosen_lines
    }
    for entry in step.observation.entries:
        if entry.kind is not Kind.CHARGED or entry.purpose is not Purpose.COVER:
            continue
        price, plan = shown.get(entry.sku, (nothing(history), None))
        if entry.amount != price and not (plan is not None and entry.amount < price):
            yield f"cover for {entry.sku} was shown at {price}, and {entry.amount} was charged"


@promise(of=(Trigger.REFUND,))
def returned_products_are_refunded(history: History) -> Iterator[str]:
    """When products come back with their cover, the refund gives back their price, once."""
    step = history.last
    if step.observation is None:
        return
    for sku in _returned(history):
        line = history.order.cart.get(sku)
        if line is None:
            continue
        price = line.product.money(history.order.currency).times(line.quantity)
        back = [
            entry.amount
            for entry in step.observation.entries
            if entry.kind is Kind.REFUNDED
            and entry.purpose is Purpose.PRODUCTS
            and entry.sku == sku
        ]
        if back != [price]:
            given = " and ".join(map(str, back)) or "nothing"
            yield f"{sku} was returned, which is {price}, and {given} was given back for it"


def _returned(history: History) -> list[str]:
    """Products that came back with the cancellation that the last refund is for."""
    for step in reversed(history.steps):
        if not isinstance(step.act, Cancel) or not step.has_moved:
            continue
        if step.source is State.CANCELLATION_REFUNDED or not step.act.return_products:
            return []
        ended = {
            quote.id
            for exchange in step.exchanges
            if isinstance(exchange.reply, Cancellation)
            for quote in exchange.reply.quotes
        }
        policies = history.order.policies
        return [policies[quote_id].sku for quote_id in sorted(ended) if quote_id in policies]
    return []


@promise(of=(Trigger.QUOTE_MODIFICATION, Trigger.SETTLE_DIFFERENCE))
def differences_are_the_insurers(history: History) -> Iterator[str]:
    """What a change costs is what the insurer said, and what is charged or given back for it."""
    step = history.last
    if step.observation is None:
        return
    if step.trigger is Trigger.QUOTE_MODIFICATION:
        for exchange in step.exchanges:
            if isinstance(exchange.reply, Modification):
                said = Money(exchange.reply.total_price_diff, exchange.reply.currency)
                if step.observation.difference != said:
                    yield f"the change costs {said}, the shop says {step.observation.difference}"
    due = history.order.difference
    if step.trigger is Trigger.SETTLE_DIFFERENCE and due is not None:
        entries = step.observation.entries
        charged = summed(history, [e for e in entries if e.kind is Kind.CHARGED])
        back = summed(history, [e for e in entries if e.kind is Kind.REFUNDED])
        if charged - back != due:
            yield f"{due} was to be settled, {charged} was charged and {back} given back"


@promise(Part.LEDGER)
def settlement_follows_the_payment_model(history: History) -> Iterator[str]:
    """Money for cover ends with the shop (single payment) or the insurer (dual and split)."""
    order = history.order
    wrong = Party.INSURER if order.payment is PaymentModel.SINGLE else Party.SHOP
    amount = history.ledger.total(
        Kind.COLLECTED, order.currency, purpose=Purpose.COVER, party=wrong
    )
    if amount:
        yield f"{amount} for cover was collected by the {wrong} under {order.payment} payment"
    products = history.ledger.total(
        Kind.COLLECTED, order.currency, purpose=Purpose.PRODUCTS, party=Party.INSURER
    )
    if products:
        yield f"{products} for products was collected by the insurer"


@promise(Part.LEDGER)
def products_are_charged_at_their_price(history: History) -> Iterator[str]:
    """A product is charged at its price times its quantity."""
    for sku, line in history.order.cart.items():
        entries = history.ledger.about(Kind.CHARGED, Purpose.PRODUCTS, sku)
        if not entries:
            continue
        price = line.product.money(history.order.currency).times(line.quantity)
        charged = entries[0].amount
        if charged != price:
            yield f"{line.quantity} x {sku} costs {price}, and {charged} was charged"


@promise(Part.LEDGER)
def refunds_never_exceed_payments(history: History) -> Iterator[str]:
    """For no product is more given back, for itself or its cover, than was collected."""
    for purpose in Purpose:
        for sku in sorted({e.sku for e in history.ledger if e.purpose is purpose}):
            back = summed(history, history.ledger.about(Kind.REFUNDED, purpose, sku))
            paid = summed(history, history.ledger.about(Kind.COLLECTED, purpose, sku))
            if back > paid:
                yield f"{back} was given back for {purpose} of {sku}, and {paid} collected"


@promise(Part.POLICIES, Part.LEDGER, Part.PLACE, Part.CALLS, at=(State.REFUNDED, State.COMPLETED))
def cancelled_policies_are_refunded_once(history: History) -> Iterator[str]:
    """A cancelled policy is refunded what the insurer said, once."""
    ended = {p.quote_id: p for p in history.order.policies.values() if not p.live}
    announced = _announced(history)
    for quote_id, policy in ended.items():
        if policy.renewed:
            continue
        given = _given_back(history, quote_id)
        if quote_id in announced and not given:
            amounts = " or ".join(str(amount) for amount in announced[quote_id])
            yield f"{amounts} was to be refunded for {policy.sku}, and was not"
        elif given and quote_id in announced and given[0] not in announced[quote_id]:
            amounts = " or ".join(str(amount) for amount in announced[quote_id])
            yield f"{given[0]} was refunded for {policy.sku}, the insurer said {amounts}"
        if len(given) > 1:
            yield f"{policy.sku} was refunded {len(given)} times"


def _given_back(history: History, quote_id: str) -> list[Money]:
    """Refunds of a policy by `refund` steps; a modification's difference is another matter."""
    return [
        entry.amount
        for step in history.steps
        if step.trigger is Trigger.REFUND and step.observation is not None
        for entry in step.observation.entries
        if entry.kind is Kind.REFUNDED and entry.quote == quote_id
    ]


def _announced(history: History) -> dict[str, tuple[Money, ...]]:
    """By policy: the refunds that the insurer's cancellations named, previews included."""
    found: dict[str, tuple[Money, ...]] = {}
    for step in history.steps:
        for exchange in step.exchanges:
            if isinstance(exchange.reply, Cancellation):
                for quote in exchange.reply.quotes:
                    amount = Money(quote.refund_value, exchange.reply.currency)
                    if amount not in found.get(quote.id, ()):
                        found[quote.id] = (*found.get(quote.id, ()), amount)
    return found


@promise(Part.CALLS)
def refund_is_not_above_the_price(history: History) -> Iterator[str]:
    """No cancellation promises more than the policy's price; the total is the sum of its parts."""
    for exchange in history.last.exchanges:
        reply = exchange.reply
        if not isinstance(reply, Cancellation):
            continue
        for quote in reply.quotes:
            if not 0 <= quote.refund_value <= quote.price:
                yield f"{quote.id} costs {quote.price}, and {quote.refund_value} is refunded"
        total = sum((quote.refund_value for quote in reply.quotes), Decimal(0))
        if total != reply.total_refund:
            yield f"refunds sum to {total}, the total says {reply.total_refund}"


@promise(of=(Trigger.CANCEL, Trigger.PREVIEW_CANCELLATION))
def only_what_was_asked_is_cancelled(history: History) -> Iterator[str]:
    """A cancellation of some products leaves the policies of the others alone."""
    step = history.last
    if not isinstance(step.act, Cancel) or step.act.items == "all" or not step.has_moved:
        return
    for policy in history.order.policies.values():
        before, after = (
            side[policy.package].quotes.get(policy.quote_id) if policy.package in side else None
            for side in (step.before, step.after)
        )
        if before is None or after is None or policy.sku in step.act.items:
            continue
        if before.status != after.status:
            yield f"cover for {policy.sku} became {after.status}, and was not to be cancelled"
