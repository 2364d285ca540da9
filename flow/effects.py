"""What a move does to the facts that conditions ask: the table's columns seen from behind.

The table says what must hold before a move; this says what can hold after it. Joined, they tell
which moves can never follow each other (`reach`). Facts that are not tracked here nobody vouches
for: both values count as possible at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from flow.table import Condition, Outcome, Row, State, Trigger

__all__ = ["CONSTANT", "EFFECTS", "TRACKED", "Effect", "facts_after"]

C, O, S, T = Condition, Outcome, State, Trigger  # noqa: E741 - as in the table

TRACKED = frozenset(
    {
        C.CART_FILLED,
        C.OPEN_OFFER,
        C.PAGE_OFFER,
        C.COVER_CHOSEN,
        C.OPT_OUT_DUE,
        C.IN_STORE,
        C.INSURER_CHARGES,
        C.MONEY_COLLECTED,
        C.LIVE_POLICY,
    }
)
"""Facts whose changes are listed below. The others may change with any move."""

CONSTANT = frozenset({C.INSURER_CHARGES})
"""Facts that are what they are from the first step on: the payment model does not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a trigger's moves do to tracked facts. What is not named stays as it was.

    Attributes:
        source, outcome: only for moves from there, or with that outcome; for all when left out.
        needs: facts without which it cannot come to that outcome.
        sets, clears: facts that are true, or false, afterwards.
        may_set, may_clear: facts that may have become so.
        because: why that is so.
    """

    trigger: Trigger
    source: State | None = None
    outcome: Outcome | None = None
    needs: frozenset[Condition] = frozenset()
    sets: frozenset[Condition] = frozenset()
    clears: frozenset[Condition] = frozenset()
    may_set: frozenset[Condition] = frozenset()
    may_clear: frozenset[Condition] = frozenset()
    because: str

    def concerns(self, row: Row) -> bool:
        """Whether the row's move has this effect."""
        return (
            row.trigger is self.trigger
            and self.source in (None, row.source)
            and self.outcome in (None, row.outcome)
        )


_OFFER = frozenset({C.OPEN_OFFER})
_DUE = frozenset({C.OPT_OUT_DUE})
_CHOSEN = frozenset({C.COVER_CHOSEN})
_CART = frozenset({C.CART_FILLED})
_LIVE = frozenset({C.LIVE_POLICY})

EFFECTS = (
    Effect(
        trigger=T.ADD_TO_CART,
        sets=_CART,
        may_set=_DUE,
        may_clear=_DUE | _CHOSEN,
        because="An offer is extended or priced again; placement is a matter of its first quote.",
    ),
    Effect(
        trigger=T.CHANGE_QUANTITY,
        may_set=_DUE,
        may_clear=_DUE | _CHOSEN,
        because="A quote that can no longer be made is gone, and its choice with it.",
    ),
    Effect(
        trigger=T.REMOVE_FROM_CART,
        outcome=O.SOME,
        may_set=_DUE,
        may_clear=_OFFER | _DUE | _CHOSEN,
        because="A product goes with its quote; page offers and cart offers never stand together,"
        " so that page offers go all or none.",
    ),
    Effect(
        trigger=T.REMOVE_FROM_CART,
        outcome=O.NONE,
        clears=_CART | _OFFER,
        because="Nothing is offered for an empty cart.",
    ),
    Effect(
        trigger=T.REQUEST_QUOTE,
        source=S.VIEWING,
        sets=_CART | _OFFER | {C.PAGE_OFFER},
        may_set=_DUE,
        because="Asked on a product's page, for a product that goes into the cart with it; when"
        " nothing can be offered, the insurer refuses.",
    ),
    Effect(
        trigger=T.REQUEST_QUOTE,
        source=S.IN_CART,
        sets=_OFFER,
        may_set=_DUE,
        because="Asked on the cart page, for what is in the cart, with nothing chosen yet.",
    ),
    Effect(
        trigger=T.CHOOSE_COVER,
        may_set=_CHOSEN | _DUE,
        may_clear=_DUE,
        because="Something of what is offered is chosen; what is offered stays.",
    ),
    Effect(
        trigger=T.DECLINE_COVER,
        outcome=O.SOME,
        needs=_CHOSEN,
        may_set=_DUE,
        may_clear=_DUE,
        because="Some stays chosen only where something was: declining chooses nothing.",
    ),
    Effect(
        trigger=T.DECLINE_COVER,
        outcome=O.NONE,
        clears=_CHOSEN,
        may_set=_DUE,
        because="NONE says that nothing stays chosen.",
    ),
    Effect(
        trigger=T.CHANGE_MIND,
        clears=_CHOSEN,
        may_set=_DUE,
        because="A change of mind takes back every choice.",
    ),
    Effect(
        trigger=T.COLLECT,
        sets=frozenset({C.MONEY_COLLECTED}),
        because="That is what collecting is; money is not uncollected.",
    ),
    Effect(
        trigger=T.OPT_OUT,
        clears=_DUE,
        because="It tells the insurer of every declined offer at once.",
    ),
    Effect(
        trigger=T.OPEN_PORTAL,
        sets=frozenset({C.IN_STORE}),
        because="From here on the sale goes through the portal.",
    ),
    Effect(
        trigger=T.FILL_FORM,
        sets=_CART,
        may_set=_CHOSEN,
        because="The form names a product, and cover for it; its price is no standing offer.",
    ),
    Effect(
        trigger=T.BOOK,
        outcome=O.APPROVED,
        sets=_LIVE,
        because="Approved is a booking of which at least one package was confirmed.",
    ),
    Effect(
        trigger=T.CONFIRM_PAYMENT,
        sets=_LIVE,
        because="What was pending is confirmed.",
    ),
    Effect(
        trigger=T.CANCEL,
        outcome=O.ALL,
        clears=_LIVE,
        because="ALL says that no policy stays; after SOME, one does.",
    ),
    Effect(
        trigger=T.CONFIRM_CANCELLATION,
        outcome=O.ALL,
        clears=_LIVE,
        because="The same, in two steps.",
    ),
)
"""Every effect on a tracked fact; moves that are not listed have none."""


def facts_after(row: Row, facts: frozenset[Condition]) -> Iterator[frozenset[Condition]]:
    """Tracked facts that can hold after the row is taken; nothing when it cannot be taken.

    It may name more than can come, never less.
    """
    if not TRACKED.intersection(row.when) <= facts or facts.intersection(row.unless):
        return
    effect = next((effect for effect in EFFECTS if effect.concerns(row)), None)
    if effect is None:
        yield facts
        return
    if not effect.needs <= facts:
        return
    certain = (facts | effect.sets) - effect.clears
    for more in _subsets(effect.may_set - certain):
        for less in _subsets(effect.may_clear & facts):
            yield _sensible((certain - less) | more)


def _subsets(facts: frozenset[Condition]) -> Iterator[frozenset[Condition]]:
    ordered = sorted(facts)
    for size in range(len(ordered) + 1):
        yield from map(frozenset, combinations(ordered, size))


def _sensible(facts: frozenset[Condition]) -> frozenset[Condition]:
    """Without what an offer that is gone took with it: its placement, its choices, its opt-out."""
    if C.OPEN_OFFER in facts:
        return facts
    gone = {C.PAGE_OFFER, C.OPT_OUT_DUE}
    if C.IN_STORE not in facts:
        gone.add(C.COVER_CHOSEN)
    return facts - gone
