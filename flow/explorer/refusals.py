"""Calls that the insurer has to refuse, whatever the shop has done: where a shopper stands."""

from __future__ import annotations

from flow.journey import Journey
from flow.suite.grammar import Attempt
from flow.table import State, Trigger
from models import Operation as O  # noqa: N817 # the table below is read across

__all__ = ["has_to_be_refused", "refused_calls"]

_REFUSED_IN: dict[State, tuple[O, ...]] = {
    State.BOOKED: (O.CREATE_BOOKING, O.CONFIRM_BOOKING, O.ADD_QUOTES, O.DELETE_QUOTES),
    State.COMPLETED: (O.CREATE_BOOKING, O.CONFIRM_BOOKING, O.OPT_OUT, O.UPDATE_QUOTES),
    State.REFUNDED: (O.CANCEL_BOOKING, O.CREATE_BOOKING, O.MODIFY_BOOKING, O.CONFIRM_BOOKING),
    State.CANCELLED: (O.CANCEL_BOOKING, O.CREATE_BOOKING, O.QUOTE_MODIFICATION, O.QUOTE_RENEWAL),
    State.OPTED_OUT: (O.CREATE_BOOKING, O.OPT_OUT, O.ADD_QUOTES, O.UPDATE_QUOTES),
    State.PENDING: (O.CREATE_BOOKING, O.CANCEL_BOOKING, O.OPT_OUT, O.MODIFY_BOOKING),
    State.OFFERED: (O.CONFIRM_BOOKING, O.CANCEL_BOOKING, O.MODIFY_BOOKING),
}


def refused_calls(journey: Journey) -> tuple[O, ...]:
    """Calls on the shopper's own package that have to be refused now.

    With several packages, forgotten ones included, one may be open while another is booked: none.
    Nor after a call without an answer: the insurer may be further on than the shopper.
    """
    if not journey.history.is_certain:
        return ()
    asked = sum(1 for step in journey.history.steps if step.trigger is Trigger.REQUEST_QUOTE)
    return _REFUSED_IN.get(journey.state, ()) if asked <= 1 else ()


def has_to_be_refused(attempt: Attempt, journey: Journey) -> bool:
    """Whether the insurer is wrong if it accepts this now."""
    return attempt.package == "unknown" or attempt.call in refused_calls(journey)
