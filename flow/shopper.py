"""Who shops, for what, and how they pay."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from models.identifiers import CountryCode, CurrencyCode
from models.money import Amount, Money

__all__ = ["Card", "Cover", "Given", "PaymentModel", "Placement", "Product", "Shopper"]

Text = Annotated[str, Field(min_length=1, max_length=200)]


class Given(BaseModel):
    """What a person writes: unknown keys are refused, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Placement(StrEnum):
    """Where cover is offered (contract section 9)."""

    PRODUCT_PAGE = "product_page"
    ADDED = "added"
    CART = "cart"


class PaymentModel(StrEnum):
    """Who charges for cover: the shop, the insurer by card token, or one payment split in two."""

    SINGLE = "single"
    DUAL = "dual"
    SPLIT = "split"


class Card(StrEnum):
    """Test cards, named by what happens with them."""

    APPROVED = "approved"
    DECLINED = "declined"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    TIMEOUT = "timeout"
    CHALLENGE_PASSED = "challenge_passed"
    CHALLENGE_FAILED = "challenge_failed"
    COVER_DECLINED = "cover_declined"


class Cover(StrEnum):
    """Retail policy types that the default catalogue sells."""

    PRODUCT_INSURANCE = "product_insurance"
    EXTENDED_WARRANTY = "extended_warranty"


class Product(Given):
    """Something the shop sells. `price` is per piece, in the shopper's currency."""

    sku: Text
    name: Text
    category: Text = "electronics"
    price: Annotated[
        Amount,
        Field(gt=0, le=1_000_000, json_schema_extra={"exclusiveMinimum": 0, "maximum": 1_000_000}),
    ]
    cover: Cover = Cover.PRODUCT_INSURANCE
    term_months: int | None = Field(default=None, ge=1)

    def money(self, currency: str) -> Money:
        """The price of one piece."""
        return Money(self.price, currency)


class Shopper(Given):
    """A customer, and the market they shop in."""

    country: CountryCode = "GB"
    currency: CurrencyCode = "GBP"
    language: Text = "en"
    region: str | None = None
    first_name: Text = "Alex"
    last_name: Text = "Morgan"
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")] = "alex.morgan@shopper.test"
    phone: Annotated[str, Field(pattern=r"^\+")] | None = None
