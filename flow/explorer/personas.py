"""Kinds of shoppers, as data: which triggers each of them is drawn to, and what befalls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flow.table import Trigger

__all__ = ["PERSONAS", "Persona", "find_personas"]

T = Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """A kind of shopper.

    Attributes:
        weights: how much more (or less) than once a trigger is drawn.
        patience: how likely time passes before a step, and the longest waits in days.
        repeats: how likely a step is tried twice in a row.
        hurries: how likely two steps are made at once: a double click, or a second tab.
        doubles: how likely, at each step, another order is begun beside the first.
        choosy: how likely cover is chosen, or declined, for some items and not for all.
        partial: how likely some policies are cancelled and not all.
        saving: how likely cover is paid in instalments.
    """

    name: str
    about: str
    weights: Mapping[Trigger, float] = field(default_factory=dict)
    patience: float = 0.03
    repeats: float = 0.02
    hurries: float = 0.02
    doubles: float = 0.01
    choosy: float = 0.3
    partial: float = 0.4
    saving: float = 0.2


_STRAIGHT = {
    T.ABANDON: 0.02,
    T.KEEP_SHOPPING: 0.2,
    T.OPEN_PORTAL: 0.1,
    T.REQUEST_QUOTE: 3,
    T.ADD_TO_CART: 1.5,
    T.CHANGE_MIND: 0.1,
    T.PAY: 3,
    T.REMOVE_FROM_CART: 0.2,
    T.CHANGE_QUANTITY: 0.5,
}

PERSONAS = (
    Persona(
        name="decided-buyer",
        about="knows what they want, and takes the cover",
        weights={**_STRAIGHT, T.CHOOSE_COVER: 5, T.DECLINE_COVER: 0.3},
        choosy=0.15,
    ),
    Persona(
        name="decliner",
        about="buys the products and not the cover",
        weights={**_STRAIGHT, T.DECLINE_COVER: 6, T.CHOOSE_COVER: 0.3, T.OPT_OUT: 3},
    ),
    Persona(
        name="ditherer",
        about="changes cart, offers and mind",
        weights={
            T.ABANDON: 0.05,
            T.CHANGE_MIND: 3,
            T.CHANGE_QUANTITY: 3,
            T.REMOVE_FROM_CART: 2,
            T.ADD_TO_CART: 3,
            T.OPEN_PORTAL: 0.05,
            T.DISCARD_MODIFICATION: 2,
            T.KEEP_COVER: 3,
        },
        patience=0.1,
        choosy=0.6,
    ),
    Persona(
        name="page-by-page",
        about="is offered cover on one product page after another, and takes some of it",
        weights={
            T.VIEW_PRODUCT: 8,
            T.REQUEST_QUOTE: 8,
            T.KEEP_SHOPPING: 4,
            T.CHOOSE_COVER: 2,
            T.DECLINE_COVER: 2,
            T.ADD_TO_CART: 0.2,
            T.OPEN_CART: 0.2,
            T.OPEN_PORTAL: 0.05,
            T.CHANGE_MIND: 0.2,
            T.ABANDON: 0.02,
            T.PAY: 1.5,
            T.OPT_OUT: 2,
            T.RECEIVE_DOCUMENTS: 2,
            T.RESERVE: 0.5,
        },
        choosy=0.1,
    ),
    Persona(
        name="canceller",
        about="takes cover and cancels it, some or all, at once or in two steps",
        weights={
            **_STRAIGHT,
            T.CHOOSE_COVER: 6,
            T.DECLINE_COVER: 0.2,
            T.ADD_TO_CART: 4,
            T.REQUEST_QUOTE: 1.5,
            T.CANCEL: 5,
            T.PREVIEW_CANCELLATION: 12,
            T.REFUND: 4,
            T.CONFIRM_CANCELLATION: 20,
        },
        patience=0.15,
        choosy=0.1,
        partial=0.7,
    ),
    Persona(
        name="returner",
        about="comes back later: to change, renew, pay the next part, return a product",
        weights={
            **_STRAIGHT,
            T.CHOOSE_COVER: 6,
            T.DECLINE_COVER: 0.2,
            T.QUOTE_MODIFICATION: 4,
            T.PAY_INSTALMENT: 8,
            T.QUOTE_RENEWAL: 5,
            T.RESEND_DOCUMENTS: 1,
            T.CORRECT_DETAILS: 1,
            T.CANCEL: 1,
        },
        patience=0.2,
        saving=0.6,
    ),
    Persona(
        name="in-store-customer",
        about="is served by a sales associate at the portal",
        weights={
            T.OPEN_PORTAL: 40,
            T.ABANDON: 0.02,
            T.FILL_FORM: 3,
            T.PAY: 3,
            T.CANCEL: 3,
            T.QUOTE_MODIFICATION: 2,
        },
    ),
    Persona(
        name="double-clicker",
        about="does everything twice, often at once",
        weights={**_STRAIGHT, T.CHOOSE_COVER: 3},
        repeats=0.4,
        hurries=0.3,
    ),
    Persona(
        name="abandoner",
        about="leaves before anything is paid",
        weights={T.ABANDON: 2, T.PAY: 0.5, T.KEEP_SHOPPING: 2},
    ),
)
"""All of them; each journey draws one."""


def find_personas(names: str | None) -> tuple[Persona, ...]:
    """The personas of a comma-separated list; all of them when none is named.

    Raises:
        KeyError: one is unknown; `args[0]` is its name.
    """
    if not names:
        return PERSONAS
    known = {persona.name: persona for persona in PERSONAS}
    wanted = dict.fromkeys(name.strip() for name in names.split(",") if name.strip())
    return tuple(known[name] for name in wanted)
