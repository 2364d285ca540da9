"""Verdicts and findings as lines of a sequence diagram, and calls as they went over the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flow.backends.faulty import FaultKind
from flow.backends.observed import Exchange
from flow.errors import BackendRefused
from flow.explorer.findings import Finding
from flow.explorer.telling import done, paired, told
from flow.pages.direction import visible
from flow.redaction import without_cards, without_secrets
from flow.reports.html.sequence import Kind, Line
from flow.suite.verdict import StepVerdict, Verdict
from flow.trace import StepRecord
from models.endpoints import BY_OPERATION

__all__ = ["Sent", "calls_of", "lines_of_finding", "lines_of_verdict"]

_MOST_LETTERS = 3000
"""Of a body that is shown."""
_BEFORE_ARRIVAL = (FaultKind.CALL_LOST, FaultKind.UNREACHABLE)
_CALL_ENDS = {" (refused)": Kind.REFUSES, " (no answer)": Kind.LOST}


def lines_of_verdict(verdict: Verdict) -> Iterator[Line]:
    """A scenario's steps, with what was wrong where it was wrong."""
    for step in verdict.steps:
        yield from _lines_of_step(step)
        for failure in step.failures:
            yield Line(Kind.WRONG, failure)
        for breach in verdict.breaches:
            if breach.step == step.number:
                yield Line(Kind.WRONG, f"{_words(breach.promise)}: {breach.detail}")
    for failure in (*verdict.failures, *filter(None, [verdict.reason])):
        yield Line(Kind.WRONG, failure)


def _lines_of_step(step: StepVerdict) -> Iterator[Line]:
    words = f"{step.number}. {step.label}"
    if step.result == "done":  # it asks nobody: time passes, or the wire is going to fail
        kind = Kind.FAULT if step.label.startswith("fault") else Kind.NOTE
        yield Line(kind, words)
        return
    if step.label.startswith("attempt"):
        yield Line(Kind.NOTE, f"{words}: sent to the insurer past the shop")
    else:
        yield Line(Kind.ASKS, words)
    for call in step.calls:
        name = call.partition(" ")[0]
        yield Line(Kind.CALLS, name)
        yield _end_of_call(name, _CALL_ENDS.get(call.removeprefix(name), Kind.ANSWERS))
    yield _led(step.result, step.state)


def _end_of_call(name: str, kind: Kind) -> Line:
    words = {Kind.REFUSES: "refused", Kind.LOST: f"no answer to {name}"}
    return Line(kind, words.get(kind, "accepted"))


def _led(result: str, state: str) -> Line:
    if result in ("moved", "accepted"):
        return Line(Kind.SHOWS, f"now {_words(state)}")
    return Line(Kind.DENIES, f"{_words(result)}, still {_words(state)}")


def _words(name: str) -> str:
    return name.replace("_", " ")


def lines_of_finding(finding: Finding) -> Iterator[Line]:
    """The smallest story, with the faults of the wire where they struck, and what was found."""
    for number, move, record in paired(finding):
        if record is None:
            yield Line(Kind.NOTE if move.fault is None else Kind.FAULT, told(move, None))
        elif move.attempt is not None:
            yield Line(Kind.NOTE, f"{number}. {done(move, record)}: past the shop")
            yield from _lines_of_calls(record)
        else:
            yield Line(Kind.ASKS, f"{number}. {done(move, record)}")
            yield from _lines_of_calls(record)
            yield _led(record.result.value, record.state.value)
    yield Line(Kind.WRONG, finding.detail)


def _lines_of_calls(record: StepRecord) -> Iterator[Line]:
    for exchange in record.exchanges:
        name = exchange.asked.operation.value
        if exchange.fault in _BEFORE_ARRIVAL:
            yield Line(Kind.STRAYS, f"{name}: {_words(exchange.fault)}")
            continue
        yield Line(Kind.CALLS, name)
        if exchange.fault is not None:
            yield Line(Kind.FAULT, f"the wire fails: {_words(exchange.fault)}")
        kind = Kind.ANSWERS if exchange.was_accepted else Kind.LOST
        yield Line(Kind.REFUSES if exchange.was_refused else kind, _answered(exchange))


def _answered(exchange: Exchange) -> str:
    if exchange.was_accepted:
        return str(BY_OPERATION[exchange.asked.operation].success)
    if isinstance(exchange.error, BackendRefused):
        return f"{exchange.error.status}: {without_cards(' | '.join(exchange.error.texts))}"
    return f"no answer to {exchange.asked.operation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A call of the shop: where to, with what, and what came back; secrets are blanked out."""

    step: int
    method: str
    path: str
    body: str
    answer: str
    reply: str


def calls_of(finding: Finding) -> Iterator[Sent]:
    """The shop's calls, in order."""
    for number, record in enumerate(finding.played.records, start=1):
        for exchange in record.exchanges:
            asked = exchange.asked
            endpoint = BY_OPERATION[asked.operation]
            yield Sent(
                step=number,
                method=endpoint.method,
                path=endpoint.fill(**asked.ids),
                body=_body(asked.request.wire() if asked.request else None),
                answer=_answered(exchange),
                reply=_body(None if exchange.reply is None else exchange.reply.wire()),
            )


def _body(body: Any) -> str:
    if body is None:
        return ""
    text = visible(json.dumps(without_secrets(body), ensure_ascii=False, indent=1))
    cut = len(text) - _MOST_LETTERS
    return text if cut <= 0 else f"{text[:_MOST_LETTERS]}\n… {cut} letters more"
