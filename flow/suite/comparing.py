"""What a scenario expects, beside what a journey came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from flow.journey import Journey
from flow.ledger import Kind, Purpose
from flow.suite.grammar import Expectation, LedgerExpectation
from flow.trace import StepRecord
from models.cancellations import Cancellation
from models.money import Money

__all__ = ["compare"]


def compare(
    expected: Expectation, journey: Journey, records: Sequence[StepRecord]
) -> Iterator[str]:
    """Named expectations against what is; what is not named is not compared."""
    for name in sorted(expected.model_fields_set):
        wanted = getattr(expected, name)
        if isinstance(wanted, LedgerExpectation):
            yield from _compare_ledger(wanted, journey)
        elif wanted is not None:
            calls = sum(len(record.exchanges) for record in records)
            found = calls if name == "calls" else _FOUND[name](journey)
            if found != wanted:
                yield f"{name} was to be {_shown(wanted)}, and is {_shown(found)}"


def _compare_ledger(expected: LedgerExpectation, journey: Journey) -> Iterator[str]:
    ledger, currency = journey.history.ledger, journey.order.currency
    for name in sorted(expected.model_fields_set):
        wanted = getattr(expected, name)
        if wanted is None:
            continue
        if name == "kept":
            found = ledger.total(Kind.CHARGED, currency) - ledger.total(Kind.REFUNDED, currency)
        elif name in set(Purpose):
            found = ledger.total(Kind.CHARGED, currency, purpose=Purpose(name))
        else:
            found = ledger.total(Kind(name), currency)
        if found.amount != wanted:
            yield f"{name} was to be {Money.of(wanted, currency)}, and is {found}"


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value)) or "nothing"
    return "nothing" if value is None else str(value)


def _status(journey: Journey) -> str | None:
    statuses = _statuses(journey)
    return statuses[-1] if statuses else None


def _statuses(journey: Journey) -> list[str]:
    """Statuses as the insurer states them, in the order in which packages came to be known."""
    steps = journey.history.steps
    order = dict.fromkeys(ref for step in steps for ref in step.after)
    latest = steps[-1].after if steps else {}
    return [latest[ref].status for ref in order if ref in latest]


def _quoted(journey: Journey) -> Decimal:
    offers = journey.order.offers.values()
    return sum((line.price.amount for offer in offers for line in offer.lines), Decimal(0))


def _refund(journey: Journey) -> Decimal | None:
    for step in reversed(journey.history.steps):
        totals = [
            exchange.reply.total_refund
            for exchange in step.exchanges
            if isinstance(exchange.reply, Cancellation)
        ]
        if totals:
            return sum(totals, Decimal(0))
    return None


def _difference(journey: Journey) -> Decimal | None:
    difference = journey.order.difference
    return None if difference is None else difference.amount


def _mail(journey: Journey) -> str | None:
    sent = journey.outbox()
    return sent[-1].event.value if sent else None


_FOUND: dict[str, Callable[[Journey], object]] = {
    "state": lambda journey: journey.state,
    "status": _status,
    "statuses": _statuses,
    "offers": lambda journey: sum(len(offer.lines) for offer in journey.order.offers.values()),
    "policies": lambda journey: len(journey.order.live_policies),
    "quoted": _quoted,
    "refund": _refund,
    "difference": _difference,
    "mails": lambda journey: len(journey.outbox()),
    "mail": _mail,
}
