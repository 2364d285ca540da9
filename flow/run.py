"""Plays many cases and tells listeners: one after another, or in several processes.

Which process plays a case changes nothing: each has a seed of its own, and verdicts are told in
the order of the cases.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from flow.coverage import Coverage
from flow.deadline import LONGEST_STEP
from flow.errors import WorkerDied
from flow.plugs import plug_in
from flow.reports.events import CaseFinished, Listener, RunFinished, RunStarted
from flow.suite.grammar import Case
from flow.suite.runner import Plugs, run_case
from flow.suite.verdict import Status, Summary, Verdict
from flow.version import own_version
from flow.workers import end_workers, leave_interruptions_to_the_parent

__all__ = ["RunOptions", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How to run.

    Attributes:
        workers: processes; 1 plays in this one.
        record: a folder for what was sent and answered, a file a case.
        documents: a folder for what insurer and shop give in writing, a folder a case.
        max_time: seconds after which the run is ended; cases already begun are played out.
        step_timeout: seconds a step may take; what takes longer has failed.
    """

    backend: str = "simulator"
    shop: str = "reference"
    seed: int = 1
    workers: int = 1
    fail_fast: bool = False
    record: str | None = None
    documents: str | None = None
    max_time: float | None = None
    step_timeout: float = LONGEST_STEP


def run(cases: Sequence[Case], options: RunOptions, listeners: Iterable[Listener]) -> Summary:
    """Play all cases.

    Raises:
        PlugInvalid: backend or shop cannot be used.
        WorkerDied: a worker process ended by itself.
    """
    plugs = _plugs(options)
    hearing = list(listeners)
    summary = Summary(seed=options.seed)
    started = RunStarted(
        version=own_version(),
        backend=options.backend,
        shop=options.shop,
        seed=options.seed,
        cases=len(cases),
    )
    for listener in hearing:
        listener.hear(started)
    try:
        _play_all(cases, plugs, options, summary, hearing)
    finally:  # an interrupted run tells what it has
        summary.not_run = len(cases) - len(summary.verdicts)
        coverage = Coverage.merged(verdict.coverage for verdict in summary.verdicts)
        for listener in hearing:
            listener.hear(RunFinished(summary, coverage))
    return summary


def _plugs(options: RunOptions) -> Plugs:
    return plug_in(
        options.backend,
        options.shop,
        options.record,
        options.documents,
        step_timeout=options.step_timeout,
    )


def _play_all(
    cases: Sequence[Case],
    plugs: Plugs,
    options: RunOptions,
    summary: Summary,
    listeners: list[Listener],
) -> None:
    deadline = None if options.max_time is None else time.monotonic() + options.max_time
    for verdict in _verdicts(cases, plugs, options):
        summary.verdicts.append(verdict)
        for listener in listeners:
            listener.hear(CaseFinished(verdict))
        late = deadline is not None and time.monotonic() > deadline
        if late or (options.fail_fast and verdict.status in (Status.FAILED, Status.ERROR)):
            return


def _verdicts(cases: Sequence[Case], plugs: Plugs, options: RunOptions) -> Iterator[Verdict]:
    if options.workers == 1 or len(cases) < 2:
        for case in cases:
            yield run_case(case, plugs, options.seed)
        return
    with ProcessPoolExecutor(
        options.workers, initializer=_begin_worker, initargs=(options,)
    ) as pool:
        # A window of futures, so that few are begun in vain when the run is ended early.
        waiting: deque[Future[list[Verdict]]] = deque()
        try:
            for chunk in _chunks(cases, options.workers):
                waiting.append(pool.submit(_play, chunk))
                if len(waiting) > 2 * options.workers:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        except BrokenProcessPool as error:
            raise WorkerDied from error
        except BaseException:
            end_workers(pool)
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _chunks(cases: Sequence[Case], workers: int) -> Iterator[Sequence[Case]]:
    """Cases in portions small enough to share them out evenly."""
    size = max(1, min(10, len(cases) // (workers * 4)))
    for start in range(0, len(cases), size):
        yield cases[start : start + size]


_WORKER: dict[str, tuple[Plugs, int]] = {}
"""What this worker process plays with; set once, when it begins."""


def _begin_worker(options: RunOptions) -> None:
    leave_interruptions_to_the_parent()
    _WORKER["own"] = (_plugs(options), options.seed)


def _play(cases: Sequence[Case]) -> list[Verdict]:
    plugs, seed = _WORKER["own"]
    return [run_case(case, plugs, seed) for case in cases]
