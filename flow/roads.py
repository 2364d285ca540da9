"""Roads through the table, shortest first: real shoppers on the simulator and the reference shop.

A breadth-first search. Nothing is assumed of what an act leads to: each road was walked before it
is named, so every one of them can be walked again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from flow.acts import ACTS
from flow.backends.observed import ObservedBackend
from flow.backends.simulator import SimulatorBackend
from flow.chance import Dice
from flow.journey import Journey
from flow.machine import Facts
from flow.order import Order
from flow.shopper import Card, Product, Shopper
from flow.shops.base import Visit
from flow.shops.reference import ReferenceShop
from flow.table import FINAL, Row, State, Trigger

__all__ = ["PRODUCTS", "Move", "Road", "Roads", "all_roads"]

PRODUCTS = {
    product.sku: product
    for product in (
        Product(sku="LAP-15", name="Laptop 15", category="computers", price=Decimal("1200.00")),
        Product(sku="PHO-9", name="Phone 9", category="phones", price=Decimal("800.00")),
        Product(sku="CAM-4", name="Camera 4", category="electronics", price=Decimal("600.00")),
    )
}
"""What is sold on these roads: as many as any pair of transitions needs."""

_MOST_ROADS = 20_000
"""The search ends on its own, long before that; this is for a table that grew beyond reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A trigger with what goes with it, after days of waiting if need be."""

    trigger: Trigger
    given: Mapping[str, Any] = field(default_factory=dict)
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """Moves from the first state on, the rows they took, and where that left the shopper.

    `facts` are what holds there; payment is single on all roads.
    """

    moves: tuple[Move, ...]
    rows: tuple[Row, ...]
    state: State
    facts: Facts
    onward: tuple[Move, ...]
    situation: tuple[object, ...]


class Roads:
    """Every road worth knowing, found as far as anybody asked.

    Two roads are the same to the search when they leave the shopper in the same state, with the
    same facts and equally many things in hand; only the first of them is followed further.
    """

    def __init__(self) -> None:
        start = _walk(())
        assert start is not None  # nothing was tried
        self._waiting = deque([start])
        self._known = {start.situation}
        self._found: list[Road] = []
        self._tried: dict[int, dict[Trigger, list[Road]]] = {}

    def __iter__(self) -> Iterator[Road]:
        """All roads of at least one move, shortest first."""
        number = 0
        while number < _MOST_ROADS:
            if number == len(self._found) and not self._search():
                return
            yield self._found[number]
            number += 1

    def beyond(self, road: Road, trigger: Trigger) -> Sequence[Road]:
        """The road, and one move of that trigger more."""
        known = self._tried.setdefault(id(road), {})  # roads are kept, so ids stay theirs
        if trigger not in known:
            known[trigger] = list(_longer(road, trigger))
        return known[trigger]

    def _search(self) -> bool:
        """Follow roads by one move, until there is a new one."""
        before = len(self._found)
        while self._waiting and len(self._found) == before:
            for road in _longer(self._waiting.popleft()):
                self._found.append(road)
                if road.situation not in self._known:
                    self._known.add(road.situation)
                    self._waiting.append(road)
        return len(self._found) > before


@cache
def all_roads() -> Roads:
    """The roads that this process has found so far: they are the same for everybody."""
    return Roads()


def _longer(road: Road, trigger: Trigger | None = None) -> Iterator[Road]:
    """Roads with one more move, of one trigger or of all."""
    for move in road.onward:
        if trigger in (None, move.trigger):
            longer = _walk((*road.moves, move))
            if longer is not None:
                yield longer


def _walk(moves: tuple[Move, ...]) -> Road | None:
    """Walk from the first state on; None when the last move leads nowhere."""
    backend = SimulatorBackend(seed=1)
    observed = ObservedBackend(backend)
    visit = Visit(shopper=Shopper(), products=PRODUCTS)
    journey = Journey(ReferenceShop(observed, Dice(1)), observed, visit, audit=False)
    for move in moves:
        if move.days:
            journey.wait(timedelta(days=move.days))
        record = journey.take(move.trigger, ACTS[move.trigger].model_validate(move.given))
        if not record.has_moved:
            return None
    order, state = journey.order, journey.state
    rows = tuple(step.row for step in journey.history.steps if step.row is not None)
    onward = [move for trigger in journey.allowed() for move in _moves(trigger, state, order)]
    return Road(
        moves=moves,
        rows=rows,
        state=state,
        facts=order.facts(),
        onward=tuple(onward),
        situation=_situation(state, order, moves),
    )


def _situation(state: State, order: Order, moves: tuple[Move, ...]) -> tuple[object, ...]:
    """What decides where a road can lead from here."""
    if state in FINAL:
        return (state,)
    under_way: object = None
    if state in _UNDER_WAY:
        under_way = next(str(m.given) for m in reversed(moves) if m.trigger is _UNDER_WAY[state])
    facts: Facts = order.facts()
    counts = (len(order.cart), len(order.chosen_lines), len(order.live_policies))
    plans = tuple(sorted({offer.plan or "" for offer in order.offers.values()}))
    return (state, facts, counts, plans, under_way)


_UNDER_WAY = {
    State.CHALLENGED: Trigger.PAY,
    State.CANCELLATION_PREVIEWED: Trigger.PREVIEW_CANCELLATION,
    State.CANCELLATION_REFUNDED: Trigger.PREVIEW_CANCELLATION,
}
"""States in which what was said some moves ago decides what comes of the next."""

_CARDS = (Card.APPROVED, Card.DECLINED, Card.CHALLENGE_PASSED, Card.CHALLENGE_FAILED)
_LATER = {Trigger.BOOK: 31}
"""Days after which it comes to something else: a quote is too old to be booked."""


def _moves(trigger: Trigger, state: State, order: Order) -> Iterator[Move]:
    """Ways to do it, the plainest first: enough of them that each outcome comes of one."""
    for given in _GIVEN[trigger](order, state) if trigger in _GIVEN else ({},):
        yield Move(trigger=trigger, given=given)
    if trigger in _LATER:
        yield Move(trigger=trigger, days=_LATER[trigger])


Given = dict[str, Any]


def _next_product(order: Order, state: State) -> Iterator[Given]:
    """One that is not in the cart, and one that is; the one in hand needs no name."""
    if state is State.VIEWING:
        yield {}
        return
    new = [sku for sku in PRODUCTS if sku not in order.cart]
    yield from ({"sku": sku} for sku in (*new[:1], *list(order.cart)[:1]))


def _viewed_product(order: Order, state: State) -> Iterator[Given]:
    new = [sku for sku in PRODUCTS if sku not in order.cart]
    yield {"sku": new[0] if new else next(iter(PRODUCTS))}


def _last_in_cart(order: Order, state: State) -> Iterator[Given]:
    if order.cart:
        yield {"sku": list(order.cart)[-1]}


def _two_of_the_first(order: Order, state: State) -> Iterator[Given]:
    if order.cart:
        yield {"sku": next(iter(order.cart)), "quantity": 2}


def _cover(order: Order, state: State) -> Iterator[Given]:
    """All that is offered, or the last of it; at once, or in instalments."""
    for some in ({}, *_last_offered(order)):
        yield some
        yield {**some, "plan": "1year-monthly"}


def _no_cover(order: Order, state: State) -> Iterator[Given]:
    yield {}
    yield from _last_offered(order)


def _last_offered(order: Order) -> Iterator[Given]:
    offered = [line.sku for offer in order.offers.values() for line in offer.lines]
    if len(offered) > 1:
        yield {"items": [offered[-1]]}


def _cards(order: Order, state: State) -> Iterator[Given]:
    yield from ({"card": card.value} for card in _CARDS)


def _policies(order: Order, state: State) -> Iterator[Given]:
    """All policies, or the first of several."""
    yield {}
    live = [policy.sku for policy in order.live_policies]
    if len(live) > 1:
        yield {"items": [live[0]]}


def _changes(order: Order, state: State) -> Iterator[Given]:
    """One that costs nothing, and one that does."""
    for policy in order.live_policies[:1]:
        yield {"sku": policy.sku, "serial_number": "SN-2"}
        yield {"sku": policy.sku, "price": Decimal("500.00")}


_GIVEN = {
    Trigger.VIEW_PRODUCT: _viewed_product,
    Trigger.ADD_TO_CART: _next_product,
    Trigger.REMOVE_FROM_CART: _last_in_cart,
    Trigger.CHANGE_QUANTITY: _two_of_the_first,
    Trigger.CHOOSE_COVER: _cover,
    Trigger.DECLINE_COVER: _no_cover,
    Trigger.PAY: _cards,
    Trigger.FILL_FORM: _viewed_product,
    Trigger.CANCEL: _policies,
    Trigger.PREVIEW_CANCELLATION: _policies,
    Trigger.CORRECT_DETAILS: lambda order, state: iter([{"phone": "+441632960000"}]),
    Trigger.QUOTE_MODIFICATION: _changes,
}
"""What goes with a trigger here; nothing does with those that are not named."""
