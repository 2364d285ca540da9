"""Looks for the shortest drafts to what was missed, of one kind after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from flow.backends.faulty import Fault
from flow.coverage import Coverage
from flow.markets import Sale
from flow.reach import Consideration
from flow.roads import PRODUCTS, Move, Road, Roads, all_roads
from flow.shopper import Cover, PaymentModel, Shopper
from flow.suggestion.draft import Draft, play
from flow.suggestion.suggestion import Suggestion, suggestion_of
from flow.table import ROWS, Trigger
from models import Operation

__all__ = ["suggest"]


def suggest(coverage: Coverage) -> Iterator[Suggestion]:
    """One suggestion after another, each for what the ones before leave uncovered.

    Transitions come before pairs of them, then conditions, markets, and ways the wire fails. Of
    the shortest roads to anything missed it is the one that visits most. It ends when nothing is
    missed that any road leads to.
    """
    so_far = Coverage.merged([coverage])
    for drafts in (_to_the_table, _to_conditions, _to_sales, _to_faults):
        for draft in drafts(so_far):
            played = play(draft)
            if played is None:
                continue
            one = suggestion_of(so_far, draft, played)
            if one.news:
                so_far.merge(played.coverage)
                yield one


def _to_the_table(so_far: Coverage) -> Iterator[Draft]:
    """Roads to missed transitions, then to missed pairs of them, until there is none."""
    roads = all_roads()
    while True:
        best = _to_a_row(so_far, roads) or _to_a_pair(so_far, roads)
        if best is None:
            return
        yield Draft(moves=best.moves)


def _to_a_row(coverage: Coverage, roads: Roads) -> Road | None:
    """The shortest road that takes a missed transition last."""
    states = coverage.missed_states
    missed = {row.name for row in coverage.missed_rows}
    missed |= {row.name for row in ROWS if row.dest in states}
    found = ((road, [road] if road.rows[-1].name in missed else []) for road in roads)
    return _best(coverage, found) if missed else None


def _to_a_pair(coverage: Coverage, roads: Roads) -> Road | None:
    """The shortest road that takes a missed pair last."""
    missed = {(one.name, two.name) for one, two in coverage.missed_pairs}
    onward: dict[str, dict[Trigger, None]] = {}
    for one, two in coverage.missed_pairs:
        onward.setdefault(one.name, {})[two.trigger] = None
    found = (
        (
            road,
            [
                longer
                for trigger in onward.get(road.rows[-1].name, ())
                for longer in roads.beyond(road, trigger)
                if (longer.rows[-2].name, longer.rows[-1].name) in missed
            ],
        )
        for road in roads
    )
    return _best(coverage, found) if missed else None


def _best(coverage: Coverage, found: Iterable[tuple[Road, list[Road]]]) -> Road | None:
    """Of the first roads that were found, all equally long, the one with most news.

    They are told with the roads they were found from, and those come shortest first.
    """
    best, most, longest = None, 0, 0
    for road, candidates in found:
        if best is not None and len(road.moves) > longest:
            break
        longest = len(road.moves)
        for candidate in candidates:
            news = _news(coverage, candidate)
            if news > most:
                best, most = candidate, news
    return best


def _news(coverage: Coverage, road: Road) -> int:
    """How much of the table it visits that was missed."""
    taken = {row.name for row in road.rows}
    in_turn = {(one.name, two.name) for one, two in zip(road.rows, road.rows[1:], strict=False)}
    reached = {row.dest for row in road.rows} | {road.rows[0].source}
    return (
        sum(state in reached for state in coverage.missed_states)
        + sum(row.name in taken for row in coverage.missed_rows)
        + sum((one.name, two.name) in in_turn for one, two in coverage.missed_pairs)
    )


def _to_conditions(so_far: Coverage) -> Iterator[Draft]:
    """Roads to where a condition is as it was never seen, and one move more."""
    for wanted in so_far.missed_considerations:
        draft = _to_condition(wanted)
        if draft is not None and wanted in so_far.missed_considerations:
            yield draft


@cache
def _to_condition(wanted: Consideration) -> Draft | None:
    """The first road there; where none leads, the same with another payment or another cover."""
    name, condition, value = wanted
    source = next(row.source for row in ROWS if row.name == name)
    there = [road for road in all_roads() if road.state is source]
    right = [road for road in there if getattr(road.facts, condition) is value]
    plain = Draft(moves=())
    others = (replace(plain, payment=PaymentModel.DUAL), replace(plain, products=_WARRANTED))
    tried = [(plain, right), *((other, there[:_SHORTEST]) for other in others)]
    for draft, roads in tried:
        for road in roads:
            for move in road.onward:
                one = replace(draft, moves=(*road.moves, move))
                played = play(one)
                if played is not None and played.coverage.conditions[wanted]:
                    return one
    return None


_SHORTEST = 20
_WARRANTED = {
    sku: product.model_copy(update={"cover": Cover.EXTENDED_WARRANTY})
    for sku, product in PRODUCTS.items()
}
"""What is sold on the roads, under the other cover."""


def _to_sales(so_far: Coverage) -> Iterator[Draft]:
    """An offer for each cover that was never shown in a market, paid in a way."""
    together: dict[tuple[str, str, PaymentModel], list[Sale]] = {}
    for sale in so_far.missed_sales:
        together.setdefault((sale[0], sale[1], sale[3]), []).append(sale)
    for (country, currency, payment), sales in together.items():
        products = {
            product.sku: product.model_copy(update={"cover": sale[2]})
            for product, sale in zip(PRODUCTS.values(), sales, strict=False)
        }
        adding = (Move(trigger=Trigger.ADD_TO_CART, given={"sku": sku}) for sku in products)
        yield Draft(
            moves=(*adding, Move(trigger=Trigger.REQUEST_QUOTE)),
            shopper=Shopper(country=country, currency=currency),
            payment=payment,
            products=products,
        )


def _to_faults(so_far: Coverage) -> Iterator[Draft]:
    """The shortest road to a step that calls the insurer, where the wire fails as it never did."""
    for trigger, kind in so_far.missed_faults:
        calling = _calling(trigger)
        if calling is not None:
            draft, operation = calling
            yield replace(draft, fault=Fault(operation=operation, kind=kind))


@cache
def _calling(trigger: Trigger) -> tuple[Draft, Operation] | None:
    """A draft whose last step is of that trigger and calls the insurer, and what it calls."""
    for road in all_roads():
        if road.rows[-1].trigger is not trigger:
            continue
        for payment in (PaymentModel.SINGLE, PaymentModel.DUAL):
            draft = Draft(moves=road.moves, payment=payment)
            played = play(draft)
            if played is not None and played.last.exchanges:
                return draft, played.last.exchanges[0].asked.operation
    return None
