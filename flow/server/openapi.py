"""The OpenAPI document of the insurer's paths, made from the endpoint table and the models."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from flow.server.failing import FAULT_HEADER
from flow.simulator.catalogue import Catalogue, FieldKind, FieldRule, PolicyType
from flow.simulator.insurer import KEY_HEADER, WORLD_HEADER
from flow.simulator.offering import VERSION_HEADER
from flow.version import own_version
from models import (
    AddQuotes,
    Booking,
    BookingPage,
    CancelBooking,
    Cancellation,
    ConfirmOffer,
    CreateBooking,
    CreateOffer,
    CreateQuotes,
    CreateToken,
    CustomerToken,
    DeleteQuotes,
    Instalments,
    InstantBooking,
    Modification,
    ModifyBooking,
    Offer,
    OptOut,
    OptOutOffer,
    Problem,
    QuotePackage,
    RecordInstalments,
    Renewal,
    SendEmail,
    UpdateQuotes,
)
from models.base import Empty, Json
from models.endpoints import ENDPOINTS, OFFERS, PREFIXES, Endpoint, Operation
from models.renewals import ConfirmRenewal

__all__ = ["SUMMARIES", "openapi_document"]

_O = Operation
_REQUESTS: dict[Operation, type[BaseModel]] = {
    _O.CREATE_QUOTES: CreateQuotes,
    _O.UPDATE_QUOTES: UpdateQuotes,
    _O.ADD_QUOTES: AddQuotes,
    _O.DELETE_QUOTES: DeleteQuotes,
    _O.OPT_OUT: OptOut,
    _O.CREATE_BOOKING: CreateBooking,
    _O.CONFIRM_BOOKING: Empty,
    _O.INSTANT_BOOKING: InstantBooking,
    _O.MODIFY_BOOKING: ModifyBooking,
    _O.QUOTE_MODIFICATION: ModifyBooking,
    _O.CONFIRM_MODIFICATION: Empty,
    _O.CANCEL_BOOKING: CancelBooking,
    _O.CONFIRM_CANCELLATION: Empty,
    _O.RECORD_INSTALMENTS: RecordInstalments,
    _O.SEND_EMAIL: SendEmail,
    _O.QUOTE_RENEWAL: Empty,
    _O.CONFIRM_RENEWAL: ConfirmRenewal,
    _O.DECLINE_RENEWAL: Empty,
    _O.CREATE_TOKEN: CreateToken,
    _O.CREATE_OFFER: CreateOffer,
    _O.CONFIRM_OFFER: ConfirmOffer,
    _O.OPT_OUT_OFFER: OptOutOffer,
}
_REPLIES: dict[Operation, type[BaseModel]] = {
    _O.CREATE_QUOTES: QuotePackage,
    _O.GET_QUOTES: QuotePackage,
    _O.UPDATE_QUOTES: QuotePackage,
    _O.ADD_QUOTES: QuotePackage,
    _O.DELETE_QUOTES: QuotePackage,
    _O.CREATE_BOOKING: Booking,
    _O.CONFIRM_BOOKING: Booking,
    _O.INSTANT_BOOKING: Booking,
    _O.GET_BOOKING: Booking,
    _O.LIST_BOOKINGS: BookingPage,
    _O.MODIFY_BOOKING: Modification,
    _O.QUOTE_MODIFICATION: Modification,
    _O.CONFIRM_MODIFICATION: Modification,
    _O.CANCEL_BOOKING: Cancellation,
    _O.CONFIRM_CANCELLATION: Cancellation,
    _O.GET_INSTALMENTS: Instalments,
    _O.QUOTE_RENEWAL: Renewal,
    _O.CONFIRM_RENEWAL: Booking,
    _O.CREATE_TOKEN: CustomerToken,
    _O.CREATE_OFFER: Offer,
    _O.CONFIRM_OFFER: Booking,
}
SUMMARIES = {
    _O.CREATE_QUOTES: "Price things to insure, as one package",
    _O.GET_QUOTES: "Read a package in any state",
    _O.UPDATE_QUOTES: "Change inputs and price again",
    _O.ADD_QUOTES: "Add quotes to a package",
    _O.DELETE_QUOTES: "Take quotes out of a package",
    _O.OPT_OUT: "Report a purchase without cover",
    _O.CREATE_BOOKING: "Book quotes of a package",
    _O.CONFIRM_BOOKING: "Report that a pending booking was paid",
    _O.INSTANT_BOOKING: "Quote and book in one call",
    _O.GET_BOOKING: "Read a booking",
    _O.LIST_BOOKINGS: "Read a page of bookings",
    _O.MODIFY_BOOKING: "Change a booking at once",
    _O.QUOTE_MODIFICATION: "Price a change without making it",
    _O.CONFIRM_MODIFICATION: "Make a priced change",
    _O.CANCEL_BOOKING: "Cancel policies, or preview it",
    _O.CONFIRM_CANCELLATION: "Make a previewed cancellation final",
    _O.GET_INSTALMENTS: "Read the payment schedules",
    _O.RECORD_INSTALMENTS: "Report payment attempts",
    _O.SEND_EMAIL: "Send an e-mail again",
    _O.QUOTE_RENEWAL: "Price the next term",
    _O.CONFIRM_RENEWAL: "Begin the next term",
    _O.DECLINE_RENEWAL: "Let the policy end",
    _O.CREATE_TOKEN: "Tokenise a card for the insurer to charge",
    _O.CREATE_OFFER: "Price a product, with texts to display",
    _O.CONFIRM_OFFER: "Book products of an offer",
    _O.OPT_OUT_OFFER: "Report a purchase without cover, after an offer",
}
"""Every operation in a few words."""

_QUERIES: dict[Operation, dict[str, str]] = {
    _O.CREATE_QUOTES: {"fast_quote": "`1` prices and keeps nothing; book with instant booking"},
    _O.LIST_BOOKINGS: {"limit": "page size, 20 unless given", "offset": "rows to skip"},
    _O.CREATE_OFFER: {
        "include_content": "`false` leaves the texts out",
        "extra_fields": "more to tell, by commas: `tax`, `commission`, `benefits`, `surcharge`",
        "active_only": "`true` leaves out products that are not active",
        "exclude_offer_ids": "configurations not to offer, by commas",
    },
}
_PROBLEMS = {
    "400": "Not JSON",
    "401": "No known key, or no signature",
    "403": "The signature does not fit, or is another partner's",
    "404": "No such package, booking or path",
    "409": "The idempotency key was used for this call before: its answer again",
    "413": "The body is too long",
    "415": "The body is not JSON",
    "422": "A field is wrong, or a rule is broken",
    "423": "The first call with this key is still running",
    "429": "Too many calls: see Retry-After",
}


@cache
def _schemas() -> tuple[dict[type[BaseModel], str], Json]:
    """References of all models, and their schemas."""
    every: list[type[BaseModel]] = [*_REQUESTS.values(), *_REPLIES.values(), Problem]
    models = {model.__name__: model for model in every}
    references, whole = models_json_schema(
        [(models[name], "validation") for name in sorted(models)],
        ref_template="#/components/schemas/{model}",
    )
    names = {model: references[(model, "validation")]["$ref"] for model in models.values()}
    return names, whole["$defs"]


def openapi_document(catalogue: Catalogue, server: str, partner: str) -> Json:
    """The document, as OpenAPI 3.1.

    Args:
        catalogue: what is sold; its policy types become the fields of a quote request.
        server: scheme, host and port.
        partner: the code to show in examples.
    """
    references, schemas = _schemas()
    schemas = dict(schemas)
    schemas["QuoteRequest"] = _quote_request(schemas["QuoteRequest"], catalogue)
    paths: Json = {}
    for endpoint in ENDPOINTS:
        path = "/partners/{partner}/" + endpoint.path
        entry = paths.setdefault(path, {"parameters": _path_parameters(path, partner)})
        entry[endpoint.method.lower()] = _operation(endpoint, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "purchaseflow: a simulated insurer (unofficial)",
            "version": own_version(),
            "description": "Speaks the partner API of XCover as recorded and documented. Not "
            "made, endorsed or supported by Cover Genius.",
        },
        "servers": [{"url": f"{server}{prefix}"} for prefix in PREFIXES],
        "security": [{"signature": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": 'Signature keyId="KEY",algorithm="hmac-sha512",'
                    'signature="…": HMAC over `date: ` and the Date header, base64, '
                    "percent-encoded.",
                }
            },
        },
    }


def _path_parameters(path: str, partner: str) -> list[Json]:
    examples = {"partner": partner}
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
            **({"example": examples[name]} if name in examples else {}),
        }
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _operation(endpoint: Endpoint, references: dict[type[BaseModel], str]) -> Json:
    kind = endpoint.operation
    problem = {"application/json": {"schema": {"$ref": references[Problem]}}}
    done: Json = {"description": "Done"}
    if kind in _REPLIES:
        done["content"] = {"application/json": {"schema": {"$ref": references[_REPLIES[kind]]}}}
    responses = {str(endpoint.success): done}
    for status, text in _PROBLEMS.items():
        if status in ("409", "423") and not endpoint.keyed:
            continue
        responses[status] = {"description": text, "content": problem}
    if endpoint.keyed:
        responses["409"] = {**done, "description": _PROBLEMS["409"]}
    body: Json = {
        "operationId": kind.value,
        "summary": SUMMARIES[kind],
        "parameters": _parameters(endpoint),
        "responses": dict(sorted(responses.items())),
    }
    if kind in _REQUESTS:
        reference = {"$ref": references[_REQUESTS[kind]]}
        body["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": reference}},
        }
    return body


def _parameters(endpoint: Endpoint) -> list[Json]:
    names: list[tuple[str, str, str]] = [
        (name, "query", text) for name, text in _QUERIES.get(endpoint.operation, {}).items()
    ]
    if endpoint.keyed:
        names.append((KEY_HEADER, "header", "repeats are answered like the first call"))
    if endpoint.operation in OFFERS:
        names.append((VERSION_HEADER, "header", "`v2` words refusals in the second version"))
    names.append((WORLD_HEADER, "header", "an isolated state; ours, the insurer has no such thing"))
    names.append((FAULT_HEADER, "header", "a fault for this request; ours"))
    return [
        {
            "name": name,
            "in": where,
            "required": False,
            "description": text,
            "schema": {"type": "string"},
        }
        for name, where, text in names
    ]


def _quote_request(base: Json, catalogue: Catalogue) -> Json:
    """One quote request: what all have, and the fields of each policy type as alternatives."""
    kinds = [_policy_schema(base, policy) for policy in catalogue.policies]
    return {"anyOf": kinds, "description": base.get("description", "")}


def _policy_schema(base: Json, policy: PolicyType) -> Json:
    own = {name: _field_schema(rule) for name, rule in policy.fields.items()}
    required = [name for name, rule in policy.fields.items() if rule.required]
    return {
        "title": policy.slug,
        "type": "object",
        "properties": {
            **base.get("properties", {}),
            "policy_type": {"const": policy.type},
            "policy_type_version": {"const": policy.version},
            **own,
        },
        "required": [*base.get("required", []), *required],
        "additionalProperties": False,
    }


_KINDS: dict[FieldKind, Json] = {
    FieldKind.TEXT: {"type": "string", "minLength": 1, "maxLength": 1000},
    FieldKind.AMOUNT: {"type": "number"},
    FieldKind.WHOLE: {"type": "integer"},
    FieldKind.YES_NO: {"type": "boolean"},
    FieldKind.DATE: {"type": "string", "format": "date-time"},
    FieldKind.COUNTRY: {"type": "string", "pattern": "^[A-Z]{2}$"},
    FieldKind.PRICES: {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {"price": {"type": "number", "minimum": 0}},
            "required": ["price"],
        },
    },
}


def _field_schema(rule: FieldRule) -> Json:
    schema: dict[str, Any] = dict(_KINDS[rule.kind])
    if rule.one_of is not None:
        schema["enum"] = rule.one_of
    if rule.least is not None:
        schema["minimum"] = float(rule.least)
    if rule.most is not None:
        schema["maximum"] = float(rule.most)
    return schema
