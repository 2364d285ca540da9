"""What must always hold between a shop, its insurer and their customer.

Each promise is a pure function of a journey's history: it reads only what was observed, so it
holds any backend and any shop to account. A broken promise is a finding with a name, never an
exception. All are checked after every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from flow.acts import Cancel
from flow.ledger import Entry, Kind, Party, Purpose
from flow.order import Offer, PolicyHeld
from flow.shopper import PaymentModel
from flow.table import State, Trigger
from flow.trace import History, Statement
from models import Booking, Cancellation, Mail, Operation
from models.money import Money, format_amount

__all__ = ["PROMISES", "Breach", "Promise", "check"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A broken promise: which one, after which step, and in what way."""

    promise: str
    step: int
    detail: str


Find = Callable[[History], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A promise, and what its name means.

    Attributes:
        certain: it compares what the shop knows with what the insurer states, so it rests
            while an answer is missing: unknown is not wrong.
        stated: it reads the insurer's statements alone, so it rests until they are asked anew.
        booked: it reads the ledger's entries alone, so it rests until there are new ones.
    """

    name: str
    meaning: str
    find: Find
    certain: bool = False
    stated: bool = False
    booked: bool = False


PROMISES: list[Promise] = []


def promise(
    *, certain: bool = False, stated: bool = False, booked: bool = False
) -> Callable[[Find], Find]:
    """Register a promise under its function's name, with its docstring as meaning."""

    def register(find: Find) -> Find:
        meaning = " ".join((find.__doc__ or "").split())
        PROMISES.append(
            Promise(
                name=find.__name__,
                meaning=meaning,
                find=find,
                certain=certain,
                stated=stated,
                booked=booked,
            )
        )
        return find

    return register


def check(history: History, *, known: set[tuple[str, str]] | None = None) -> list[Breach]:
    """All promises broken after the last step; those in `known` were reported before."""
    step = history.last.number
    is_certain = history.is_certain
    is_stated_anew = history.last.after is not history.last.before
    is_booked_anew = bool(history.last.observation and history.last.observation.entries)
    broken = []
    for one in PROMISES:
        if one.certain and not is_certain:
            continue
        if (one.stated and not is_stated_anew) or (one.booked and not is_booked_anew):
            continue
        for detail in one.find(history):
            if known is not None:
                if (one.name, detail) in known:
                    continue
                known.add((one.name, detail))
            broken.append(Breach(promise=one.name, step=step, detail=detail))
    return broken


_AT_REST = {State.COMPLETED, State.CLOSED, State.REFUNDED}


def _zero(history: History) -> Money:
    return Money.zero(history.order.currency)


def _sum(history: History, entries: list[Entry]) -> Money:
    currency = history.order.currency
    return Money.sum((e.amount for e in entries if e.amount.currency == currency), currency)


def _paid(history: History, sku: str) -> Money:
    """What was charged for a product's cover and not given back."""
    ledger = history.ledger
    charged = _sum(history, ledger.about(Kind.CHARGED, Purpose.COVER, sku))
    return charged - _sum(history, ledger.about(Kind.REFUNDED, Purpose.COVER, sku))


# Cover and payment


@promise()
def no_cover_without_payment(history: History) -> Iterator[str]:
    """What is due for a policy in force has been charged, and not been given back meanwhile."""
    if history.state in (State.CANCELLATION_REFUNDED, State.MODIFICATION_SETTLED):
        return  # the refund goes ahead of the confirmation, as the insurer asks
    by_sku: dict[str, Money] = {}
    for policy in history.order.policies.values():
        if (policy.live or policy.renewed) and not policy.pending:
            by_sku[policy.sku] = by_sku.get(policy.sku, _zero(history)) + policy.due
    for sku, due in by_sku.items():
        paid = _paid(history, sku)
        if paid < due:
            yield f"cover for {sku} is in force for {due}, and {paid} was paid for it"


@promise(certain=True)
def no_policy_unknown_to_the_shop(history: History) -> Iterator[str]:
    """A quote that the insurer has made a policy is one that the shop booked."""
    known = history.order.policies
    for statement in history.last.after.values():
        for quote_id, quote in statement.quotes.items():
            if quote.status == "CONFIRMED" and quote_id not in known:
                yield f"the insurer covers quote {quote_id}, and the shop does not know it"


@promise()
def no_charge_without_cover(history: History) -> Iterator[str]:
    """Once a purchase is at rest, cover that was charged is in force or has been given back."""
    if history.state not in _AT_REST:
        return
    policies = history.order.policies.values()
    held = {policy.sku for policy in policies}
    for sku in {e.sku for e in history.ledger if e.purpose is Purpose.COVER} - held:
        paid = _paid(history, sku)
        if paid > _zero(history):
            yield f"{paid} was charged for cover of {sku}, and there is no policy for it"


@promise(certain=True)
def every_policy_is_in_force(history: History) -> Iterator[str]:
    """A policy that the shop takes to be in force is CONFIRMED at the insurer."""
    if history.state is State.PENDING:
        return
    for policy in history.order.live_policies:
        stated = _stated(history, policy)
        if stated is not None and stated != "CONFIRMED":
            yield f"cover for {policy.sku} is in force in the shop and {stated} at the insurer"


@promise(certain=True)
def every_cancelled_policy_has_ended(history: History) -> Iterator[str]:
    """A policy that the shop has cancelled is CANCELLED at the insurer."""
    for policy in history.order.policies.values():
        if policy.live or policy.renewed:
            continue
        stated = _stated(history, policy)
        if stated is not None and stated != "CANCELLED":
            yield f"cover for {policy.sku} was cancelled in the shop and is {stated} at the insurer"


def _stated(history: History, policy: PolicyHeld) -> str | None:
    statement = history.last.after.get(policy.package)
    if statement is None:
        return None
    quote = statement.quotes.get(policy.quote_id)
    return "unknown" if quote is None else quote.status


@promise(certain=True)
def one_policy_for_one_purchase(history: History) -> Iterator[str]:
    """A retry never buys twice: of each product's cover, one policy is in force at most."""
    seen: dict[str, str] = {}
    for policy in history.order.live_policies:
        if policy.sku in seen:
            yield f"two policies are in force for {policy.sku}"
        seen[policy.sku] = policy.quote_id
    for ref in history.last.strangers:
        yield f"the insurer holds booking {ref} for this order, and the shop does not know it"


def _bookings(history: History) -> dict[str, set[str]]:
    """By idempotency key or package: the ids of the bookings that answered."""
    found: dict[str, set[str]] = {}
    for step in history.steps:
        for exchange in step.exchanges:
            reply, asked = exchange.reply, exchange.asked
            if not isinstance(reply, Booking) or asked.operation not in (
                Operation.CREATE_BOOKING,
                Operation.INSTANT_BOOKING,
            ):
                continue
            found.setdefault(asked.key or asked.ids.get("ins", ""), set()).add(reply.id)
    return found


@promise(booked=True)
def charged_once(history: History) -> Iterator[str]:
    """The checkout charges each product once; cover at checkout, once per quote."""
    products: dict[str, int] = {}
    for entry in history.ledger:
        if entry.kind is Kind.CHARGED and entry.purpose is Purpose.PRODUCTS:
            products[entry.sku] = products.get(entry.sku, 0) + 1
    for sku, times in products.items():
        if times > 1:
            yield f"{sku} was charged {times} times"


# Prices


@promise()
def booked_price_is_quoted_price(history: History) -> Iterator[str]:
    """A policy costs what was shown for it when it was chosen."""
    if history.last.trigger not in (Trigger.BOOK, Trigger.RESERVE):
        return
    shown = {line.sku: line.price for line in history.order.chosen_lines}
    for policy in history.order.policies.values():
        price = shown.get(policy.sku)
        if price is not None and policy.price != price:
            yield f"cover for {policy.sku} was shown at {price} and booked at {policy.price}"


@promise(certain=True)
def stated_price_is_known_price(history: History) -> Iterator[str]:
    """The insurer's price of a policy, asked afresh, is the one the shop holds."""
    for policy in history.order.live_policies:
        statement = history.last.after.get(policy.package)
        quote = statement.quotes.get(policy.quote_id) if statement is not None else None
        if quote is not None and quote.price != policy.price.amount:
            yield f"{policy.sku}: the shop holds {policy.price}, the insurer says {quote.printed}"


@promise(certain=True)
def quoted_price_is_stated_price(history: History) -> Iterator[str]:
    """What is shown to the shopper is what the insurer has quoted."""
    for ref, offer in history.order.offers.items():
        statement = history.last.after.get(ref)
        if statement is None or statement.status not in ("RECEIVED", "OPTED_OUT"):
            continue
        for line in offer.lines:
            quote = statement.quotes.get(line.quote_id)
            if quote is None:
                yield f"the quote shown for {line.sku} does not exist at the insurer"
            elif quote.price != line.price.amount:
                yield f"{line.sku}: shown at {line.price}, quoted at {quote.printed}"


@promise(certain=True)
def every_product_asked_for_is_quoted_once(history: History) -> Iterator[str]:
    """An offer holds one quote per product, and a package no quotes beyond those shown."""
    for ref, offer in history.order.offers.items():
        skus = [line.sku for line in offer.lines]
        if len(set(skus)) != len(skus):
            yield f"package {ref} offers a product twice"
        statement = history.last.after.get(ref)
        if statement is None or statement.status not in ("RECEIVED", "OPTED_OUT"):
            continue
        extra = statement.quotes.keys() - {line.quote_id for line in offer.lines}
        if extra:
            yield f"package {ref} holds {len(extra)} more quotes than are shown"


@promise(certain=True)
def package_total_is_sum_of_its_quotes(history: History) -> Iterator[str]:
    """A package's total is the sum of its quotes that are neither cancelled nor renewed."""
    for statement in history.last.after.values():
        booked = {policy.quote_id for policy in history.order.policies.values()}
        live = [
            quote.price
            for quote_id, quote in statement.quotes.items()
            if quote.status in ("RECEIVED", "PENDING_PAYMENT", "CONFIRMED")
            and (not booked & statement.quotes.keys() or quote_id in booked)
        ]
        total = sum(live, Decimal(0))
        if total != statement.total:
            yield f"package {statement.ref} totals {statement.total}, its quotes sum to {total}"


@promise(stated=True)
def tax_and_premium_add_up(history: History) -> Iterator[str]:
    """Premium and tax of a quote add up to its price, and nothing is negative."""
    for statement in history.last.after.values():
        for quote_id, quote in statement.quotes.items():
            if quote.premium + quote.tax != quote.price:
                yield f"{quote_id}: {quote.premium} + {quote.tax} is not {quote.price}"
            if min(quote.premium, quote.tax, quote.price) < 0:
                yield f"{quote_id}: a negative amount"


@promise(stated=True)
def printed_amounts_are_exact(history: History) -> Iterator[str]:
    """A formatted amount prints its number, in the package's currency."""
    for statement in history.last.after.values():
        for amount, printed in (
            (statement.total, statement.printed),
            *((quote.price, quote.printed) for quote in statement.quotes.values()),
        ):
            expected = format_amount(amount, statement.currency)
            if printed.replace("\N{NO-BREAK SPACE}", "") != expected:
                yield f"package {statement.ref} prints {printed}, where it means {expected}"


@promise()
def amounts_fit_their_currency(history: History) -> Iterator[str]:
    """No amount has a fraction of a minor unit, and all are in the shopper's currency."""
    currency = history.order.currency
    for statement in history.last.after.values():
        if statement.currency != currency:
            yield f"package {statement.ref} is in {statement.currency}, the order in {currency}"
        for amount in (statement.total, *(quote.price for quote in statement.quotes.values())):
            if not Money(amount, statement.currency).is_rounded:
                yield f"package {statement.ref}: {amount} is no {statement.currency} amount"
    for other in history.ledger.currencies() - {currency}:
        yield f"the ledger holds {other}, the order is in {currency}"


# Declining


@promise(certain=True)
def declined_offers_never_become_policies(history: History) -> Iterator[str]:
    """What was not chosen is never booked."""
    chosen = {line.sku for line in history.order.chosen_lines}
    for policy in history.order.policies.values():
        if policy.sku not in chosen:
            yield f"cover for {policy.sku} was not chosen, and a policy exists"
    for ref, offer in history.order.offers.items():
        if offer.is_declined and _status(history, ref) in ("CONFIRMED", "PENDING_PAYMENT"):
            yield f"package {ref} was declined, and is booked"


def _status(history: History, ref: str) -> str | None:
    statement = history.last.after.get(ref)
    return None if statement is None else statement.status


@promise(certain=True)
def declined_offers_are_opted_out_once(history: History) -> Iterator[str]:
    """Once the products are bought, a package of which nothing was chosen is opted out, once."""
    accepted: dict[str, set[str]] = {}
    for step in history.steps:
        for exchange in step.exchanges:
            if exchange.asked.operation is Operation.OPT_OUT and exchange.was_accepted:
                package = exchange.asked.ids["ins"]
                accepted.setdefault(package, set()).add(exchange.asked.key or str(len(accepted)))
    for package, keys in accepted.items():
        if len(keys) > 1:
            yield f"package {package} was opted out {len(keys)} times"
    if history.state not in (State.OPTED_OUT, State.COMPLETED, State.CLOSED):
        return
    for ref, offer in history.order.offers.items():
        if not _is_due(offer):
            continue
        stated = _status(history, ref)
        if not offer.opted_out:
            yield f"package {ref} was declined, and the shop has not opted out"
        elif stated is not None and stated != "OPTED_OUT":
            yield f"package {ref} was opted out by the shop and is {stated} at the insurer"


def _is_due(offer: Offer) -> bool:
    return offer.is_declined and not offer.fast


@promise(certain=True)
def chosen_offers_are_never_opted_out(history: History) -> Iterator[str]:
    """A package of which something was chosen is not reported as declined."""
    for ref, offer in history.order.offers.items():
        if offer.chosen and (offer.opted_out or _status(history, ref) == "OPTED_OUT"):
            yield f"cover was chosen from package {ref}, and it was opted out"


# Money


@promise()
def nothing_is_collected_beyond_the_charge(history: History) -> Iterator[str]:
    """Collected is never more than charged, and as much once the purchase is at rest."""
    currency = history.order.currency
    for purpose in Purpose:
        charged = history.ledger.total(Kind.CHARGED, currency, purpose=purpose)
        collected = history.ledger.total(Kind.COLLECTED, currency, purpose=purpose)
        if collected > charged:
            yield f"{collected} was collected for {purpose}, and {charged} charged"
        elif history.state in _AT_REST and collected < charged:
            yield f"{charged} was charged for {purpose}, and only {collected} collected"


@promise(booked=True)
def settlement_follows_the_payment_model(history: History) -> Iterator[str]:
    """Money for cover ends with the shop (single payment) or the insurer (dual and split)."""
    order = history.order
    wrong = Party.INSURER if order.payment is PaymentModel.SINGLE else Party.SHOP
    amount = history.ledger.total(
        Kind.COLLECTED, order.currency, purpose=Purpose.COVER, party=wrong
    )
    if amount:
        yield f"{amount} for cover was collected by the {wrong} under {order.payment} payment"


@promise(booked=True)
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


@promise(booked=True)
def refunds_never_exceed_payments(history: History) -> Iterator[str]:
    """For no product is more given back, for itself or its cover, than was collected."""
    for purpose in Purpose:
        for sku in {entry.sku for entry in history.ledger if entry.purpose is purpose}:
            back = _sum(history, history.ledger.about(Kind.REFUNDED, purpose, sku))
            paid = _sum(history, history.ledger.about(Kind.COLLECTED, purpose, sku))
            if back > paid:
                yield f"{back} was given back for {purpose} of {sku}, and {paid} collected"


@promise()
def cancelled_policies_are_refunded_once(history: History) -> Iterator[str]:
    """A cancelled policy is refunded what the insurer said, once."""
    if history.state not in (State.REFUNDED, State.COMPLETED):
        return
    ended = {p.quote_id: p for p in history.order.policies.values() if not p.live}
    announced = _announced(history)
    for quote_id, policy in ended.items():
        if policy.renewed:
            continue
        given = _given_back(history, quote_id)
        if quote_id in announced and not given:
            amounts = " or ".join(str(amount) for amount in announced[quote_id])
            yield f"{amounts} was to be refunded for {policy.sku}, and was not"
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


@promise()
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


@promise()
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


# Calls


@promise()
def refused_calls_change_nothing(history: History) -> Iterator[str]:
    """When the insurer refuses all that a step asked, it states the same as before."""
    step = history.last
    if step.exchanges and all(exchange.was_refused for exchange in step.exchanges):
        yield from _changes(step.before, step.after, "was refused")


@promise()
def previews_change_nothing(history: History) -> Iterator[str]:
    """A previewed cancellation or a priced change leaves every package as it was."""
    step = history.last
    if step.trigger in (
        Trigger.PREVIEW_CANCELLATION,
        Trigger.QUOTE_MODIFICATION,
        Trigger.QUOTE_RENEWAL,
    ):
        yield from _changes(step.before, step.after, "was only previewed")


def _changes(before: object, after: object, why: str) -> Iterator[str]:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    for ref, then in before.items():
        now = after.get(ref)
        if now is not None and now != then:
            yield f"package {ref} changed by a step that {why}: {_first_change(then, now)}"


def _first_change(then: Statement, now: Statement) -> str:
    if then.status != now.status:
        return f"{then.status} became {now.status}"
    for quote_id, quote in then.quotes.items():
        other = now.quotes.get(quote_id)
        if other != quote:
            return f"quote {quote_id}: {quote} became {other}"
    return f"total {then.total} became {now.total}"


@promise()
def one_key_one_answer(history: History) -> Iterator[str]:
    """Calls with the same idempotency key are answered with the same booking."""
    for key, numbers in _bookings(history).items():
        if len(numbers) > 1:
            yield f"key {key} was answered with {len(numbers)} bookings"


# Documents


@promise()
def invoices_add_up(history: History) -> Iterator[str]:
    """Net and tax of each line add up to its gross, the lines to the total."""
    invoice = history.order.invoice
    if invoice is None:
        return
    zero = _zero(history)
    for line in invoice.lines:
        if line.net + line.tax != line.gross:
            yield f"{line.text}: {line.net} + {line.tax} is not {line.gross}"
    if sum((line.gross for line in invoice.lines), zero) != invoice.total:
        yield f"the lines of the invoice do not sum to {invoice.total}"
    if sum((line.tax for line in invoice.lines), zero) != invoice.total_tax:
        yield f"the taxes of the invoice do not sum to {invoice.total_tax}"


@promise()
def invoices_state_what_was_charged(history: History) -> Iterator[str]:
    """The invoice is for what the shop charged and has not given back by then."""
    if history.last.trigger is not Trigger.SEND_INVOICE or not history.last.has_moved:
        return
    invoice, ledger, currency = history.order.invoice, history.ledger, history.order.currency
    if invoice is None:
        yield "no invoice was sent"
        return
    charged = ledger.total(Kind.CHARGED, currency, party=Party.SHOP)
    back = ledger.total(Kind.REFUNDED, currency)
    if history.order.payment is PaymentModel.DUAL:
        back = ledger.total(Kind.REFUNDED, currency, party=Party.SHOP)
    if invoice.total != charged - back:
        yield f"the invoice says {invoice.total}, {charged} was charged and {back} given back"
    if invoice.sent_to != history.shopper.email:
        yield f"the invoice went to {invoice.sent_to}, the shopper is {history.shopper.email}"


@promise()
def documents_reach_the_customer(history: History) -> Iterator[str]:
    """When documents are received, each booking's e-mail is there, for the right person."""
    step = history.last
    if step.trigger is not Trigger.RECEIVE_DOCUMENTS or step.observation is None:
        return
    mails = step.observation.mails
    if mails is None:
        return  # this insurer's outbox cannot be seen
    for policy in history.order.live_policies:
        found = [mail for mail in mails if _describes(mail, policy)]
        if not found:
            yield f"no e-mail describes the cover for {policy.sku} at {policy.price}"
        elif all(mail.to != history.shopper.email for mail in found):
            yield f"the documents for {policy.sku} went to {found[0].to}"


def _describes(mail: Mail, policy: PolicyHeld) -> bool:
    return any(
        shown.id == policy.quote_id and shown.price == policy.price.amount
        for shown in mail.policies
    )


# The two witnesses


@promise(certain=True)
def insurer_and_table_agree(history: History) -> Iterator[str]:
    """The insurer's status of each package is the one that the journey's state implies."""
    for ref, offer in history.order.offers.items():
        stated = _status(history, ref)
        if stated is None:
            continue
        expected = _implied(history, ref, offer)
        if expected is not None and stated not in expected:
            wanted = " or ".join(sorted(expected))
            yield f"package {ref} is {stated} at the insurer, {history.state} implies {wanted}"


def _implied(history: History, ref: str, offer: Offer) -> set[str] | None:
    """Statuses that fit; None where the table implies none."""
    if offer.opted_out:
        return {"OPTED_OUT"}
    held = [policy for policy in history.order.policies.values() if policy.package == ref]
    if not held:
        return {"RECEIVED"}
    if history.state is State.PENDING:
        return {"PENDING_PAYMENT"}
    return {"CONFIRMED"} if any(policy.live for policy in held) else {"CANCELLED"}
