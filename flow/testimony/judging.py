"""Testimony judged: the calls about one purchase, and the promises that calls alone can break.

A history is put together from the calls, and the promises' own code reads it. What a shop showed,
charged or meant is not in its calls, so most promises rest; those that are judged are named, each
with the reason why calls are enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flow.acts import Act
from flow.backends.faulty import FaultKind
from flow.backends.observed import Exchange
from flow.backends.rereading import reread
from flow.chance import EPOCH
from flow.ledger import Kind
from flow.promises.every import PROMISES
from flow.promises.promise import Breach
from flow.shopper import Shopper
from flow.table import INITIAL, Trigger
from flow.testimony.order import OrderHeard
from flow.trace import History, Result, Statement, StepRecord
from models import Operation
from models.base import Json
from models.money import Money

__all__ = ["ALL", "JUDGED", "MEANINGS", "Hearing", "Told", "hear"]

JUDGED = {
    "amounts_fit_their_currency": "the currency is asked for, the amounts are answered",
    "booked_price_is_quoted_price": "both prices are in the insurer's answers",
    "chosen_offers_are_never_opted_out": "booking and opting out are calls",
    "confirmed_refunds_are_previewed": "both refunds are in the insurer's answers",
    "cooling_off_gives_all_back": "the answer to a cancellation names the days and the sums",
    "corrected_details_are_kept": "what was sent and what is kept are in one exchange",
    "declined_offers_are_opted_out_once": "each opt-out is a call; only its repetition is judged",
    "one_key_one_answer": "key and booking are in one exchange",
    "one_key_one_request": "key and request are in one call",
    "package_total_is_sum_of_its_quotes": "total and quotes are in one answer",
    "printed_amounts_are_exact": "number and text are in one answer",
    "refund_is_not_above_the_price": "price and refund are in one answer",
    "tax_and_premium_add_up": "price, tax and premium are in one answer",
}
"""Promises that can be judged from calls alone, and why."""

ALL = len(PROMISES)
"""How many promises there are."""

_JUDGING = tuple(promise for promise in PROMISES if promise.name in JUDGED)

MEANINGS = {promise.name: promise.meaning for promise in _JUDGING}
"""What those promises say."""

_TRIGGERS = {
    Operation.CREATE_QUOTES: Trigger.REQUEST_QUOTE,
    Operation.UPDATE_QUOTES: Trigger.CHANGE_QUANTITY,
    Operation.ADD_QUOTES: Trigger.ADD_TO_CART,
    Operation.DELETE_QUOTES: Trigger.REMOVE_FROM_CART,
    Operation.OPT_OUT: Trigger.OPT_OUT,
    Operation.CREATE_BOOKING: Trigger.BOOK,
    Operation.CONFIRM_BOOKING: Trigger.CONFIRM_PAYMENT,
    Operation.INSTANT_BOOKING: Trigger.BOOK,
    Operation.MODIFY_BOOKING: Trigger.CORRECT_DETAILS,
    Operation.QUOTE_MODIFICATION: Trigger.QUOTE_MODIFICATION,
    Operation.CONFIRM_MODIFICATION: Trigger.CONFIRM_MODIFICATION,
    Operation.CANCEL_BOOKING: Trigger.CANCEL,
    Operation.CONFIRM_CANCELLATION: Trigger.CONFIRM_CANCELLATION,
    Operation.RECORD_INSTALMENTS: Trigger.PAY_INSTALMENT,
    Operation.SEND_EMAIL: Trigger.RESEND_DOCUMENTS,
    Operation.QUOTE_RENEWAL: Trigger.QUOTE_RENEWAL,
    Operation.CONFIRM_RENEWAL: Trigger.ACCEPT_RENEWAL,
    Operation.DECLINE_RENEWAL: Trigger.DECLINE_RENEWAL,
    Operation.CREATE_OFFER: Trigger.REQUEST_QUOTE,
    Operation.CONFIRM_OFFER: Trigger.BOOK,
    Operation.OPT_OUT_OFFER: Trigger.OPT_OUT,
}
"""What a shop is about when it calls; reading is about nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known after a call.

    Attributes:
        number: of the call.
        status, total: of the call's package, as stated last; None while nobody knows.
        booked, refunded: so far, by the insurer's answers; None before there is any money.
        breaches: promises that are seen to be broken with this call.
    """

    number: int
    status: str | None
    total: Money | None
    booked: Money | None
    refunded: Money | None
    breaches: tuple[Breach, ...]


def hear(entries: Iterable[Json]) -> list[Told]:
    """What the calls about one purchase tell, each in turn, in the order of a server's journal."""
    hearing = Hearing()
    return [hearing.hear(entry) for entry in entries]


class Hearing:
    """A history in the making, and the breaches that were told."""

    def __init__(self) -> None:
        self._heard = OrderHeard()
        self._history = History(
            shopper=Shopper(), order=self._heard.order, ledger=self._heard.ledger, state=INITIAL
        )
        self._known: set[tuple[str, str]] = set()

    def hear(self, entry: Json) -> Told:
        """Hear the next call."""
        exchange, before = reread(entry), self._heard.statements
        if exchange is not None:
            twice = FaultKind.SENT_TWICE in (entry.get("faults") or ())
            self._heard.note(exchange, twice=twice)
        self._history.steps.append(_step(entry, exchange, before, self._heard.statements))
        ref = _package(exchange)
        return Told(
            number=self._history.last.number,
            status=self._heard.statuses.get(ref),
            total=self._heard.totals.get(ref),
            booked=self._sum(Kind.BOOKED),
            refunded=self._sum(Kind.REFUNDED),
            breaches=() if exchange is None else tuple(self._judge()),
        )

    def _sum(self, kind: Kind) -> Money | None:
        ledger = self._heard.ledger
        return ledger.total(kind, self._heard.order.currency) if ledger.entries else None

    def _judge(self) -> Iterator[Breach]:
        last = self._history.last
        for promise in _JUDGING:
            if not promise.speaks_of(last.trigger, self._history.state):
                continue
            try:
                details = [*promise.find(self._history)]
            except Exception:  # an answer may hold anything; what cannot be judged is not broken
                continue
            for detail in details:
                if (promise.name, detail) not in self._known:
                    self._known.add((promise.name, detail))
                    yield Breach(promise=promise.name, step=last.number, detail=detail)


def _step(
    entry: Json,
    exchange: Exchange | None,
    before: Mapping[str, Statement],
    after: Mapping[str, Statement],
) -> StepRecord:
    number: Any = entry.get("number")
    return StepRecord(
        number=number if isinstance(number, int) else 0,
        trigger=None if exchange is None else _TRIGGERS.get(exchange.asked.operation),
        act=Act(),
        source=INITIAL,
        state=INITIAL,
        result=_result(exchange),
        at=_instant(entry.get("at")),
        exchanges=() if exchange is None else (exchange,),
        before=before,
        after=after,
    )


def _package(exchange: Exchange | None) -> str:
    """The package, or offer, that a call is about."""
    if exchange is None:
        return ""
    answered = getattr(exchange.reply, "id", None)
    asked = exchange.asked.ids
    return str(answered or asked.get("ins") or asked.get("offer") or "")


def _result(exchange: Exchange | None) -> Result:
    if exchange is None:
        return Result.UNCLEAR
    if exchange.was_accepted:
        return Result.ACCEPTED
    return Result.REFUSED if exchange.was_refused else Result.SILENT


def _instant(text: object) -> datetime:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return EPOCH
