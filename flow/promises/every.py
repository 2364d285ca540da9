"""All promises, and checking them after a step."""

from __future__ import annotations

from functools import cache

from flow.promises import calls, choices, cover, documents, money, prices, refunds, statuses
from flow.promises.promise import PROMISES, Breach, Promise
from flow.trace import History

__all__ = ["PROMISES", "check"]

ROOMS = (cover, prices, choices, money, refunds, calls, documents, statuses)
"""Importing a room registers its promises."""


def check(history: History, *, known: set[tuple[str, str]] | None = None) -> list[Breach]:
    """All promises broken after the last step; those in `known` were reported before.

    Two acts made at once are judged together, after the second record.
    """
    last = history.last
    if last.is_half:
        return []
    latest = history.latest
    due = _due(
        len(PROMISES),
        is_certain=history.is_certain,
        is_stated_anew=last.after is not last.before,
        is_booked_anew=any(one.observation and one.observation.entries for one in latest),
        is_called=any(one.exchanges for one in latest),
    )
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


@cache
def _due(
    count: int,
    *,
    is_certain: bool,
    is_stated_anew: bool,
    is_booked_anew: bool,
    is_called: bool,
) -> tuple[Promise, ...]:
    """The promises that such a step can break; `count` of them are known by now."""
    return tuple(
        one
        for one in PROMISES
        if (is_certain or not one.certain)
        and (is_stated_anew or not one.stated)
        and (is_booked_anew or not one.booked)
        and (is_called or not one.called)
    )
