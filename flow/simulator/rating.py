"""What cover costs: premium, taxes, commission and limits, from the catalogue's data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from flow.simulator.catalogue import Catalogue, Market, PolicyType, TaxKind, TaxRule
from models.money import format_amount, round_amount

__all__ = ["NotSold", "Priced", "rate"]

_YEAR_MONTHS = 12


class NotSold(Exception):
    """No cover is available for these inputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A price and its parts, rounded to the currency's minor unit; a tax line may be finer.

    `premium` is before tax, `tax` all taxes; `price` = premium + tax.
    """

    currency: str
    policy_currency: str
    premium: Decimal
    taxes: tuple[tuple[TaxRule, Decimal], ...]
    tax: Decimal
    commission: Decimal
    cover: Decimal

    @property
    def price(self) -> Decimal:
        """What the customer pays, tax included."""
        return self.premium + self.tax


def rate(
    catalogue: Catalogue,
    policy: PolicyType,
    fields: dict[str, Any],
    *,
    country: str,
    currency: str,
) -> Priced:
    """Price one quote.

    Raises:
        NotSold: not in this country, in this currency, or of this value.
    """
    market = policy.market(country)
    if market is None:
        msg = f"No policy is available for {policy.type} in {country}"
        raise NotSold(msg)
    if currency not in catalogue.rates:
        msg = f"No policy is available for {policy.type} in {currency}"
        raise NotSold(msg)
    own = policy.policy_currency or market.currency
    value = _insured_value(fields)
    if policy.value_currency == "quote":
        value = catalogue.convert(value, currency, own)
    most = policy.rating.most
    if most is not None and value > most * int(fields.get("quantity", 1)):
        msg = f"No policy is available for {policy.type} above {format_amount(most, own)} a piece"
        raise NotSold(msg)

    def to_quote(amount: Decimal, source: str = own) -> Decimal:
        return round_amount(catalogue.convert(amount, source, currency), currency)

    premium = to_quote(_premium(policy, market, fields, value))
    taxes = _taxes(catalogue, market, premium, currency)
    return Priced(
        currency=currency,
        policy_currency=own,
        premium=premium,
        taxes=taxes,
        tax=round_amount(sum((amount for _, amount in taxes), Decimal(0)), currency),
        commission=round_amount(premium * market.commission / 100, currency),
        cover=to_quote(value),
    )


def _insured_value(fields: dict[str, Any]) -> Decimal:
    """What is insured: a unit price times its quantity, or the tickets together."""
    price: Decimal | None = fields.get("price", fields.get("retail_value"))
    if price is not None:
        return price * int(fields.get("quantity", 1))
    if "tickets" in fields:
        return sum(fields["tickets"], Decimal(0))
    return Decimal(fields.get("total_ticket_price", 0))


def _premium(policy: PolicyType, market: Market, fields: dict[str, Any], value: Decimal) -> Decimal:
    rating = policy.rating
    if rating.bands:
        return next(premium for limit, premium in rating.bands if limit is None or value <= limit)
    share = rating.rates.get(str(fields.get("category")), rating.otherwise)
    premium = value * share
    if rating.per_year:
        months = int(fields.get("term_months", policy.term_months))
        premium = premium * months / _YEAR_MONTHS
    pieces = int(fields.get("quantity", 1))
    premium = max(premium, rating.minimum * pieces)
    if rating.volume:
        premium *= next(f for limit, f in rating.volume if limit is None or pieces <= limit)
    return premium


def _taxes(
    catalogue: Catalogue, market: Market, premium: Decimal, currency: str
) -> tuple[tuple[TaxRule, Decimal], ...]:
    """Each tax rounded on its own, as recorded: 12 % of 0.90 is 0.11."""
    lines: list[tuple[TaxRule, Decimal]] = []
    for rule in market.taxes:
        if rule.kind is TaxKind.FIXED_VALUE:
            amount = catalogue.convert(rule.value, market.currency, currency)
        else:
            base = premium + (sum(line for _, line in lines) if rule.compound else 0)
            amount = base * rule.value / 100
        lines.append((rule, _line(rule, amount, currency)))
    return tuple(lines)


def _line(rule: TaxRule, amount: Decimal, currency: str) -> Decimal:
    if rule.places is None:
        return round_amount(amount, currency)
    return amount.quantize(Decimal(1).scaleb(-rule.places), ROUND_DOWN)


def policy_end(policy: PolicyType, fields: dict[str, Any], start: datetime) -> datetime:
    """When cover ends: at the field the policy names, or a number of months after its start."""
    if policy.ends is not None:
        end: datetime = fields[policy.ends]
        return end
    return add_months(start, int(fields.get("term_months", policy.term_months)))


def add_months(moment: datetime, months: int) -> datetime:
    """The same day and time some months later; the month's last day where it has no such day."""
    index = moment.year * 12 + moment.month - 1 + months
    year, month = divmod(index, 12)
    day = moment.day
    while True:
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            day -= 1
