"""Offers: made, confirmed into bookings like all others, or declined (contract section 11).

A key that is not known is refused beside `customer`, `partner` and `context` and inside the first
two; inside `context`, whose form depends on the schema, it is ignored, as captured for `sku` and
`category` (sku-category-test#1). The first half of that is our choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flow.simulator.booking import Choice, book, choose
from flow.simulator.catalogue import OfferEntry, OfferPlan, PolicyType
from flow.simulator.checks import parse_instant, policy_fields, read_body
from flow.simulator.offers import offer_view
from flow.simulator.quoting import free_number
from flow.simulator.rating import NotSold, Priced, policy_end, rate
from flow.simulator.records import OfferRecord, Package, QuoteRecord
from flow.simulator.refusal import (
    Refusal,
    bad_fields,
    no_offer,
    not_priced,
    rule_broken,
    second_version,
    status_change,
    unknown_package,
)
from flow.simulator.schemas import named, read_schema
from flow.simulator.views import booking_view
from flow.simulator.world import World
from models.base import Json
from models.endpoints import OFFERS, Operation
from models.exchange import Answer
from models.offers import ConfirmOffer, CreateOffer, OfferContext, OptOutOffer
from models.quotes import PackageStatus

__all__ = ["VERSION_HEADER", "confirm_offer", "create_offer", "opt_out_offer", "worded"]

VERSION_HEADER = "x-api-error-version"

_NO_VALUE = "retail_value_base calculation failed. Expression: to_policy_currency(retail_value)"
"""Recorded text: err-missing-field#1."""
_NO_RATE = "No rate available for the supplied parameters"
"""Documented text: contract section 7.2."""
_RATED = ("purchase_date", "retail_value", "quantity")
"""All that mattered of a context: contract section 9."""


def worded(
    world: World, operation: Operation, headers: Mapping[str, str], refusal: Refusal
) -> Answer:
    """The answer to a refused call: in the second version where the offers API is asked for it.

    All other operations ignore the header, as captured for cancel (contract section 7.2).
    """
    if operation in OFFERS:
        given = {name.lower(): value for name, value in headers.items()}
        if given.get(VERSION_HEADER, "").strip().lower() == "v2":
            return second_version(refusal, world.dice.uuid())
    return refusal.answer()


def create_offer(world: World, body: object, query: Mapping[str, str]) -> Json:
    """An offer of every plan, priced (market-US#1). Nothing is bound.

    Any country and any currency the catalogue knows will do (err-bad-country#1,
    err-bad-currency#1).
    """
    request = read_schema(CreateOffer, body)
    start, bare = _start(request.context)
    entry = _entry(world, request.offer_schema, _listed(query.get("exclude_offer_ids")))
    only_active = query.get("active_only", "").lower() in {"1", "true"}
    sold = [(plan, policy) for plan, policy in entry.sold if plan.active or not only_active]
    if not sold:
        raise no_offer(f"No active product is offered for schema {entry.offer_schema}")
    fields = {**_given(request.context), "purchase_date": start}
    priced = _priced(world, entry, sold, fields, request)
    offer = OfferRecord(
        id=world.dice.uuid(),
        session_id=world.dice.uuid(),
        entry=entry,
        currency=request.customer.currency,
        country=request.customer.country,
        region=request.customer.region,
        language=(request.customer.language or "en").replace("_", "-").lower(),
        quotes=[
            _quote(world, policy, price, fields, start=start, bare=bare)
            for (_, policy), price in zip(sold, priced, strict=True)
        ],
        partner_transaction_id=request.partner.transaction_id,
        metadata=request.partner.metadata,
    )
    world.offers.made[offer.id] = offer
    return offer_view(
        world,
        offer,
        [plan for plan, _ in sold],
        content=query.get("include_content", "").lower() not in {"0", "false"},
        extra=_listed(query.get("extra_fields")),
    )


def _listed(text: str | None) -> set[str]:
    return {part.strip() for part in (text or "").split(",")} - {""}


def _start(context: OfferContext) -> tuple[datetime, bool]:
    """The day of purchase, and whether it came without a zone."""
    try:
        start = parse_instant(context.purchase_date)
    except ValueError:  # how it is refused was not recorded: our choice
        text = f"{named(context.purchase_date)} is not a 'date'"
        raise bad_fields({"non_field_errors": [text]}) from None
    return start, datetime.fromisoformat(context.purchase_date).tzinfo is None


def _entry(world: World, schema: str | None, excluded: set[str]) -> OfferEntry:
    """What is offered for a schema, the partner's own when none is named (contract section 11).

    `exclude_offer_ids` leaves out configurations, which is what the captured errors mean by the
    id of an offer (`selected_offer_id`, err-missing-field#1); never used in a capture: our choice.
    """
    for entry in world.catalogue.offers:
        if entry.config_id not in excluded and schema in (None, entry.offer_schema):
            return entry
    raise no_offer("No offer matches the given schema and context")


def _given(context: OfferContext) -> dict[str, Any]:
    """What matters of the product; a null counts as not given."""
    whole = {"retail_value": context.product.retail_value, "quantity": context.product.quantity}
    return {name: value for name, value in whole.items() if value is not None}


def _priced(
    world: World,
    entry: OfferEntry,
    sold: list[tuple[OfferPlan, PolicyType]],
    fields: dict[str, Any],
    request: CreateOffer,
) -> list[Priced]:
    """A price per plan.

    One plan that cannot be priced refuses the offer. # recorded for all plans at once; our choice
    """
    prices: list[Priced] = []
    faults: list[tuple[str, str]] = []
    for plan, policy in sold:
        try:
            prices.append(_price(world, policy, fields, request))
        except (NotSold, ValueError):
            text = _NO_RATE if "retail_value" in fields else _NO_VALUE
            faults.append((plan.config_id, text))
    if faults:
        raise not_priced(
            faults,
            selected=entry.config_id,
            error_id=world.dice.uuid(),
            code="offer_quote_pricing_error",
        )
    return prices


def _price(
    world: World, policy: PolicyType, fields: dict[str, Any], request: CreateOffer
) -> Priced:
    """The price of one plan.

    Raises:
        ValueError: the value is missing or out of range, or the cover would be over by now.
            # out of range was not recorded: our choice
        NotSold: there is no rate.
    """
    sent = {**fields, "purchase_date": request.context.purchase_date}
    policy_fields(policy, sent)
    if policy_end(policy, fields, fields["purchase_date"]) <= world.clock.now():
        raise NotSold(policy.type)
    customer = request.customer
    return rate(
        world.catalogue, policy, fields, country=customer.country, currency=customer.currency
    )


def _quote(
    world: World,
    policy: PolicyType,
    priced: Priced,
    fields: dict[str, Any],
    *,
    start: datetime,
    bare: bool,
) -> QuoteRecord:
    return QuoteRecord(
        id=world.dice.uuid(),
        policy=policy,
        fields=dict(fields),
        start=start,
        end=policy_end(policy, fields, start),
        priced=priced,
        created_at=world.clock.stamp(),
        updated_at=world.clock.stamp(),
        bare_start=bare,
    )


def _offer(world: World, offer_id: str) -> OfferRecord:
    """The offer of that id; an unknown one is refused as err-invalid-offer-id#1."""
    offer = world.offers.made.get(offer_id)
    if offer is None:
        raise unknown_package()
    return offer


def confirm_offer(world: World, offer_id: str, body: object) -> Json:
    """Products of an offer become a booking with an INS number of its own (confirm-first#1).

    An offer two days old was accepted (confirm-stale-2day#1), so none expires here. Faulty bodies
    are worded as those of bookings, and an offer that was declined is refused as a package is:
    neither recorded, our choice.
    """
    request = read_body(ConfirmOffer, body)
    offer = _offer(world, offer_id)
    if offer.booking is not None:  # recorded text: confirm-repeat#1
        raise rule_broken(
            f"Booking already exists for fast_quote_id {offer.id}. INS number: {offer.booking}"
        )
    if offer.opted_out:
        raise status_change(PackageStatus.OPTED_OUT)
    _check_provider(offer, request)
    chosen = choose(world, offer.quotes, request.quotes)
    package = _package(world, offer, request, chosen)
    world.packages[package.id] = package
    offer.booking = package.id
    return booking_view(world, package)


def _check_provider(offer: OfferRecord, request: ConfirmOffer) -> None:
    """Made-up providers are refused (contract section 10); list and words are our choice."""
    payment = request.payment_details
    if payment is None or payment.provider.lower() in offer.entry.payment_providers:
        return
    text = f"{named(payment.provider)} is not a valid choice."
    raise bad_fields({"payment_details": {"provider": [text]}})


def _package(
    world: World, offer: OfferRecord, request: ConfirmOffer, chosen: list[Choice]
) -> Package:
    """The booking. Its policies are created, confirmed, updated, and only then the booking itself
    is, in the order of the captured stamps. The offer keeps its own copy of the quotes.
    """
    begun = world.clock.stamp()
    choices = [
        (replace(quote, created_at=begun, updated_at=begun), entry, plan)
        for quote, entry, plan in chosen
    ]
    account = _account(world, request.policyholder.email)
    package = Package(
        id=free_number(world),
        partner=world.partner,
        currency=offer.currency,
        country=offer.country,
        region=offer.region,
        language=offer.language,
        security_token=world.dice.token(),
        account_id=account[0],
        signup_token=account[1],
        created_at=begun,
        updated_at=begun,
        quotes={number: choice[0] for number, choice in enumerate(choices)},
        partner_transaction_id=request.partner_transaction_id or offer.partner_transaction_id,
        metadata=offer.metadata,
        # Recorded for English in the United States: confirm-first#1; for others our choice.
        locale=f"{offer.language.split('-')[0]}-{offer.country.lower()}",
        fast_quote_id=offer.id,
        booking_agent=request.booking_agent,
    )
    book(world, package, choices, request.policyholder, pending=False)
    package.created_at = world.clock.stamp()
    package.updated_at = world.clock.stamp()
    return package


def _account(world: World, email: str) -> tuple[str, str]:
    """The customer's account: one per e-mail address (confirm-first#1, confirm-stale-2day#1)."""
    accounts = world.offers.accounts
    if email not in accounts:
        accounts[email] = (world.dice.uuid(), world.dice.token())
    return accounts[email]


def opt_out_offer(world: World, offer_id: str, body: object) -> None:
    """The products were bought without cover (opt-out-fresh#1).

    Accepted even of an offer that was confirmed, whose booking stays (contract section 5; the
    effect is not known: our choice), and more than once.
    """
    request = read_body(OptOutOffer, body)
    offer = _offer(world, offer_id)
    offer.opted_out = True
    if request.partner_metadata is not None:
        offer.metadata = request.partner_metadata
