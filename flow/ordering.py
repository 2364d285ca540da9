"""Which of two acts made at once came first: the order in which the table allows both outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flow import machine
from flow.acts import Act
from flow.backends.observed import Exchange
from flow.errors import IllegalMove
from flow.machine import Facts
from flow.noting import note
from flow.order import Order
from flow.shopper import Product
from flow.shops.base import Observation
from flow.table import Row, State, Trigger

__all__ = ["Ended", "Placed", "put_in_order"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How an act ended: with an observation or a problem, after some calls."""

    trigger: Trigger
    act: Act
    observation: Observation | None
    problem: Exception | None
    exchanges: tuple[Exchange, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """An act in its place.

    Attributes:
        facts: what held before it.
        row: the transition it took; None when it took none.
        problem: why it took none: its own, or that nothing in the table explains its outcome.
        is_repeat: it reported nothing that the other had not done.
    """

    ended: Ended
    facts: Facts
    row: Row | None
    problem: Exception | None
    is_repeat: bool = False

    @property
    def is_unexplained(self) -> bool:
        """Whether it came out as it cannot have in this place."""
        return self.row is None and self.ended.problem is None and not self.is_repeat


def put_in_order(
    order: Order, state: State, products: Mapping[str, Product], ended: Sequence[Ended]
) -> list[Placed]:
    """Both acts, in an order that explains them; as they ended, where none does.

    One that took no transition comes first: it changed nothing, so it can have come before.
    """
    candidates = [_walk(order, state, products, one) for one in (ended, ended[::-1])]
    best = min(candidates, key=lambda placed: sum(one.is_unexplained for one in placed))
    return sorted(best, key=lambda placed: placed.row is not None)


def _walk(
    order: Order, state: State, products: Mapping[str, Product], ended: Sequence[Ended]
) -> list[Placed]:
    """The acts one after another, on a copy of the order."""
    order, facts = order.copy(), order.facts()
    placed: list[Placed] = []
    for one in ended:
        if one.observation is None:
            placed.append(Placed(one, facts, None, one.problem))
            continue
        now = order.facts()
        try:
            row = machine.fire(one.trigger, state, now, one.observation.outcome)
        except IllegalMove as error:
            placed.append(Placed(one, facts, None, error, _says_nothing_new(order, one)))
            continue
        note(order, products, one.trigger, one.act, one.observation)
        state = row.dest
        placed.append(Placed(one, now, row, None))
    return placed


def _says_nothing_new(order: Order, one: Ended) -> bool:
    """Whether the shop answered a repeated act with what had been done already."""
    seen = one.observation
    if seen is None or seen.entries or seen.invoice is not None:
        return False
    after = order.copy()
    after.note_offers(seen.offers)
    after.note_opt_outs(seen.opted_out)
    after.note_policies(seen.policies)
    return after == order
