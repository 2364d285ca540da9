"""What the simulated insurer sells: the models of the catalogue file, and its loader.

The file is data: fields, rates, taxes, commission, cooling-off, refunds, texts. Rates and texts
are our own; only event tickets follow recorded figures.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from flow.errors import ConfigInvalid

__all__ = [
    "Benefit",
    "Catalogue",
    "FieldKind",
    "FieldRule",
    "Market",
    "Plan",
    "PolicyType",
    "Refund",
    "TaxKind",
    "TaxRule",
    "default_catalogue",
    "load_catalogue",
]

Number = Annotated[Decimal, Field(ge=0)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldKind(StrEnum):
    """Kinds of policy-type fields a partner sends."""

    TEXT = "text"
    AMOUNT = "amount"
    WHOLE = "whole"
    YES_NO = "yes_no"
    DATE = "date"
    COUNTRY = "country"
    PRICES = "prices"


class FieldRule(_Entry):
    """A field of a policy type."""

    kind: FieldKind
    required: bool = False
    one_of: list[str] | None = None
    least: Decimal | None = None
    most: Decimal | None = None


class TaxKind(StrEnum):
    """How a tax is worked out; the wire's own words (get_instalments#3)."""

    PERCENTAGE = "PERCENTAGE"
    FIXED_VALUE = "FIXED_VALUE"


class TaxRule(_Entry):
    """One tax. `value` is percent of the premium, or an amount in the market's currency.

    A `compound` tax is levied on the premium and the taxes before it.
    """

    code: str
    label: str
    kind: TaxKind = TaxKind.PERCENTAGE
    value: Number
    compound: bool = False


class Plan(_Entry):
    """An instalment plan: `parts` payments, `months` apart."""

    name: str
    label: str
    parts: int = Field(ge=2)
    months: int = Field(ge=1)


class Refund(StrEnum):
    """What a cancellation after the cooling-off period gives back. Our choice: never recorded."""

    PRO_RATA = "pro_rata"
    NOTHING = "nothing"


class Market(_Entry):
    """A country in which a policy type is sold."""

    currency: str
    taxes: list[TaxRule] = Field(default_factory=list)
    commission: Number = Decimal(0)
    cooling_off_days: int = Field(default=14, ge=0)


class Rating(_Entry):
    """Premium before tax, in the policy currency.

    Either a share of the insured value by category, with a minimum, or a ladder of bands: the
    first band whose limit reaches the insured value gives the premium (None has no end). Above
    `most` a piece, nothing is sold.
    """

    rates: dict[str, Number] = Field(default_factory=dict)
    otherwise: Number = Decimal(0)
    minimum: Number = Decimal(0)
    most: Number | None = None
    per_year: bool = False
    bands: list[tuple[Number | None, Number]] = Field(default_factory=list)


class Benefit(_Entry):
    """A line of cover. Limit and excess are in the policy currency; a limit may be the value."""

    description: str
    limit: Number | Literal["insured_value"] | None = None
    limit_description: str | None = None
    excess: Number | None = None
    excess_description: str | None = None


class Underwriter(_Entry):
    """Who carries the risk."""

    name: str
    disclaimer: str


class PolicyType(_Entry):
    """One thing that is sold.

    Attributes:
        content: texts to display; `{field}` is filled from the request.
        policy_currency: currency of rates, bands and limits; None means the market's own.
        value_currency: whether prices in the request are in the quote's or the policy's
            currency (event tickets were recorded in the latter).
        ends: the field that holds the policy's end, or None: it ends `term_months` after start.
        legacy_rows: print and omit what rows stored in 2019 do (list_bookings#1).
    """

    type: str
    version: int = 1
    group: str
    name: str
    code: str
    edition: str
    category: str | None
    claim_selector_id: str | None = ""
    content: dict[str, Any]
    underwriter: Underwriter
    fields: dict[str, FieldRule]
    policy_currency: str | None = None
    value_currency: Literal["quote", "policy"] = "quote"
    ends: str | None = None
    term_months: int = 12
    term_choices: list[int] = Field(default_factory=list)
    rating: Rating
    markets: dict[str, Market]
    benefits: list[Benefit] = Field(default_factory=list)
    plans: list[Plan] = Field(default_factory=list)
    renewable: bool = False
    refund: Refund = Refund.PRO_RATA
    quote_days: int | None = None
    legacy_rows: bool = False

    @property
    def slug(self) -> str:
        """How links name it: `event_ticket_protection_v1`."""
        return f"{self.type}_v{self.version}"


class Catalogue(_Entry):
    """The whole file.

    Attributes:
        rates: units of each currency for one euro.
        web: where links in answers point.
        api: where paging links point (the recorded ones name an internal host).
        partner: the block that GET booking and cancellations carry.
    """

    rates: dict[str, Annotated[Decimal, Field(gt=0)]]
    web: str
    api: str
    partner: dict[str, Any]
    policies: list[PolicyType]

    @model_validator(mode="after")
    def _currencies_are_known(self) -> Self:
        for policy in self.policies:
            used = {market.currency for market in policy.markets.values()}
            used |= {policy.policy_currency} if policy.policy_currency else set()
            missing = used - self.rates.keys()
            if missing:
                msg = f"{policy.type} uses {sorted(missing)}, which `rates` does not list"
                raise ValueError(msg)
        return self

    def policy(self, kind: str, version: int) -> PolicyType | None:
        """The policy type of that name and version, if it is sold."""
        for policy in self.policies:
            if policy.type == kind and policy.version == version:
                return policy
        return None

    def convert(self, amount: Decimal, source: str, target: str) -> Decimal:
        """Convert between currencies, not yet rounded."""
        if source == target:
            return amount
        return amount / self.rates[source] * self.rates[target]


def load_catalogue(path: Path) -> Catalogue:
    """Read a catalogue file.

    Raises:
        ConfigInvalid: it is missing, not YAML, or has a wrong entry, which is named.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return Catalogue.model_validate(yaml.load(text, Loader=_loader()))
    except OSError as error:
        raise _invalid(path, f"cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise _invalid(path, f"is not YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise _invalid(path, f"{where}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:  # no UTF-8, no such date, no end of brackets
        raise _invalid(path, f"cannot be read: {error}") from error


def _invalid(path: Path, reason: str) -> ConfigInvalid:
    return ConfigInvalid(setting="catalogue", origin=str(path), reason=reason)


@cache
def default_catalogue() -> Catalogue:
    """The catalogue shipped with the package."""
    return load_catalogue(Path(__file__).with_name("catalogue.yaml"))


def _loader() -> type[yaml.SafeLoader]:
    """libyaml's loader where it is built in: ten times faster, same result."""
    loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return loader
