"""What the report lists: failures with their stories, findings, what was missed, what was slow."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from flow.coverage import Coverage
from flow.explorer import telling
from flow.explorer.findings import Finding
from flow.reports.html.retelling import Sent, calls_of, lines_of_finding, lines_of_verdict
from flow.reports.html.sequence import draw_sequence
from flow.suite.verdict import Status, StepVerdict, Verdict

__all__ = [
    "Failure",
    "Found",
    "Missed",
    "Slow",
    "failures",
    "found",
    "missed",
    "slowest",
]

_TOLD_WHOLE = 25
"""Failures and findings that are told with story and diagram; of the others, a line each."""
_CALLS_OF = 3
"""Findings that are told with every call's body."""
_LISTED = 500
_COMPLAINTS, _LETTERS = 20, 600
_SLOWEST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A scenario that did not pass. Those further down have no diagram and no steps."""

    verdict: Verdict
    complaints: tuple[str, ...]
    steps: tuple[StepVerdict, ...] = ()
    diagram: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finding, told. Those further down have no diagram and no calls."""

    finding: Finding
    story: tuple[str, ...]
    yaml: str
    again: str
    diagram: str = ""
    calls: tuple[Sent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Names of what was not visited, of one kind; `more` of them are not named."""

    kind: str
    names: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """A step, and how long it took."""

    step: StepVerdict
    scenario: str
    milliseconds: float


def failures(verdicts: Sequence[Verdict]) -> list[Failure]:
    """What failed, then what ended in an error; each in the order in which it was played."""
    order = [Status.FAILED, Status.ERROR]
    wrong = [verdict for status in order for verdict in verdicts if verdict.status is status]
    return [
        Failure(
            verdict=verdict,
            complaints=tuple(map(_short, verdict.complaints[:_COMPLAINTS])),
            steps=verdict.steps if number < _TOLD_WHOLE else (),
            diagram=_diagram_of_verdict(verdict, number) if number < _TOLD_WHOLE else "",
        )
        for number, verdict in enumerate(wrong[:_LISTED])
    ]


def _diagram_of_verdict(verdict: Verdict, number: int) -> str:
    title = f"What passed between shopper, shop and insurer: {verdict.name}"
    return draw_sequence(list(lines_of_verdict(verdict)), title=title, key=f"v{number}")


def found(findings: Iterable[Finding], *, backend: str, shop: str) -> list[Found]:
    """Findings, the first that was met first."""
    in_order = sorted(findings, key=lambda finding: finding.journey)
    return [
        Found(
            finding=finding,
            story=tuple(map(_short, _story(finding))),
            yaml=finding.yaml(),
            again=_replay(f"{finding.tag}.yaml", backend, shop),
            diagram=_diagram_of_finding(finding, number) if number < _TOLD_WHOLE else "",
            calls=tuple(calls_of(finding)) if number < _CALLS_OF else (),
        )
        for number, finding in enumerate(in_order[:_LISTED])
    ]


def _story(finding: Finding) -> Iterable[str]:
    """What happened; what follows in the telling has a table of its own."""
    return takewhile(lambda line: not line.startswith("Expected: "), telling.story(finding))


def _diagram_of_finding(finding: Finding, number: int) -> str:
    title = f"What passed between shopper, shop and insurer: {finding.code.replace('_', ' ')}"
    return draw_sequence(list(lines_of_finding(finding)), title=title, key=f"f{number}")


def _replay(file: str, backend: str, shop: str) -> str:
    words = ["purchaseflow", "replay", file]
    words += [] if backend == "simulator" else ["--backend", backend]
    words += [] if shop == "reference" else ["--shop", shop]
    return shlex.join(words)


def _short(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[:_LETTERS]} … {len(text) - _LETTERS} more"


_MISSED: dict[str, Callable[[Coverage], Iterable[str]]] = {
    "States never reached": lambda c: c.missed_states,
    "Transitions never taken": lambda c: (row.name for row in c.missed_rows),
    "Seen in traffic only": lambda c: (row.name for row in c.only_in_traffic),
    "Pairs that were not foreseen": lambda c: (
        f"{one.name}, then {two.name}" for one, two in c.strange_pairs
    ),
    "Markets never met": lambda c: (
        f"{country} {currency}, {cover.replace('_', ' ')}, {payment}"
        for country, currency, cover, payment in c.missed_sales
    ),
    "Faults that never struck a step": lambda c: (
        f"{kind.replace('_', ' ')} in {trigger.replace('_', ' ')}"
        for trigger, kind in c.missed_faults
    ),
    "Conditions never seen so": lambda c: (
        f"{condition.replace('_', ' ')} {'true' if value else 'false'}, {name}"
        for name, condition, value in c.missed_considerations
    ),
    "Pairs of transitions never taken": lambda c: (
        f"{one.name}, then {two.name}" for one, two in c.missed_pairs
    ),
}
"""Kinds of what can be missed, the gravest first."""


def missed(coverage: Coverage) -> list[Missed]:
    """What was not visited, kind by kind; kinds of which nothing was missed are left out."""
    kinds = []
    for kind, names in _MISSED.items():
        told = [str(name) for name in names(coverage)]
        if told:
            kept = tuple(told[:_LISTED])
            kinds.append(Missed(kind=kind, names=kept, more=len(told) - len(kept)))
    return kinds


def slowest(verdicts: Iterable[Verdict]) -> list[Slow]:
    """The steps that took longest, the longest first."""
    steps = (
        Slow(step=step, scenario=verdict.name, milliseconds=1000 * step.seconds)
        for verdict in verdicts
        for step in verdict.steps
    )
    return list(islice(sorted(steps, key=lambda slow: -slow.milliseconds), _SLOWEST))
