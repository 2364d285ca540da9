"""All promises, and checking them after a step."""

from __future__ import annotations

from functools import cache

from flow.promises import calls, choices, cover, documents, money, prices, refunds, statuses
from flow.promises.promise import PROMISES, Breach, Part, Promise
from flow.table import State, Trigger
from flow.trace import History

__all__ = ["PROMISES", "check"]

ROOMS = (cover, prices, choices, money, refunds, calls, documents, statuses)
"""Importing a room registers its promises."""


def check(history: History, *, known: set[tuple[str, str]] | None = None) -> list[Breach]:
    """All promises broken by the last step; those in `known` were reported before.

    Two acts made at once are judged together, after the second record.
    """
    last = history.last
    if last.is_half:
        return []
    due = _due(len(PROMISES), _changed(history), last.trigger, history.state, history.is_certain)
    broken = []
    for one in due:
        try:
            details = [*one.find(history)]
        except Exception as error:  # an observation may hold anything, as its shop may
            details = [f"cannot be judged: {type(error).__name__}: {error}"]
        for detail in details:
            if known is not None:
                if (one.name, detail) in known:
                    continue
                known.add((one.name, detail))
            broken.append(Breach(promise=one.name, step=last.number, detail=detail))
    return broken


_ALL = frozenset(Part)


def _changed(history: History) -> frozenset[Part]:
    """What the step may have changed; all that changed unjudged, once things are certain again."""
    latest = history.latest
    changed = []
    if any(step.exchanges for step in latest):
        if not history.was_certain:
            return _ALL
        changed.append(Part.CALLS)
    if history.last.after is not history.last.before:
        changed.append(Part.STATEMENTS)
    if len(latest) > 1:
        changed.append(Part.ACTS_AT_ONCE)
    if history.beside is not None:
        changed.append(Part.BESIDE)
    for step in latest:
        if step.source is not step.state:
            changed.append(Part.PLACE)
        seen = step.observation
        if seen is None:
            continue
        if seen.offers or seen.opted_out:
            changed.append(Part.OFFERS)
        if seen.policies:
            changed.append(Part.POLICIES)
        if seen.entries:
            changed.append(Part.LEDGER)
        if seen.invoice is not None:
            changed.append(Part.INVOICE)
    return frozenset(changed)


@cache
def _due(
    count: int, changed: frozenset[Part], trigger: Trigger | None, state: State, is_certain: bool
) -> tuple[Promise, ...]:
    """The promises that such a step can break; `count` of them are known by now."""
    return tuple(
        one
        for one in PROMISES
        if (is_certain or not one.certain)
        and (one.reads is None or one.reads & changed)
        and one.speaks_of(trigger, state)
    )
