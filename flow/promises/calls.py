"""Promises about calls: a refusal or a preview changes nothing, a key has one answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flow.promises.evidence import bookings
from flow.promises.promise import promise
from flow.table import Trigger
from flow.trace import History, Statement

__all__ = [
    "one_key_one_answer",
    "previews_change_nothing",
    "refused_calls_change_nothing",
]


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


@promise()
def one_key_one_answer(history: History) -> Iterator[str]:
    """Calls with the same idempotency key are answered with the same booking."""
    for key, numbers in bookings(history).items():
        if len(numbers) > 1:
            yield f"key {key} was answered with {len(numbers)} bookings"
