"""What a shopper holds: the booking, its policies and its policyholder (contract section 6.2).

Modifications answer with the same body and price differences (section 6.4).
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from models.base import MOST_ENTRIES, Reply, Request
from models.identifiers import CountryCode, CurrencyCode, InsNumber, Token, UpdateId, Uuid
from models.money import Amount
from models.quotes import Metadata, PackageStatus, PolicyRecord, QuoteRequest

__all__ = [
    "Booking",
    "BookingPage",
    "CertificateLinks",
    "CreateBooking",
    "InstantBooking",
    "InsuredPerson",
    "Modification",
    "ModifyBooking",
    "Partner",
    "PartnerEmail",
    "PolicyHolder",
    "PolicyInBooking",
    "PolicyholderDetails",
    "PolicyholderUpdate",
    "QuoteToBook",
    "QuoteToModify",
    "has_plus",
]

PHONE_PREFIX = 'The phone number should start with "+" character'
"""Recorded refusal text: booking_modification__error#2."""


def _has_plus(phone: str | None) -> str | None:
    if phone is not None and not phone.startswith("+"):
        raise ValueError(PHONE_PREFIX)
    return phone


has_plus = AfterValidator(_has_plus)
"""A phone number starts with `+`."""
Phone = Annotated[str | None, has_plus]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


class InsuredPerson(Request):
    """A person to be covered."""

    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    region: str | None = None
    age: int | None = None


class QuoteToBook(Request):
    """A chosen quote, and how it is paid."""

    id: str
    insured: list[InsuredPerson] | None = None
    instalment_plan: str | None = None
    first_instalment_paid: bool | None = None


class PolicyholderUpdate(Request):
    """Policyholder details to change; all optional. A phone number starts with `+`."""

    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    email: Email | None = None
    phone: Phone = None
    country: CountryCode | None = None
    age: int | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    postcode: str | None = None
    region: str | None = None
    secondary_email: str | None = None
    birth_date: str | None = None
    company: str | None = None


class PolicyholderDetails(PolicyholderUpdate):
    """Who buys the cover: names, e-mail and country are required."""

    first_name: str
    last_name: str
    email: Email
    country: CountryCode


class CreateBooking(Request):
    """Turn chosen quotes of a package into policies (create_booking#2)."""

    quotes: list[QuoteToBook] = Field(min_length=1, max_length=MOST_ENTRIES)
    policyholder: PolicyholderDetails
    require_payment_confirmation: bool | None = None
    partner_transaction_id: str | None = None
    partner_metadata: Metadata | None = None
    customer_token_id: str | None = None


class InstantBooking(Request):
    """Quote and book in one call (instant_booking#1).

    `customer_country` may be left out: the policyholder's country serves.
    """

    request: list[QuoteRequest] = Field(min_length=1, max_length=MOST_ENTRIES)
    currency: CurrencyCode
    policyholder: PolicyholderDetails
    customer_country: CountryCode | None = None
    customer_language: str | None = None
    customer_region: str | None = None
    partner_transaction_id: str | None = None
    partner_metadata: Metadata | None = None
    customer_token_id: str | None = None


class QuoteToModify(Request):
    """A policy and the fields of it to change."""

    id: str
    update_fields: dict[str, Any] = Field(default_factory=dict)


class ModifyBooking(Request):
    """Change contact details, or what is covered (booking_modification#2)."""

    policyholder: PolicyholderUpdate | None = None
    quotes: list[QuoteToModify] | None = None


class CertificateLinks(Reply):
    """Where the certificate of insurance is shown, and its PDF."""

    url: str
    pdf: str


class PolicyHolder(Reply):
    """The policyholder as kept by the insurer; what was not given is null.

    The last three came with the offers API (confirm-first#1).
    """

    first_name: str | None
    middle_name: str | None = None
    last_name: str | None
    email: str | None
    phone: str | None
    country: str | None
    age: int | None
    address1: str | None
    address2: str | None
    city: str | None
    postcode: str | None
    region: str | None
    secondary_email: str | None
    birth_date: str | None
    company: str | None
    allow_updates: bool | None = None
    gender: str | None = None
    company_reg_id: str | None = None
    fields_allowed_to_update: list[str] = Field(default_factory=list)


class PolicyInBooking(PolicyRecord):
    """A booked policy; the last three came with the offers API (confirm-first#1)."""

    next_renewal: Any = None
    can_be_cancelled: bool
    third_party_admins: list[Any] = Field(default_factory=list)
    ombudsman_list: list[Any] = Field(default_factory=list)
    cancellation_info: dict[str, Any] | None = None


class PolicyModified(PolicyInBooking):
    """A policy as it would be, or is, after a change: `price_diff` is new minus old."""

    price_diff: Amount
    price_diff_formatted: str


class PartnerEmail(Reply):
    """An e-mail the insurer sends in the partner's name."""

    id: str
    from_email: str
    bcc_email: str | None = None
    email_slug: str
    email_version: int
    event_name: int


class Partner(Reply):
    """The partner as the insurer presents it; its own details are kept as extra fields."""

    id: str
    name: str
    title: str
    emails: list[PartnerEmail] = Field(default_factory=list)
    subsidiary: dict[str, Any] | None = None


class _BookingFrame(Reply):
    id: InsNumber
    status: PackageStatus
    currency: CurrencyCode
    total_price: Amount
    total_price_formatted: str
    partner_transaction_id: str | None
    created_at: str
    updated_at: str
    pds_url: str
    security_token: Token | None = None
    coi: CertificateLinks
    account_url: str
    policyholder: PolicyHolder
    total_tax: Amount
    total_tax_formatted: str
    total_premium: Amount
    total_premium_formatted: str
    sign_up_url: str | None = None
    fnol_link: str | None = None
    cancel_link: str | None = None
    booking_agent: str | None = None
    fast_quote_id: Uuid | None = None


class Booking(_BookingFrame):
    """Policies under one INS number. `quotes` is a list.

    `total_price` includes tax, `total_premium` does not. `partner` and `customer_language` come
    with GET only (get_booking#2). `fast_quote_id` is the offer it was made from, and it comes with
    four more fields (confirm-first#1).
    """

    quotes: list[PolicyInBooking]
    partner: Partner | None = None
    customer_language: str | None = None


class Modification(_BookingFrame):
    """A booking with the price differences of a change.

    `update_id` is there when the change was only priced (quote_for_update).
    """

    quotes: list[PolicyModified]
    total_price_diff: Amount
    total_price_diff_formatted: str
    update_id: UpdateId | None = None


class BookingPage(Reply):
    """One page of the partner's bookings, with links to its neighbours (list_bookings#1)."""

    count: int
    next: str | None
    previous: str | None
    results: list[Booking]
