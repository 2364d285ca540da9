"""What the forms let an associate choose from: categories, kinds of cover, countries, currencies.

All of it follows from the insurer's catalogue, but the address that a market wants: which fields
the real portal asks for was never published (contract section 12, question 14). Our choice.
"""

from __future__ import annotations

from dataclasses import dataclass

from flow.simulator.catalogue import Catalogue, PolicyType

__all__ = ["Assortment", "Market", "Wanted"]

_ASKED = {"category", "price", "name"}
"""What a policy type for something bought in a shop asks for."""

_COUNTRIES = {
    "AU": "Australia",
    "CA": "Canada",
    "DE": "Germany",
    "ES": "Spain",
    "FR": "France",
    "GB": "United Kingdom",
    "IT": "Italy",
    "US": "United States",
}
_ADDRESSED = {"AU", "CA", "US"}
"""Where taxes depend on the state, so that the address is asked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A kind of cover to ask for: `extended_warranty:24` is its key."""

    key: str
    label: str
    policy_type: str
    version: int
    term_months: int | None = None


@dataclass(frozen=True, slots=True)
class Market:
    """A country whose customers can be protected."""

    country: str
    name: str
    currency: str
    needs_address: bool


@dataclass(frozen=True, slots=True)
class Assortment:
    """What there is to choose from, by key, in the order in which it is shown."""

    categories: dict[str, str]
    wanted: dict[str, Wanted]
    markets: dict[str, Market]
    currencies: tuple[str, ...]

    @classmethod
    def of(cls, catalogue: Catalogue) -> Assortment:
        """What a catalogue sells for things bought in a shop."""
        sold = [
            policy
            for policy in catalogue.policies
            if {name for name, rule in policy.fields.items() if rule.required} == _ASKED
        ]
        categories = sorted({name for policy in sold for name in policy.rating.rates})
        countries = sorted({code for policy in sold for code in policy.markets}, key=_country)
        return cls(
            categories={name: _words(name) for name in categories} | {"other": "Something else"},
            wanted={one.key: one for policy in sold for one in _kinds(policy)},
            markets={code: _market(sold, code) for code in countries},
            currencies=tuple(sorted(catalogue.rates)),
        )


def _kinds(policy: PolicyType) -> list[Wanted]:
    """The policy type, once for each term that can be chosen."""
    if not policy.term_choices:
        return [Wanted(policy.type, policy.name, policy.type, policy.version)]
    return [
        Wanted(
            f"{policy.type}:{months}",
            f"{policy.name}, {_term(months)}",
            policy.type,
            policy.version,
            months,
        )
        for months in policy.term_choices
    ]


def _term(months: int) -> str:
    """`2 years`, `18 months`."""
    number, unit = (months // 12, "year") if months % 12 == 0 else (months, "month")
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _market(sold: list[PolicyType], country: str) -> Market:
    own = next(policy.markets[country] for policy in sold if country in policy.markets)
    return Market(country, _country(country), own.currency, country in _ADDRESSED)


def _country(code: str) -> str:
    return _COUNTRIES.get(code, code)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
