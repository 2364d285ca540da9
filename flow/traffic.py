"""What anybody's calls to the insurer show of the table: read from a journal, package by package.

Calls show that something was quoted, booked or cancelled; no shopper can be seen browsing, choosing
or paying. What lies unseen between two calls is worked out from the table, and a transition counts
only when no other one could have made the call. A package is taken for an order of its own: that
another one belongs to the same order cannot be seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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

_KEY_HEADER = "x-idempotency-key"
_REPEATED = 409
"""With the answer to a key's first call: so says a tape, a journal says it outright."""
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
    heard: set[tuple[str, ...]] = set()
    forms: list[_Package] = []
    for entry in entries:
        call = _Call.of(entry)
        if call is None:
            continue
        if call.key and call.is_done:
            key = (call.world, call.partner, call.key)
            if call.is_repeat and key in heard:
                continue
            heard.add(key)
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
            sign = _sign(call)
            if sign is not None:
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
    key: str
    is_repeat: bool
    asked: Json
    answered: Json
    status: int

    @classmethod
    def of(cls, entry: Json) -> _Call | None:
        """Read it; None for what is no call to the insurer, or was not answered.

        A repeated call is answered with what was stored when the call was done, under 409. It is
        read as that answer, for the first one may have been lost on its way.
        """
        request = entry.get("request") or {}
        answer = entry.get("answer") if "answer" in entry else entry.get("response")
        route = find(str(request.get("method")), str(request.get("path")).partition("?")[0])
        if route is None or route.endpoint is None or not isinstance(answer, dict):
            return None
        status = answer.get("status")
        if not isinstance(status, int):
            return None
        answered = _object(answer.get("body"))
        idempotency = _object(entry.get("idempotency"))
        key = _object(request.get("headers")).get(_KEY_HEADER) or idempotency.get("key")
        is_repeat = bool(idempotency.get("replayed")) or (
            status == _REPEATED and bool(key) and "id" in answered
        )
        if is_repeat:
            status = route.endpoint.success
        named = route.ids.get("ins") or route.ids.get("offer") or answered.get("id")
        return cls(
            operation=route.endpoint.operation,
            world=str(entry.get("world") or ""),
            partner=route.partner,
            package=str(named or ""),
            key=str(key or ""),
            is_repeat=is_repeat,
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


def _sign(call: _Call) -> _Sign | None:
    """What a call shows; nothing when it reads, or was refused in a way the table does not know."""
    if call.is_done:
        shows = _SHOWS.get(call.operation)
        return shows(call) if callable(shows) else shows
    if call.operation is Operation.CREATE_BOOKING and call.status == _REFUSED:
        return _Sign(trigger=T.BOOK, outcome=O.REFUSED)
    return None


def _quoted(call: _Call) -> _Sign:
    """A product's page quotes for that product; several are quoted for a cart only."""
    several = len(_listed(call.asked.get("request"))) > 1
    return _Sign(trigger=T.REQUEST_QUOTE, source=S.IN_CART if several else None)


def _removed(call: _Call) -> _Sign | None:
    """With the last quote gone, nobody can tell whether the cart is empty too."""
    left = any(_object(call.answered.get("quotes")).values())
    return _Sign(trigger=T.REMOVE_FROM_CART, outcome=O.SOME, source=S.OFFERED) if left else None


def _booked(call: _Call) -> _Sign:
    if call.answered.get("status") == "PENDING_PAYMENT":
        return _Sign(trigger=T.RESERVE)
    return _Sign(trigger=T.BOOK, outcome=O.APPROVED)


def _cancelled(call: _Call) -> _Sign:
    if call.asked.get("preview"):
        return _Sign(trigger=T.PREVIEW_CANCELLATION)
    return _Sign(trigger=T.CANCEL, outcome=_share_cancelled(call))


def _cancellation_confirmed(call: _Call) -> _Sign:
    return _Sign(trigger=T.CONFIRM_CANCELLATION, outcome=_share_cancelled(call))


def _share_cancelled(call: _Call) -> Outcome:
    return O.ALL if call.answered.get("status") == "CANCELLED" else O.SOME


def _modified(call: _Call) -> _Sign | None:
    return _Sign(trigger=T.CORRECT_DETAILS) if "policyholder" in call.asked else None


def _modification_confirmed(call: _Call) -> _Sign:
    differs = bool(call.answered.get("total_price_diff"))
    source = S.MODIFICATION_SETTLED if differs else S.MODIFICATION_QUOTED
    return _Sign(trigger=T.CONFIRM_MODIFICATION, source=source)


def _instalments_recorded(call: _Call) -> _Sign | None:
    lines = _listed(call.asked.get("quotes"))
    is_paid = any(line.get("payment_status") == "PAID" for line in lines)
    return _Sign(trigger=T.PAY_INSTALMENT) if is_paid else None


_SHOWS: dict[Operation, _Sign | Callable[[_Call], _Sign | None]] = {
    Operation.CREATE_QUOTES: _quoted,
    Operation.CREATE_OFFER: _quoted,
    Operation.DELETE_QUOTES: _removed,
    Operation.CREATE_BOOKING: _booked,
    Operation.INSTANT_BOOKING: _booked,
    Operation.CONFIRM_OFFER: _booked,
    Operation.CONFIRM_BOOKING: _Sign(trigger=T.CONFIRM_PAYMENT),
    Operation.OPT_OUT: _Sign(trigger=T.OPT_OUT),
    Operation.OPT_OUT_OFFER: _Sign(trigger=T.OPT_OUT),
    Operation.CANCEL_BOOKING: _cancelled,
    Operation.CONFIRM_CANCELLATION: _cancellation_confirmed,
    Operation.MODIFY_BOOKING: _modified,
    Operation.QUOTE_MODIFICATION: _Sign(trigger=T.QUOTE_MODIFICATION),
    Operation.CONFIRM_MODIFICATION: _modification_confirmed,
    Operation.RECORD_INSTALMENTS: _instalments_recorded,
    Operation.SEND_EMAIL: _Sign(trigger=T.RESEND_DOCUMENTS),
    Operation.QUOTE_RENEWAL: _Sign(trigger=T.QUOTE_RENEWAL),
    Operation.CONFIRM_RENEWAL: _Sign(trigger=T.ACCEPT_RENEWAL),
    Operation.DECLINE_RENEWAL: _Sign(trigger=T.DECLINE_RENEWAL),
}
"""What an operation that was done shows, always or depending on the call. What is not here reads,
is about a card, or is a quote that grew: for one more product or piece, or because the shop asks
product by product."""


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
