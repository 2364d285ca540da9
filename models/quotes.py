"""What a shopper is shown: the quote package and its quotes, with both status enums.

Bodies of create, get, update, add and delete (contract sections 6.1 and 6.1.1).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, Field

from models.base import MOST_ENTRIES, Reply, Request
from models.identifiers import CountryCode, CurrencyCode, InsNumber, Token, Uuid
from models.money import Amount

__all__ = [
    "AddQuotes",
    "Benefit",
    "Commission",
    "CreateQuotes",
    "DeleteQuotes",
    "FastQuote",
    "InstalmentPlan",
    "Insured",
    "Metadata",
    "OptOut",
    "PackageStatus",
    "Policy",
    "PolicyRecord",
    "Quote",
    "QuotePackage",
    "QuoteRequest",
    "QuoteStatus",
    "QuoteUpdate",
    "Surcharge",
    "Tax",
    "TaxLine",
    "Underwriter",
    "UpdateQuotes",
]

Metadata = dict[str, str | int | float | bool | None]
"""`partner_metadata`: a flat object of scalars, kept and never interpreted."""


class PackageStatus(StrEnum):
    """Status of a package. `OPTED_OUT` exists here only, never on its quotes (opt_out#3)."""

    RECEIVED = "RECEIVED"
    PENDING_PAYMENT = "PENDING_PAYMENT"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    OPTED_OUT = "OPTED_OUT"


class QuoteStatus(StrEnum):
    """Status of a quote, or of the policy it became (contract section 5)."""

    RECEIVED = "RECEIVED"
    PENDING_PAYMENT = "PENDING_PAYMENT"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    DELETED = "DELETED"
    FAILED = "FAILED"
    RENEWED = "RENEWED"


class QuoteRequest(Request):
    """One thing to insure. Fields beyond these three depend on the policy type."""

    model_config = ConfigDict(extra="allow", frozen=True)

    policy_type: str
    policy_type_version: int
    policy_start_date: str | None = None
    partner_price: Amount | None = None


class CreateQuotes(Request):
    """Ask for a package: one entry of `request` per thing to insure (quote#1)."""

    request: list[QuoteRequest] = Field(min_length=1, max_length=MOST_ENTRIES)
    currency: CurrencyCode
    customer_country: CountryCode
    customer_language: str | None = None
    customer_region: str | None = None
    partner_transaction_id: str | None = None
    partner_metadata: Metadata | None = None


class QuoteUpdate(Request):
    """New inputs for one quote of a package: its id, and the fields to change."""

    model_config = ConfigDict(extra="allow", frozen=True)

    quote_id: str


class UpdateQuotes(Request):
    """Change inputs of a package, or of quotes in it, and price again (update_quote#2)."""

    currency: CurrencyCode | None = None
    customer_country: CountryCode | None = None
    customer_language: str | None = None
    customer_region: str | None = None
    partner_transaction_id: str | None = None
    partner_metadata: Metadata | None = None
    request: list[QuoteUpdate] | None = None


class AddQuotes(Request):
    """Add things to insure to a package (add_quotes#2)."""

    request: list[QuoteRequest] = Field(min_length=1, max_length=MOST_ENTRIES)


class QuoteId(Request):
    """A quote, named by its id."""

    id: str


class DeleteQuotes(Request):
    """Take quotes out of a package (delete_quotes#2)."""

    quotes: list[QuoteId] = Field(min_length=1, max_length=MOST_ENTRIES)


class OptOut(Request):
    """Tell the insurer that the products were bought without cover (opt_out#2)."""

    partner_metadata: Metadata | None = None


class TaxLine(Reply):
    """One tax of a quote."""

    tax_amount: Amount
    tax_code: str
    tax_amount_formatted: str


class Tax(Reply):
    """Taxes of a quote: `total_tax` + `total_amount_without_tax` = price."""

    total_tax: Amount
    total_amount_without_tax: Amount
    total_tax_formatted: str
    total_amount_without_tax_formatted: str
    taxes: list[TaxLine]


class Commission(Reply):
    """The partner's share. Amounts are null in rows stored in 2019 (list_bookings#1)."""

    partner_commission: Amount | None = None
    partner_commission_formatted: str | None = None
    surcharge_commission: Amount | None = None
    surcharge_commission_formatted: str | None = None
    total_commission: Amount | None = None
    total_commission_formatted: str | None = None


class Benefit(Reply):
    """One line of cover: what it is, its limit and excess in both currencies."""

    description: str
    limit: Amount | None = None
    limit_policy_currency: Amount | None = None
    limit_formatted: str | None = None
    limit_policy_currency_formatted: str | None = None
    limit_description: str | None = None
    excess: Amount | None = None
    excess_policy_currency: Amount | None = None
    excess_formatted: str | None = None
    excess_policy_currency_formatted: str | None = None
    excess_description: str | None = None


class Underwriter(Reply):
    """Who carries the risk."""

    disclaimer: str
    name: str


class Policy(Reply):
    """The policy's wording and edition; `content` holds the texts to display.

    The last three came with the offers API (confirm-first#1).
    """

    policy_type: str
    policy_type_group_name: str | None = None
    policy_name: str
    policy_code: str
    policy_version: Uuid
    category: str | None
    content: dict[str, Any]
    underwriter: Underwriter
    claim_selector_id: str | None = None
    policy_type_version: str | None = None
    policy_type_slug: str | None = None
    policy_currency: CurrencyCode | None = None


class Insured(Reply):
    """A person covered by the policy."""

    id: Uuid
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    region: str | None = None
    age: int | None = None


class Surcharge(Reply):
    """Surcharges on a quote; all null unless the partner has any."""

    total_amount: Amount | None
    total_amount_formatted: str | None
    surcharges: Any


class InstalmentPlan(Reply):
    """A plan on offer; `amount` is the full price (get_instalments#1)."""

    name: str
    label: str
    amount: Amount


class PolicyRecord(Reply):
    """What a quote in a package and a policy in a booking have in common.

    The last four came with the offers API (confirm-first#1).
    """

    id: Uuid
    policy_start_date: str
    policy_end_date: str | None
    status: QuoteStatus
    price: Amount
    price_formatted: str
    policy: Policy
    insured: list[Insured] | None
    tax: Tax
    duration: str | None
    benefits: list[Benefit]
    commission: Commission
    created_at: str
    confirmed_at: str | None
    updated_at: str
    cancelled_at: str | None
    is_renewable: bool
    is_pricebeat_enabled: bool | None = None
    cover_amount: Amount | None
    cover_amount_formatted: str | None
    pds_url: str
    attachments: list[Any] = Field(default_factory=list)
    files: list[Any] = Field(default_factory=list)
    extra_fields: dict[str, Any] = Field(default_factory=dict)
    surcharge: Surcharge | None = None
    cancelled_from: str | None = None
    custom_documents: Any = None
    parent_quote_status: str | None = None
    experiment: Any = None


class Quote(PolicyRecord):
    """A priced offer of cover for one thing."""

    discount_price: Amount
    discount_price_formatted: str
    discount_amount: Amount
    discount_amount_formatted: str
    instalment_plans: list[InstalmentPlan] = Field(default_factory=list)


class QuotePackage(Reply):
    """Quotes under one INS number. `quotes` is keyed by position, not a list.

    A quote that could not be made is null, with its reason in `errors`.
    """

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
    quotes: dict[str, Quote | None]
    bundle_code: str | None
    bundle_price: Amount
    bundle_content: dict[str, Any]
    bundle_price_formatted: str
    bundle_discount_percent: Amount
    bundle_discount_amount: Amount
    bundle_discount_amount_formatted: str
    errors: dict[str, Any] = Field(default_factory=dict)

    @property
    def offered(self) -> list[Quote]:
        """The quotes that were made, in the order of their positions."""
        made = sorted(self.quotes.items(), key=lambda entry: int(entry[0]))
        return [quote for _, quote in made if quote is not None]


class FastQuote(Reply):
    """A price that stores nothing. The body was never recorded: this shape is our choice.

    It keeps what the documentation names (`currency`, `quotes`) in the form of a package.
    """

    fast_quote_id: Uuid
    currency: CurrencyCode
    total_price: Amount
    total_price_formatted: str
    quotes: dict[str, Quote | None]
    errors: dict[str, Any] = Field(default_factory=dict)

    @property
    def offered(self) -> list[Quote]:
        """The quotes that were made, in the order of their positions."""
        made = sorted(self.quotes.items(), key=lambda entry: int(entry[0]))
        return [quote for _, quote in made if quote is not None]
