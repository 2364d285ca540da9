"""Who may sign in: stores and their associates, from a file or the well-known ones."""

from __future__ import annotations

import hmac
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flow.errors import ConfigInvalid
from flow.shopper import PaymentModel
from models.identifiers import CountryCode

__all__ = ["KNOWN_STORES", "Associate", "Store", "Stores", "read_stores"]

Number = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,20}$")]
Name = Annotated[str, Field(min_length=1, max_length=100)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Associate(_Row):
    """A person who sells; the PIN is theirs alone."""

    number: Number
    name: Name
    pin: Annotated[str, Field(pattern=r"^[0-9]{4,12}$", repr=False)]


class Store(_Row):
    """A shop in a street.

    Attributes:
        country: its market; customers may live elsewhere.
        payment: who charges for cover.
    """

    number: Number
    name: Name
    country: CountryCode
    payment: PaymentModel = PaymentModel.SINGLE
    associate: Annotated[list[Associate], Field(min_length=1)]


class Stores(_Row):
    """All of them."""

    store: Annotated[list[Store], Field(min_length=1)]

    def sign_in(self, store: str, associate: str, pin: str) -> tuple[Store, Associate] | None:
        """Whose numbers and PIN these are; None when they do not fit together."""
        for one in self.store:
            for person in one.associate:
                fits = hmac.compare_digest(person.pin.encode(), pin.encode())
                if (one.number, person.number) == (store, associate) and fits:
                    return one, person
        return None

    def of_payment(self, payment: PaymentModel) -> Store | None:
        """The first store in which cover is paid for in that way."""
        return next((one for one in self.store if one.payment is payment), None)


KNOWN_STORES = Stores(
    store=[
        Store(
            number="1001",
            name="High Street",
            country="GB",
            associate=[Associate(number="7", name="Robin Hale", pin="2468")],
        ),
        Store(
            number="1002",
            name="Galerie",
            country="FR",
            payment=PaymentModel.DUAL,
            associate=[Associate(number="7", name="Camille Roy", pin="2468")],
        ),
        Store(
            number="1003",
            name="Harbour",
            country="AU",
            payment=PaymentModel.SPLIT,
            associate=[Associate(number="7", name="Jess Park", pin="2468")],
        ),
    ]
)
"""Test values that everybody knows: one store for each way to pay for cover."""


def read_stores(path: Path) -> Stores:
    """The stores of a TOML file: `[[store]]`, and below it `[[store.associate]]`.

    Raises:
        ConfigInvalid: it cannot be read, or an entry is wrong; PINs are not shown.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _invalid(path, "file", f"cannot be read: {error}") from error
    try:
        stores = Stores.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise _invalid(path, where, first["msg"]) from error
    numbers = [store.number for store in stores.store]
    twice = sorted({number for number in numbers if numbers.count(number) > 1})
    if twice:
        raise _invalid(path, "store", f"number {twice[0]} is given to two stores")
    return stores


def _invalid(path: Path, setting: str, reason: str) -> ConfigInvalid:
    return ConfigInvalid(setting=setting, origin=str(path), reason=reason)
