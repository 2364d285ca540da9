"""Tests the tests: runs the explorer, or a suite, against the gallery of the broken."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from flow.explorer.exploring import Options, explore
from flow.gallery.catalogue import find
from flow.gallery.defect import Defect
from flow.suite.grammar import Case
from flow.suite.runner import Plugs, run_case
from flow.suite.verdict import Status
from flow.workers import end_workers, leave_interruptions_to_the_parent

__all__ = ["Score", "explore_defects", "score_by_explorer", "score_by_suite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What became of one defect.

    Attributes:
        code: the promise, or the failure, that caught it; None when nothing did.
        journeys: journeys explored, or scenarios run, until it was caught.
        steps, faults: of the story it was shrunk to.
    """

    defect: str
    code: str | None = None
    journeys: int = 0
    steps: int | None = None
    faults: int | None = None

    @property
    def is_caught(self) -> bool:
        """Whether anything noticed."""
        return self.code is not None


def plugs_of(defect: Defect) -> Plugs:
    """The broken pair."""
    return Plugs(defect.make_backend, defect.make_shop)


def score_by_explorer(name: str, options: Options, right: Plugs) -> Score:
    """Explore a defect until the first finding."""
    defect = find(name)
    exploration = explore(functools.partial(plugs_of, defect), right, options)
    if not exploration.findings:
        return Score(defect=name, journeys=exploration.journeys)
    first = min(exploration.findings, key=lambda finding: finding.journey)
    return Score(
        defect=name,
        code=first.code,
        journeys=first.journey,
        steps=first.story.steps,
        faults=first.story.faults,
    )


def score_by_suite(name: str, cases: Sequence[Case], seed: int) -> Score:
    """Run cases against a defect until the first that fails."""
    plugs = plugs_of(find(name))
    for number, case in enumerate(cases, start=1):
        verdict = run_case(case, plugs, seed)
        if verdict.status is Status.FAILED:
            code = verdict.breaches[0].promise if verdict.breaches else "expectation"
            return Score(defect=name, code=code, journeys=number, steps=len(verdict.steps))
    return Score(defect=name, journeys=len(cases))


def explore_defects(
    names: Sequence[str], options: Options, right: Plugs, *, workers: int
) -> Iterator[Score]:
    """Scores of many defects, in their order, in several processes."""
    if workers == 1:
        for name in names:
            yield score_by_explorer(name, options, right)
        return
    with ProcessPoolExecutor(workers, initializer=leave_interruptions_to_the_parent) as pool:
        work = functools.partial(score_by_explorer, options=options, right=right)
        try:
            yield from pool.map(work, names)
        except BaseException:
            end_workers(pool)
            raise
