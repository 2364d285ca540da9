"""Runs the table: one flat machine, shared by all journeys. The only room that knows `transitions`.

The machine is pure: it decides where a move leads, and does nothing else. An unmet condition is
an error here, never a silent False.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from transitions import EventData, Machine, MachineError

from flow.errors import IllegalMove
from flow.table import (
    INITIAL,
    ROWS,
    Outcome,
    Row,
    State,
    Trigger,
    rows_from,
    triggers_from,
)

__all__ = ["Facts", "allowed", "check", "fire"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is true of a journey before an act; one field per `table.Condition`.

    Attributes:
        cart_filled: the cart holds something.
        open_offer: cover was offered and the offer still stands.
        page_offer: it was offered on a product page.
        already_offered: the product being viewed has an offer.
        cover_chosen: cover is chosen for something.
        opt_out_due: an offer was declined altogether, and the insurer does not know.
        in_store: the sale goes through the portal.
        insurer_charges: the insurer charges the card itself (dual payment).
        money_collected: the shopper's money was collected.
        live_policy: a policy is confirmed and not cancelled.
        price_differs: the modification on the table changes the price.
        instalment_due: a policy is paid in parts, and parts are left.
        renewable: a policy can be renewed.
    """

    cart_filled: bool = False
    open_offer: bool = False
    page_offer: bool = False
    already_offered: bool = False
    cover_chosen: bool = False
    opt_out_due: bool = False
    in_store: bool = False
    insurer_charges: bool = False
    money_collected: bool = False
    live_policy: bool = False
    price_differs: bool = False
    instalment_due: bool = False
    renewable: bool = False

    def meets(self, row: Row) -> bool:
        """Whether the row's conditions hold."""
        return self.obstacle(row) is None

    def obstacle(self, row: Row) -> str | None:
        """The first condition of the row that does not hold, in words; None when all do."""
        for condition in row.when:
            if not getattr(self, condition):
                return f"it needs {condition.replace('_', ' ')}"
        for condition in row.unless:
            if getattr(self, condition):
                return f"not with {condition.replace('_', ' ')}"
        return None


class _Traveller:
    """What the shared machine moves; made per move, never registered with it."""

    __slots__ = ("row", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.row: Row | None = None


def _condition(row: Row) -> Callable[[EventData], bool]:
    """The row's conditions as one callable; it notes which row was taken."""

    def holds(event: EventData) -> bool:
        if event.kwargs["outcome"] is not row.outcome or not event.kwargs["facts"].meets(row):
            return False
        traveller = event.model
        assert isinstance(traveller, _Traveller)
        traveller.row = row
        return True

    return holds


def _build() -> Machine:
    machine = Machine(
        model=None, states=State, initial=INITIAL, auto_transitions=False, send_event=True
    )
    for row in ROWS:
        machine.add_transition(
            row.trigger.value, row.source, row.dest, conditions=[_condition(row)]
        )
    return machine


_MACHINE = _build()


_MOST = 4096
"""Questions to the table whose answers are kept: it never changes, and is asked at every step."""


@lru_cache(_MOST)
def allowed(state: State, facts: Facts) -> tuple[Trigger, ...]:
    """Triggers that may fire now."""
    return tuple(dict.fromkeys(row.trigger for row in rows_from(state) if facts.meets(row)))


def check(trigger: Trigger, state: State, facts: Facts) -> None:
    """Make sure that a trigger may fire, before anything is done.

    Raises:
        IllegalMove: no row allows it here, or no row's conditions hold.
    """
    if trigger in allowed(state, facts):
        return
    candidates = rows_from(state, trigger)
    because = facts.obstacle(candidates[0]) if candidates else None
    raise IllegalMove(trigger=trigger, state=state, allowed=allowed(state, facts), because=because)


@lru_cache(_MOST)
def fire(trigger: Trigger, state: State, facts: Facts, outcome: Outcome) -> Row:
    """The row taken by a trigger whose act came to `outcome`; `facts` are those before it.

    Raises:
        IllegalMove: the table has no row for it.
    """
    traveller = _Traveller(state)
    try:
        moved = _MACHINE.events[trigger.value].trigger(traveller, facts=facts, outcome=outcome)
    except MachineError as error:
        raise IllegalMove(trigger=trigger, state=state, allowed=triggers_from(state)) from error
    if not moved or traveller.row is None:
        raise IllegalMove(
            trigger=trigger,
            state=state,
            allowed=allowed(state, facts),
            because=f"nothing is foreseen for the outcome {outcome.value!r}",
        )
    return traveller.row


def leads_on(trigger: Trigger, state: State, outcome: Outcome) -> bool:
    """Whether some row foresees this outcome here, conditions aside."""
    return any(row.outcome is outcome for row in rows_from(state, trigger))
