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
from pydantic import Field, ValidationError, model_validator

from flow.errors import ConfigInvalid
from flow.simulator.panels import Entry, Panel

__all__ = [
    "Benefit",
    "Catalogue",
    "FieldKind",
    "FieldRule",
    "Market",
    "OfferEntry",
    "OfferPlan",
    "Plan",
    "PolicyType",
    "Refund",
    "TaxKind",
    "TaxRule",
    "default_catalogue",
    "load_catalogue",
]

Number = Annotated[Decimal, Field(ge=0)]


class FieldKind(StrEnum):
    """Kinds of policy-type fields a partner sends."""

    TEXT = "text"
    AMOUNT = "amount"
    WHOLE = "whole"
    YES_NO = "yes_no"
    DATE = "date"
    COUNTRY = "country"
    PRICES = "prices"


class FieldRule(Entry):
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


class TaxRule(Entry):
    """One tax. `value` is percent of the premium, or an amount in the market's currency.

    A `compound` tax is levied on the premium and the taxes before it. With `places`, its line
    keeps that many decimals and the rest is cut off, whatever the currency (err-bad-currency#1:
    3 % of 108363 yen is 3250.89; err-bad-country#1: of 482.90 dollars, 14.48).
    """

    code: str
    label: str
    kind: TaxKind = TaxKind.PERCENTAGE
    value: Number
    compound: bool = False
    places: int | None = Field(default=None, ge=0, le=4)


class Plan(Entry):
    """An instalment plan: `parts` payments, `months` apart."""

    name: str
    label: str
    parts: int = Field(ge=2)
    months: int = Field(ge=1)


class Refund(StrEnum):
    """What a cancellation after the cooling-off period gives back. Our choice: never recorded."""

    PRO_RATA = "pro_rata"
    NOTHING = "nothing"


class Market(Entry):
    """A country in which a policy type is sold."""

    currency: str
    taxes: list[TaxRule] = Field(default_factory=list)
    commission: Number = Decimal(0)
    cooling_off_days: int = Field(default=14, ge=0)


class Rating(Entry):
    """Premium before tax, in the policy currency.

    Either a share of the insured value by category, with a minimum, or a ladder of bands: the
    first band whose limit reaches the insured value gives the premium (None has no end). Above
    `most` a piece, nothing is sold. `volume` is a ladder of factors by the number of pieces.
    """

    rates: dict[str, Number] = Field(default_factory=dict)
    otherwise: Number = Decimal(0)
    minimum: Number = Decimal(0)
    most: Number | None = None
    per_year: bool = False
    bands: list[tuple[Number | None, Number]] = Field(default_factory=list)
    volume: list[tuple[int | None, Number]] = Field(default_factory=list)


class Benefit(Entry):
    """A line of cover. Limit and excess are in the policy currency; a limit may be the value."""

    description: str
    limit: Number | Literal["insured_value"] | None = None
    limit_description: str | None = None
    excess: Number | None = None
    excess_description: str | None = None


class Underwriter(Entry):
    """Who carries the risk."""

    name: str
    disclaimer: str


class PolicyType(Entry):
    """One thing that is sold.

    Attributes:
        content: texts to display; `{field}` is filled from the request.
        policy_currency: currency of rates, bands and limits; None means the market's own.
        value_currency: whether prices in the request are in the quote's or the policy's
            currency (event tickets were recorded in the latter).
        ends: the field that holds the policy's end, or None: it ends `term_months` after start.
        starts: the field that a change of it moves the policy's start with, or None. Only what is
            sold through offers has one.
        anywhere: the market of all countries that `markets` does not list, or None.
        legacy_rows: print and omit what rows stored in 2019 do (list_bookings#1).
        plan: the configuration id of the offered plan that this is the policy of, or None.
        offer_rows: print and omit what rows made through the offers API do (confirm-first#1).
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
    starts: str | None = None
    term_months: int = 12
    term_choices: list[int] = Field(default_factory=list)
    rating: Rating
    markets: dict[str, Market] = Field(default_factory=dict)
    anywhere: Market | None = None
    benefits: list[Benefit] = Field(default_factory=list)
    plans: list[Plan] = Field(default_factory=list)
    renewable: bool = False
    refund: Refund = Refund.PRO_RATA
    quote_days: int | None = None
    legacy_rows: bool = False
    offer_rows: bool = False
    plan: str | None = None

    def market(self, country: str) -> Market | None:
        """Where it is sold to a customer of that country; None where it is not."""
        return self.markets.get(country, self.anywhere)

    @property
    def currencies(self) -> set[str]:
        """Currencies it needs a rate for."""
        used = {market.currency for market in self.markets.values()}
        used |= {self.anywhere.currency} if self.anywhere else set()
        return used | ({self.policy_currency} if self.policy_currency else set())

    @property
    def slug(self) -> str:
        """How links name it: `event_ticket_protection_v1`."""
        return f"{self.type}_v{self.version}"


class OfferPlan(Entry):
    """One product of an offer: a term and its rates. Only `active` ones are shown on demand."""

    name: str
    config_id: str
    slug: str
    term_months: int = Field(ge=1)
    rating: Rating
    active: bool = True


class OfferEntry(Entry):
    """What is offered for one schema (contract section 11).

    Attributes:
        policy: what the plans have in common; each has its own term and rates.
        content: texts by language; `en` serves where a language is missing.
        payment_providers: what a partner may name in `payment_details`. Our choice.
    """

    offer_schema: str
    config_id: str
    slug: str
    policy: PolicyType
    plans: list[OfferPlan] = Field(min_length=1)
    content: dict[str, Panel]
    payment_providers: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _texts_are_complete(self) -> Self:
        if "en" not in self.content:
            msg = f"offer {self.offer_schema} has no English texts, which others fall back to"
            raise ValueError(msg)
        for language, panel in self.content.items():
            missing = sorted({plan.name for plan in self.plans} - panel.plans.keys())
            if missing:
                msg = f"offer {self.offer_schema} has no '{language}' texts for {missing}"
                raise ValueError(msg)
        return self

    @property
    def sold(self) -> list[tuple[OfferPlan, PolicyType]]:
        """Each plan, and the policy type it makes."""
        return [(plan, self._policy_of(plan)) for plan in self.plans]

    def _policy_of(self, plan: OfferPlan) -> PolicyType:
        own = {"term_months": plan.term_months, "rating": plan.rating, "plan": plan.config_id}
        return self.policy.model_copy(update=own)


class Catalogue(Entry):
    """The whole file.

    Attributes:
        rates: units of each currency for one euro.
        web: where links in answers point.
        api: where paging links point (the recorded ones name an internal host).
        partner: the block that GET booking and cancellations carry.
        offers: what is sold through offers; the first one is the partner's own schema.
        partner_additions: what that block has on top in bookings made from offers.
    """

    rates: dict[str, Annotated[Decimal, Field(gt=0)]]
    web: str
    api: str
    partner: dict[str, Any]
    policies: list[PolicyType]
    offers: list[OfferEntry] = Field(default_factory=list)
    partner_additions: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _currencies_are_known(self) -> Self:
        for policy in (*self.policies, *(offer.policy for offer in self.offers)):
            missing = policy.currencies - self.rates.keys()
            if missing:
                msg = f"{policy.type} uses {sorted(missing)}, which `rates` does not list"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _configurations_are_told_apart(self) -> Self:
        ids = [entry.config_id for entry in self.offers]
        ids += [plan.config_id for entry in self.offers for plan in entry.plans]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            msg = f"configuration ids are used twice: {twice}"
            raise ValueError(msg)
        return self

    def policy(self, kind: str, version: int) -> PolicyType | None:
        """The policy type of that name and version, if it is sold."""
        for policy in self.policies:
            if policy.type == kind and policy.version == version:
                return policy
        return None

    def offer(self, config_id: str) -> OfferEntry | None:
        """What is offered under that configuration id."""
        return next((entry for entry in self.offers if entry.config_id == config_id), None)

    def offered_policy(self, plan: str) -> PolicyType | None:
        """The policy type that the offered plan of that configuration id makes."""
        sold = (policy for entry in self.offers for _, policy in entry.sold)
        return next((policy for policy in sold if policy.plan == plan), None)

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
