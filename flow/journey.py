"""Walks one shopper through one shop, a step at a time, and keeps the history.

A step asks the table whether it may be tried, lets the shop act, and only then moves. What the
insurer says of every package is asked before and after, by the journey itself.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flow import machine
from flow.acts import Act, AtOnce, Taking
from flow.auditor import Auditor
from flow.backends.base import Backend, Controls
from flow.backends.observed import ObservedBackend
from flow.chance import EPOCH
from flow.errors import (
    BackendError,
    BackendRefused,
    BackendSilent,
    FlowError,
    IllegalMove,
    PlugInvalid,
    ShopFailed,
    ShopRefused,
)
from flow.ledger import Ledger
from flow.machine import Facts
from flow.noting import note
from flow.order import Order
from flow.ordering import Ended, Placed, put_in_order
from flow.shopper import Shopper
from flow.shops.base import Observation, Shop, ShopLacks, Visit, fault_of
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
    """

    def __init__(
        self,
        shop: Shop,
        observed: ObservedBackend,
        visit: Visit,
        *,
        auditor: Backend | None = None,
        audit: bool = True,
    ) -> None:
        self._shop = shop
        self._observed = observed
        self._auditor = Auditor(auditor or observed.inner, asks=audit)
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
        self._welcome()

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

    def _welcome(self) -> None:
        """Let the shopper in.

        Raises:
            PlugInvalid: the shop cannot even do that.
        """
        try:
            self._shop.welcome(self._visit)
        except (Exception, SystemExit) as error:
            name = type(self._shop).__name__
            reason = f"welcome raised {type(error).__name__}: {error}"
            raise PlugInvalid(kind="shop", name=name, reason=reason) from error

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
        reason = "its clock cannot be moved; leave `wait` steps to a simulated insurer"
        controls = self._controls_or(reason)
        try:
            controls.advance(time)
        except FlowError:
            raise
        except Exception as error:  # a plugged backend's may raise anything
            reason = f"its clock did not move: advance raised {_told(error)}"
            raise PlugInvalid(kind="backend", name=self._auditor.name, reason=reason) from error

    def outbox(self) -> Sequence[Mail]:
        """The e-mails that the insurer has sent, oldest first.

        Raises:
            PlugInvalid: this backend does not show them.
        """
        return self._controls_or("its e-mails cannot be seen").outbox()

    def _controls_or(self, reason: str) -> Controls:
        controls = self._auditor.controls
        if controls is None:
            name = self._auditor.name
            raise PlugInvalid(kind="backend", name=name, reason=reason)
        return controls

    def take(self, trigger: Trigger, act: Act) -> StepRecord:
        """Try one trigger, and note what came of it. Never raises for what shop or insurer do."""
        facts = self._known_facts()
        try:
            machine.check(trigger, self.state, facts)
        except IllegalMove as error:
            return self._record(trigger, act, Result.ILLEGAL, error, facts=facts)
        before = self._statements
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
        before = self._statements
        ended = self._act_at_once(takings, both.turns)
        placed = put_in_order(self.order, self.state, self._visit.products, ended)
        for one in placed:
            if one.row is not None and one.ended.observation is not None:
                self._observe(one.ended.trigger, one.ended.act, one.ended.observation)
            self._in_sight = self._in_sight or bool(one.ended.exchanges)
        self._statements = self._auditor.statements(self.order)
        half, last = placed
        yield self._record_placed(half, self._statements, is_half=True)
        yield self._record_placed(last, before)

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
                name = f"{type(self._shop).__name__}.{takings[number].trigger}"
                came[number] = (None, ShopFailed(f"{name} raised {_told(error)}"))
        finally:
            self._observed.turns = None
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

    def _record_placed(
        self, placed: Placed, before: Mapping[str, Statement], *, is_half: bool = False
    ) -> StepRecord:
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
            before=before,
            is_half=is_half,
        )

    def attempt(self, send: Callable[[Backend], object]) -> StepRecord:
        """Send a call straight to the insurer, past shop and flow; the shopper stays put."""
        before = self._statements
        problem: BackendError | None = None
        try:
            send(self._observed)
        except BackendError as error:
            problem = error
        exchanges = self._observed.take()
        self._statements = self._auditor.statements(self.order)
        result = Result.ACCEPTED if problem is None else _result(problem)
        return self._record(None, Act(), result, problem, exchanges=exchanges, before=before)

    def _act(self, trigger: Trigger, act: Act) -> tuple[Observation | None, Exception | None]:
        """Let the shop do it. A refusal that the table foresees is an outcome, not a problem."""
        name = f"{type(self._shop).__name__}.{trigger.value}"
        try:
            method = getattr(self._shop, trigger.value, None)
            if method is None:
                return None, ShopLacks(f"{type(self._shop).__name__} does not offer {trigger}")
            observation = method(act)
        except BackendRefused as error:
            if not error.is_busy and machine.leads_on(trigger, self.state, Outcome.REFUSED):
                return Observation(outcome=Outcome.REFUSED), None
            return None, error
        except (BackendError, ShopRefused) as error:
            return None, error
        except (Exception, SystemExit) as error:  # a plugged shop may raise anything: a finding
            return None, ShopFailed(f"{name} raised {_told(error)}")
        if not isinstance(observation, Observation):
            kind = type(observation).__name__
            return None, ShopFailed(f"{name} returned {kind}, not an Observation")
        fault = fault_of(observation)
        if fault is not None:
            return None, ShopFailed(f"{name} reported what cannot be read: {fault}")
        return observation, None

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
            at=self._now(),
            error=None if problem is None else str(problem),
            is_defect=isinstance(problem, ShopFailed),
            refusal=problem.status if isinstance(problem, BackendRefused) else None,
            after=self._statements,
            **{"source": self.state, "before": self._statements, **more},
        )
        self.history.steps.append(record)
        return record

    def _now(self) -> datetime:
        controls = self._auditor.controls
        return EPOCH if controls is None else controls.now()

    def _observe(self, trigger: Trigger, act: Act, seen: Observation) -> None:
        """Put into order and ledger what the shopper did and what the shop reported."""
        note(self.order, self._visit.products, trigger, act, seen)
        self._facts = None
        self.history.ledger.write(seen.entries)


_BOOKS = (Trigger.BOOK, Trigger.RESERVE)


def _told(error: BaseException) -> str:
    """An error on one line, with the place in the plugged code where it was raised."""
    try:
        text = " ".join(str(error).split())[:300]
    except Exception:
        text = "(it cannot be told)"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(_HERE)]
    place = f" ({Path(own[-1].filename).name}:{own[-1].lineno})" if own else ""
    return f"{type(error).__name__}: {text}{place}"


_HERE = str(Path(__file__).parent)


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
