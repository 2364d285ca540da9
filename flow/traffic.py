"""What anybody's calls to the insurer show of the table: read from a journal, package by package.

Calls show that something was quoted, booked or cancelled; no shopper can be seen browsing, choosing
or paying. What lies unseen between two calls is worked out from the table, and a transition counts
only when no other one could have made the call. A package is taken for an order of its own: that
another one belongs to the same order cannot be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from flow.backends.replay import read_recordings
from flow.coverage import Coverage
from flow.errors import PlugInvalid, UsageError
from flow.table import INITIAL, Outcome, Row, State, Trigger, rows_from
from models.base import Json
from models.endpoints import Operation, find

__all__ = ["coverage_of", "read_traffic"]

O, S, T = Outcome, State, Trigger  # noqa: E741 - as in the table

_CALLING = {
    T.REQUEST_QUOTE,
    T.FILL_FORM,
    T.BOOK,
    T.RESERVE,
    T.CONFIRM_PAYMENT,
    T.OPT_OUT,
    T.RESEND_DOCUMENTS,
    T.CANCEL,
    T.PREVIEW_CANCELLATION,
    T.CONFIRM_CANCELLATION,
    T.CORRECT_DETAILS,
    T.QUOTE_MODIFICATION,
    T.CONFIRM_MODIFICATION,
    T.PAY_INSTALMENT,
    T.QUOTE_RENEWAL,
    T.ACCEPT_RENEWAL,
    T.DECLINE_RENEWAL,
}
"""Triggers that cannot be without a call: where there was none, they were not."""

_REFUSED = 422
"""How a booking is refused that was understood: the quote is too old, the card is not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sign:
    """What a call shows: a trigger, what it came to, and where it was, if that is known."""

    trigger: Trigger
    outcome: Outcome = Outcome.DONE
    source: State | None = None


@dataclass(slots=True)
class _Package:
    """An order as far as its calls show: where it can stand, and the rows that are certain."""

    places: frozenset[State] = frozenset({INITIAL})
    rows: list[str] = field(default_factory=list)
    states: list[State] = field(default_factory=list)

    def note(self, sign: _Sign) -> None:
        """Move on; a call that fits no row leaves everything as it was."""
        rows = [
            row
            for place in sorted(_unseen_from(self.places))
            for row in rows_from(place, sign.trigger)
            if row.outcome is sign.outcome and sign.source in (None, row.source)
        ]
        if not rows:
            return
        self.places = frozenset(row.dest for row in rows)
        if len(rows) == 1:
            self.rows.append(rows[0].name)
        elif len(self.places) == 1:
            self.states += self.places


def coverage_of(path: Path) -> Coverage:
    """What the journals or tapes of a file, or of all files in a folder, show.

    Raises:
        UsageError: it cannot be read, or holds no exchanges.
    """
    coverage = Coverage()
    try:
        for recording in read_recordings(path):
            coverage.merge(read_traffic(recording.entries))
    except PlugInvalid as error:
        raise UsageError(error.reason) from error
    return coverage


def read_traffic(entries: Iterable[Json]) -> Coverage:
    """What calls show, in the order in which they were made; marked as seen in traffic."""
    packages: dict[tuple[str, ...], _Package] = {}
    forms: list[_Package] = []
    for entry in entries:
        call = _Call.of(entry)
        if call is None:
            continue
        if call.is_fast_quote:
            forms.append(_Package())
            forms[-1].note(_Sign(trigger=T.FILL_FORM))
            continue
        begun = _Package()
        if call.operation is Operation.INSTANT_BOOKING and call.is_done:
            begun = next((form for form in forms if form.places == {S.FORM_FILLED}), begun)
            forms = [form for form in forms if form is not begun]
        if call.package:
            package = packages.setdefault((call.world, call.partner, call.package), begun)
            for sign in _signs(call):
                package.note(sign)
    coverage = Coverage()
    for package in (*packages.values(), *forms):
        coverage.add_traffic(package.rows)
        coverage.traffic_states.update(package.states)
    return coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One exchange, as a journal or a tape has it."""

    operation: Operation
    world: str
    partner: str
    package: str
    asked: Json
    answered: Json
    status: int

    @classmethod
    def of(cls, entry: Json) -> _Call | None:
        """Read it; None for what is no call to the insurer, was not answered, or was a repeat."""
        request = entry.get("request") or {}
        answer = entry.get("answer") if "answer" in entry else entry.get("response")
        route = find(str(request.get("method")), str(request.get("path")).partition("?")[0])
        if route is None or route.endpoint is None or not isinstance(answer, dict):
            return None
        replayed = _object(entry.get("idempotency")).get("replayed")
        status = answer.get("status")
        if replayed or not isinstance(status, int):
            return None
        answered = _object(answer.get("body"))
        named = route.ids.get("ins") or route.ids.get("offer") or answered.get("id")
        return cls(
            operation=route.endpoint.operation,
            world=str(entry.get("world") or ""),
            partner=route.partner,
            package=str(named or ""),
            asked=_object(request.get("body")),
            answered=answered,
            status=status,
        )

    @property
    def is_done(self) -> bool:
        """Whether the insurer did what was asked."""
        return 200 <= self.status < 300

    @property
    def is_fast_quote(self) -> bool:
        """Whether a price was asked for and nothing was kept."""
        return self.is_done and "fast_quote_id" in self.answered


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _signs(call: _Call) -> Iterator[_Sign]:
    """What a call shows; nothing when it reads, or was refused in a way the table does not know."""
    if not call.is_done:
        if call.operation is Operation.CREATE_BOOKING and call.status == _REFUSED:
            yield _Sign(trigger=T.BOOK, outcome=O.REFUSED)
        return
    asked, answered = call.asked, call.answered
    what_stays = O.ALL if answered.get("status") == "CANCELLED" else O.SOME
    match call.operation:
        case Operation.CREATE_QUOTES | Operation.CREATE_OFFER:
            # A product's page quotes for that product; several are quoted for a cart only.
            several = len(_listed(asked.get("request"))) > 1
            yield _Sign(trigger=T.REQUEST_QUOTE, source=S.IN_CART if several else None)
        case Operation.DELETE_QUOTES:
            # With the last quote gone, nobody can tell whether the cart is empty too.
            if any(_object(answered.get("quotes")).values()):
                yield _Sign(trigger=T.REMOVE_FROM_CART, outcome=O.SOME, source=S.OFFERED)
        case Operation.CREATE_BOOKING | Operation.INSTANT_BOOKING | Operation.CONFIRM_OFFER:
            if answered.get("status") == "PENDING_PAYMENT":
                yield _Sign(trigger=T.RESERVE)
            else:
                yield _Sign(trigger=T.BOOK, outcome=O.APPROVED)
        case Operation.CONFIRM_BOOKING:
            yield _Sign(trigger=T.CONFIRM_PAYMENT)
        case Operation.OPT_OUT | Operation.OPT_OUT_OFFER:
            yield _Sign(trigger=T.OPT_OUT)
        case Operation.CANCEL_BOOKING:
            if asked.get("preview"):
                yield _Sign(trigger=T.PREVIEW_CANCELLATION)
            else:
                yield _Sign(trigger=T.CANCEL, outcome=what_stays)
        case Operation.CONFIRM_CANCELLATION:
            yield _Sign(trigger=T.CONFIRM_CANCELLATION, outcome=what_stays)
        case Operation.MODIFY_BOOKING:
            if "policyholder" in asked:
                yield _Sign(trigger=T.CORRECT_DETAILS)
        case Operation.QUOTE_MODIFICATION:
            yield _Sign(trigger=T.QUOTE_MODIFICATION)
        case Operation.CONFIRM_MODIFICATION:
            differs = bool(answered.get("total_price_diff"))
            source = S.MODIFICATION_SETTLED if differs else S.MODIFICATION_QUOTED
            yield _Sign(trigger=T.CONFIRM_MODIFICATION, source=source)
        case Operation.RECORD_INSTALMENTS:
            if any(one.get("payment_status") == "PAID" for one in _listed(asked.get("quotes"))):
                yield _Sign(trigger=T.PAY_INSTALMENT)
        case Operation.SEND_EMAIL:
            yield _Sign(trigger=T.RESEND_DOCUMENTS)
        case Operation.QUOTE_RENEWAL:
            yield _Sign(trigger=T.QUOTE_RENEWAL)
        case Operation.CONFIRM_RENEWAL:
            yield _Sign(trigger=T.ACCEPT_RENEWAL)
        case Operation.DECLINE_RENEWAL:
            yield _Sign(trigger=T.DECLINE_RENEWAL)
        case _:
            # It reads, is about a card, or is a quote that grew: for one more product or piece,
            # or because the shop asks product by product.
            return


@cache
def _unseen_from(places: frozenset[State]) -> frozenset[State]:
    """Where somebody can get from there without a call that would show it."""
    found, waiting = set(places), list(places)
    while waiting:
        for row in rows_from(waiting.pop()):
            if _is_unseen(row) and row.dest not in found:
                found.add(row.dest)
                waiting.append(row.dest)
    return frozenset(found)


def _is_unseen(row: Row) -> bool:
    return row.trigger not in _CALLING
