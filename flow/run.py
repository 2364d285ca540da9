"""Plays many cases and tells listeners: one after another, or in several processes.

Which process plays a case changes nothing: each has a seed of its own, and verdicts are told in
the order of the cases.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from flow.coverage import Coverage
from flow.plugs import plug_in
from flow.reports.events import CaseFinished, Listener, RunFinished, RunStarted
from flow.suite.grammar import Case
from flow.suite.runner import Plugs, run_case
from flow.suite.verdict import Status, Summary, Verdict

__all__ = ["RunOptions", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How to run.

    Attributes:
        workers: processes; 1 plays in this one.
        max_time: seconds after which no further case is begun.
    """

    backend: str = "simulator"
    shop: str = "reference"
    seed: int = 1
    workers: int = 1
    fail_fast: bool = False
    max_time: float | None = None


def run(cases: Sequence[Case], options: RunOptions, listeners: Iterable[Listener]) -> Summary:
    """Play all cases.

    Raises:
        PlugInvalid: backend or shop cannot be used.
    """
    plugs = plug_in(options.backend, options.shop)
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
    deadline = None if options.max_time is None else time.monotonic() + options.max_time
    for verdict in _verdicts(cases, plugs, options):
        summary.verdicts.append(verdict)
        for listener in hearing:
            listener.hear(CaseFinished(verdict))
        late = deadline is not None and time.monotonic() > deadline
        if late or (options.fail_fast and verdict.status in (Status.FAILED, Status.ERROR)):
            break
    summary.not_run = len(cases) - len(summary.verdicts)
    coverage = Coverage.of(verdict.rows for verdict in summary.verdicts)
    for listener in hearing:
        listener.hear(RunFinished(summary, coverage))
    return summary


def own_version() -> str:
    """The installed version of purchaseflow."""
    try:
        return version("purchaseflow")
    except PackageNotFoundError:
        return "unknown"


def _verdicts(cases: Sequence[Case], plugs: Plugs, options: RunOptions) -> Iterator[Verdict]:
    if options.workers == 1 or len(cases) < 2:
        for case in cases:
            yield run_case(case, plugs, options.seed)
        return
    with ProcessPoolExecutor(
        options.workers, initializer=_begin_worker, initargs=(options,)
    ) as pool:
        chunk = max(1, len(cases) // (options.workers * 8))
        try:
            yield from pool.map(_play, cases, chunksize=chunk)
        finally:
            pool.shutdown(cancel_futures=True)


_WORKER: dict[str, tuple[Plugs, int]] = {}
"""What this worker process plays with; set once, when it begins."""


def _begin_worker(options: RunOptions) -> None:
    _WORKER["own"] = (plug_in(options.backend, options.shop), options.seed)


def _play(case: Case) -> Verdict:
    plugs, seed = _WORKER["own"]
    return run_case(case, plugs, seed)
