"""The newer door to the same bookings: offers, as asked for, shown, confirmed and declined.

Bodies of the offers API (contract section 11). A confirmed offer is a booking like any other:
its body is `Booking`.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictInt, StringConstraints

from models.base import MOST_ENTRIES, Reply, Request
from models.bookings import PolicyholderDetails, QuoteToBook, has_plus
from models.identifiers import CountryCode, CurrencyCode, Uuid
from models.money import Amount
from models.quotes import Benefit, Metadata, TaxLine

__all__ = [
    "ConfirmOffer",
    "CreateOffer",
    "Offer",
    "OfferContent",
    "OfferContext",
    "OfferCustomer",
    "OfferFinance",
    "OfferPartner",
    "OfferPolicyholder",
    "OfferProduct",
    "OfferedItem",
    "OptOutOffer",
    "PaymentDetails",
]

Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?$")]
"""ISO 639-1 with an optional variant: `en`, `en-us`."""


class OfferCustomer(Request):
    """Who is shopping: what they pay in, read and where they live."""

    currency: CurrencyCode
    country: CountryCode
    language: Language | None = None
    region: str | None = None


class OfferPartner(Request):
    """What the partner tells about itself; may be empty (market-US#1)."""

    transaction_id: str | None = None
    customer_id: str | None = None
    metadata: Metadata | None = None


class OfferedItem(Request):
    """The product to insure. Other fields are accepted and ignored (sku-category-test#1)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    retail_value: Amount | None = None
    quantity: StrictInt | None = None


class OfferContext(Request):
    """What is bought and when. Other fields are accepted and ignored (contract section 9)."""

    model_config = ConfigDict(extra="allow", frozen=True)

    purchase_date: str
    product: OfferedItem


class CreateOffer(Request):
    """Ask for an offer (market-US#1). Nothing is bound by it.

    `schema` names the form of `context`; without it, the partner's own one is used.
    """

    offer_schema: str | None = Field(default=None, alias="schema")
    customer: OfferCustomer
    partner: OfferPartner
    context: OfferContext

    def wire(self) -> dict[str, Any]:
        """The JSON object to send: only what was set, under the wire's names."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)


class OfferPolicyholder(PolicyholderDetails):
    """Who buys the cover: here a phone number is required too (contract section 11)."""

    phone: Annotated[str, has_plus]
    gender: str | None = None
    company_reg_id: str | None = None


class PaymentDetails(Request):
    """How the shopper paid; the insurer knows the providers (contract section 10)."""

    provider: str
    transaction_id: str


class ConfirmOffer(Request):
    """Turn chosen products of an offer into policies (confirm-first#1)."""

    quotes: list[QuoteToBook] = Field(min_length=1, max_length=MOST_ENTRIES)
    policyholder: OfferPolicyholder
    partner_transaction_id: str | None = None
    payment_details: PaymentDetails | None = None
    booking_agent: str | None = None


class OptOutOffer(Request):
    """Tell the insurer that the products were bought without cover (opt-out-fresh#1)."""

    partner_metadata: Metadata | None = None


class OfferPrice(Reply):
    """What the customer pays, with and without tax; the bounds were always null."""

    total_amount: Amount
    total_amount_formatted: str
    total_amount_without_tax: Amount
    total_amount_without_tax_formatted: str
    total_amount_min: Amount | None = None
    total_amount_min_formatted: str | None = None
    total_amount_max: Amount | None = None
    total_amount_max_formatted: str | None = None


class OfferTax(Reply):
    """Taxes of one product. A line keeps cents, whatever the currency (err-bad-currency#1)."""

    total_amount: Amount
    total_amount_formatted: str
    breakdown: list[TaxLine]


class OfferSum(Reply):
    """An amount that may be unknown: surcharge, or a commission that was not asked for."""

    total_amount: Amount | None
    total_amount_formatted: str | None


class OfferFinance(Reply):
    """Price, tax, surcharge and commission of one product."""

    price: OfferPrice
    tax: OfferTax
    surcharge: OfferSum
    commission: OfferSum


class OfferDetails(Reply):
    """One product's policy: its edition, dates, price and wording."""

    policy_version_id: Uuid
    start_date: str
    end_date: str | None
    finance: OfferFinance
    pds_url: str
    files: list[Any] = Field(default_factory=list)
    extra_fields: dict[str, Any] = Field(default_factory=dict)
    experiment: dict[str, Any] = Field(default_factory=dict)
    benefits: list[Benefit] = Field(default_factory=list)


class OfferProduct(Reply):
    """One product on offer; `id` is the quote id to confirm it by."""

    id: Uuid
    product_config_id: Uuid
    name: str
    type: str | None
    schema_url: str | None
    details: OfferDetails


class ProductContent(Reply):
    """Texts to display for one product."""

    id: Uuid
    product_config_id: Uuid
    slug: str
    locale: str
    title: str
    description: str
    benefits: dict[str, Any]
    inclusions: dict[str, Any]
    exclusions: dict[str, Any]
    disclaimer: str
    disclaimer_html: str
    terms_cta_html: str
    credibility_badge: str


class OfferContent(Reply):
    """Texts to display, in the customer's language where there is one."""

    schema_version: str
    locale: str
    slug: str
    title: str
    heading: str
    sub_heading: str
    description: str
    price_unit: str
    disclaimer: str
    disclaimer_html: str
    positive_cta: str
    negative_cta: str
    negative_cta_warning: str
    required_message: str
    credibility_message: str
    extras: dict[str, str]
    products: list[ProductContent]


class Offer(Reply):
    """Products on offer. No INS number yet: the booking gets one when it is confirmed.

    `content` is null when it was not asked for. # not recorded: our choice
    """

    id: Uuid
    session_id: Uuid
    offer_config_id: Uuid
    offer_schema: str
    currency: CurrencyCode
    products: list[OfferProduct]
    content: OfferContent | None
    errors: dict[str, Any] = Field(default_factory=dict)
