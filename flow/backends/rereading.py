"""A backend's traffic read again: a recorded call and its answer, as the typed exchange it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from pydantic import ValidationError

from flow.backends.faulty import FaultKind
from flow.backends.observed import Exchange
from flow.backends.relay import Asked
from flow.backends.wire import NoAnswer, WireBackend
from flow.errors import BackendError
from models import (
    AddQuotes,
    Answer,
    Call,
    CancelBooking,
    ConfirmOffer,
    CreateBooking,
    CreateOffer,
    CreateQuotes,
    DeleteQuotes,
    InstantBooking,
    ModifyBooking,
    Operation,
    OptOut,
    OptOutOffer,
    RecordInstalments,
    SendEmail,
    UpdateQuotes,
)
from models.base import Json, Reply, Request
from models.endpoints import Route, find

__all__ = ["reread"]

_UNHEARD = {
    FaultKind.CALL_LOST,
    FaultKind.ANSWER_LOST,
    FaultKind.UNREACHABLE,
    FaultKind.TRUNCATED,
    FaultKind.MALFORMED,
}
"""Faults after which the caller has no answer that can be used."""

_BODIES: dict[Operation, type[Request]] = {
    Operation.CREATE_QUOTES: CreateQuotes,
    Operation.UPDATE_QUOTES: UpdateQuotes,
    Operation.ADD_QUOTES: AddQuotes,
    Operation.DELETE_QUOTES: DeleteQuotes,
    Operation.OPT_OUT: OptOut,
    Operation.CREATE_BOOKING: CreateBooking,
    Operation.INSTANT_BOOKING: InstantBooking,
    Operation.MODIFY_BOOKING: ModifyBooking,
    Operation.QUOTE_MODIFICATION: ModifyBooking,
    Operation.CANCEL_BOOKING: CancelBooking,
    Operation.RECORD_INSTALMENTS: RecordInstalments,
    Operation.SEND_EMAIL: SendEmail,
    Operation.CREATE_OFFER: CreateOffer,
    Operation.CONFIRM_OFFER: ConfirmOffer,
    Operation.OPT_OUT_OFFER: OptOutOffer,
}
"""Calls that carry something; the others say all with their path."""

_KEY_HEADER = "x-idempotency-key"
_LEFT_OUT = {Operation.CREATE_TOKEN, Operation.LIST_BOOKINGS}
"""Cards are in no record, and a list is about no package."""


@dataclass(slots=True)
class _Recorded:
    """A transport that has one answer."""

    answer: Answer | None

    def send(self, call: Call) -> Answer:
        if self.answer is None:
            msg = "none reached the caller"
            raise NoAnswer(msg)
        return self.answer


def reread(entry: Json) -> Exchange | None:
    """The exchange that a server's journal, or a tape, has an entry of.

    It is read by the same code that reads answers off the wire. None for what is no call about a
    package, or has a body that is none of this operation's.
    """
    asked = _asked(entry)
    method, path = str(asked.get("method")), str(asked.get("path"))
    route = find(method, path.partition("?")[0])
    if route is None or route.endpoint is None or route.endpoint.operation in _LEFT_OUT:
        return None
    try:
        request = _request(route.endpoint.operation, asked.get("body"))
    except ValidationError:
        return None
    return _exchange(entry, route, request)


def _request(operation: Operation, body: Any) -> Request | None:
    model = _BODIES.get(operation)
    return None if model is None else model.model_validate({} if body is None else body)


def _exchange(entry: Json, route: Route, request: Request | None) -> Exchange | None:
    if route.endpoint is None:
        return None
    operation, ids = route.endpoint.operation, dict(route.ids)
    key = _key(entry) if route.endpoint.keyed else None
    backend = WireBackend(_Recorded(_answer(entry)), partner=route.partner)
    is_fast = operation is Operation.CREATE_QUOTES and _is_fast(_asked(entry).get("query"))
    method = getattr(backend, "fast_quote" if is_fast else operation.value)
    given = [] if request is None else [request]
    named = {} if key is None else {"key": key}
    asked = Asked(operation=operation, request=request, ids=ids, key=key)
    try:
        reply = method(*ids.values(), *given, **named)
    except BackendError as error:
        return Exchange(asked=asked, error=error)
    return Exchange(asked=asked, reply=reply if isinstance(reply, Reply) else None)


def _answer(entry: Json) -> Answer | None:
    """What the caller got; None for nothing that can be used."""
    given = entry.get("answer") or entry.get("response")
    if not isinstance(given, dict) or not isinstance(given.get("status"), int):
        return None
    if _UNHEARD.intersection(entry.get("faults") or ()):
        return None
    return Answer(given["status"], given.get("body"))


def _key(entry: Json) -> str | None:
    headers = _asked(entry).get("headers")
    key = headers.get(_KEY_HEADER) if isinstance(headers, dict) else None
    return key if isinstance(key, str) else None


def _asked(entry: Json) -> Json:
    """The request's part; a file may hold anything there."""
    asked = entry.get("request")
    return asked if isinstance(asked, dict) else {}


def _is_fast(query: object) -> bool:
    pairs = query if isinstance(query, Mapping) else dict(parse_qsl(str(query or "")))
    return str(pairs.get("fast_quote", "")).lower() in {"1", "true"}
