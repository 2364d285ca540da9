"""Promises about prices: what is shown is quoted, booked and printed, to the minor unit."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from flow.promises.promise import Part, promise
from flow.table import Trigger
from flow.trace import History
from models.money import format_amount, round_amount

__all__ = [
    "amounts_fit_their_currency",
    "booked_price_is_quoted_price",
    "every_product_asked_for_is_quoted_once",
    "package_total_is_sum_of_its_quotes",
    "printed_amounts_are_exact",
    "quoted_price_is_stated_price",
    "stated_price_is_known_price",
    "tax_and_premium_add_up",
]


@promise(of=(Trigger.BOOK, Trigger.RESERVE))
def booked_price_is_quoted_price(history: History) -> Iterator[str]:
    """A policy costs what was shown for it when it was chosen."""
    shown = {line.sku: line.price for line in history.order.chosen_lines}
    for policy in history.order.policies.values():
        price = shown.get(policy.sku)
        if price is not None and policy.price != price:
            yield f"cover for {policy.sku} was shown at {price} and booked at {policy.price}"


@promise(Part.STATEMENTS, Part.POLICIES, certain=True)
def stated_price_is_known_price(history: History) -> Iterator[str]:
    """The insurer's price of a policy, asked afresh, is the one the shop holds."""
    for policy in history.order.live_policies:
        statement = history.last.after.get(policy.package)
        quote = statement.quotes.get(policy.quote_id) if statement is not None else None
        if quote is not None and quote.price != policy.price.amount:
            yield f"{policy.sku}: the shop holds {policy.price}, the insurer says {quote.printed}"


@promise(Part.STATEMENTS, Part.OFFERS, certain=True)
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
            elif (quote.tax, quote.premium) != (line.tax.amount, line.premium.amount):
                yield f"{line.sku}: tax shown as {line.tax}, quoted as {quote.tax}"
        if offer.total.amount != statement.total:
            yield f"package {ref} is shown at {offer.total}, and totals {statement.printed}"


@promise(Part.STATEMENTS, Part.OFFERS, certain=True)
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


@promise(Part.STATEMENTS, Part.POLICIES, certain=True)
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


@promise(Part.STATEMENTS)
def tax_and_premium_add_up(history: History) -> Iterator[str]:
    """Premium and tax of a quote add up to its price, and nothing is negative."""
    for statement in history.last.after.values():
        for quote_id, quote in statement.quotes.items():
            if quote.premium + quote.tax != quote.price:
                yield f"{quote_id}: {quote.premium} + {quote.tax} is not {quote.price}"
            if min(quote.premium, quote.tax, quote.price) < 0:
                yield f"{quote_id}: a negative amount"


@promise(Part.STATEMENTS)
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


@promise(Part.STATEMENTS, Part.LEDGER)
def amounts_fit_their_currency(history: History) -> Iterator[str]:
    """No amount has a fraction of a minor unit, and all are in the shopper's currency."""
    currency = history.order.currency
    for statement in history.last.after.values():
        if statement.currency != currency:
            yield f"package {statement.ref} is in {statement.currency}, the order in {currency}"
        for amount in (statement.total, *(quote.price for quote in statement.quotes.values())):
            if amount != round_amount(amount, statement.currency):
                yield f"package {statement.ref}: {amount} is no {statement.currency} amount"
    for other in sorted(history.ledger.currencies() - {currency}):
        yield f"the ledger holds {other}, the order is in {currency}"
