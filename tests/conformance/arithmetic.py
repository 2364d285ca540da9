"""The sums that hold between the amounts of a body, in the recordings and in ours alike."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from models.money import format_amount


def _d(value: Any) -> Decimal:
    return Decimal(str(value))


def broken(body: Any) -> list[str]:
    """Sums that do not hold, in words."""
    if not isinstance(body, dict):
        return []
    found = list(_printed(body, body.get("currency", "GBP"), "$"))
    quotes = body.get("quotes")
    listed = list(quotes.values()) if isinstance(quotes, dict) else quotes or []
    for quote in listed:
        found += _quote(quote)
    if "bundle_price" in body:
        found += _equal("total = sum of quotes", body["total_price"], _sum(listed, "price"))
        found += _equal("bundle = total", body["bundle_price"], body["total_price"])
    elif "total_refund" in body:
        found += _equal("refund = sum", body["total_refund"], _sum(listed, "refund_value"))
    elif "total_premium" in body:
        live = [quote for quote in listed if quote["status"] != "CANCELLED"]
        found += _equal("total = sum of live", body["total_price"], _sum(live, "price"))
        taxes = sum((_d(quote["tax"]["total_tax"]) for quote in live), Decimal(0))
        found += _equal("tax = sum of live", body["total_tax"], taxes)
        premium = _d(body["total_price"]) - _d(body["total_tax"])
        found += _equal("premium = price - tax", body["total_premium"], premium)
    if "total_price_diff" in body:
        found += _equal("diff = sum", body["total_price_diff"], _sum(listed, "price_diff"))
    for row in body.get("results", []):
        found += broken(row)
    return found


def _quote(quote: dict[str, Any]) -> list[str]:
    if "payment_schedule" in quote:
        return _schedule(quote)
    found: list[str] = []
    if "tax" in quote:
        tax = quote["tax"]
        parts = _d(tax["total_tax"]) + _d(tax["total_amount_without_tax"])
        found += _equal("price = premium + tax", quote["price"], parts)
        lines = sum((_d(line["tax_amount"]) for line in tax["taxes"]), Decimal(0))
        found += _equal("tax = its lines", tax["total_tax"], lines)
    if "discount_price" in quote:
        discounted = _d(quote["discount_price"]) + _d(quote["discount_amount"])
        found += _equal("price = discounted + discount", quote["price"], discounted)
        for plan in quote["instalment_plans"]:
            found += _equal("plan amount = price", plan["amount"], quote["price"])
    return found


def _schedule(schedule: dict[str, Any]) -> list[str]:
    parts = schedule["payment_schedule"]
    paid = [part for part in parts if part["status"] == "PAID"]
    due = [part for part in parts if part["status"] == "UNPAID"]
    found = _equal("paid = its parts", schedule["total_amount_paid"], _sum(paid, "total_amount"))
    found += _equal("due = its parts", schedule["total_amount_due"], _sum(due, "total_amount"))
    for part in parts:
        tax = part["tax"]
        lines = sum((_d(line["tax_amount"]) for line in tax["taxes"]), Decimal(0))
        found += _equal("part tax = its lines", tax["total_tax"], lines)
    return found


def _printed(node: Any, currency: str, path: str) -> Iterator[str]:
    """Every `x_formatted` beside a number `x` prints that number."""
    if isinstance(node, list):
        for index, entry in enumerate(node):
            yield from _printed(entry, currency, f"{path}[{index}]")
    if not isinstance(node, dict):
        return
    currency = node.get("currency", currency) if isinstance(node.get("currency"), str) else currency
    for key, value in node.items():
        plain = key.removesuffix("_formatted")
        if plain != key and value is not None and not plain.endswith("policy_currency"):
            # A surcharge of null is printed as nothing: confirm-first#1 of the offers API.
            expected = format_amount(_d(node[plain] or 0), currency)
            if value.replace("\u00a0", "") != expected:
                yield f"{path}.{key}: {value!r} prints {node[plain]!r}"
        yield from _printed(value, currency, f"{path}.{key}")


def _sum(rows: list[dict[str, Any]], key: str) -> Decimal:
    return sum((_d(row[key]) for row in rows), Decimal(0))


def _equal(claim: str, left: Any, right: Any) -> list[str]:
    return [] if _d(left) == _d(right) else [f"{claim}: {left} is not {right}"]
