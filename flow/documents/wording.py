"""The policy wording behind `pds_url`: what is covered, what is not, and how to get out of it.

Its links carry no token (contract section 6.0), so it names no person and no product. The real
text was never recorded; this one is made from the catalogue. # our choice
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flow.paper.reader import Reader
from flow.paper.sheet import Facts, Part, Passage, Points, Sheet
from flow.simulator.catalogue import Benefit, Catalogue, PolicyType, Refund
from flow.simulator.records import Package, QuoteRecord
from flow.simulator.world import World
from models.money import Money

__all__ = ["Wording", "wording_of", "wording_sheet"]

_AFTERWARDS = {
    Refund.PRO_RATA: "Later, the price of the days not used is paid back.",
    Refund.NOTHING: "Later, nothing is paid back.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What one kind of policy promises.

    Attributes:
        benefits: what is paid for, and up to what.
    """

    name: str
    code: str
    version: str
    underwriter: str
    disclaimer: str
    summary: str
    included: tuple[str, ...]
    excluded: tuple[str, ...]
    benefits: tuple[tuple[str, str], ...]
    cooling_off_days: int
    afterwards: str


def wording_of(catalogue: Catalogue, policy: PolicyType, country: str, reader: Reader) -> Wording:
    """The wording of a policy type as it is sold in a country."""
    content: dict[str, Any] = policy.content or _panel(catalogue, policy)
    market = policy.market(country)
    currency = policy.policy_currency or ("EUR" if market is None else market.currency)
    return Wording(
        name=policy.name,
        code=policy.code,
        version=policy.edition,
        underwriter=policy.underwriter.name,
        disclaimer=policy.underwriter.disclaimer,
        summary=_unnamed(content.get("description", "")),
        included=_points(content.get("inclusions")),
        excluded=_points(content.get("exclusions")),
        benefits=tuple(
            (each.description, _limit(each, currency, reader)) for each in policy.benefits
        ),
        cooling_off_days=0 if market is None else market.cooling_off_days,
        afterwards=_AFTERWARDS[policy.refund],
    )


def _panel(catalogue: Catalogue, policy: PolicyType) -> dict[str, Any]:
    """What is sold through offers has its texts there."""
    for entry in catalogue.offers:
        if any(plan.config_id == policy.plan for plan in entry.plans):
            panel = entry.content["en"]
            return {"description": panel.sub_heading, "inclusions": panel.extras}
    return {}


class _Nobodys(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "your product"


def _unnamed(text: object) -> str:
    """A text of the catalogue without what was insured in particular."""
    try:
        return str(text).format_map(_Nobodys())
    except (ValueError, LookupError, AttributeError):  # braces that name no field
        return str(text)


def _points(listed: Any) -> tuple[str, ...]:
    """Entries with title and description, titles with descriptions, or plain texts."""
    if isinstance(listed, dict):
        pairs: Iterable[Any] = ({"title": key, "description": listed[key]} for key in listed)
    else:
        pairs = listed if isinstance(listed, list) else ()
    return tuple(_unnamed(_point(entry)) for entry in pairs)


def _point(entry: object) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    title, description = entry.get("title", ""), entry.get("description", "")
    return f"{title}: {description}" if title and description else str(title or description)


def _limit(benefit: Benefit, currency: str, reader: Reader) -> str:
    """Up to what, and what of it is one's own."""
    if benefit.limit == "insured_value":
        limit = "up to the insured value"
    elif benefit.limit is not None:
        limit = f"up to {reader.money(Money.of(benefit.limit, currency))}"
    else:
        limit = benefit.limit_description or "covered"
    if benefit.excess is not None:
        return f"{limit}; excess {reader.money(Money.of(benefit.excess, currency))}"
    return f"{limit}; {benefit.excess_description}" if benefit.excess_description else limit


def wording_sheet(
    world: World, number: str, quotes: list[QuoteRecord], *, package: Package | None, country: str
) -> Sheet:
    """The wording of each kind of policy among quotes, once."""
    language = None if package is None else package.language
    reader = Reader(language, country)
    kinds = {quote.policy.slug: quote.policy for quote in quotes}
    told = [wording_of(world.catalogue, policy, country, reader) for policy in kinds.values()]
    return Sheet(
        title="Policy wording",
        number=number,
        issuer=quotes[0].policy.underwriter.name,
        at=_since(quotes),
        language=reader.language,
        parts=tuple(part for wording in told for part in _parts(wording)),
    )


def _since(quotes: list[QuoteRecord]) -> datetime:
    return min(quote.created_at for quote in quotes)


def _parts(wording: Wording) -> list[Part]:
    facts = (
        ("Policy", wording.code),
        ("Version", wording.version),
        ("Underwriter", wording.underwriter),
        ("Note", wording.disclaimer),
    )
    parts: list[Part] = [Facts(heading=wording.name, rows=facts)]
    if wording.summary:
        parts.append(Passage(text=wording.summary))
    if wording.included:
        parts.append(Points(heading="What is covered", items=wording.included))
    if wording.excluded:
        parts.append(Points(heading="What is not covered", items=wording.excluded))
    if wording.benefits:
        parts.append(Facts(heading="Benefits", rows=wording.benefits))
    text = (
        f"Within {wording.cooling_off_days} days of the booking everything is paid back. "
        f"{wording.afterwards} Cancel where you bought it."
    )
    parts.append(Passage(heading="If you change your mind", text=text))
    return parts
