"""What is typed into the forms: read strictly, and told in words that help."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from flow.cards import CARD_NUMBERS
from flow.paper.letter import AddressUnusable, usable_address
from flow.portal.assortment import Assortment
from flow.shopper import Card
from models.money import Money, round_amount

__all__ = ["CustomerForm", "Form", "Frame", "PaymentForm", "ProductForm", "read"]

LONGEST = 200
"""Characters of one field."""
_MOST_PRICE = Decimal(1_000_000)
_FURTHEST_ZONE = timedelta(hours=14)
_OLDEST = timedelta(days=50 * 365)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+[0-9]{6,15}")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_CONTINENTAL = re.compile(r"[0-9]{1,3}(\.[0-9]{3})+(,[0-9]+)?")
_EITHER = re.compile(r"[1-9][0-9]{0,2}[.][0-9]{3}")
"""A thousand and more on the continent, one and a bit elsewhere."""
_PLAIN = re.compile(r"[0-9]{1,9}([.,][0-9]+)?")
_BETWEEN_DIGITS = re.compile("(?<=[0-9])['\N{RIGHT SINGLE QUOTATION MARK}](?=[0-9])")
_IN_RANGE = "Enter a price above 0 and up to 1,000,000"
_EXPIRY = re.compile(r"(0[1-9]|1[0-2]) ?/ ?(?:20)?([0-9]{2})")


@dataclass(frozen=True, slots=True)
class Frame:
    """What forms are read against: what there is to choose, and the present instant."""

    assortment: Assortment
    now: datetime
    needs_address: bool = False
    takes_till: bool = True


def _wrong(text: str) -> PydanticCustomError:
    return PydanticCustomError("portal", "{text}", {"text": text})


def _frame(info: ValidationInfo) -> Frame:
    if not isinstance(info.context, Frame):
        msg = "a form is read against a frame"
        raise TypeError(msg)
    return info.context


class Form(BaseModel):
    """One page's fields. `words` says of each what to write where nothing was."""

    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)
    words: ClassVar[Mapping[str, str]] = {}

    @field_validator("*", mode="before")
    @classmethod
    def _is_given(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, str):
            if len(value) > LONGEST:
                raise _wrong(f"Use at most {LONGEST} characters")
            name = info.field_name or ""
            if not value.strip() and name in cls.words:
                raise _wrong(cls.words[name])
        return value


class ProductForm(Form):
    """What was bought, and by whom: from where, that is, for the price depends on it."""

    words: ClassVar[Mapping[str, str]] = {
        "category": "Choose a category",
        "name": "Enter the product's name as on the receipt",
        "price": "Enter the price of one piece, such as 499.00",
        "currency": "Choose the currency of the price",
        "quantity": "Enter how many pieces, from 1 to 99",
        "purchase_date": "Enter the date of the purchase",
        "country": "Choose the country in which the customer lives",
        "cover": "Choose which offers to show",
    }
    country: str
    category: str
    name: str
    currency: str
    price: Decimal
    quantity: int
    purchase_date: date
    serial_number: str
    cover: str

    @field_validator("country", "category", "currency", "cover")
    @classmethod
    def _can_be_chosen(cls, value: str, info: ValidationInfo) -> str:
        there = _frame(info).assortment
        name = info.field_name or ""
        choices = {
            "country": set(there.markets),
            "category": set(there.categories),
            "currency": set(there.currencies),
            "cover": {"all", *there.wanted},
        }
        if value not in choices[name]:
            raise _wrong(cls.words[name])
        return value

    @field_validator("price", mode="before")
    @classmethod
    def _is_price(cls, value: str, info: ValidationInfo) -> Decimal:
        text = _BETWEEN_DIGITS.sub("", "".join(value.split()))
        if not text:
            raise _wrong(cls.words["price"])
        if _EITHER.fullmatch(text):
            raise _wrong(f"Is {text} above a thousand, or not? Write it without a separator")
        if _GROUPED.fullmatch(text):
            text = text.replace(",", "")
        elif _CONTINENTAL.fullmatch(text):
            text = text.replace(".", "")
        elif text[:1] in ("-", "\N{MINUS SIGN}") and _PLAIN.fullmatch(text[1:]):
            raise _wrong(_IN_RANGE)
        elif not _PLAIN.fullmatch(text):
            raise _wrong("Enter the price in digits, such as 499.00, without a currency sign")
        price = Decimal(text.replace(",", "."))
        if not 0 < price <= _MOST_PRICE:
            raise _wrong(_IN_RANGE)
        currency = info.data.get("currency")
        if currency and price != round_amount(price, currency):
            raise _wrong(f"{currency} amounts have fewer decimals: round {price}")
        return price

    @field_validator("quantity", mode="before")
    @classmethod
    def _is_count(cls, value: str) -> int:
        text = value.strip()
        if not (text.isascii() and text.isdigit() and len(text) < 3 and int(text)):
            raise _wrong(cls.words["quantity"])
        return int(text)

    @field_validator("purchase_date", mode="before")
    @classmethod
    def _is_past(cls, value: str, info: ValidationInfo) -> date:
        try:
            day = date.fromisoformat(value.strip())
        except ValueError:
            raise _wrong("Enter the date of the purchase like 2026-01-15") from None
        if day > (_frame(info).now + _FURTHEST_ZONE).date():  # today, wherever the store is
            raise _wrong("The purchase is in the future: enter today's date or an earlier one")
        if day < (_frame(info).now - _OLDEST).date():
            raise _wrong("The purchase is more than 50 years ago: check the year")
        return day

    @property
    def total(self) -> Money:
        """What the products cost."""
        return Money(self.price, self.currency).times(self.quantity)


class CustomerForm(Form):
    """Who is protected."""

    words: ClassVar[Mapping[str, str]] = {
        "first_name": "Enter the customer's first name",
        "last_name": "Enter the customer's last name",
        "email": "Enter the e-mail address to which the policy is sent",
    }
    first_name: str
    last_name: str
    email: str
    phone: str
    address1: str
    city: str
    region: str
    postcode: str

    @field_validator("email")
    @classmethod
    def _is_email(cls, value: str) -> str:
        words = "Enter an e-mail address like name@example.com"
        if not _EMAIL.fullmatch(value):
            raise _wrong(words)
        try:
            usable_address(value)
        except AddressUnusable:
            raise _wrong(words) from None
        return value

    @field_validator("phone")
    @classmethod
    def _is_phone(cls, value: str) -> str:
        digits = re.sub(r"[ ()./-]", "", value.replace("(0)", ""))  # not dialled after +49
        if digits and not _PHONE.fullmatch(digits):
            raise _wrong("Begin with + and the country code, such as +44 20 7946 0018")
        return digits

    @field_validator("address1", "city", "region", "postcode")
    @classmethod
    def _is_there_where_needed(cls, value: str, info: ValidationInfo) -> str:
        words = {
            "address1": "Enter street and number",
            "city": "Enter the town or city",
            "region": "Enter the state, province or territory, such as NSW",
            "postcode": "Enter the postcode",
        }
        if not value and _frame(info).needs_address:
            raise _wrong(words[info.field_name or ""])
        return value


class PaymentForm(Form):
    """How it is paid. The card is used once and kept nowhere."""

    words: ClassVar[Mapping[str, str]] = {}
    method: str
    card_number: str
    expiry: str
    cvc: str
    receipt: str

    @field_validator("method")
    @classmethod
    def _is_method(cls, value: str, info: ValidationInfo) -> str:
        allowed = ("card", "till") if _frame(info).takes_till else ("card",)
        if value not in allowed:
            raise _wrong("Choose how the customer pays")
        return value

    @field_validator("card_number", "expiry", "cvc", "receipt")
    @classmethod
    def _fits_its_method(cls, value: str, info: ValidationInfo) -> str:
        name, method = info.field_name or "", info.data.get("method")
        if method == "till" and name == "receipt" and not value:
            raise _wrong("Enter the number of the till receipt")
        if method == "card" and name != "receipt":
            return _CARD_FIELDS[name](value, _frame(info).now)
        return value

    @property
    def card(self) -> Card:
        """Which test card it is."""
        return _CARDS[self.card_number]


_CARDS = {number: card for card, number in CARD_NUMBERS.items()}


def _card_number(value: str, now: datetime) -> str:
    number = re.sub(r"[ -]", "", value)
    if not number:
        raise _wrong("Enter the card number")
    if number not in _CARDS:
        raise _wrong("This is no test card: use one of those listed below")
    return number


def _expiry(value: str, now: datetime) -> str:
    found = _EXPIRY.fullmatch(value)
    if found is None:
        raise _wrong("Enter the expiry date as month and year, such as 12/40")
    if (2000 + int(found[2]), int(found[1])) < (now.year, now.month):
        raise _wrong("The card has expired: ask for another one")
    return f"{found[1]}/{found[2]}"


def _cvc(value: str, now: datetime) -> str:
    if not re.fullmatch(r"[0-9]{3,4}", value):
        raise _wrong("Enter the 3 or 4 digits of the security code")
    return value


_CARD_FIELDS = {"card_number": _card_number, "expiry": _expiry, "cvc": _cvc}

F = TypeVar("F", bound=Form)


def read(form: type[F], typed: Mapping[str, str], frame: Frame) -> tuple[F | None, dict[str, str]]:
    """The form, or what is wrong by field, in the order of the page."""
    given = {name: typed.get(name, "").replace("\0", "") for name in form.model_fields}
    try:
        return form.model_validate(given, context=frame), {}
    except ValidationError as error:
        return None, {str(one["loc"][0]): one["msg"] for one in error.errors(include_url=False)}
