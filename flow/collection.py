"""The collection of common requests, for Postman and Newman: made from table and catalogue.

Each story is a folder whose requests follow one another: a test script checks the status and
keeps the ids that the next request needs. A pre-request script signs every request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flow.simulator.catalogue import Catalogue, FieldKind, FieldRule, PolicyType
from models.base import Json
from models.endpoints import BY_OPERATION, Operation

__all__ = ["SCHEMA", "postman_collection"]

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
"""The format's own name for itself."""

_SIGN = """\
// Signs as the insurer asks: HMAC-SHA512 over the Date header, base64, percent-encoded.
pm.variables.set('baseUrl', pm.variables.get('baseUrl').replace(/\\/+$/, ''));
const { HmacSHA512, enc } = require('crypto-js');
const date = new Date().toUTCString();
const hash = HmacSHA512('date: ' + date, pm.variables.get('apiSecret'));
const signature = encodeURIComponent(enc.Base64.stringify(hash));
const key = pm.variables.get('apiKey');
pm.request.headers.upsert({key: 'Date', value: date});
pm.request.headers.upsert({key: 'X-Api-Key', value: key});
pm.request.headers.upsert({
  key: 'Authorization',
  value: `Signature keyId="${key}",algorithm="hmac-sha512",signature="${signature}"`,
});"""

_O = Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
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


_IDS = {
    "ins": "{{ins}}",
    "update": "{{update}}",
    "cancellation": "{{cancellation}}",
    "renewal": "{{renewal}}",
    "offer": "{{offer}}",
}
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


def postman_collection(catalogue: Catalogue) -> Json:
    """The collection, as Postman v2.1.

    Args:
        catalogue: what is sold; a retail policy type comes from it, and whether there are offers.
    """
    return {
        "info": {
            "name": "Retail cover: common requests (purchaseflow, unofficial)",
            "description": "From quote to booking, opt-out and cancellation. Set baseUrl, "
            "partner, apiKey and apiSecret; run a folder from top to bottom.",
            "schema": SCHEMA,
        },
        "variable": [
            {"key": key, "value": value}
            for key, value in {
                "baseUrl": "http://127.0.0.1:8089/x",
                "partner": "RETLR",
                "apiKey": "test-key",
                "apiSecret": "test-secret",
            }.items()
        ],
        "event": [_script("prerequest", _SIGN)],
        "item": [
            {"name": name, "item": [_item(request) for request in requests]}
            for name, requests in _stories(catalogue).items()
        ],
    }


def _stories(catalogue: Catalogue) -> dict[str, list[_Request]]:
    retail = next(policy for policy in catalogue.policies if policy.group == "retail")
    quote = {
        "currency": "GBP",
        "customer_country": "GB",
        "customer_language": "en",
        "request": [_sample(retail, "Camera", 499), _sample(retail, "Laptop", 1200)],
    }
    one = {**quote, "request": quote["request"][:1]}
    first = {"ins": "id", "quote": "quotes['0'].id"}
    create = _Request(
        operation=_O.CREATE_QUOTES,
        name="Quote one product",
        body=one,
        saves=first,
        expects=("the quote waits for a choice", "body.status === 'RECEIVED'"),
    )
    book_body: Json = {"quotes": [{"id": "{{quote}}"}], "policyholder": _HOLDER}
    book = _Request(
        operation=_O.CREATE_BOOKING,
        name="Book it",
        body=book_body,
        expects=("the booking is confirmed", "body.status === 'CONFIRMED'"),
    )
    return {
        "Quotes API: a package, from quote to booking": [
            _Request(
                operation=_O.CREATE_QUOTES,
                name="Quote two products as one package",
                body=quote,
                saves={**first, "second": "quotes['1'].id"},
                expects=(
                    "the total is the sum",
                    "Math.abs(body.total_price - body.quotes['0'].price - "
                    "body.quotes['1'].price) < 0.005",
                ),
            ),
            _Request(operation=_O.GET_QUOTES, name="Read the package"),
            _Request(
                operation=_O.DELETE_QUOTES,
                name="Take one out",
                body={"quotes": [{"id": "{{second}}"}]},
            ),
            _Request(
                operation=_O.ADD_QUOTES,
                name="Add one",
                body={"request": [_sample(retail, "Headphones", 199)]},
                saves={"added": "quotes['0'].id"},
            ),
            _Request(
                operation=_O.UPDATE_QUOTES,
                name="Change a price",
                body={"request": [{"quote_id": "{{quote}}", "price": 549}]},
            ),
            book,
            _Request(operation=_O.GET_BOOKING, name="Read the booking"),
            _Request(operation=_O.LIST_BOOKINGS, name="List bookings", query={"limit": "1"}),
            _Request(operation=_O.SEND_EMAIL, name="Send the documents again", body={}),
        ],
        "Quotes API: pending payment": [
            create,
            _Request(
                operation=_O.CREATE_BOOKING,
                name="Book, payment to follow",
                body={**book_body, "require_payment_confirmation": True},
                expects=("the booking is pending", "body.status === 'PENDING_PAYMENT'"),
            ),
            _Request(
                operation=_O.CONFIRM_BOOKING,
                name="Confirm the payment",
                body={},
                expects=("the booking is confirmed", "body.status === 'CONFIRMED'"),
            ),
        ],
        "Quotes API: opt-out": [
            create,
            _Request(operation=_O.OPT_OUT, name="The customer declined", body={}),
            _Request(
                operation=_O.GET_QUOTES,
                name="Read it again",
                expects=("it is opted out", "body.status === 'OPTED_OUT'"),
            ),
        ],
        "Quotes API: cancellation in two steps": [
            create,
            book,
            _Request(
                operation=_O.CANCEL_BOOKING,
                name="Preview the refund",
                body={"preview": True, "quotes": [{"id": "{{quote}}"}]},
                saves={"cancellation": "cancellation_id"},
                expects=("everything would be refunded", "body.total_refund > 0"),
            ),
            _Request(
                operation=_O.CONFIRM_CANCELLATION,
                name="Confirm the cancellation",
                body={},
                expects=("the booking is cancelled", "body.status === 'CANCELLED'"),
            ),
            _Request(
                operation=_O.CANCEL_BOOKING,
                name="Cancelling again is refused",
                body={},
                status=422,
                expects=("it says why", "body.errors[0].includes('CANCELLED')"),
            ),
        ],
        "Quotes API: modification": [
            create,
            book,
            _Request(
                operation=_O.MODIFY_BOOKING,
                name="Change the customer's phone",
                body={"policyholder": {"phone": "+442071838751"}},
                expects=("the price stays", "body.total_price_diff === 0"),
            ),
            _Request(
                operation=_O.QUOTE_MODIFICATION,
                name="Price a change",
                body={"quotes": [{"id": "{{quote}}", "update_fields": {"price": 599}}]},
                saves={"update": "update_id"},
            ),
            _Request(operation=_O.CONFIRM_MODIFICATION, name="Make it", body={}),
        ],
        "Quotes API: renewal and instalments": [
            create,
            _Request(
                operation=_O.CREATE_BOOKING,
                name="Book, paid in parts",
                body={
                    **book_body,
                    "quotes": [{"id": "{{quote}}", "instalment_plan": retail.plans[0].name}],
                },
            ),
            _Request(operation=_O.GET_INSTALMENTS, name="Read the schedule"),
            _Request(
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
            _Request(
                operation=_O.QUOTE_RENEWAL,
                name="Price the next term",
                body={},
                saves={"renewal": "renewal_id"},
            ),
            _Request(operation=_O.DECLINE_RENEWAL, name="Let it end", body={}),
        ],
        "Quotes API: fast quote, then instant booking": [
            _Request(
                operation=_O.CREATE_QUOTES,
                name="Price only, keep nothing",
                body=one,
                query={"fast_quote": "1"},
            ),
            _Request(
                operation=_O.CREATE_TOKEN,
                name="Tokenise a card for the insurer to charge",
                body={"customer": {"email": _HOLDER["email"]}, "creditCard": _CARD},
                saves={"token": "data.id"},
            ),
            _Request(
                operation=_O.INSTANT_BOOKING,
                name="Quote and book in one call",
                body={**one, "policyholder": _HOLDER, "customer_token_id": "{{token}}"},
                saves={"ins": "id"},
                expects=("the booking is confirmed", "body.status === 'CONFIRMED'"),
            ),
            _Request(operation=_O.CANCEL_BOOKING, name="Cancel it in one step", body={}),
        ],
        **(_offer_stories() if catalogue.offers else {}),
    }


def _offer_stories() -> dict[str, list[_Request]]:
    create = _Request(
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
            _Request(
                operation=_O.CONFIRM_OFFER,
                name="Confirm one product of it",
                body={"quotes": [{"id": "{{quote}}"}], "policyholder": _HOLDER},
                saves={"ins": "id"},
                expects=("the booking is confirmed", "body.status === 'CONFIRMED'"),
            ),
            _Request(operation=_O.GET_BOOKING, name="Read the booking"),
            _Request(operation=_O.CANCEL_BOOKING, name="Cancel it", body={}),
        ],
        "Offers API: opt-out": [
            create,
            _Request(operation=_O.OPT_OUT_OFFER, name="The customer declined", body={}),
        ],
    }


def _sample(policy: PolicyType, name: str, price: float) -> Json:
    """A quote request with every field that a policy type requires."""
    own = {
        key: _value(key, rule, name, price) for key, rule in policy.fields.items() if rule.required
    }
    return {"policy_type": policy.type, "policy_type_version": policy.version, **own}


def _value(key: str, rule: FieldRule, name: str, price: float) -> Any:
    if rule.one_of:
        return rule.one_of[0]
    match rule.kind:
        case FieldKind.AMOUNT:
            return price
        case FieldKind.WHOLE:
            return int(rule.least or 1)
        case FieldKind.YES_NO:
            return False
        case FieldKind.DATE:
            return "2026-01-15T09:00:00Z"
        case FieldKind.COUNTRY:
            return "GB"
        case FieldKind.PRICES:
            return [{"price": price}]
        case FieldKind.TEXT:
            return "electronics" if key == "category" else name


def _item(request: _Request) -> Json:
    endpoint = BY_OPERATION[request.operation]
    path = "/partners/{{partner}}/" + endpoint.fill(**_IDS)
    query = [{"key": key, "value": value} for key, value in request.query.items()]
    tail = "?" + "&".join(f"{q['key']}={q['value']}" for q in query) if query else ""
    headers = [{"key": "Content-Type", "value": "application/json"}]
    if endpoint.keyed:
        headers.append({"key": "x-idempotency-key", "value": "{{$guid}}"})
    item: Json = {
        "method": endpoint.method,
        "header": headers,
        "url": {
            "raw": "{{baseUrl}}" + path + tail,
            "host": ["{{baseUrl}}"],
            "path": path.strip("/").split("/") + ([""] if path.endswith("/") else []),
            **({"query": query} if query else {}),
        },
    }
    if request.body is not None:
        item["body"] = {
            "mode": "raw",
            "raw": json.dumps(request.body, indent=2),
            "options": {"raw": {"language": "json"}},
        }
    tests = _tests(request, request.status or endpoint.success)
    return {"name": request.name, "event": [_script("test", tests)], "request": item}


def _tests(request: _Request, status: int) -> str:
    lines = [f"pm.test('status {status}', () => pm.response.to.have.status({status}));"]
    if request.saves or request.expects:
        lines.append("const body = pm.response.json();")
    if request.expects is not None:
        claim, expression = request.expects
        lines.append(f"pm.test({json.dumps(claim)}, () => pm.expect({expression}).to.be.true);")
    lines += [
        f"pm.collectionVariables.set('{name}', body.{where});"
        for name, where in request.saves.items()
    ]
    return "\n".join(lines)


def _script(listen: str, text: str) -> Json:
    return {"listen": listen, "script": {"type": "text/javascript", "exec": text.split("\n")}}
