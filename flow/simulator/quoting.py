"""Quotes: create, read, change, add, delete, and the opt-out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from flow.simulator.catalogue import PolicyType
from flow.simulator.checks import parse_instant, policy_fields, read_body
from flow.simulator.rating import NotSold, policy_end, rate
from flow.simulator.records import Package, QuoteRecord
from flow.simulator.refusal import Refusal, bad_fields, rule_broken, status_change
from flow.simulator.views import fast_quote_view, package_view
from flow.simulator.world import World
from models.base import Json
from models.bookings import InstantBooking
from models.problems import REQUIRED
from models.quotes import (
    AddQuotes,
    CreateQuotes,
    DeleteQuotes,
    OptOut,
    PackageStatus,
    QuoteRequest,
    UpdateQuotes,
)

__all__ = [
    "add_quotes",
    "create_quotes",
    "delete_quotes",
    "free_number",
    "get_quotes",
    "new_package",
    "opt_out",
    "price_again",
    "quote_fields",
    "read_requests",
    "update_quotes",
]

_COMMON = {"policy_type", "policy_type_version", "policy_start_date", "partner_price"}


def create_quotes(world: World, body: object, *, fast: bool = False) -> Json:
    """A new package, kept unless `fast` (contract section 1, rows 1 and 1b)."""
    request = read_requests(world, CreateQuotes, body)
    package = new_package(
        world,
        request.request,
        currency=request.currency,
        country=request.customer_country,
        region=request.customer_region,
        language=request.customer_language,
    )
    package.partner_transaction_id = request.partner_transaction_id
    package.metadata = request.partner_metadata
    if fast:
        return fast_quote_view(world, package, world.dice.uuid())
    world.packages[package.id] = package
    return package_view(world, package)


R = TypeVar("R", CreateQuotes, AddQuotes, InstantBooking)


def read_requests(world: World, model: type[R], body: object) -> R:
    """A body with quote requests; an unknown key is reported when all else is valid, fields of
    the policy types included (contract section 7.1).
    """
    try:
        return read_body(model, body)
    except Refusal:
        if isinstance(body, dict):
            known = {key: value for key, value in body.items() if key in model.model_fields}
            if len(known) < len(body):
                _checked(world, read_body(model, known).request)
        raise


def new_package(
    world: World,
    requests: Sequence[QuoteRequest],
    *,
    currency: str,
    country: str,
    region: str | None,
    language: str | None,
) -> Package:
    """A priced package that is not kept yet.

    Raises:
        Refusal: a field is wrong, or nothing of it is sold.
    """
    quotes, errors = _priced(world, requests, currency=currency, country=country)
    created = world.clock.stamp()
    return Package(
        id=free_number(world),
        partner=world.partner,
        currency=currency,
        country=country,
        region=region,
        language=language,
        security_token=world.dice.token(),
        account_id=world.dice.uuid(),
        signup_token=world.dice.token(),
        created_at=created,
        updated_at=world.clock.stamp(),
        quotes=dict(enumerate(quotes)),
        errors=errors,
    )


def free_number(world: World) -> str:
    """An INS number that no package has."""
    while (number := world.dice.ins_number()) in world.packages:
        pass
    return number


def _priced(
    world: World, requests: Sequence[QuoteRequest], *, currency: str, country: str
) -> tuple[list[QuoteRecord | None], dict[str, Any]]:
    """A quote per request; one that is not sold is None, with its reason by position.

    One wrong field refuses the whole call; one product not sold does not, as the documentation
    has it. When nothing is sold, the call is refused. # not recorded: our choice
    """
    checked = _checked(world, requests)
    quotes: list[QuoteRecord | None] = []
    errors: dict[str, Any] = {}
    for position, (policy, fields, start) in enumerate(checked):
        try:
            quotes.append(_quote(world, policy, fields, start, currency=currency, country=country))
        except NotSold as reason:
            quotes.append(None)
            errors[str(position)] = {"type": "quote_creation_failure", "message": str(reason)}
    if not any(quotes):
        raise rule_broken(*(entry["message"] for entry in errors.values()))
    return quotes, errors


def _checked(
    world: World, requests: Sequence[QuoteRequest]
) -> list[tuple[PolicyType, dict[str, Any], datetime]]:
    faults: list[Any] = []
    checked = []
    for request in requests:
        try:
            checked.append(_read(world, request))
            faults.append({})
        except ValueError as error:
            faults.append(error.args[0])
    if any(faults):
        raise bad_fields({"request": faults})
    return checked


def _read(world: World, request: QuoteRequest) -> tuple[PolicyType, dict[str, Any], datetime]:
    """Policy type, fields and start of one quote request.

    Raises:
        ValueError: `args[0]` holds the faults by field.
    """
    policy = world.catalogue.policy(request.policy_type, request.policy_type_version)
    if policy is None:
        name = f"{request.policy_type} version {request.policy_type_version}"
        raise ValueError({"policy_type": [f"Policy type {name} does not exist."]})
    extra = request.model_extra or {}
    fields = policy_fields(policy, {k: v for k, v in extra.items() if k not in _COMMON})
    start = _start(world, request.policy_start_date)
    _check_term(policy, fields, start)
    if policy.rating.bands and not {"tickets", "total_ticket_price"} & fields.keys():
        raise ValueError({"tickets": [REQUIRED]})
    return policy, fields, start


def _start(world: World, given: object) -> datetime:
    """When cover begins: now, unless a date is given.

    Raises:
        ValueError: `args[0]` holds the fault.
    """
    if given is None:
        return world.clock.now()
    try:
        return parse_instant(given)
    except ValueError:
        raise ValueError({"policy_start_date": ["Datetime has wrong format."]}) from None


def _check_term(policy: PolicyType, fields: dict[str, Any], start: datetime) -> None:
    if policy_end(policy, fields, start) < start:
        raise ValueError({policy.ends or "term_months": ["Cover would end before it starts."]})
    months = fields.get("term_months")
    if months is not None and policy.term_choices and months not in policy.term_choices:
        raise ValueError({"term_months": [f'"{months}" is not a valid choice.']})


def _quote(
    world: World,
    policy: PolicyType,
    fields: dict[str, Any],
    start: datetime,
    *,
    currency: str,
    country: str,
) -> QuoteRecord:
    priced = rate(world.catalogue, policy, fields, country=country, currency=currency)
    return QuoteRecord(
        id=world.dice.uuid(),
        policy=policy,
        fields=fields,
        start=start,
        end=policy_end(policy, fields, start),
        priced=priced,
        created_at=world.clock.stamp(),
        updated_at=world.clock.stamp(),
    )


def get_quotes(world: World, ins: str) -> Json:
    """A package in any state (create_booking#3, opt_out#3)."""
    return package_view(world, world.package(ins))


def _open(world: World, ins: str) -> Package:
    """A package that can still be changed; others are refused as contract section 5 models it."""
    package = world.package(ins)
    if package.status is not PackageStatus.RECEIVED:
        raise status_change(package.status)
    return package


def quote_fields(quote: QuoteRecord, changes: dict[str, Any]) -> dict[str, Any]:
    """The quote's fields with changes checked and put in.

    Raises:
        ValueError: `args[0]` holds the faults by field.
    """
    fields = {**quote.fields, **policy_fields(quote.policy, changes, partial=True)}
    _check_term(quote.policy, fields, quote.start)
    return fields


def price_again(world: World, package: Package, quote: QuoteRecord) -> None:
    """Rate a quote anew for its fields and its package's currency and country.

    Raises:
        Refusal: it is not sold for these. # not recorded: our choice
    """
    try:
        quote.priced = rate(
            world.catalogue,
            quote.policy,
            quote.fields,
            country=package.country,
            currency=package.currency,
        )
    except NotSold as reason:
        raise rule_broken(str(reason)) from None
    quote.end = policy_end(quote.policy, quote.fields, quote.start)


def update_quotes(world: World, ins: str, body: object) -> Json:
    """Change inputs and price again; ids stay, package.updated_at moves (update_quote#2)."""
    request = read_body(UpdateQuotes, body)
    draft = _open(world, ins).draft()
    sent = request.model_fields_set
    if request.currency is not None:
        draft.currency = request.currency
    if request.customer_country is not None:
        draft.country = request.customer_country
    if "customer_region" in sent:
        draft.region = request.customer_region
    if "customer_language" in sent:
        draft.language = request.customer_language
    if "partner_transaction_id" in sent:
        draft.partner_transaction_id = request.partner_transaction_id
    if "partner_metadata" in sent:
        draft.metadata = request.partner_metadata
    faults: list[Any] = []
    for change in request.request or []:
        quote = draft.find(change.quote_id)
        if quote is None:
            faults.append({"quote_id": [f"Quote {change.quote_id} does not exist."]})
            continue
        given = dict(change.model_extra or {})
        try:
            if "policy_start_date" in given:  # not recorded: our choice
                quote.start = _start(world, given.pop("policy_start_date"))
            quote.fields = quote_fields(quote, given)
            faults.append({})
        except ValueError as error:
            faults.append(error.args[0])
    if any(faults):
        raise bad_fields({"request": faults})
    for quote in draft.made:
        price_again(world, draft, quote)
    draft.updated_at = world.clock.stamp()
    world.packages[ins] = draft
    return package_view(world, draft)


def add_quotes(world: World, ins: str, body: object) -> Json:
    """New quotes come first, older ones shift and are bumped (add_quotes#2)."""
    request = read_requests(world, AddQuotes, body)
    package = _open(world, ins)
    bumped = world.clock.stamp()
    added, errors = _priced(
        world, request.request, currency=package.currency, country=package.country
    )
    count = len(added)
    for quote in package.made:
        quote.updated_at = bumped
    older = {position + count: quote for position, quote in package.quotes.items()}
    package.quotes = {**dict(enumerate(added)), **older}
    kept = {str(int(position) + count): fault for position, fault in package.errors.items()}
    package.errors = {**errors, **kept}
    return package_view(world, package)


def delete_quotes(world: World, ins: str, body: object) -> Json:
    """Take quotes out; positions are not renumbered (contract section 6.1)."""
    request = read_body(DeleteQuotes, body)
    package = _open(world, ins)
    known = {quote.id for quote in package.made}
    faults: list[Any] = [
        {} if entry.id in known else {"id": [f"Quote {entry.id} does not exist."]}
        for entry in request.quotes
    ]
    if any(faults):
        raise bad_fields({"quotes": faults})
    gone = {entry.id for entry in request.quotes}
    package.quotes = {
        position: quote
        for position, quote in package.quotes.items()
        if quote is None or quote.id not in gone
    }
    return package_view(world, package)


def opt_out(world: World, ins: str, body: object) -> None:
    """The package becomes OPTED_OUT; its quotes and updated_at stay (opt_out#3).

    A package that is booked or was opted out is refused. # not recorded: our choice
    """
    request = read_body(OptOut, body)
    package = _open(world, ins)
    package.status = PackageStatus.OPTED_OUT
    if request.partner_metadata is not None:
        package.metadata = request.partner_metadata
