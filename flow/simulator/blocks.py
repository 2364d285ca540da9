"""The parts that bodies of the insurer are made of: amounts, links, policies (contract 6).

Amounts become floats here and nowhere before.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flow.simulator.catalogue import Benefit
from flow.simulator.records import Package, QuoteRecord
from flow.simulator.world import World
from models.base import Json
from models.money import format_amount, round_amount

__all__ = [
    "benefit_block",
    "coi_links",
    "duration",
    "money",
    "pds_link",
    "policy_block",
    "policy_record",
    "stamp",
    "start_text",
    "zulu",
]

_ZERO = Decimal(0)


_WHOLE = len("2021-10-02T01:55:33.737094+00:00")


def stamp(moment: datetime | None) -> str | None:
    """`2021-10-02T01:55:33.737094Z`, or None."""
    if moment is None:
        return None
    text = moment.isoformat()
    if len(text) != _WHOLE:  # on the second, which a stamp never is
        text = moment.isoformat(timespec="microseconds")
    return text[:26] + "Z"


def zulu(moment: datetime) -> str:
    """`2021-11-23T19:06:13Z`: how cancellations and instalments print policy dates."""
    return moment.isoformat().replace("+00:00", "Z")


def start_text(quote: QuoteRecord) -> str:
    """When cover begins: `2026-08-15T00:00:00` when the date came without a zone (market-US#1)."""
    start = quote.start.replace(tzinfo=None) if quote.bare_start else quote.start
    return start.isoformat()


def duration(length: timedelta) -> str:
    """Django's form: `19 14:09:22`, `11:57:40`, `105 01:00:00.001000`."""
    hours, rest = divmod(length.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    days = f"{length.days} " if length.days else ""
    fraction = f".{length.microseconds:06d}" if length.microseconds else ""
    return f"{days}{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}"


def money(name: str, amount: Decimal, currency: str, *, spaced: bool = False) -> Json:
    """An amount under its name, and its printed form beside it."""
    printed = format_amount(amount, currency, spaced=True) if spaced else None
    return {
        name: float(amount),
        name + "_formatted": printed or format_amount(amount, currency),
    }


def pds_link(world: World, package: Package, quote: QuoteRecord | None = None) -> str:
    """Where the policy wording is shown: of the package, or of one quote (contract 6.0)."""
    link = f"{world.web}/{package.locale}/pds/{package.id}"
    return link if quote is None else f"{link}?policy_type={quote.policy.slug}"


def coi_links(world: World, package: Package) -> Json:
    """Where the certificate of insurance is shown, and its PDF (contract 6.0)."""
    link = f"{world.web}/{package.locale}/coi/{package.id}"
    token = f"?security_token={package.security_token}"
    return {"url": link + token, "pdf": f"{link}.pdf{token}"}


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


_Filler = Callable[[_Blank], Any]
_FILLERS: dict[int, tuple[Any, _Filler | None]] = {}
"""How each policy's texts are filled, by the identity of the texts, which are kept beside it."""


def _filled(content: Any, fields: dict[str, Any]) -> Any:
    """Texts with `{field}` filled in; a field that was not sent leaves nothing behind."""
    known = _FILLERS.get(id(content))
    if known is None:
        known = _FILLERS[id(content)] = (content, _filler(content))
    fill = known[1]
    return content if fill is None else fill(_Blank(fields))


def _filler(content: Any) -> _Filler | None:
    """What fills a text, list or object; None when there is nothing to fill."""
    if isinstance(content, str):
        return content.format_map if "{" in content else None
    if isinstance(content, dict):
        parts = {key: fill for key, value in content.items() if (fill := _filler(value))}
        if not parts:
            return None
        return lambda given: {**content, **{key: fill(given) for key, fill in parts.items()}}
    if isinstance(content, list):
        fillers = [_filler(entry) for entry in content]
        if not any(fillers):
            return None
        return lambda given: [
            entry if fill is None else fill(given)
            for entry, fill in zip(content, fillers, strict=True)
        ]
    return None


def policy_block(quote: QuoteRecord, *, named: bool = True) -> Json:
    """The policy block. Cancellations leave the texts unnamed (cancel_booking#2)."""
    policy = quote.policy
    body = {
        "policy_type": policy.type,
        "policy_type_group_name": policy.group,
        "policy_name": policy.name,
        "policy_code": policy.code,
        "policy_version": policy.edition,
        "category": policy.category,
        "content": _filled(policy.content, quote.fields if named else {}),
        "underwriter": {
            "disclaimer": policy.underwriter.disclaimer,
            "name": policy.underwriter.name,
        },
        "claim_selector_id": policy.claim_selector_id,
    }
    if policy.offer_rows:  # confirm-first#1
        body["policy_type_version"] = str(policy.version)
        body["policy_type_slug"] = policy.slug
        body["policy_currency"] = quote.priced.policy_currency
    return body


def _tax(quote: QuoteRecord) -> Json:
    priced, spaced = quote.priced, quote.policy.legacy_rows
    return {
        **money("total_tax", priced.tax, priced.currency, spaced=spaced),
        **money("total_amount_without_tax", priced.premium, priced.currency, spaced=spaced),
        "taxes": [
            {"tax_code": rule.label, **money("tax_amount", amount, priced.currency)}
            for rule, amount in priced.taxes
        ],
    }


def _commission(quote: QuoteRecord) -> Json:
    priced = quote.priced
    if quote.policy.legacy_rows:
        return {
            "partner_commission": None,
            "partner_commission_formatted": None,
            "surcharge_commission": None,
            "surcharge_commission_formatted": None,
            **money("total_commission", priced.commission, priced.currency, spaced=True),
        }
    return {
        **money("partner_commission", priced.commission, priced.currency),
        **money("surcharge_commission", _ZERO, priced.currency),
        **money("total_commission", priced.commission, priced.currency),
    }


_BENEFITS: dict[tuple[int, int, str, str], tuple[Any, Any, Json]] = {}
"""Benefits that are the same for everybody, by themselves, the rates, and both currencies."""


def benefit_block(world: World, quote: QuoteRecord, benefit: Benefit) -> Json:
    """One benefit, its amounts in the quote's and in the policy's currency."""
    if benefit.limit == "insured_value":
        return _benefit(world, quote, benefit)
    priced, rates = quote.priced, world.catalogue.rates
    place = (id(benefit), id(rates), priced.policy_currency, priced.currency)
    known = _BENEFITS.get(place)
    if known is None:
        known = _BENEFITS[place] = (benefit, rates, _benefit(world, quote, benefit))
    return known[2]


def _benefit(world: World, quote: QuoteRecord, benefit: Benefit) -> Json:
    priced = quote.priced
    body: Json = {"description": benefit.description}

    def add(name: str, own: Decimal) -> None:
        shown = round_amount(
            world.catalogue.convert(own, priced.policy_currency, priced.currency), priced.currency
        )
        own = round_amount(own, priced.policy_currency)
        body[name] = float(shown)
        body[f"{name}_policy_currency"] = float(own)
        body[f"{name}_formatted"] = format_amount(shown, priced.currency)
        body[f"{name}_policy_currency_formatted"] = format_amount(own, priced.policy_currency)

    if benefit.limit == "insured_value":
        add(
            "limit",
            world.catalogue.convert(priced.cover, priced.currency, priced.policy_currency),
        )
    elif benefit.limit is not None:
        add("limit", benefit.limit)
    if benefit.limit_description is not None:
        body["limit_description"] = benefit.limit_description
    if benefit.excess is not None:
        add("excess", benefit.excess)
    if benefit.excess_description is not None:
        body["excess_description"] = benefit.excess_description
    return body


def _blocks(world: World, quote: QuoteRecord) -> Json:
    """The parts of a quote that follow from its fields and price.

    Most quotes are shown once and never again; from the second time on, what was rendered is
    kept with the quote.
    """
    seen = quote.rendered
    if seen is not None and seen[0] is quote.fields and seen[1] is quote.priced and seen[2]:
        return seen[2]
    blocks = {
        "policy": policy_block(quote),
        "tax": _tax(quote),
        "benefits": [benefit_block(world, quote, benefit) for benefit in quote.policy.benefits],
        "commission": _commission(quote),
    }
    is_first = seen is None or seen[0] is not quote.fields or seen[1] is not quote.priced
    quote.rendered = (quote.fields, quote.priced, None if is_first else blocks)
    return blocks


def policy_record(world: World, package: Package, quote: QuoteRecord) -> Json:
    """What a quote in a package and a policy in a booking have in common."""
    priced, legacy = quote.priced, quote.policy.legacy_rows
    blocks = _blocks(world, quote)
    cover = (
        {"cover_amount": None, "cover_amount_formatted": None}
        if legacy
        else money("cover_amount", priced.cover, priced.currency)
    )
    body = {
        "id": quote.id,
        "policy_start_date": quote.start.isoformat(),
        "policy_end_date": quote.end.isoformat(),
        "status": quote.status.value,
        **money("price", priced.price, priced.currency),
        "policy": blocks["policy"],
        "insured": quote.insured,
        "tax": blocks["tax"],
        "duration": duration(quote.end - quote.start),
        "benefits": blocks["benefits"],
        "commission": blocks["commission"],
        "created_at": stamp(quote.created_at),
        "confirmed_at": stamp(quote.confirmed_at),
        "updated_at": stamp(quote.updated_at),
        "cancelled_at": stamp(quote.cancelled_at),
        "is_renewable": quote.policy.renewable,
        "is_pricebeat_enabled": None,
        **cover,
        "pds_url": pds_link(world, package, quote),
        "attachments": [],
        "files": [],
        "extra_fields": {},
        "surcharge": None
        if legacy
        else {"total_amount": None, "total_amount_formatted": None, "surcharges": None},
    }
    if quote.policy.offer_rows:
        body.update(_offer_row(quote, body["pds_url"]))
    return body


def _offer_row(quote: QuoteRecord, pds_url: str) -> Json:
    """What a row made through the offers API prints differently, or on top (confirm-first#1).

    Its end and its limit of cover are not told: both were null in every capture.
    """
    return {
        "policy_start_date": start_text(quote),
        "policy_end_date": None,
        "duration": None,
        "cancelled_from": stamp(quote.cancelled_at),
        "cover_amount": None,
        "cover_amount_formatted": None,
        "pds_url": f"{pds_url}&quote_id={quote.id}",
        "surcharge": {
            "total_amount": None,
            "surcharges": None,
            "total_amount_formatted": format_amount(_ZERO, quote.priced.currency),
        },
        "custom_documents": None,
        "parent_quote_status": None,
        "experiment": None,
    }
