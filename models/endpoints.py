"""Every path, method, slash and success status of both APIs, once (contract sections 1, 11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote

__all__ = [
    "BY_OPERATION",
    "ENDPOINTS",
    "OFFERS",
    "PREFIXES",
    "Endpoint",
    "Operation",
    "Route",
    "encoded",
    "find",
]

PREFIXES = ("/xcover", "/x", "/api/v2", "")
"""What stands in front of `/partners/…` in the wild; the first one is what we send."""


class Operation(StrEnum):
    """What a partner can ask of the insurer. The value names the Backend's method.

    The last three are the offers API, which no Backend method asks for yet.
    """

    CREATE_QUOTES = "create_quotes"
    GET_QUOTES = "get_quotes"
    UPDATE_QUOTES = "update_quotes"
    ADD_QUOTES = "add_quotes"
    DELETE_QUOTES = "delete_quotes"
    OPT_OUT = "opt_out"
    CREATE_BOOKING = "create_booking"
    CONFIRM_BOOKING = "confirm_booking"
    INSTANT_BOOKING = "instant_booking"
    GET_BOOKING = "get_booking"
    LIST_BOOKINGS = "list_bookings"
    MODIFY_BOOKING = "modify_booking"
    QUOTE_MODIFICATION = "quote_modification"
    CONFIRM_MODIFICATION = "confirm_modification"
    CANCEL_BOOKING = "cancel_booking"
    CONFIRM_CANCELLATION = "confirm_cancellation"
    GET_INSTALMENTS = "get_instalments"
    RECORD_INSTALMENTS = "record_instalments"
    SEND_EMAIL = "send_email"
    QUOTE_RENEWAL = "quote_renewal"
    CONFIRM_RENEWAL = "confirm_renewal"
    DECLINE_RENEWAL = "decline_renewal"
    CREATE_TOKEN = "create_token"
    CREATE_OFFER = "create_offer"
    CONFIRM_OFFER = "confirm_offer"
    OPT_OUT_OFFER = "opt_out_offer"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation on the wire.

    `path` is relative to `{prefix}/partners/{partner}/`, with the slash exactly as clients send
    it; `allow` is the recorded Allow header; `success` the recorded status. `keyed` says that an
    idempotency key is accepted (contract section 3).
    """

    operation: Operation
    method: str
    path: str
    success: int
    allow: str
    keyed: bool = True

    def fill(self, **ids: str) -> str:
        """The relative path with its ids put in, percent-encoded: none leads elsewhere."""
        return self.path.format(**{name: encoded(id_) for name, id_ in ids.items()})


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes: the endpoint, the partner, and the ids in the path.

    `endpoint` is None when the path is known and the method is not.
    """

    endpoint: Endpoint | None
    partner: str
    ids: Mapping[str, str]
    allow: str


def encoded(part: str) -> str:
    """One part of a path, whatever is in it."""
    return _quoted(str(part))


@lru_cache(maxsize=4096)  # a journey asks about the same few packages at every step
def _quoted(part: str) -> str:
    return quote(part, safe="", errors="surrogatepass")


_QUOTES = "GET, POST, DELETE, OPTIONS"
_PACKAGE = "GET, PATCH, DELETE, HEAD, OPTIONS"
_LIST = "GET, HEAD, OPTIONS"
_BOOKING = "GET, POST, PATCH, HEAD, OPTIONS"
_INSTALMENTS = "GET, POST, HEAD, OPTIONS"
_POST = "POST, OPTIONS"
_PATCH = "PATCH, OPTIONS"
_PUT = "PUT, OPTIONS"

ENDPOINTS = (
    Endpoint(Operation.CREATE_QUOTES, "POST", "quotes/", 201, _QUOTES, keyed=False),
    Endpoint(Operation.GET_QUOTES, "GET", "quotes/{ins}/", 200, _PACKAGE, keyed=False),
    Endpoint(Operation.UPDATE_QUOTES, "PATCH", "quotes/{ins}/", 200, _PACKAGE),
    Endpoint(Operation.ADD_QUOTES, "POST", "quotes/{ins}/add/", 201, _QUOTES),
    Endpoint(Operation.DELETE_QUOTES, "POST", "quotes/{ins}/delete/", 200, _QUOTES),
    Endpoint(Operation.OPT_OUT, "POST", "bookings/{ins}/opt_out", 204, _POST),
    Endpoint(Operation.CREATE_BOOKING, "POST", "bookings/{ins}/", 200, _BOOKING),
    Endpoint(Operation.CONFIRM_BOOKING, "PUT", "bookings/{ins}/confirm", 201, _PUT),
    Endpoint(Operation.INSTANT_BOOKING, "POST", "instant_booking/", 200, _POST),
    Endpoint(Operation.GET_BOOKING, "GET", "bookings/{ins}/", 200, _BOOKING, keyed=False),
    Endpoint(Operation.LIST_BOOKINGS, "GET", "bookings/", 200, _LIST, keyed=False),
    Endpoint(Operation.MODIFY_BOOKING, "PATCH", "bookings/{ins}/", 200, _BOOKING),
    Endpoint(Operation.QUOTE_MODIFICATION, "PATCH", "bookings/{ins}/quote_for_update", 200, _PATCH),
    Endpoint(
        Operation.CONFIRM_MODIFICATION,
        "POST",
        "bookings/{ins}/confirm_update/{update}/",
        201,
        _POST,
    ),
    Endpoint(Operation.CANCEL_BOOKING, "POST", "bookings/{ins}/cancel", 200, _POST),
    Endpoint(
        Operation.CONFIRM_CANCELLATION,
        "POST",
        "bookings/{ins}/confirm_cancellation/{cancellation}/",
        200,
        _POST,
    ),
    Endpoint(
        Operation.GET_INSTALMENTS,
        "GET",
        "bookings/{ins}/instalments/",
        200,
        _INSTALMENTS,
        keyed=False,
    ),
    Endpoint(
        Operation.RECORD_INSTALMENTS, "POST", "bookings/{ins}/instalments/", 204, _INSTALMENTS
    ),
    Endpoint(Operation.SEND_EMAIL, "POST", "bookings/{ins}/send_email", 202, _POST),
    # Success codes of the three renewal calls were not recorded: 200 is documented for the
    # first, the others are our choice (contract section 12, question 12).
    Endpoint(Operation.QUOTE_RENEWAL, "PATCH", "renewals/{ins}/quote_for_renewal/", 200, _PATCH),
    Endpoint(Operation.CONFIRM_RENEWAL, "POST", "renewals/{ins}/confirm/{renewal}/", 200, _POST),
    Endpoint(Operation.DECLINE_RENEWAL, "POST", "renewals/{ins}/opt_out/", 204, _POST),
    # On a host of its own in reality, without partner code (contract section 9): ours answers
    # beside the others.
    Endpoint(Operation.CREATE_TOKEN, "POST", "customer-tokens", 201, _POST),
    # The Allow header of these three was not recorded: our choice.
    Endpoint(Operation.CREATE_OFFER, "POST", "offers/", 200, _POST, keyed=False),
    Endpoint(Operation.CONFIRM_OFFER, "POST", "offers/{offer}/confirm/", 200, _POST),
    Endpoint(Operation.OPT_OUT_OFFER, "POST", "offers/{offer}/opt_out/", 204, _POST),
)

OFFERS = frozenset({Operation.CREATE_OFFER, Operation.CONFIRM_OFFER, Operation.OPT_OUT_OFFER})
"""The offers API. Its bookings are read, changed and cancelled like all others."""

BY_OPERATION = {endpoint.operation: endpoint for endpoint in ENDPOINTS}


def _pattern(path: str) -> re.Pattern[str]:
    """A regular expression for the path, with and without its final slash.

    Clients send the form in the table; the documentation drops slashes here and there, so both
    are served (contract section 0).
    """
    body = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path.rstrip("/"))
    return re.compile(rf"{body}/?")


_PATTERNS = [(_pattern(endpoint.path), endpoint) for endpoint in ENDPOINTS]
_FRAME = re.compile(r"(?:/xcover|/x|/api/v2)?/partners/(?P<partner>[^/]+)/(?P<rest>.*)")


@lru_cache(maxsize=4096)  # most paths are asked for again and again
def find(method: str, path: str) -> Route | None:
    """The route of a request path without query string; None when no path fits."""
    frame = _FRAME.fullmatch(path)
    if frame is None:
        return None
    known: Route | None = None
    for pattern, endpoint in _PATTERNS:
        match = pattern.fullmatch(frame["rest"])
        if match is None:
            continue
        if endpoint.method == method:
            return Route(endpoint, frame["partner"], match.groupdict(), endpoint.allow)
        known = known or Route(None, frame["partner"], match.groupdict(), endpoint.allow)
    return known
