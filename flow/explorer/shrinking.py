"""Makes a story small that still ends in the same trouble: fewer moves, fewer faults, plainer data.

Delta debugging over moves: dropping one may make later ones illegal, and those are dropped too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flow.acts import Act, AtOnce
from flow.deadline import deadline
from flow.explorer.stage import play
from flow.explorer.story import Move, Story
from flow.orders import FIRST, SECOND
from flow.shopper import Cover, PaymentModel, Shopper
from flow.suite.runner import Plugs

__all__ = ["shrink"]

_MOST_PLAYS = 600
_PLAYS_OF_A_HANG = 150
"""A play in which something hung takes half a minute, and counts for as many as this."""


class _Search:
    """Plays candidates, and keeps the smallest that still shows the trouble."""

    def __init__(self, story: Story, plugs: Plugs, code: str, is_late: Callable[[], bool]) -> None:
        self.best = story
        self._plugs = plugs
        self._code = code
        self._is_late = is_late
        self._plays = 0

    def tries(self, candidate: Story) -> bool:
        """Whether a candidate shows the trouble; then it is the best so far."""
        if candidate == self.best or self._plays >= _MOST_PLAYS or self._is_late():
            return False
        hangs = deadline.rung
        played = play(candidate, self._plugs, until=self._code)
        self._plays += 1 + (deadline.rung - hangs) * _PLAYS_OF_A_HANG
        if not any(trouble.code == self._code for trouble in played.troubles):
            return False
        self.best = played.story
        return True


def shrink(
    story: Story, plugs: Plugs, code: str, is_late: Callable[[], bool] = lambda: False
) -> Story:
    """The smallest story found that ends in the trouble of that code; deterministic until late."""
    search = _Search(story, plugs, code, is_late)
    search.tries(replace(story, moves=story.moves[:-1]))
    before = None
    while before != search.best:
        before = search.best
        _drop_moves(search)
        for candidates in (_plainer_worlds, _plainer_moves):
            _take_all(search, candidates)
    return search.best


def _drop_moves(search: _Search) -> None:
    """Leave out runs of moves, from long to short, from the end to the beginning."""
    size = max(1, len(search.best.moves) // 2)
    while size:
        start = len(search.best.moves) - size
        while start >= 0:
            moves = search.best.moves
            search.tries(replace(search.best, moves=moves[:start] + moves[start + size :]))
            start = min(start - size, len(search.best.moves) - size)
        size //= 2


def _take_all(search: _Search, candidates: Any) -> None:
    """Take every simplification that keeps the trouble, until none does."""
    taken = True
    while taken:
        taken = any(search.tries(candidate) for candidate in candidates(search.best))


def _plainer_worlds(story: Story) -> Iterator[Story]:
    """One order, fewer products, plainer ones, a single payment, the usual shopper."""
    if any(move.order != FIRST for move in story.moves):
        for order in (FIRST, SECOND):
            yield replace(story, moves=tuple(_alone(story.moves, order)))
    yield replace(story, shopper=Shopper())
    yield replace(story, payment=PaymentModel.SINGLE)
    used = {sku for move in story.moves for act in move.acts for sku in _skus(act)}
    fewer = {sku: product for sku, product in story.products.items() if sku in used}
    if fewer and len(fewer) < len(story.products):
        yield replace(story, products=fewer)
    for sku, product in story.products.items():
        for changes in (
            {"price": Decimal(100)},
            {"category": "electronics"},
            {"cover": Cover.PRODUCT_INSURANCE},
        ):
            if any(getattr(product, name) != value for name, value in changes.items()):
                plain = product.model_copy(update=changes)
                yield replace(story, products={**story.products, sku: plain})


def _alone(moves: Sequence[Move], order: int) -> Iterator[Move]:
    """What is about one order, as if it were the only one."""
    for move in moves:
        if move.order == order or not move.is_step:
            yield replace(move, order=FIRST)


def _skus(act: Act) -> list[str]:
    given = act.model_dump()
    named = [given["sku"]] if given.get("sku") else []
    items = given.get("items")
    return named + (items if isinstance(items, list) else [])


def _plainer_moves(story: Story) -> Iterator[Story]:
    """Acts with less in them, faults that strike once."""
    for index, move in enumerate(story.moves):
        for plainer in _plainer(move):
            moves = (*story.moves[:index], plainer, *story.moves[index + 1 :])
            yield replace(story, moves=moves)


def _plainer(move: Move) -> Iterator[Move]:
    if move.fault is not None and move.fault.times > 1:
        yield replace(move, fault=replace(move.fault, times=move.fault.times - 1))
    if move.at_once is not None:
        yield from _apart(move, move.at_once)
        return
    given = move.act.model_dump(exclude_unset=True)
    for name, field in type(move.act).model_fields.items():
        if name in given and not field.is_required():
            less = {key: value for key, value in given.items() if key != name}
            yield replace(move, act=type(move.act).model_validate(less))
    if isinstance(given.get("quantity"), int) and given["quantity"] > 1:
        less = {**given, "quantity": given["quantity"] - 1}
        yield replace(move, act=type(move.act).model_validate(less))


def _apart(move: Move, both: AtOnce) -> Iterator[Move]:
    """One act alone; or both, in plainer turns."""
    for one in (both.first, both.second):
        yield replace(move, at_once=None, trigger=one.trigger, act=one.act)
    for turns in ("12", "21", both.turns[:-1]):
        if turns and len(turns) < len(both.turns):
            yield replace(move, at_once=replace(both, turns=turns))
