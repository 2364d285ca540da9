"""A finding: one kind of trouble, with the smallest story that shows it, and whose fault it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from flow.explorer.shrinking import shrink
from flow.explorer.stage import Played, Trouble, expected, play
from flow.explorer.story import Story
from flow.promises.every import PROMISES
from flow.suite.runner import Plugs

__all__ = ["Blame", "Finding", "investigate"]

_MEANINGS = {promise.name: promise.meaning for promise in PROMISES}
_MEANT = (
    ("shop_fails_to_", "The shop does it, or says why not: {}."),
    ("accepts_", "The insurer refuses it: {}."),
    ("unclear_", "What comes of it can be understood: {}."),
    ("hangs_in_", "It comes to an end in time: {}."),
)
"""What was to hold where a code is none of a promise, by how it begins."""


@dataclass(frozen=True, slots=True)
class Blame:
    """Who is at fault, and the evidence.

    `who` is shop, insurer, network or nobody; the sides were exchanged, one at a time, for the
    reference shop and the simulated insurer, and the story played again.
    """

    who: str
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found.

    Attributes:
        code: stable: the same trouble has the same code in every run.
        journey: the number of the journey that found it, from 1.
        found_in: steps it took until the trouble showed, before shrinking.
        story: the smallest story, with how it should go.
        played: what that story comes to.
    """

    code: str
    detail: str
    journey: int
    found_in: int
    story: Story
    played: Played
    blame: Blame

    @property
    def tag(self) -> str:
        """The code as a scenario's tag."""
        return re.sub(r"[^a-z0-9]+", "-", self.code.lower()).strip("-")

    @property
    def meaning(self) -> str:
        """What was to hold."""
        if self.code in _MEANINGS:
            return _MEANINGS[self.code]
        known = ((start, saying) for start, saying in _MEANT if self.code.startswith(start))
        start, saying = next(known, ("", "{}"))
        return saying.format(self.code.removeprefix(start).replace("_", " "))

    def yaml(self) -> str:
        """The scenario file."""
        return self.story.yaml(
            scenario=f"Found: {self.code.replace('_', ' ')}",
            about=f"{self.meaning} Found was: {self.detail}",
            tags=["found", self.tag],
        )


def investigate(
    story: Story,
    trouble: Trouble,
    plugs: Plugs,
    *,
    journey: int,
    right: Plugs,
    is_late: Callable[[], bool] = lambda: False,
) -> Finding:
    """Shrink a story, and find out whose fault its trouble is.

    Args:
        right: the simulated insurer and the reference shop.
        is_late: whether there is no time left to shrink it further.
    """
    small = shrink(story, plugs, trouble.code, is_late)
    played = play(small, plugs, until=trouble.code)
    own = next((one for one in played.troubles if one.code == trouble.code), trouble)
    return Finding(
        code=trouble.code,
        detail=own.detail,
        journey=journey,
        found_in=trouble.step,
        story=expected(played.story, right),
        played=played,
        blame=_blame(small, trouble.code, plugs, right),
    )


def _blame(story: Story, code: str, plugs: Plugs, right: Plugs) -> Blame:
    """Exchange one side for the right one: the fault is where the trouble goes with it."""

    def shows(candidate: Plugs, told: Story = story) -> bool:
        played = play(told, candidate, until=code)
        return any(trouble.code == code for trouble in played.troubles)

    calm = replace(story, moves=tuple(move for move in story.moves if move.fault is None))
    needs_fault = story.faults > 0 and not shows(plugs, calm)
    when = "; it shows only when the wire fails" if needs_fault else ""
    other_shop = shows(replace(plugs, shop=right.shop))
    other_insurer = shows(replace(plugs, backend=right.backend))
    if other_insurer and not other_shop:
        return Blame("shop", f"with the reference shop it does not happen{when}")
    if other_shop and not other_insurer:
        return Blame("insurer", f"with the simulated insurer it does not happen{when}")
    if not other_shop and not other_insurer:
        return Blame("shop and insurer", f"it takes both: with either one right it is gone{when}")
    if needs_fault:
        return Blame("network", "with the right shop and insurer it happens as the wire fails")
    return Blame("nobody", "it happens with the right shop and insurer too: a fault of the test")
