"""Promises about cover: nobody is covered unpaid, or pays uncovered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from flow.ledger import Kind, Purpose
from flow.order import PolicyHeld
from flow.promises.evidence import AT_REST, CHECKOUT, minor_unit, nothing, paid_for_cover
from flow.promises.promise import Part, promise
from flow.table import State
from flow.trace import History
from models.money import Money

__all__ = [
    "charged_once",
    "every_cancelled_policy_has_ended",
    "every_policy_is_in_force",
    "no_charge_without_cover",
    "no_cover_without_payment",
    "no_policy_unknown_to_the_shop",
    "nobody_pays_more_than_the_price",
    "one_policy_for_one_purchase",
]


@promise(Part.POLICIES, Part.LEDGER, Part.PLACE)
def no_cover_without_payment(history: History) -> Iterator[str]:
    """What is due for a policy in force has been charged, and not been given back meanwhile."""
    if history.state in (State.CANCELLATION_REFUNDED, State.MODIFICATION_SETTLED):
        return  # the refund goes ahead of the confirmation, as the insurer asks
    by_sku: dict[str, Money] = {}
    for policy in history.order.policies.values():
        if (policy.live or policy.renewed) and not policy.pending:
            by_sku[policy.sku] = by_sku.get(policy.sku, nothing(history)) + policy.due
    for sku, due in by_sku.items():
        paid = paid_for_cover(history, sku)
        if paid < due:
            yield f"cover for {sku} is in force for {due}, and {paid} was paid for it"


@promise(Part.STATEMENTS, Part.POLICIES, certain=True)
def no_policy_unknown_to_the_shop(history: History) -> Iterator[str]:
    """A quote that the insurer has made a policy is one that the shop booked."""
    known = history.order.policies
    for statement in history.last.after.values():
        for quote_id, quote in statement.quotes.items():
            if quote.status == "CONFIRMED" and quote_id not in known:
                yield f"the insurer covers quote {quote_id}, and the shop does not know it"


@promise(Part.POLICIES, Part.LEDGER, Part.PLACE, at=AT_REST)
def no_charge_without_cover(history: History) -> Iterator[str]:
    """Once a purchase is at rest, cover that was charged is in force or has been given back."""
    policies = history.order.policies.values()
    held = {policy.sku for policy in policies}
    for sku in sorted({e.sku for e in history.ledger if e.purpose is Purpose.COVER} - held):
        paid = paid_for_cover(history, sku)
        if paid > nothing(history):
            yield f"{paid} was charged for cover of {sku}, and there is no policy for it"


@promise(Part.POLICIES, Part.LEDGER, Part.PLACE, at=AT_REST)
def nobody_pays_more_than_the_price(history: History) -> Iterator[str]:
    """At rest, cover of a product has cost no more than its policies; each part may be rounded."""
    prices: dict[str, Money] = {}
    for policy in history.order.policies.values():
        prices[policy.sku] = prices.get(policy.sku, nothing(history)) + policy.price
    for sku, price in prices.items():
        paid = paid_for_cover(history, sku)
        parts = len(history.ledger.about(Kind.CHARGED, Purpose.COVER, sku))
        if paid > price and paid > price + minor_unit(history).times(parts):
            yield f"{paid} was paid for cover of {sku}, which costs {price}"


@promise(Part.STATEMENTS, Part.POLICIES, Part.PLACE, certain=True)
def every_policy_is_in_force(history: History) -> Iterator[str]:
    """A policy that the shop takes to be in force is CONFIRMED at the insurer."""
    if history.state is State.PENDING:
        return
    for policy in history.order.live_policies:
        stated = _stated(history, policy)
        if stated is not None and stated != "CONFIRMED":
            yield f"cover for {policy.sku} is in force in the shop and {stated} at the insurer"


@promise(Part.STATEMENTS, Part.POLICIES, certain=True)
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


@promise(Part.STATEMENTS, Part.POLICIES, Part.PLACE, certain=True)
def one_policy_for_one_purchase(history: History) -> Iterator[str]:
    """A retry never buys twice: of each product's cover, one policy is in force at most."""
    seen: dict[str, str] = {}
    for policy in history.order.live_policies:
        if policy.sku in seen:
            yield f"two policies are in force for {policy.sku}"
        seen[policy.sku] = policy.quote_id
    for ref in history.last.strangers:
        yield f"the insurer holds booking {ref} for this order, and the shop does not know it"


@promise(Part.LEDGER)
def charged_once(history: History) -> Iterator[str]:
    """The checkout charges each product once, and each product's cover once."""
    times: Counter[tuple[Purpose, str]] = Counter()
    for step in history.steps:
        if step.trigger in CHECKOUT and step.observation is not None:
            times.update(
                (entry.purpose, entry.sku)
                for entry in step.observation.entries
                if entry.kind is Kind.CHARGED
            )
    for (purpose, sku), count in times.items():
        if count > 1:
            yield f"{sku} was charged {count} times, for {purpose}"
