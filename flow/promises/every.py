"""All promises, and checking them after a step."""

from __future__ import annotations

from flow.promises import calls, choices, cover, documents, money, prices, refunds, statuses
from flow.promises.promise import PROMISES, Breach, Promise
from flow.trace import History

__all__ = ["PROMISES", "check"]

ROOMS = (cover, prices, choices, money, refunds, calls, documents, statuses)
"""Importing a room registers its promises."""


def check(history: History, *, known: set[tuple[str, str]] | None = None) -> list[Breach]:
    """All promises broken after the last step; those in `known` were reported before."""
    step = history.last.number
    is_certain = history.is_certain
    is_stated_anew = history.last.after is not history.last.before
    is_booked_anew = bool(history.last.observation and history.last.observation.entries)
    broken = []
    for one in PROMISES:
        if one.certain and not is_certain:
            continue
        if (one.stated and not is_stated_anew) or (one.booked and not is_booked_anew):
            continue
        for detail in _details(one, history):
            if known is not None:
                if (one.name, detail) in known:
                    continue
                known.add((one.name, detail))
            broken.append(Breach(promise=one.name, step=step, detail=detail))
    return broken


def _details(one: Promise, history: History) -> list[str]:
    """What is wrong. A promise that what was observed makes impossible to judge is not kept."""
    try:
        return list(one.find(history))
    except Exception as error:  # an observation may hold anything, as its shop may
        return [f"cannot be judged: {type(error).__name__}: {error}"]
