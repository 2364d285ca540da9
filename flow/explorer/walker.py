"""Draws a journey: who shops for what, and the next move from where the shopper stands.

What may fire follows from the table; weights from the persona; and transitions that were taken
seldom are drawn more often, so that no state starves.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from flow.acts import ACTS, Act, AtOnce, Taking
from flow.backends.faulty import Fault, FaultKind
from flow.explorer.personas import Persona
from flow.explorer.refusals import refused_calls
from flow.explorer.stage import Stage
from flow.explorer.story import Move
from flow.journey import Journey
from flow.order import Order
from flow.orders import FIRST, SECOND, Orders
from flow.shopper import Card, Cover, PaymentModel, Placement, Product, Shopper
from flow.suite.grammar import ATTEMPTS, Attempt
from flow.table import COMMITS, State, Trigger, rows_from
from flow.trace import Result
from models import Operation
from models.money import round_amount

__all__ = ["MARKETS", "Walker"]

T, O = Trigger, Operation  # noqa: E741 - a table wants narrow columns

MARKETS = (
    ("US", "USD"),
    ("CA", "CAD"),
    ("GB", "GBP"),
    ("IT", "EUR"),
    ("FR", "EUR"),
    ("ES", "EUR"),
    ("DE", "EUR"),
    ("AU", "AUD"),
    ("GB", "JPY"),
    ("AU", "USD"),
)
"""Countries and currencies that the shipped catalogue sells in."""

_CATEGORIES = ("electronics", "computers", "phones", "jewellery", "sports", "appliances", "toys")
_PRICES = ("0.99", "19.99", "80", "99.95", "249.5", "333.33", "1200", "4999.99")
_WAITS = (
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(hours=25),
    timedelta(hours=49),
    timedelta(days=15),
    timedelta(days=32),
    timedelta(days=200),
    timedelta(days=380),
)
_INSISTENCE = 0.7
"""How likely a step that got no answer is tried again next."""
_LATE = 0.4
"""How likely that is only after two days."""
_SLOWLY = 4
"""How much likelier time passes between payment and booking, where a quote goes stale."""
_ELSEWHERE = 0.4
"""How likely the second of two acts at once is another one."""
_TURNS = ("12", "112", "122", "1112")
_WIRE: dict[Trigger, tuple[Operation, ...]] = {
    T.REQUEST_QUOTE: (O.CREATE_QUOTES,),
    T.ADD_TO_CART: (O.ADD_QUOTES,),
    T.CHANGE_QUANTITY: (O.UPDATE_QUOTES,),
    T.REMOVE_FROM_CART: (O.DELETE_QUOTES,),
    T.FILL_FORM: (O.CREATE_QUOTES,),
    T.COLLECT: (O.CREATE_TOKEN,),
    T.BOOK: (O.CREATE_BOOKING, O.INSTANT_BOOKING, O.GET_BOOKING),
    T.RESERVE: (O.CREATE_BOOKING,),
    T.CONFIRM_PAYMENT: (O.CONFIRM_BOOKING,),
    T.OPT_OUT: (O.OPT_OUT,),
    T.RESEND_DOCUMENTS: (O.SEND_EMAIL,),
    T.CANCEL: (O.CANCEL_BOOKING,),
    T.PREVIEW_CANCELLATION: (O.CANCEL_BOOKING,),
    T.CONFIRM_CANCELLATION: (O.CONFIRM_CANCELLATION,),
    T.CORRECT_DETAILS: (O.MODIFY_BOOKING,),
    T.QUOTE_MODIFICATION: (O.QUOTE_MODIFICATION,),
    T.CONFIRM_MODIFICATION: (O.CONFIRM_MODIFICATION,),
    T.PAY_INSTALMENT: (O.RECORD_INSTALMENTS,),
    T.QUOTE_RENEWAL: (O.QUOTE_RENEWAL,),
    T.ACCEPT_RENEWAL: (O.CONFIRM_RENEWAL,),
    T.DECLINE_RENEWAL: (O.DECLINE_RENEWAL,),
}
"""Where the wire can fail in a step."""

_FAULTS = (*(kind for kind in FaultKind if kind is not FaultKind.SLOW), FaultKind.ANSWER_LOST)


@cache
def _names(state: State, trigger: Trigger) -> tuple[str, ...]:
    """Of the rows that a trigger may take from a state."""
    return tuple(row.name for row in rows_from(state, trigger))


@cache
def _bare(trigger: Trigger) -> Act:
    """The act with nothing given."""
    return ACTS[trigger]()


class Walker:
    """Draws from one source of chance.

    Args:
        dice: the source.
        persona: whose inclinations count.
        faults: how likely the wire fails in a step.
        taken: how often each row was taken so far; seldom ones attract.
        at_once: whether two acts are made at once now and then, and two orders placed.
    """

    def __init__(
        self,
        dice: random.Random,
        persona: Persona,
        *,
        faults: float = 0.0,
        taken: Counter[str] | None = None,
        at_once: bool = True,
    ) -> None:
        self.dice = dice
        self.persona = persona
        self.faults = faults
        self.at_once = at_once
        self.taken: Counter[str] = taken if taken is not None else Counter()

    def shopper(self) -> Shopper:
        """Somebody in one of the markets."""
        country, currency = self.dice.choice(MARKETS)
        return Shopper(country=country, currency=currency)

    def payment(self) -> PaymentModel:
        """How they pay; single most often, as in life."""
        models: list[PaymentModel] = [PaymentModel.SINGLE, *PaymentModel]
        return models[self.dice.randrange(len(models))]

    def products(self, currency: str) -> dict[str, Product]:
        """One to four things that the shop sells, at prices that the currency has."""
        many = self.dice.choice((1, 2, 2, 3, 4))
        return {f"SKU-{number}": self._product(number, currency) for number in range(1, many + 1)}

    def _product(self, number: int, currency: str) -> Product:
        dice = self.dice
        return Product(
            sku=f"SKU-{number}",
            name=f"Product {number}",
            category=dice.choice(_CATEGORIES),
            price=round_amount(Decimal(dice.choice(_PRICES)), currency),
            cover=dice.choice((Cover.PRODUCT_INSURANCE, *Cover)),
        )

    def next_moves(self, stage: Stage) -> list[Move]:
        """What happens next; nothing when the journey is over."""
        orders = stage.orders
        if len(orders) > 1:
            return self._moves_beside(orders)
        can = self.at_once and stage.journey.can_have_another
        if can and self.dice.random() < self.persona.doubles:
            act = self._act(T.ADD_TO_CART, stage.journey)
            return [Move(trigger=T.ADD_TO_CART, act=act, order=SECOND)]
        return self._moves_of(stage.journey)

    def _moves_beside(self, orders: Orders) -> list[Move]:
        """What happens next in one of two orders: either, while both go on."""
        going = [number for number in (FIRST, SECOND) if orders[number].allowed()]
        number = self.dice.choice(going) if going else FIRST
        moves = self._moves_of(orders[number])
        return [replace(move, order=number) if move.is_step else move for move in moves]

    def _moves_of(self, journey: Journey) -> list[Move]:
        dice = self.dice
        allowed = journey.allowed()
        if not allowed:
            return [self._attempt(journey)] if dice.random() < 0.3 else []
        last = journey.history.steps[-1] if journey.history.steps else None
        is_open = last is not None and last.result is Result.SILENT and last.trigger in allowed
        if last is not None and is_open and dice.random() < _INSISTENCE:
            again = Move(trigger=last.trigger, act=last.act)
            return self._again(again, can_wait=journey.controls is not None)
        slowly = _SLOWLY if journey.state is State.COLLECTED else 1
        if dice.random() < self.persona.patience * slowly and journey.controls is not None:
            return [Move(wait=dice.choice(_WAITS))]
        if dice.random() < 0.03:
            return [self._attempt(journey)]
        trigger = self._drawn(allowed, journey.state)
        moves = [Move(trigger=trigger, act=self._act(trigger, journey))]
        if self.at_once and trigger in COMMITS and dice.random() < self.persona.hurries:
            moves = [self._hurried(moves[0], allowed, journey)]
        likely = self.faults * (2 if trigger in COMMITS else 1)  # there it hurts most
        if trigger in _WIRE and dice.random() < likely:
            moves.insert(0, Move(fault=self._fault(trigger, in_store=journey.order.in_store)))
        if dice.random() < self.persona.repeats:
            moves.append(moves[-1])
        return moves

    def _drawn(self, allowed: Sequence[Trigger], state: State) -> Trigger:
        return self.dice.choices(allowed, [self._weight(one, state) for one in allowed])[0]

    def _hurried(self, move: Move, allowed: Sequence[Trigger], journey: Journey) -> Move:
        """The same again before it is done, or something else in another tab."""
        assert move.trigger is not None
        first = second = Taking(move.trigger, move.act)
        others = [trigger for trigger in allowed if trigger in COMMITS]
        if self.dice.random() < _ELSEWHERE:
            trigger = self._drawn(others, journey.state)
            second = Taking(trigger, self._act(trigger, journey))
        return Move(at_once=AtOnce(first, second, self.dice.choice(_TURNS)))

    def _again(self, move: Move, *, can_wait: bool) -> list[Move]:
        """What got no answer is tried again, at once or when its key has been forgotten."""
        if self.dice.random() < _LATE and can_wait:
            return [Move(wait=_WAITS[3]), move]
        return [move]

    def _fault(self, trigger: Trigger, *, in_store: bool) -> Fault:
        """A fault at a call of the step; three in a row outlast most shops."""
        dice = self.dice
        operations = _WIRE[trigger]
        if trigger is T.BOOK and dice.random() < 0.9:
            operations = (O.INSTANT_BOOKING,) if in_store else (O.CREATE_BOOKING,)
        return Fault(
            operation=dice.choice(operations),
            kind=dice.choice(_FAULTS),
            times=dice.choice((1, 2, 3, 3)),
        )

    def _weight(self, trigger: Trigger, state: State) -> float:
        """The persona's inclination, more where a row was never taken, a little more if seldom."""
        weight = self.persona.weights.get(trigger, 1.0)
        least = min(self.taken[name] for name in _names(state, trigger))
        return weight * (6.0 if least == 0 else 2.0 if least < 5 else 1.0)

    def _attempt(self, journey: Journey) -> Move:
        """A call that the insurer has to refuse: on nothing it knows, or in the wrong state."""
        dice = self.dice
        wrong = refused_calls(journey)
        if wrong and dice.random() < 0.7:
            return Move(attempt=Attempt(call=dice.choice(wrong)))
        return Move(attempt=Attempt(call=dice.choice(ATTEMPTS), package="unknown"))

    def _act(self, trigger: Trigger, journey: Journey) -> Act:
        given = self._given(trigger, journey)
        return ACTS[trigger].model_validate(given) if given else _bare(trigger)

    def _given(self, trigger: Trigger, journey: Journey) -> dict[str, Any]:
        """What goes with a trigger, from what is at hand."""
        dice, order = self.dice, journey.order
        skus = list(journey.history.products)
        in_cart = list(order.cart) or skus
        match trigger:
            case T.VIEW_PRODUCT:
                return {"sku": dice.choice(skus)}
            case T.ADD_TO_CART:
                return {"sku": dice.choice(skus), **self._quantity()}
            case T.REMOVE_FROM_CART:
                return {"sku": dice.choice(in_cart)}
            case T.CHANGE_QUANTITY:
                return {"sku": dice.choice(in_cart), "quantity": dice.randint(1, 5)}
            case T.REQUEST_QUOTE:
                return {"placement": dice.choice(list(Placement))} if dice.random() < 0.3 else {}
            case T.CHOOSE_COVER:
                saving = dice.random() < self.persona.saving
                plan = {"plan": "1year-monthly"} if saving else {}
                return {**self._on_show(order, in_cart), **plan}
            case T.DECLINE_COVER:
                return self._on_show(order, in_cart)
            case T.PAY:
                return {"card": self._card(order.payment)}
            case T.FILL_FORM:
                return {"sku": dice.choice(skus), **self._quantity()}
            case T.CANCEL | T.PREVIEW_CANCELLATION:
                returns = {"return_products": True} if dice.random() < 0.3 else {}
                covered = sorted({policy.sku for policy in order.live_policies}) or in_cart
                return {**self._items(covered, self.persona.partial), **returns}
            case T.CORRECT_DETAILS:
                return {"phone": "+441632960000"}
            case T.QUOTE_MODIFICATION:
                if dice.random() < 0.3:
                    return {"sku": dice.choice(in_cart), "serial_number": "SN-1"}
                return {"sku": dice.choice(in_cart), "price": dice.choice((50, 900, 1500, 2500))}
            case _:
                return {}

    def _card(self, payment: PaymentModel) -> Card:
        """A good one most often; where the insurer charges, one that it cannot charge too."""
        drawn = self.dice.random()
        if payment is PaymentModel.DUAL and drawn < 0.25:
            return Card.COVER_DECLINED
        return Card.APPROVED if drawn < 0.75 else self.dice.choice(list(Card))

    def _quantity(self) -> dict[str, Any]:
        return {"quantity": self.dice.randint(2, 4)} if self.dice.random() < 0.25 else {}

    def _on_show(self, order: Order, in_cart: list[str]) -> dict[str, Any]:
        """Items to choose or decline: with several offers, most often those of the latest one."""
        offers = list(order.offers.values())
        if len(offers) > 1 and self.dice.random() < 0.7:
            return {"items": sorted({line.sku for line in offers[-1].lines})}
        return self._items(in_cart, self.persona.choosy)

    def _items(self, skus: list[str], likely: float) -> dict[str, Any]:
        """All of them, or some."""
        if self.dice.random() >= likely:
            return {}
        return {"items": self.dice.sample(skus, self.dice.randint(1, max(1, len(skus) - 1)))}
