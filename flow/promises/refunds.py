"""Promises about what is owed in time: refunds as promised, instalments as they fall due."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from flow.promises.evidence import nothing, paid_for_cover
from flow.promises.promise import Part, promise
from flow.table import Trigger
from flow.trace import History
from models import Cancellation, Operation, RecordInstalments
from models.money import Money

__all__ = [
    "confirmed_refunds_are_previewed",
    "cooling_off_gives_all_back",
    "each_instalment_is_charged_once",
]


@promise(Part.CALLS)
def cooling_off_gives_all_back(history: History) -> Iterator[str]:
    """Cover cancelled on a day of its cooling-off period is refunded in full."""
    for exchange in history.last.exchanges:
        reply = exchange.reply
        if not isinstance(reply, Cancellation):
            continue
        for quote in reply.quotes:
            policy = history.order.policies.get(quote.id)
            at, until = quote.policy_cancellation_date, quote.policy_coolingoff_date
            if policy is None or at is None or until is None or at[:10] > until[:10]:
                continue
            paid = min(policy.due.amount, quote.price)
            if quote.refund_value < paid:
                back = Money(quote.refund_value, reply.currency)
                yield f"{policy.sku} is cooling off until {until[:10]}, and only {back} comes back"


@promise(Part.CALLS)
def confirmed_refunds_are_previewed(history: History) -> Iterator[str]:
    """A confirmed cancellation refunds what its preview said."""
    said: dict[str, dict[str, Decimal]] = {}
    if not any(e.asked.operation is _CONFIRM for e in history.last.exchanges):
        return
    for step in history.steps:
        for exchange in step.exchanges:
            reply, asked = exchange.reply, exchange.asked
            if not isinstance(reply, Cancellation):
                continue
            refunds = {quote.id: quote.refund_value for quote in reply.quotes}
            if reply.cancellation_id is not None:
                said[reply.cancellation_id] = refunds
            elif step is history.last and asked.operation is _CONFIRM:
                before = said.get(asked.ids["cancellation"], refunds)
                if refunds != before:
                    then, now = sum(before.values()), sum(refunds.values())
                    yield f"a refund of {then} was previewed, and {now} confirmed"


_CONFIRM = Operation.CONFIRM_CANCELLATION


@promise(of=(Trigger.PAY_INSTALMENT,))
def each_instalment_is_charged_once(history: History) -> Iterator[str]:
    """When an instalment is reported as paid, no more was charged than is due by then."""
    step = history.last
    if not step.has_moved:
        return
    for exchange in step.exchanges:
        request = exchange.asked.request
        if not isinstance(request, RecordInstalments) or not exchange.was_accepted:
            continue
        for attempt in request.quotes:
            policy = history.order.policies.get(attempt.id)
            if policy is None:
                continue
            of_it = [p.due for p in history.order.policies.values() if p.sku == policy.sku]
            due = sum(of_it, nothing(history))
            paid = paid_for_cover(history, policy.sku)
            if paid > due:
                yield f"{paid} was charged for cover of {policy.sku}, and {due} is due by now"
