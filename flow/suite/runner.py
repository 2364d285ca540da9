"""Plays cases and judges them: one journey each, in a world of its own.

Expectations are soft: one that fails is noted, and the steps after it still run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flow.backends.base import Backend
from flow.backends.faulty import FaultyBackend
from flow.backends.guarded import GuardedBackend
from flow.backends.observed import Exchange, ObservedBackend
from flow.backends.recording import Tape
from flow.chance import derive_seed
from flow.coverage import Coverage
from flow.deadline import KEPT_QUIET, LONGEST_STEP, deadline
from flow.errors import PlugInvalid, ShopFailed
from flow.journey import Journey
from flow.orders import FIRST, Orders
from flow.promises import every
from flow.promises.promise import Breach
from flow.shops.base import Shop, ShopLacks, Visit
from flow.suite.attempts import NothingToAttempt, prepare
from flow.suite.comparing import compare
from flow.suite.grammar import (
    Case,
    ExpectedRefusal,
    RefusedBy,
    ScenarioStep,
)
from flow.suite.verdict import Status, StepVerdict, Verdict
from flow.trace import BUSY, Result, StepRecord

if TYPE_CHECKING:
    from flow.suite.filing import Folder

__all__ = ["Plugs", "run_case"]


@dataclass(frozen=True, slots=True)
class Plugs:
    """Makes what a case runs on; both are made anew for every case, from its seed.

    `record` is told of every case that begins, and gives the tape its exchanges go to; so is
    `filing`, and gives the folder its documents go to. What takes longer than `step_timeout`,
    in seconds, has failed.
    """

    backend: Callable[[int], Backend]
    shop: Callable[[Backend, int], Shop]
    record: Callable[[Case, int, Backend], Tape] | None = None
    filing: Callable[[Case, int, Backend], Folder] | None = None
    step_timeout: float = LONGEST_STEP


@dataclass(slots=True)
class _Play:
    """A case being played: one order, or two of one customer."""

    orders: Orders
    faulty: FaultyBackend
    step_timeout: float
    tape: Tape | None = None
    folder: Folder | None = None
    known: set[tuple[str, str]] = field(default_factory=set)
    steps: list[StepVerdict] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    unreached: str | None = None
    not_offered: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether the story cannot go on: no answer came, or the shop does not do this."""
        return self.unreached is not None or self.not_offered is not None


def run_case(case: Case, plugs: Plugs, seed: int) -> Verdict:
    """Play one case to its end; what backend or shop do wrong in it is in the verdict.

    Raises:
        PlugInvalid: the backend or the shop could not even be made.
    """
    begun = time.perf_counter()
    own_seed = derive_seed(seed, case.file, case.name, str(case.number))
    with deadline.of(plugs.step_timeout):
        play = _stage(case, plugs, own_seed)
    skipped: str | None = None
    failures: tuple[str, ...] = ()
    try:
        for number, step in enumerate(case.steps, start=1):
            _play_step(play, number, step)
            if play.is_over:
                break
        else:
            failures = tuple(_at_the_end(case, play))
    except PlugInvalid as fault:
        skipped = str(fault)
    status, reason = _ended(play, failures, skipped)
    histories = [journey.history for journey in play.orders]
    if play.folder is not None:
        play.folder.fill(histories)
    coverage = Coverage()
    for history in histories:
        coverage.add_journey(history)
    return Verdict(
        name=case.name,
        file=case.file,
        line=case.line,
        tags=case.tags,
        status=status,
        seed=seed,
        state=histories[0].state.value,
        steps=tuple(play.steps),
        failures=failures,
        breaches=tuple(play.breaches),
        expected_at=f"{case.expect_place.file}:{case.expect_place.line}",
        rows=play.orders.rows,
        coverage=coverage,
        reason=reason,
        seconds=time.perf_counter() - begun,
        papers=None if play.folder is None else str(play.folder.path),
    )


def _ended(
    play: _Play, failures: tuple[str, ...], skipped: str | None
) -> tuple[Status, str | None]:
    """What the case comes to, and why where that is not in its steps."""
    if play.breaches or failures or any(step.failures for step in play.steps):
        return Status.FAILED, skipped
    if play.unreached is not None:
        return Status.ERROR, play.unreached
    skipped = play.not_offered or skipped
    return (Status.PASSED if skipped is None else Status.SKIPPED), skipped


def _at_the_end(case: Case, play: _Play) -> Iterator[str]:
    """What was expected of the whole, and faults that the story never met."""
    if case.expect is not None:
        yield from compare(case.expect, play.orders[FIRST], ())
    for fault in dict.fromkeys(play.faulty.armed):
        left = play.faulty.armed.count(fault)
        times = "once" if left == 1 else f"{left} times"
        yield f"the fault {fault.kind} on {fault.operation} was to happen {times} more"


def _stage(case: Case, plugs: Plugs, seed: int) -> _Play:
    made = plugs.backend(seed)
    tape = plugs.record(case, seed, made) if plugs.record is not None else None
    folder = plugs.filing(case, seed, made) if plugs.filing is not None else None
    backend = GuardedBackend(made)
    faulty = FaultyBackend(backend)
    observed = ObservedBackend(faulty)
    shop = plugs.shop(observed, seed)
    visit = Visit(shopper=case.shopper, products=case.products, payment=case.payment)
    journey = Journey(shop, observed, visit, auditor=backend)
    return _Play(Orders(journey), faulty, plugs.step_timeout, tape, folder)


def _play_step(play: _Play, number: int, step: ScenarioStep) -> None:
    """Take a step, check the promises, compare with what was expected."""
    begun = time.perf_counter()
    if play.tape is not None:
        play.tape.step = f"{number}, {step.label}"
    hangs = deadline.rung
    with deadline.of(play.step_timeout):
        journey, failures = _order(play, number, step)
        records: list[StepRecord] = []
        if not failures and not play.is_over:
            records, failures = _take(play, journey, number, step)
    record = records[-1] if records else None
    if deadline.rung > hangs and not failures:
        failures = [KEPT_QUIET]
    if step.expect is not None and not play.is_over:
        failures += compare(step.expect, journey, records)
    play.steps.append(
        StepVerdict(
            number=number,
            label=step.label,
            file=step.place.file,
            line=step.place.line,
            result=record.result.value if record is not None else "done",
            state=journey.state.value,
            calls=tuple(_called(exchange) for one in records for exchange in one.exchanges),
            failures=tuple(failures),
            seconds=time.perf_counter() - begun,
        )
    )


def _order(play: _Play, number: int, step: ScenarioStep) -> tuple[Journey, list[str]]:
    """The journey that a step is about; the first one, where another cannot begin."""
    try:
        return play.orders[step.order], []
    except ShopLacks as lack:
        play.not_offered = f"{_where(number, step)}: {lack}"
        return play.orders[FIRST], []
    except ShopFailed as error:
        return play.orders[FIRST], [str(error)]


def _where(number: int, step: ScenarioStep) -> str:
    return f"{step.place.file}:{step.place.line}: step {number}, {step.label}"


def _take(
    play: _Play, journey: Journey, number: int, step: ScenarioStep
) -> tuple[list[StepRecord], list[str]]:
    """Do what the step says; its records, if the journey has any, and what went otherwise."""
    if step.wait is not None:
        journey.wait(step.wait)
        return [], []
    if step.fault is not None:
        play.faulty.arm(step.fault.as_fault())
        return [], []
    try:
        records = [_judged(play, journey, number, record) for record in _records(journey, step)]
    except NothingToAttempt as reason:
        return [], [f"cannot be attempted: {reason}"]
    for record in records:
        _note_end(play, number, step, record)
    if play.is_over or not records:
        return records, []
    if step.at_once is not None:
        return records, _one_went_as_expected(records, step)
    if step.attempt is not None:
        return records, _refused_as_expected(records[0], step.refused or ExpectedRefusal())
    return records, _went_as_expected(records[0], step)


def _records(journey: Journey, step: ScenarioStep) -> Iterator[StepRecord]:
    """Let the step happen: one record, or two where two acts are made at once."""
    if step.attempt is not None:
        yield journey.attempt(prepare(journey, step.attempt))
    elif step.at_once is not None:
        yield from journey.take_both(step.at_once)
    elif step.trigger is not None and step.act is not None:
        yield journey.take(step.trigger, step.act)


def _judged(play: _Play, journey: Journey, number: int, record: StepRecord) -> StepRecord:
    """Check the promises: they count the journey's steps, a reader counts the scenario's."""
    broken = every.check(journey.history, known=play.known)
    play.breaches += [replace(breach, step=number) for breach in broken]
    return record


def _note_end(play: _Play, number: int, step: ScenarioStep, record: StepRecord) -> None:
    """Whether the story ends here, with nobody at fault: nothing more can be judged."""
    told = f"{_where(number, step)}: {record.error}"
    is_busy = record.refusal in BUSY and step.refused is None
    if is_busy or (record.result is Result.SILENT and not step.silent):
        play.unreached = told
    if record.result is Result.NOT_OFFERED:
        play.not_offered = told


def _called(exchange: Exchange) -> str:
    name = exchange.asked.operation.value
    if exchange.was_accepted:
        return name
    return f"{name} (refused)" if exchange.was_refused else f"{name} (no answer)"


def _went_as_expected(record: StepRecord, step: ScenarioStep) -> list[str]:
    """Whether a trigger moved, or was refused or unanswered where that was expected."""
    if step.silent:
        if record.result is Result.SILENT:
            return []
        return [f"was to get no answer, and {_told(record)}"]
    if step.refused is not None:
        return _refused_as_expected(record, step.refused)
    if record.has_moved:
        return []
    return [record.error or "did not move"]


def _one_went_as_expected(records: list[StepRecord], step: ScenarioStep) -> list[str]:
    """Of two acts at once one moved, or both; the other was refused where that was expected."""
    other, mover = records[0], records[-1]
    if step.refused is not None and step.refused.by is RefusedBy.FLOW:
        return _refused_as_expected(mover, step.refused)
    failed = [_told(record) for record in records if _has_failed(record)]
    if failed:
        return failed
    if not mover.has_moved:
        return [f"of two acts at once none was carried out: {_told(mover)}"]
    if step.refused is None and not step.silent:
        return []
    return _went_as_expected(other, step)


def _refused_as_expected(record: StepRecord, expected: ExpectedRefusal) -> list[str]:
    if record.result in (Result.MOVED, Result.ACCEPTED):
        return [f"was to be refused by the {expected.by}, and was accepted"]
    by = _refused_by(record)
    if by is not expected.by:
        return [f"was to be refused by the {expected.by}, and {_told(record)}"]
    failures = []
    if expected.code is not None and record.refusal != expected.code:
        failures.append(f"was to be refused with {expected.code}, and {_told(record)}")
    if expected.says is not None and expected.says not in (record.error or ""):
        failures.append(f"was to be refused with '{expected.says}', and {_told(record)}")
    return failures


def _refused_by(record: StepRecord) -> RefusedBy | None:
    if record.result is Result.ILLEGAL:
        return RefusedBy.FLOW
    if record.result is not Result.REFUSED or record.is_defect:
        return None
    return RefusedBy.SHOP if record.refusal is None else RefusedBy.INSURER


def _has_failed(record: StepRecord) -> bool:
    """Whether something went wrong in it that is neither a refusal nor silence."""
    return record.is_defect or record.result is Result.UNCLEAR


def _told(record: StepRecord) -> str:
    if record.error is not None:
        return f"came to: {record.error}"
    return f"led to {record.state}"
