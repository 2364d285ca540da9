"""Each defect on show is felt in a short story, where the right pair breaks nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flow.backends.base import Backend
from flow.chance import Dice
from flow.errors import UsageError
from flow.gallery.catalogue import DEFECTS, find
from flow.gallery.defect import Defect, Side
from flow.promises.every import PROMISES
from flow.shops.base import Shop
from flow.trace import Result, StepRecord
from tests.gallery.stories import STORIES, Beside, Fail, Story, Twice, Wait
from tests.kit import Walk


def _stage(defect: Defect | None, story: Story, seed: int = 1) -> Walk:
    if defect is None:
        return Walk(shopper=story.shopper, payment=story.payment, seed=seed)

    def make_shop(backend: Backend, dice: Dice) -> Shop:
        return defect.make_shop(backend, seed)

    return Walk(
        shop=make_shop,
        backend=defect.make_backend(seed),
        shopper=story.shopper,
        payment=story.payment,
        seed=seed,
    )


def _told(walk: Walk, story: Story) -> list[StepRecord]:
    """Tell a story to its end, whatever comes of its moves."""
    records = []
    for move in story.moves:
        match move:
            case Wait(time=time):
                walk.wait(seconds=time / timedelta(seconds=1))
            case Fail(operation=operation, kind=kind, times=times):
                walk.fail(operation, kind, times)
            case Twice(move=move, turns=turns):
                records.append(walk.try_both(move, move, turns)[-1])
            case Beside(move=move):
                records.append(walk.try_beside(move))
            case _:
                records.append(walk.try_(move))
    return records


def test_every_defect_has_a_story_and_every_story_a_defect() -> None:
    assert [defect.name for defect in DEFECTS if defect.name not in STORIES] == []
    assert len(STORIES) == len(DEFECTS) == len({defect.name for defect in DEFECTS})


def test_both_sides_are_on_show() -> None:
    sides = [defect.side for defect in DEFECTS]
    assert min(sides.count(Side.INSURER), sides.count(Side.SHOP)) >= 18


@pytest.mark.parametrize("name", STORIES)
def test_defect_breaks_a_promise_in_its_story(name: str) -> None:
    """A finding, not a crash: nothing in the gallery ends in a traceback."""
    story = STORIES[name]
    walk = _stage(find(name), story)
    records = _told(walk, story)
    assert set(story.broken) <= walk.broken
    assert [r.error for r in records if "raised" in (r.error or "")] == []


@pytest.mark.parametrize("name", STORIES)
def test_the_same_story_breaks_nothing_on_the_right_pair(name: str) -> None:
    """And every move is taken, but for those that got no answer."""
    story = STORIES[name]
    walk = _stage(None, story)
    records = _told(walk, story)
    assert walk.breaches == []
    assert walk.faulty.armed == []
    stuck = [r.result for r in records if r.result is not Result.MOVED]
    assert story.apart or set(stuck) <= {Result.SILENT}


@pytest.mark.parametrize("name", STORIES)
def test_the_same_seed_tells_the_same_story(name: str) -> None:
    story = STORIES[name]
    twice = [_stage(find(name), story, seed=3) for _ in range(2)]
    first, second = ([(r.result, r.after) for r in _told(walk, story)] for walk in twice)
    assert first == second


def test_stories_name_promises_that_there_are() -> None:
    named = {promise for story in STORIES.values() for promise in story.broken}
    assert named <= {promise.name for promise in PROMISES}


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_defect_says_in_one_sentence_what_a_customer_would_feel(defect: Defect) -> None:
    assert defect.about.endswith(".")
    assert ". " not in defect.about


def test_a_name_that_is_nearly_right_is_understood() -> None:
    with pytest.raises(UsageError, match="did you mean 'refunds-twice'"):
        find("refund-twice")
