"""Promises about calls: what a refusal, a preview, a key, silence and a correction mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flow.backends.relay import Asked
from flow.errors import BackendRefused
from flow.promises.evidence import bookings
from flow.promises.promise import Part, promise
from flow.table import Outcome, Trigger
from flow.trace import History, Result, Statement
from models import Modification, ModifyBooking

__all__ = [
    "acts_at_once_come_one_after_another",
    "corrected_details_are_kept",
    "one_key_one_answer",
    "one_key_one_request",
    "orders_of_one_customer_stay_apart",
    "previews_change_nothing",
    "refused_calls_change_nothing",
    "silence_is_no_refusal",
]


@promise(Part.CALLS)
def refused_calls_change_nothing(history: History) -> Iterator[str]:
    """When the insurer refuses all that a step asked, it states the same as before."""
    step = history.last
    if step.exchanges and all(exchange.was_refused for exchange in step.exchanges):
        yield from _changes(step.before, step.after, "was refused")


@promise(of=(Trigger.PREVIEW_CANCELLATION, Trigger.QUOTE_MODIFICATION, Trigger.QUOTE_RENEWAL))
def previews_change_nothing(history: History) -> Iterator[str]:
    """A previewed cancellation or a priced change leaves every package as it was."""
    yield from _changes(history.last.before, history.last.after, "was only previewed")


def _changes(
    before: Mapping[str, Statement], after: Mapping[str, Statement], why: str
) -> Iterator[str]:
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


@promise(Part.ACTS_AT_ONCE)
def acts_at_once_come_one_after_another(history: History) -> Iterator[str]:
    """Two acts made at once end as if one had been made after the other."""
    for step in history.latest:
        if step.result is Result.UNEXPLAINED:
            yield f"{step.trigger}, made at once with another act, was carried out: {step.error}"


@promise(Part.BESIDE)
def orders_of_one_customer_stay_apart(history: History) -> Iterator[str]:
    """What is done with one order of a customer changes nothing of another."""
    step, other = history.last, history.beside
    if other is None:
        return
    yield from _changes(step.beside_before, step.beside_after, "was about another order")
    for ref in sorted(_packages(history) & _packages(other)):
        yield f"package {ref} is in two orders of the same customer"


def _packages(history: History) -> set[str]:
    policies = history.order.policies.values()
    return {policy.package for policy in policies} | history.order.offers.keys()


@promise(Part.CALLS)
def one_key_one_answer(history: History) -> Iterator[str]:
    """Calls with the same idempotency key are answered with the same booking."""
    for key, numbers in bookings(history).items():
        if len(numbers) > 1:
            yield f"key {key} was answered with {len(numbers)} bookings"


@promise(Part.CALLS)
def one_key_one_request(history: History) -> Iterator[str]:
    """An idempotency key is sent again only with the same request, unless that was refused."""
    latest = history.latest
    if history.last.trigger is None or not any(
        exchange.asked.key for step in latest for exchange in step.exchanges
    ):
        return  # calls past the shop try what must not be
    kept: dict[str, tuple[Asked, bool]] = {}
    for step in history.steps:
        for exchange in step.exchanges if step.trigger is not None else ():
            asked, key = exchange.asked, exchange.asked.key
            if key is None:
                continue
            before, was_answered = kept.get(key, (asked, False))
            if step.number >= latest[0].number and asked != before:
                yield f"key {key} was used for {before.operation} and for other {asked.operation}"
            if not exchange.was_refused:
                kept[key] = (before, was_answered or exchange.was_accepted)
            elif not was_answered:
                kept.pop(key, None)  # what got no answer was not done either: now it was refused


@promise(of=(Trigger.BOOK,))
def silence_is_no_refusal(history: History) -> Iterator[str]:
    """A booking is reported as refused only when the insurer said no; silence is not a no."""
    step = history.last
    if step.outcome is not Outcome.REFUSED:
        return
    errors = [exchange.error for exchange in step.exchanges]
    if errors and not any(isinstance(e, BackendRefused) and not e.is_busy for e in errors):
        yield "the shop took the booking as refused, and the insurer has not said no"


@promise(Part.CALLS)
def corrected_details_are_kept(history: History) -> Iterator[str]:
    """A correction of the policyholder's details is in the insurer's answer to it."""
    for exchange in history.last.exchanges:
        request, reply = exchange.asked.request, exchange.reply
        if not isinstance(request, ModifyBooking) or not isinstance(reply, Modification):
            continue
        if request.policyholder is None:
            continue
        for name, wanted in request.policyholder.wire().items():
            kept = getattr(reply.policyholder, name)
            if kept != wanted:
                yield f"{name} was corrected to {wanted}, and is {kept} at the insurer"
