"""Bookings: quotes become policies, at once, after a payment, or in one call; and reading them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flow.simulator.announcing import announce
from flow.simulator.catalogue import Plan
from flow.simulator.checks import read_body
from flow.simulator.quoting import new_package, read_requests
from flow.simulator.records import Package, QuoteRecord
from flow.simulator.refusal import bad_fields, missing, rule_broken, status_change
from flow.simulator.views import booking_page, booking_view
from flow.simulator.world import World
from models.base import Empty, Json
from models.bookings import (
    CreateBooking,
    InstantBooking,
    InsuredPerson,
    PolicyholderDetails,
    QuoteToBook,
)
from models.mails import MailEvent
from models.quotes import PackageStatus, QuoteStatus
from models.tokens import CreateToken

__all__ = [
    "Choice",
    "book",
    "choose",
    "confirm_booking",
    "create_booking",
    "create_token",
    "get_booking",
    "instant_booking",
    "list_bookings",
]

Choice = tuple[QuoteRecord, QuoteToBook, Plan | None]
"""A quote to book, how it was asked for, and its instalment plan."""

PAGE_SIZE = 20
"""Default page size. # not recorded: our choice (contract section 12, question 10)"""
MAX_PAGE_SIZE = 100

_DECLINING_CARDS = {"4000000000000002", "4000000000009995", "4000000000009987"}
"""Test cards that the insurer's own payment provider refuses to charge. Our choice."""


def create_booking(world: World, ins: str, body: object) -> Json:
    """Book chosen quotes: CONFIRMED, or PENDING_PAYMENT when a confirmation is required.

    Only a RECEIVED package can be booked; other states are refused in the recorded wording.
    # not recorded: our choice (contract section 12, question 6)
    """
    request = read_body(CreateBooking, body)
    package = world.package(ins)
    if package.status is not PackageStatus.RECEIVED:
        raise status_change(package.status)
    chosen = choose(world, package.made, request.quotes)
    _check_token(world, request.customer_token_id)
    if request.partner_transaction_id is not None:
        package.partner_transaction_id = request.partner_transaction_id
    if request.partner_metadata is not None:
        package.metadata = request.partner_metadata
    pending = request.require_payment_confirmation is True
    book(world, package, chosen, request.policyholder, pending=pending)
    return booking_view(world, package)


def choose(world: World, quotes: Sequence[QuoteRecord], entries: list[QuoteToBook]) -> list[Choice]:
    """The quotes to book, each once, known, young enough and with a known plan."""
    known = {quote.id: quote for quote in quotes}
    faults: list[Any] = []
    chosen = []
    seen: set[str] = set()
    for entry in entries:
        quote = known.get(entry.id)
        if quote is None or entry.id in seen:
            reason = "does not exist" if quote is None else "is listed twice"
            faults.append({"id": [f"Quote {entry.id} {reason}."]})
            continue
        seen.add(entry.id)
        plan = next((p for p in quote.policy.plans if p.name == entry.instalment_plan), None)
        if entry.instalment_plan is not None and plan is None:
            text = f"Instalment plan {entry.instalment_plan} is not offered for this quote."
            faults.append({"instalment_plan": [text]})
            continue
        faults.append({})
        chosen.append((quote, entry, plan))
    if any(faults):
        raise bad_fields({"quotes": faults})
    for quote, _, _ in chosen:
        _check_age(world, quote)
    return chosen


def _check_age(world: World, quote: QuoteRecord) -> None:
    """No expiry was seen within two days (contract section 5). # beyond: our choice"""
    days = quote.policy.quote_days
    if days is not None and (world.clock.now() - quote.created_at).days > days:
        raise rule_broken(f"Quote {quote.id} is older than {days} days and can no longer be booked")


def _check_token(world: World, token: str | None) -> None:
    """Dual payment: the insurer charges the tokenised card. # not recorded: our choice"""
    if token is None:
        return
    is_good = world.tokens.get(token)
    if is_good is None:
        raise bad_fields({"customer_token_id": [f"Customer token {token} does not exist."]})
    if not is_good:
        raise rule_broken("The payment was declined by the card issuer")


def book(
    world: World,
    package: Package,
    chosen: list[Choice],
    holder: PolicyholderDetails,
    *,
    pending: bool,
) -> None:
    """The change itself; everything was checked before."""
    details = holder.wire()
    if "region" not in details:
        details["region"] = package.region  # contract section 6.2, policyholder
    package.policyholder = details
    if not package.account_id:  # a customer's account begins with a booking
        package.account_id, package.signup_token = world.dice.uuid(), world.dice.token()
    package.status = PackageStatus.PENDING_PAYMENT if pending else PackageStatus.CONFIRMED
    confirmed = None if pending else world.clock.stamp()
    for quote, entry, plan in chosen:
        quote.status = QuoteStatus.PENDING_PAYMENT if pending else QuoteStatus.CONFIRMED
        quote.confirmed_at = confirmed
        quote.updated_at = world.clock.stamp()
        quote.insured = _insured(world, entry.insured)
        if plan is not None:
            quote.plan = plan
            quote.parts = quote.split(plan, [world.dice.uuid() for _ in range(plan.parts)])
            quote.parts[0].paid = entry.first_instalment_paid is not False
        package.booked.append(quote.id)
    package.updated_at = world.clock.stamp()
    if not pending:
        announce(world, package, MailEvent.BOOKING_CREATED)


def _insured(world: World, people: list[InsuredPerson] | None) -> list[Json] | None:
    if people is None:
        return None
    keys = ("first_name", "last_name", "email", "region", "age")
    return [
        {"id": world.dice.uuid(), **{key: getattr(person, key) for key in keys}}
        for person in people
    ]


def confirm_booking(world: World, ins: str, body: object) -> Json:
    """A pending booking was paid: CONFIRMED, confirmed_at is now (confirm_booking#3)."""
    read_body(Empty, body)
    package = world.package(ins)
    if package.status is not PackageStatus.PENDING_PAYMENT:
        raise status_change(package.status)
    confirmed = world.clock.stamp()
    package.status = PackageStatus.CONFIRMED
    for quote in package.policies:
        quote.status = QuoteStatus.CONFIRMED
        quote.confirmed_at = confirmed
        quote.updated_at = world.clock.stamp()
    package.updated_at = world.clock.stamp()
    announce(world, package, MailEvent.BOOKING_CREATED)
    return booking_view(world, package)


def instant_booking(world: World, body: object) -> Json:
    """Quote and book in one call (instant_booking#1); if one quote fails, nothing is booked."""
    request = read_requests(world, InstantBooking, body)
    package = new_package(
        world,
        request.request,
        currency=request.currency,
        country=request.customer_country or request.policyholder.country,
        region=request.customer_region,
        language=request.customer_language,
    )
    if package.errors:
        raise rule_broken(*(entry["message"] for entry in package.errors.values()))
    _check_token(world, request.customer_token_id)
    package.partner_transaction_id = request.partner_transaction_id
    package.metadata = request.partner_metadata
    chosen: list[Choice] = [(quote, QuoteToBook(id=quote.id), None) for quote in package.made]
    book(world, package, chosen, request.policyholder, pending=False)
    world.packages[package.id] = package
    return booking_view(world, package)


def get_booking(world: World, ins: str) -> Json:
    """A booking, with partner and language (get_booking#2)."""
    package = world.package(ins)
    if package.policyholder is None:
        raise missing("Booking")
    return booking_view(world, package, full=True)


def list_bookings(world: World, query: Mapping[str, str]) -> Json:
    """Bookings, newest first, a page at a time (list_bookings#1)."""
    booked = [package for package in world.packages.values() if package.policyholder is not None]
    booked.sort(key=lambda package: package.created_at, reverse=True)
    limit = min(_whole(query.get("limit"), PAGE_SIZE, least=1), MAX_PAGE_SIZE)
    offset = _whole(query.get("offset"), 0, least=0)
    return booking_page(world, booked, limit=limit, offset=offset)


def _whole(text: str | None, otherwise: int, *, least: int) -> int:
    """A paging number; nonsense counts as not given, as Django REST Framework has it."""
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9:
        return otherwise
    number = int(text)
    return number if number >= least else otherwise


def create_token(world: World, body: object) -> Json:
    """Tokenise a card without charging it (contract section 9, dual payment).

    Of the card is kept only whether it can be charged.
    """
    request = read_body(CreateToken, body)
    token = world.dice.uuid()
    world.tokens[token] = request.creditCard.number not in _DECLINING_CARDS
    return {"data": {"id": token}}
