"""What the collection walks through: a story a folder, its requests following one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flow.simulator.catalogue import Catalogue, FieldKind, FieldRule, PolicyType
from models.base import Json
from models.endpoints import Operation

__all__ = ["Request", "stories_of"]

_O = Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request of a story.

    Attributes:
        name: what it does, in a few words.
        saves: collection variables and where in the answer their values are.
        expects: a JavaScript expression about `body` that has to hold, and what it claims.
        status: where it is not the endpoint's usual one.
    """

    operation: Operation
    name: str
    body: Json | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    saves: Mapping[str, str] = field(default_factory=dict)
    expects: tuple[str, str] | None = None
    status: int | None = None


_HOLDER = {
    "first_name": "Ann",
    "last_name": "Lee",
    "email": "ann.lee@example.com",
    "phone": "+442071838750",
    "country": "GB",
}
_CARD = {
    "number": "4242424242424242",
    "expiryMonth": 12,
    "expiryYear": 2030,
    "cvc": "123",
    "holderName": "Ann Lee",
}


class _Product(NamedTuple):
    name: str
    price: float


_CAMERA = _Product("Camera", 499)
_LAPTOP = _Product("Laptop", 1200)
_HEADPHONES = _Product("Headphones", 199)
_FIRST = {"ins": "id", "quote": "quotes['0'].id"}
_BOOKING: Json = {"quotes": [{"id": "{{quote}}"}], "policyholder": _HOLDER}
_BOOK = Request(
    operation=_O.CREATE_BOOKING,
    name="Book it",
    body=_BOOKING,
    expects=("the booking is confirmed", "body.status === 'CONFIRMED'"),
)


def stories_of(catalogue: Catalogue) -> dict[str, list[Request]]:
    """The folders' names and their requests; the offers' only where the catalogue has offers."""
    retail = next(policy for policy in catalogue.policies if policy.group == "retail")
    return {
        "Quotes API: a package, from quote to booking": _package(retail),
        "Quotes API: pending payment": _pending_payment(retail),
        "Quotes API: opt-out": _opt_out(retail),
        "Quotes API: cancellation in two steps": _cancellation(retail),
        "Quotes API: modification": _modification(retail),
        "Quotes API: renewal and instalments": _renewal(retail),
        "Quotes API: fast quote, then instant booking": _fast(retail),
        **(_offers() if catalogue.offers else {}),
    }


def _asking(retail: PolicyType, *products: _Product) -> Json:
    return {
        "currency": "GBP",
        "customer_country": "GB",
        "customer_language": "en",
        "request": [_sample(retail, product) for product in products],
    }


def _quote(retail: PolicyType) -> Request:
    return Request(
        operation=_O.CREATE_QUOTES,
        name="Quote one product",
        body=_asking(retail, _CAMERA),
        saves=_FIRST,
        expects=("the quote waits for a choice", "body.status === 'RECEIVED'"),
    )


def _package(retail: PolicyType) -> list[Request]:
    return [
        Request(
            operation=_O.CREATE_QUOTES,
            name="Quote two products as one package",
            body=_asking(retail, _CAMERA, _LAPTOP),
            saves={**_FIRST, "second": "quotes['1'].id"},
            expects=(
                "the total is the sum",
                "Math.abs(body.total_price - body.quotes['0'].price - "
                "body.quotes['1'].price) < 0.005",
            ),
        ),
        Request(operation=_O.GET_QUOTES, name="Read the package"),
        Request(
            operation=_O.DELETE_QUOTES,
            name="Take one out",
            body={"quotes": [{"id": "{{second}}"}]},
        ),
        Request(
            operation=_O.ADD_QUOTES,
            name="Add one",
            body={"request": [_sample(retail, _HEADPHONES)]},
            saves={"added": "quotes['0'].id"},
        ),
        Request(
            operation=_O.UPDATE_QUOTES,
            name="Change a price",
            body={"request": [{"quote_id": "{{quote}}", "price": 549}]},
        ),
        _BOOK,
        Request(operation=_O.GET_BOOKING, name="Read the booking"),
        Request(operation=_O.LIST_BOOKINGS, name="List bookings", query={"limit": "1"}),
        Request(operation=_O.SEND_EMAIL, name="Send the documents again", body={}),
    ]


def _pending_payment(retail: PolicyType) -> list[Request]:
    return [
        _quote(retail),
        Request(
            operation=_O.CREATE_BOOKING,
            name="Book, payment to follow",
            body={**_BOOKING, "require_payment_confirmation": True},
            expects=("the booking is pending", "body.status === 'PENDING_PAYMENT'"),
        ),
        Request(
            operation=_O.CONFIRM_BOOKING,
            name="Confirm the payment",
            body={},
            expects=("the booking is confirmed", "body.status === 'CONFIRMED'"),
        ),
    ]


def _opt_out(retail: PolicyType) -> list[Request]:
    return [
        _quote(retail),
        Request(operation=_O.OPT_OUT, name="The customer declined", body={}),
        Request(
            operation=_O.GET_QUOTES,
            name="Read it again",
            expects=("it is opted out", "body.status === 'OPTED_OUT'"),
        ),
    ]


def _cancellation(retail: PolicyType) -> list[Request]:
    return [
        _quote(retail),
        _BOOK,
        Request(
            operation=_O.CANCEL_BOOKING,
            name="Preview the refund",
            body={"preview": True, "quotes": [{"id": "{{quote}}"}]},
            saves={"cancellation": "cancellation_id"},
            expects=("everything would be refunded", "body.total_refund > 0"),
        ),
        Request(
            operation=_O.CONFIRM_CANCELLATION,
            name="Confirm the cancellation",
            body={},
            expects=("the booking is cancelled", "body.status === 'CANCELLED'"),
        ),
        Request(
            operation=_O.CANCEL_BOOKING,
            name="Cancelling again is refused",
            body={},
            status=422,
            expects=("it says why", "body.errors[0].includes('CANCELLED')"),
        ),
    ]


def _modification(retail: PolicyType) -> list[Request]:
    return [
        _quote(retail),
        _BOOK,
        Request(
            operation=_O.MODIFY_BOOKING,
            name="Change the customer's phone",
            body={"policyholder": {"phone": "+442071838751"}},
            expects=("the price stays", "body.total_price_diff === 0"),
        ),
        Request(
            operation=_O.QUOTE_MODIFICATION,
            name="Price a change",
            body={"quotes": [{"id": "{{quote}}", "update_fields": {"price": 599}}]},
            saves={"update": "update_id"},
        ),
        Request(operation=_O.CONFIRM_MODIFICATION, name="Make it", body={}),
    ]


def _renewal(retail: PolicyType) -> list[Request]:
    return [
        _quote(retail),
        Request(
            operation=_O.CREATE_BOOKING,
            name="Book, paid in parts",
            body={
                **_BOOKING,
                "quotes": [{"id": "{{quote}}", "instalment_plan": retail.plans[0].name}],
            },
        ),
        Request(operation=_O.GET_INSTALMENTS, name="Read the schedule"),
        Request(
            operation=_O.RECORD_INSTALMENTS,
            name="Record the second payment",
            body={
                "quotes": [
                    {
                        "id": "{{quote}}",
                        "payment_attempted_date": "2026-02-15T09:00:00Z",
                        "payment_status": "PAID",
                        "instalment_number": 2,
                    }
                ]
            },
        ),
        Request(
            operation=_O.QUOTE_RENEWAL,
            name="Price the next term",
            body={},
            saves={"renewal": "renewal_id"},
        ),
        Request(operation=_O.DECLINE_RENEWAL, name="Let it end", body={}),
    ]


def _fast(retail: PolicyType) -> list[Request]:
    return [
        Request(
            operation=_O.CREATE_QUOTES,
            name="Price only, keep nothing",
            body=_asking(retail, _CAMERA),
            query={"fast_quote": "1"},
        ),
        Request(
            operation=_O.CREATE_TOKEN,
            name="Tokenise a card for the insurer to charge",
            body={"customer": {"email": _HOLDER["email"]}, "creditCard": _CARD},
            saves={"token": "data.id"},
        ),
        Request(
            operation=_O.INSTANT_BOOKING,
            name="Quote and book in one call",
            body={
                **_asking(retail, _CAMERA),
                "policyholder": _HOLDER,
                "customer_token_id": "{{token}}",
            },
            saves={"ins": "id"},
            expects=("the booking is confirmed", "body.status === 'CONFIRMED'"),
        ),
        Request(operation=_O.CANCEL_BOOKING, name="Cancel it in one step", body={}),
    ]


def _offers() -> dict[str, list[Request]]:
    create = Request(
        operation=_O.CREATE_OFFER,
        name="Ask for an offer",
        body={
            "customer": {"currency": "GBP", "language": "en", "country": "GB"},
            "partner": {},
            "context": {
                "purchase_date": "{{$isoTimestamp}}",
                "product": {"retail_value": 499, "quantity": 1},
            },
        },
        query={"extra_fields": "tax,commission"},
        saves={"offer": "id", "quote": "products[0].id"},
        expects=("every product has texts", "body.content.products.length > 0"),
    )
    return {
        "Offers API: an offer, from asking to cancelling": [
            create,
            Request(
                operation=_O.CONFIRM_OFFER,
                name="Confirm one product of it",
                body={"quotes": [{"id": "{{quote}}"}], "policyholder": _HOLDER},
                saves={"ins": "id"},
                expects=("the booking is confirmed", "body.status === 'CONFIRMED'"),
            ),
            Request(operation=_O.GET_BOOKING, name="Read the booking"),
            Request(operation=_O.CANCEL_BOOKING, name="Cancel it", body={}),
        ],
        "Offers API: opt-out": [
            create,
            Request(operation=_O.OPT_OUT_OFFER, name="The customer declined", body={}),
        ],
    }


def _sample(policy: PolicyType, product: _Product) -> Json:
    """A quote request with every field that a policy type requires."""
    own = {key: _value(key, rule, product) for key, rule in policy.fields.items() if rule.required}
    return {"policy_type": policy.type, "policy_type_version": policy.version, **own}


def _value(key: str, rule: FieldRule, product: _Product) -> Any:
    if rule.one_of:
        return rule.one_of[0]
    match rule.kind:
        case FieldKind.AMOUNT:
            return product.price
        case FieldKind.WHOLE:
            return int(rule.least or 1)
        case FieldKind.YES_NO:
            return False
        case FieldKind.DATE:
            return "2026-01-15T09:00:00Z"
        case FieldKind.COUNTRY:
            return "GB"
        case FieldKind.PRICES:
            return [{"price": product.price}]
        case FieldKind.TEXT:
            return "electronics" if key == "category" else product.name
