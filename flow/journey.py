"""Walks one shopper through one shop, a step at a time, and keeps the history.

A step asks the table whether it may be tried, lets the shop act, and only then moves. What the
insurer says of every package is asked before and after, by the journey itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flow import machine
from flow.acts import Act, AtOnce, Taking
from flow.auditor import Auditor
from flow.backends.base import Backend, Controls
from flow.backends.observed import ObservedBackend
from flow.errors import (
    BackendError,
    BackendRefused,
    BackendSilent,
    IllegalMove,
    ShopFailed,
    ShopRefused,
    described,
)
from flow.ledger import Ledger
from flow.machine import Facts
from flow.noting import note
from flow.order import Order
from flow.ordering import Ended, Placed, put_in_order
from flow.shopper import Shopper
from flow.shops.base import Observation, Shop, ShopLacks, Visit
from flow.shops.guarded import GuardedShop
from flow.table import INITIAL, Outcome, Row, State, Trigger
from flow.trace import History, Result, Statement, StepRecord
from flow.turns import Turns
from models import Mail

__all__ = ["Journey"]


class Journey:
    """One shopper in one shop.

    Args:
        shop: where they shop.
        observed: the backend that the shop was built with, wrapped.
        visit: who they are, and what is sold.
        auditor: the backend the journey itself asks, past any injected faults.
        audit: whether to ask the insurer about every package around each step.
        beside: the same customer's first order, whose shop has let them in once more.
    """

    def __init__(
        self,
        shop: Shop | GuardedShop,
        observed: ObservedBackend,
        visit: Visit,
        *,
        auditor: Backend | None = None,
        audit: bool = True,
        beside: Journey | None = None,
    ) -> None:
        self._shop = GuardedShop(shop) if not isinstance(shop, GuardedShop) else shop
        self._observed = observed
        self._auditor: Auditor = (
            Auditor(auditor or observed.inner, asks=audit) if beside is None else beside._auditor
        )
        self._visit = visit
        self._statements: Mapping[str, Statement] = {}
        self._facts: Facts | None = None  # of the order; none when it has changed since
        self._in_sight = False  # whether the shop's calls pass through `observed` at all
        order = Order(payment=visit.payment, currency=visit.shopper.currency)
        self.history = History(
            shopper=visit.shopper,
            order=order,
            ledger=Ledger(),
            state=INITIAL,
            products=visit.products,
        )
        if beside is None:
            self._shop.welcome(self._given())
        else:
            self.history.beside, beside.history.beside = beside.history, self.history

    @property
    def shopper(self) -> Shopper:
        """Who is shopping."""
        return self._visit.shopper

    @property
    def state(self) -> State:
        """Where the shopper stands."""
        return self.history.state

    @property
    def order(self) -> Order:
        """What is known of the order."""
        return self.history.order

    @property
    def controls(self) -> Controls | None:
        """Clock and outbox of a simulated insurer."""
        return self._auditor.controls

    def _given(self) -> Visit:
        """The visit as the shop gets it: what it does to the list of products is its own."""
        return replace(self._visit, products=dict(self._visit.products))

    @property
    def can_have_another(self) -> bool:
        """Whether the shop says how a customer comes in once more."""
        return self._shop.has_sessions

    def another_order(self) -> Journey:
        """The customer's second order: in a session of its own, beside this one.

        Raises:
            ShopLacks: the shop does not offer that.
            ShopFailed: it raised something, or gave no new session.
        """
        session = self._shop.another_session(self._given())
        return Journey(session, self._observed, self._visit, beside=self)

    def allowed(self) -> tuple[Trigger, ...]:
        """Triggers that may fire now."""
        return machine.allowed(self.state, self._known_facts())

    def _known_facts(self) -> Facts:
        """What holds of the order: looked up at its second asking, for it is asked twice a step."""
        if self._facts is None:
            self._facts = self.order.facts()
        return self._facts

    def wait(self, time: timedelta) -> None:
        """Let time pass at the insurer.

        Raises:
            PlugInvalid: this backend's clock cannot be moved.
        """
        self._auditor.wait(time)

    def outbox(self) -> Sequence[Mail]:
        """The e-mails that the insurer has sent, oldest first.

        Raises:
            PlugInvalid: this backend does not show them.
        """
        return self._auditor.outbox()

    def take(self, trigger: Trigger, act: Act) -> StepRecord:
        """Try one trigger, and note what came of it. Never raises for what shop or insurer do."""
        facts = self._known_facts()
        try:
            machine.check(trigger, self.state, facts)
        except IllegalMove as error:
            return self._record(trigger, act, Result.ILLEGAL, error, facts=facts)
        before, beside_before = self._statements, self._stated_beside()
        observation, problem = self._act(trigger, act)
        exchanges = self._observed.take()
        row, problem = self._move(trigger, act, facts, observation, problem)
        self._in_sight = self._in_sight or bool(exchanges)
        if exchanges or not self._in_sight:
            self._statements = self._auditor.statements(self.order)
        source = self.state
        if row is not None:
            self.history.state = row.dest
        return self._record(
            trigger,
            act,
            Result.MOVED if row is not None else _result(problem),
            problem,
            source=source,
            facts=facts,
            outcome=observation.outcome if observation is not None else None,
            row=row,
            observation=observation,
            exchanges=exchanges,
            strangers=self._auditor.strangers(self.order)
            if trigger in _BOOKS and row is not None
            else (),
            before=before,
            beside_before=beside_before,
            beside_after=self._stated_beside(),
        )

    def take_both(self, both: AtOnce) -> Iterator[StepRecord]:
        """Try two triggers at once, and note what came of each, in an order that explains it.

        What the table does not allow where the shopper stands is not tried. To be gone through to
        the end: a record is there when it is yielded, the other's is not yet.
        """
        takings = (both.first, both.second)
        facts = self.order.facts()
        for taking in takings:
            try:
                machine.check(taking.trigger, self.state, facts)
            except IllegalMove as error:
                result = Result.ILLEGAL
                yield self._record(taking.trigger, taking.act, result, error, facts=facts)
                return
        before, beside_before = self._statements, self._stated_beside()
        ended = self._act_at_once(takings, both.turns)
        placed = put_in_order(self.order, self.state, self._visit.products, ended)
        for one in placed:
            if one.row is not None and one.ended.observation is not None:
                self._observe(one.ended.trigger, one.ended.act, one.ended.observation)
            self._in_sight = self._in_sight or bool(one.ended.exchanges)
        self._statements = self._auditor.statements(self.order)
        half, last = placed
        yield self._record_placed(half, before=self._statements, is_half=True)
        yield self._record_placed(
            last,
            before=before,
            beside_before=beside_before,
            beside_after=self._stated_beside(),
        )

    def _act_at_once(self, takings: tuple[Taking, Taking], turns: str) -> list[Ended]:
        """Let the shop do both, a call of one and a call of the other; in the order they ended."""
        came: dict[int, tuple[Observation | None, Exception | None]] = {}

        def work(number: int) -> None:
            came[number] = self._act(takings[number].trigger, takings[number].act)

        self._observed.turns = Turns(turns)
        try:
            self._observed.turns.run(lambda: work(0), lambda: work(1))
        except TimeoutError as error:
            for number in {0, 1} - came.keys():
                name = f"{self._shop.name}.{takings[number].trigger}"
                came[number] = (None, ShopFailed(f"{name} raised {described(error)}"))
        finally:
            self._observed.turns = None
        for number in {0, 1} - came.keys():  # its thread has ended, and left nothing behind
            name = f"{self._shop.name}.{takings[number].trigger}"
            came[number] = (None, ShopFailed(f"{name} ended without a result"))
        return [
            Ended(
                trigger=takings[number].trigger,
                act=takings[number].act,
                observation=came[number][0],
                problem=came[number][1],
                exchanges=self._observed.take(number),
            )
            for number in came
        ]

    def _record_placed(self, placed: Placed, **more: Any) -> StepRecord:
        """Record one of two acts; the insurer's statements are those after both."""
        ended, source = placed.ended, self.state
        if placed.row is not None:
            self.history.state = placed.row.dest
        books = placed.row is not None and ended.trigger in _BOOKS
        return self._record(
            ended.trigger,
            ended.act,
            _result_of(placed),
            placed.problem,
            source=source,
            facts=placed.facts,
            outcome=ended.observation.outcome if ended.observation is not None else None,
            row=placed.row,
            observation=ended.observation if placed.row is not None else None,
            exchanges=ended.exchanges,
            strangers=self._auditor.strangers(self.order) if books else (),
            **more,
        )

    def attempt(self, send: Callable[[Backend], object]) -> StepRecord:
        """Send a call straight to the insurer, past shop and flow; the shopper stays put."""
        before, beside_before = self._statements, self._stated_beside()
        problem: BackendError | None = None
        try:
            send(self._observed)
        except BackendError as error:
            problem = error
        exchanges = self._observed.take()
        self._statements = self._auditor.statements(self.order)
        result = Result.ACCEPTED if problem is None else _result(problem)
        return self._record(
            None,
            Act(),
            result,
            problem,
            exchanges=exchanges,
            before=before,
            beside_before=beside_before,
            beside_after=self._stated_beside(),
        )

    def _stated_beside(self) -> Mapping[str, Statement]:
        """What the insurer states of the customer's other order."""
        other = self.history.beside
        return {} if other is None else self._auditor.statements(other.order)

    def _act(self, trigger: Trigger, act: Act) -> tuple[Observation | None, Exception | None]:
        """Let the shop do it. A refusal that the table foresees is an outcome, not a problem."""
        try:
            return self._shop.do(trigger, act), None
        except BackendRefused as error:
            if not error.is_busy and machine.leads_on(trigger, self.state, Outcome.REFUSED):
                return Observation(outcome=Outcome.REFUSED), None
            return None, error
        except (BackendError, ShopRefused) as error:
            return None, error

    def _move(
        self,
        trigger: Trigger,
        act: Act,
        facts: Facts,
        observation: Observation | None,
        problem: Exception | None,
    ) -> tuple[Row | None, Exception | None]:
        """Move as the outcome says, and take note of what was observed."""
        if observation is None:
            return None, problem
        try:
            row = machine.fire(trigger, self.state, facts, observation.outcome)
        except IllegalMove as error:
            return None, error
        self._observe(trigger, act, observation)
        return row, None

    def _record(
        self,
        trigger: Trigger | None,
        act: Act,
        result: Result,
        problem: Exception | None,
        **more: Any,
    ) -> StepRecord:
        """Write a step into the history; `more` are the fields that it has beyond the usual."""
        record = StepRecord(
            number=len(self.history.steps) + 1,
            trigger=trigger,
            act=act,
            state=self.state,
            result=result,
            at=self._auditor.now(),
            error=None if problem is None else str(problem),
            is_defect=isinstance(problem, ShopFailed),
            refusal=problem.status if isinstance(problem, BackendRefused) else None,
            after=self._statements,
            **{"source": self.state, "before": self._statements, **more},
        )
        self.history.steps.append(record)
        return record

    def _observe(self, trigger: Trigger, act: Act, seen: Observation) -> None:
        """Put into order and ledger what the shopper did and what the shop reported."""
        note(self.order, self._visit.products, trigger, act, seen)
        self._facts = None
        self.history.ledger.write(seen.entries)


_BOOKS = (Trigger.BOOK, Trigger.RESERVE)


def _result_of(placed: Placed) -> Result:
    if placed.row is not None:
        return Result.MOVED
    if placed.ended.problem is not None:
        return _result(placed.ended.problem)
    return Result.REPEATED if placed.is_repeat else Result.UNEXPLAINED


def _result(problem: Exception | None) -> Result:
    match problem:
        case BackendSilent():
            return Result.SILENT
        case ShopLacks():
            return Result.NOT_OFFERED
        case BackendRefused() | ShopRefused():
            return Result.REFUSED
        case IllegalMove():
            return Result.ILLEGAL
        case _:
            return Result.UNCLEAR
