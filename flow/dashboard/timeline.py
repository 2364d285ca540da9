"""Dashboard: one journey call by call, as its page shows it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flow.dashboard.veil import Veil
from flow.pages.direction import visible
from flow.server.journal import Entry
from flow.signature import Verdict
from flow.testimony.judging import Told

__all__ = ["Step", "instant", "moment", "pretty", "steps"]

_LONGEST = 16 * 1024
"""Letters of a body on a page; the control API has all of it."""
_VERDICT_TONES = {
    Verdict.VALID: "good",
    Verdict.DEPRECATED: "good",
    Verdict.UNCHECKED: "",
    None: "",
}
"""Of what nobody looked at, nothing good is known and nothing bad."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call on a timeline; everything in it may be shown.

    Attributes:
        outcome: in words: the status, or that there was no answer.
        tone: how it went, as a class of the style: good, bad or warn.
        verdict_tone: the same of its signature; empty when it was not looked at.
        changed: whether the ledger differs from the step before.
        breaches: promises broken with this call, by name, and in what way.
    """

    number: int
    at: str
    operation: str
    method: str
    path: str
    query: str
    outcome: str
    tone: str
    milliseconds: float
    verdict: str
    verdict_tone: str
    warning: str | None
    key: str | None
    is_replayed: bool
    faults: tuple[str, ...]
    headers: str
    body: str | None
    answer: str | None
    status: str | None
    total: str | None
    booked: str | None
    refunded: str | None
    changed: bool
    breaches: tuple[tuple[str, str], ...]


def steps(
    entries: Sequence[Entry], told: Sequence[Told], veil: Veil, before: Told | None = None
) -> list[Step]:
    """The steps of a journey; `told` is empty, or has one for each entry."""
    listed: list[Step] = []
    for place, entry in enumerate(entries):
        known = told[place] if told else None
        listed.append(_step(entry, known, before, veil))
        before = known
    return listed


def _step(entry: Entry, told: Told | None, before: Told | None, veil: Veil) -> Step:
    shown = veil.shown(entry)
    request, idempotency = shown["request"], shown["idempotency"]
    verdict = shown["signature"]["verdict"]
    return Step(
        number=entry.number,
        at=instant(entry.at),
        operation=shown["operation"] or "not an operation",
        method=request["method"],
        path=request["path"],
        query=request["query"],
        outcome=_outcome(entry),
        tone=_tone(entry),
        milliseconds=shown["milliseconds"],
        verdict=str(verdict) if verdict else "not looked at",
        verdict_tone=_VERDICT_TONES.get(entry.verdict, "bad"),
        warning=shown["signature"]["warning"],
        key=idempotency["key"] or request["headers"].get("x-idempotency-key"),
        is_replayed=idempotency["replayed"],
        faults=tuple(shown["faults"]),
        headers="\n".join(f"{name}: {value}" for name, value in request["headers"].items()),
        body=pretty(request["body"]),
        answer=pretty(shown["answer"]["body"]),
        status=None if told is None else told.status,
        **_ledger(told),
        changed=_ledger(told) != _ledger(before),
        breaches=tuple(
            (breach.promise, veil.text(breach.detail)) for breach in (told.breaches if told else ())
        ),
    )


def _ledger(told: Told | None) -> dict[str, str | None]:
    names = ("total", "booked", "refunded")
    amounts = {name: getattr(told, name, None) for name in names}
    return {name: None if amount is None else str(amount) for name, amount in amounts.items()}


def _outcome(entry: Entry) -> str:
    if entry.status is None:
        return "no answer"
    return str(entry.status)


def _tone(entry: Entry) -> str:
    if entry.status is None or entry.status >= 500:
        return "bad"
    if entry.replayed:
        return "warn"
    return "bad" if entry.status >= 400 else "good"


def pretty(document: Any) -> str | None:
    """A body to be read, with its unseen letters made visible; None when there is none."""
    if document is None:
        return None
    text = document
    if not isinstance(document, str):
        text = json.dumps(document, indent=2, ensure_ascii=False)
    text = visible(text)
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}\n… {len(text) - _LONGEST} more letters: the control API has them"


def moment(text: str) -> str:
    """An instant as JSON has it, in the words of the pages; what is none, as it is."""
    try:
        return instant(datetime.fromisoformat(text))
    except ValueError:
        return text


def instant(at: datetime) -> str:
    """An instant of a world, to the second."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
