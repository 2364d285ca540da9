"""Where a journey is played and judged, move by move: on any backend, in any shop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from flow.acts import AtOnce
from flow.backends.faulty import FaultyBackend
from flow.backends.guarded import GuardedBackend
from flow.backends.observed import ObservedBackend
from flow.deadline import KEPT_QUIET, Deadline, deadline
from flow.errors import PlugInvalid, ShopFailed
from flow.explorer.refusals import has_to_be_refused
from flow.explorer.story import Ending, Move, Story
from flow.journey import Journey
from flow.orders import FIRST, Orders
from flow.promises import every
from flow.shopper import PaymentModel, Product, Shopper
from flow.shops.base import ShopLacks, Visit
from flow.suite.attempts import NothingToAttempt, prepare
from flow.suite.runner import Plugs
from flow.trace import Result, StepRecord

__all__ = ["Played", "Stage", "Trouble", "expected", "play"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that should not have been.

    Attributes:
        code: the same for the same kind of trouble: a promise's name, or what failed.
        step: the number of the step, counting steps of both orders from 1.
    """

    code: str
    detail: str
    step: int


class Stage:
    """One shopper in one shop on one backend, made anew; with two orders, if they have it so.

    Attributes:
        records: the steps of both, in the order in which they were made.

    Raises:
        PlugInvalid: backend or shop cannot be made, or cannot welcome anybody.
    """

    def __init__(
        self,
        plugs: Plugs,
        *,
        shopper: Shopper,
        products: dict[str, Product],
        payment: PaymentModel,
        seed: int,
    ) -> None:
        auditor = GuardedBackend(plugs.backend(seed))
        self.faulty = FaultyBackend(auditor, sleep=_no_time)
        observed = ObservedBackend(self.faulty)
        shop = plugs.shop(observed, seed)
        visit = Visit(shopper=shopper, products=products, payment=payment)
        self.journey = Journey(shop, observed, visit, auditor=auditor)
        self.orders = Orders(self.journey)
        self.products = products
        self.records: list[StepRecord] = []
        self._shop = type(shop).__name__
        self._step_timeout = plugs.step_timeout
        self._known: set[tuple[str, str]] = set()

    def make(self, move: Move) -> tuple[Move, StepRecord | None, list[Trouble]]:
        """Make a move: the move with how it ended, its record, and the trouble it caused."""
        hangs = deadline.rung
        made, record, troubles = self._make(move)
        if deadline.rung > hangs and not troubles:
            doing = move.at_once.first.trigger if move.at_once is not None else move.trigger
            troubles = [self._trouble(f"hangs_in_{doing or 'call'}", KEPT_QUIET)]
        return made, record, troubles

    def _make(self, move: Move) -> tuple[Move, StepRecord | None, list[Trouble]]:
        if move.wait is not None:
            with self._deadline():
                self.journey.wait(move.wait)
            return move, None, []
        if move.fault is not None:
            self.faulty.arm(move.fault)
            return move, None, []
        try:
            with self._deadline():
                journey = self.orders[move.order]
        except ShopLacks as lack:
            raise self._lacks(str(lack)) from None
        except ShopFailed as error:
            failed = replace(move, ending=Ending.FAILED)
            return failed, None, [self._trouble("shop_fails_to_another_session", str(error))]
        if move.attempt is not None:
            try:
                send = prepare(journey, move.attempt)
            except NothingToAttempt:
                return move, None, []
            with self._deadline():
                record = journey.attempt(send)
        elif move.at_once is not None:
            return self._make_both(journey, move, move.at_once)
        else:
            assert move.trigger is not None
            with self._deadline():
                record = journey.take(move.trigger, move.act)
        return replace(move, ending=_ending(record)), record, list(self._judge(journey, record))

    def _deadline(self) -> Deadline:
        return deadline.of(self._step_timeout)

    def _make_both(
        self, journey: Journey, move: Move, both: AtOnce
    ) -> tuple[Move, StepRecord | None, list[Trouble]]:
        troubles: list[Trouble] = []
        with self._deadline():
            for record in journey.take_both(both):
                troubles += self._judge(journey, record)
        ending = Ending.REFUSED_BY_FLOW if record.result is Result.ILLEGAL else move.ending
        return replace(move, ending=ending), record, troubles

    def _judge(self, journey: Journey, record: StepRecord) -> Iterator[Trouble]:
        self.records.append(record)
        for breach in every.check(journey.history, known=self._known):
            yield self._trouble(breach.promise, breach.detail)
        error = record.error or ""
        if record.result is Result.ACCEPTED:
            name = record.exchanges[-1].asked.operation if record.exchanges else "call"
            told = "the insurer accepted a call that it has to refuse"
            yield self._trouble(f"accepts_{name}_when_{record.state}", told)
        if record.is_defect:
            yield self._trouble(f"shop_fails_to_{record.trigger}", error)
        if record.result is Result.UNCLEAR:
            yield self._trouble(f"unclear_{record.trigger or 'call'}", error)
        if record.result is Result.NOT_OFFERED:
            raise self._lacks(error)

    def _trouble(self, code: str, detail: str) -> Trouble:
        return Trouble(code=code, detail=detail, step=len(self.records))

    def _lacks(self, told: str) -> PlugInvalid:
        reason = f"{told}, and random shoppers want all of it"
        return PlugInvalid(kind="shop", name=self._shop, reason=reason)


def _no_time(seconds: float) -> None:
    """A slow answer costs an explorer nothing."""


def _ending(record: StepRecord) -> Ending:
    if record.is_defect:
        return Ending.FAILED
    if record.result is Result.ILLEGAL:
        return Ending.REFUSED_BY_FLOW
    if record.result is Result.SILENT:
        return Ending.SILENT
    if record.result is Result.REFUSED and record.trigger is not None:
        return Ending.REFUSED_BY_SHOP if record.refusal is None else Ending.REFUSED_BY_INSURER
    return Ending.MOVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a story came to.

    Attributes:
        story: the moves that were made, each with how it ended; those the flow did not allow
            at that point are left out.
        rows: names of the table's rows taken, in order, and order by order.
        records: the steps, in the order in which they were made.
    """

    story: Story
    troubles: tuple[Trouble, ...]
    rows: tuple[str, ...]
    records: tuple[StepRecord, ...]


def play(story: Story, plugs: Plugs, *, until: str | None = None) -> Played:
    """Play a story; with `until`, no further than the first trouble of that code.

    Raises:
        PlugInvalid: backend or shop cannot be made.
    """
    stage = _staged(story, plugs)
    made: list[Move] = []
    troubles: list[Trouble] = []
    for move in story.moves:
        if _is_out_of_place(move, stage):
            continue
        done, record, found = stage.make(move)
        if move.is_step and not found and (record is None or record.result is Result.ILLEGAL):
            continue
        made.append(done)
        troubles += found
        if until is not None and any(trouble.code == until for trouble in found):
            break
    return Played(
        story=replace(story, moves=tuple(_without_idle_faults(made, stage))),
        troubles=tuple(troubles),
        rows=stage.orders.rows,
        records=tuple(stage.records),
    )


def expected(story: Story, right: Plugs) -> Story:
    """The story with how its moves end on the right plugs, where that is otherwise.

    What the right plugs break too stays as it is: then there is nothing to go by.
    """
    stage = _staged(story, right)
    moves: list[Move] = []
    for move in story.moves:
        if _is_out_of_place(move, stage):
            moves.append(replace(move, expected=Ending.REFUSED_BY_FLOW))
            continue
        done, _, troubles = stage.make(move)
        if troubles:
            return story
        moves.append(move if done.ending is move.ending else replace(move, expected=done.ending))
    return replace(story, moves=tuple(moves))


def _is_out_of_place(move: Move, stage: Stage) -> bool:
    """Whether it is a call of which nobody can say here that it has to be refused."""
    if move.attempt is None:
        return False
    has_begun = move.order == FIRST or len(stage.orders) > 1
    return not (has_begun and has_to_be_refused(move.attempt, stage.orders[move.order]))


def _staged(story: Story, plugs: Plugs) -> Stage:
    return Stage(
        plugs,
        shopper=story.shopper,
        products=story.products,
        payment=story.payment,
        seed=story.seed,
    )


def _without_idle_faults(made: list[Move], stage: Stage) -> list[Move]:
    """Moves without the faults that no call met; of like ones the first has struck first."""
    idle = list(stage.faulty.armed)
    kept: list[Move] = []
    for move in reversed(made):
        if move.fault is None:
            kept.append(move)
            continue
        struck = move.fault.times
        while struck and move.fault in idle:
            idle.remove(move.fault)
            struck -= 1
        if struck:
            kept.append(replace(move, fault=replace(move.fault, times=struck)))
    return kept[::-1]
