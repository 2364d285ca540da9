"""A suggestion: a draft, what it visits for the first time, and the scenario file of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flow.acts import ACTS
from flow.backends.faulty import FaultKind
from flow.coverage import Coverage
from flow.markets import Sale
from flow.reach import Consideration
from flow.roads import Move
from flow.shopper import Cover, PaymentModel, Product, Shopper
from flow.suggestion.draft import Draft, Played
from flow.table import Row, State, Trigger
from flow.trace import Result

__all__ = ["Suggestion", "suggestion_of"]

_PLAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_ -]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A draft that was played, and what it visits that was not visited before."""

    draft: Draft
    played: Played
    states: tuple[State, ...]
    rows: tuple[Row, ...]
    pairs: tuple[tuple[Row, Row], ...]
    considerations: tuple[Consideration, ...]
    sales: tuple[Sale, ...]
    faults: tuple[tuple[Trigger, FaultKind], ...]

    @property
    def news(self) -> list[str]:
        """What it visits for the first time, a line each."""
        lines = [f"state {state}" for state in self.states]
        lines += [f"transition {row.name}" for row in self.rows]
        lines += [f"pair {one.name}, then {two.name}" for one, two in self.pairs]
        for name, condition, value in self.considerations:
            lines.append(f"condition {condition} {'true' if value else 'false'}, {name}")
        lines += [f"market {told_sale(sale)}" for sale in self.sales]
        lines += [f"fault {kind} in {trigger}" for trigger, kind in self.faults]
        return lines

    def yaml(self) -> str:
        """A scenario file, whole."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        draft = self.draft
        yield "# Visits for the first time:"
        yield from (f"#   {new}" for new in self.news)
        yield f"scenario: {self._moral()}"
        yield "tags: [suggested]"
        if draft.shopper != Shopper():
            yield f"shopper: {_flow(draft.shopper.model_dump(exclude_unset=True))}"
        if draft.payment is not PaymentModel.SINGLE:
            yield f"payment: {draft.payment}"
        yield "products:"
        yield from (f"  - {_product(product)}" for product in self._products())
        yield "steps:"
        for move in draft.moves[:-1]:
            yield from _steps(move)
        yield from self._last_steps(draft.moves[-1])
        yield f"expect: {{state: {self.played.state}}}"

    def _moral(self) -> str:
        """Its last step, and the one before where only both together are new."""
        if self.rows or self.pairs:
            rows = [*self.rows[-1:]] if self.rows else [*self.pairs[-1]]
            return ", then ".join(_told(row) for row in rows)
        if self.faults:
            trigger, kind = self.faults[-1]
            return f"The wire fails in {_words(trigger)}, {_words(kind)}"
        if self.sales:
            country, currency, _, payment = self.sales[-1]
            return f"Cover is offered in {country} in {currency}, payment {payment}"
        name, condition, value = self.considerations[-1]
        return f"{_words(condition)} is {str(value).lower()} before {_words(name.split(':')[0])}"

    def _products(self) -> list[Product]:
        """Those that its steps name; one at least, for a shop sells something."""
        named = {move.given["sku"] for move in self.draft.moves if "sku" in move.given}
        products = self.draft.products
        return [products[sku] for sku in products if sku in named] or [*products.values()][:1]

    def _last_steps(self, move: Move) -> Iterator[str]:
        """The last move, with the fault before it and how it ended beside it."""
        *before, step = _steps(move)
        yield from before
        fault = self.draft.fault
        if fault is not None:
            yield f"  - fault: {{on: {fault.operation}, kind: {fault.kind}}}"
        record = self.played.last
        beside = ""
        if record.result is Result.SILENT:
            beside = "silent: true"
        elif record.result is Result.REFUSED:
            beside = f"refused: {'shop' if record.refusal is None else 'insurer'}"
        if not beside:
            yield step
            return
        yield step if ": " in step else f"{step}:"
        yield f"    {beside}"


def suggestion_of(so_far: Coverage, draft: Draft, played: Played) -> Suggestion:
    """The draft with its news: what it visits and nothing so far did."""
    new = played.coverage
    return Suggestion(
        draft=draft,
        played=played,
        states=tuple(state for state in so_far.missed_states if new.states[state]),
        rows=tuple(row for row in so_far.missed_rows if new.rows[row.name]),
        pairs=tuple(p for p in so_far.missed_pairs if new.pairs[(p[0].name, p[1].name)]),
        considerations=tuple(c for c in so_far.missed_considerations if new.conditions[c]),
        sales=tuple(sale for sale in so_far.missed_sales if new.sales[sale]),
        faults=tuple(one for one in so_far.missed_faults if new.faults[one]),
    )


def told_sale(sale: Sale) -> str:
    """A market, a cover and a payment model in a line."""
    country, currency, cover, payment = sale
    return f"{country} {currency}, {cover}, {payment}"


def _told(row: Row) -> str:
    return f"{_words(row.trigger)} leads from {row.source} to {row.dest}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _product(product: Product) -> str:
    told = {
        "sku": product.sku,
        "name": product.name,
        "category": product.category,
        "price": product.price,
    }
    if product.cover is not Cover.PRODUCT_INSURANCE:
        told["cover"] = product.cover.value
    return _flow(told)


def _steps(move: Move) -> Iterator[str]:
    if move.days:
        yield f"  - wait: {move.days} days"
    short = ACTS[move.trigger].short
    if not move.given:
        yield f"  - {move.trigger.value}"
    elif short is not None and list(move.given) == [short]:
        yield f"  - {move.trigger}: {_flow(move.given[short])}"
    else:
        yield f"  - {move.trigger}: {_flow(move.given)}"


def _flow(value: Any) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    text = str(value)
    if isinstance(value, Decimal | int) or _PLAIN.fullmatch(text):
        return text
    return json.dumps(text)
