"""Offers as the JSON body the insurer sends: products with their prices, and texts to display.

Recorded in August 2026: market-US#1, extra-fields-test#1 (contract section 11.1).
"""

from __future__ import annotations

from collections.abc import Collection
from html import escape

from flow.simulator.blocks import benefit_block, money, start_text
from flow.simulator.catalogue import OfferEntry, OfferPlan
from flow.simulator.records import OfferRecord, QuoteRecord
from flow.simulator.world import World
from models.base import Json

__all__ = ["offer_view"]

_NOTHING: Json = {"total_amount": None, "total_amount_formatted": None}
_NO_BOUNDS: Json = {
    "total_amount_min": None,
    "total_amount_max": None,
    "total_amount_min_formatted": None,
    "total_amount_max_formatted": None,
}


def offer_view(
    world: World,
    offer: OfferRecord,
    plans: list[OfferPlan],
    *,
    content: bool,
    extra: Collection[str],
) -> Json:
    """An offer. Commission and benefits are told only when `extra` asks for them."""
    shown = list(zip(plans, offer.quotes, strict=True))
    return {
        "id": offer.id,
        "session_id": offer.session_id,
        "offer_config_id": offer.entry.config_id,
        "offer_schema": offer.entry.offer_schema,
        "currency": offer.currency,
        "products": [_product(world, offer, plan, quote, extra) for plan, quote in shown],
        "content": _content(offer.entry, offer.language, shown) if content else None,
        "errors": {},
    }


def _product(
    world: World, offer: OfferRecord, plan: OfferPlan, quote: QuoteRecord, extra: Collection[str]
) -> Json:
    benefits = quote.policy.benefits if "benefits" in extra else []
    return {
        "id": quote.id,
        "product_config_id": plan.config_id,
        "name": plan.name,
        "type": None,
        "schema_url": None,
        "details": {
            "policy_version_id": quote.policy.edition,
            "start_date": start_text(quote),
            "end_date": None,
            "finance": _finance(quote, extra),
            # The language alone here; bookings add the country: market-US#1, confirm-first#1.
            "pds_url": (
                f"{world.web}/{offer.language}/pds/{offer.id}?policy_type={quote.policy.slug}"
            ),
            "files": [],
            "extra_fields": {},
            "experiment": {},
            "benefits": [benefit_block(world, quote, benefit) for benefit in benefits],
        },
    }


def _finance(quote: QuoteRecord, extra: Collection[str]) -> Json:
    priced = quote.priced
    currency = priced.currency
    return {
        "price": {
            **money("total_amount", priced.price, currency),
            **money("total_amount_without_tax", priced.premium, currency),
            **_NO_BOUNDS,
        },
        "tax": {
            **money("total_amount", priced.tax, currency),
            "breakdown": [
                # Printed in the currency's decimals, told in cents: err-bad-currency#1.
                {"tax_code": rule.label, **money("tax_amount", amount, currency)}
                for rule, amount in priced.taxes
            ],
        },
        "surcharge": dict(_NOTHING),
        "commission": money("total_amount", priced.commission, currency)
        if "commission" in extra
        else dict(_NOTHING),
    }


def _content(entry: OfferEntry, language: str, shown: list[tuple[OfferPlan, QuoteRecord]]) -> Json:
    """The texts, in English where the catalogue has none in the customer's language.

    Only English was captured; which language is chosen is our choice.
    """
    base = language.replace("_", "-").split("-")[0].lower()
    locale = next((name for name in (language.lower(), base) if name in entry.content), "en")
    panel = entry.content[locale]
    return {
        "schema_version": "content:1.0",
        "locale": locale,
        "slug": entry.slug,
        **panel.model_dump(exclude={"plans"}),
        "disclaimer_html": _paragraph(panel.disclaimer),
        "products": [
            {
                "id": quote.id,
                "product_config_id": plan.config_id,
                "slug": plan.slug,
                "locale": locale,
                **panel.plans[plan.name].model_dump(),
                "disclaimer_html": _paragraph(panel.plans[plan.name].disclaimer),
            }
            for plan, quote in shown
        ],
    }


def _paragraph(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>" if text else ""
