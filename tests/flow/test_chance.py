from __future__ import annotations

import re
from datetime import timedelta

import pytest

from flow.chance import EPOCH, Clock, Dice, derive_seed
from models import identifiers


def test_the_clock_stands_still_until_moved() -> None:
    clock = Clock()
    assert clock.now() == clock.now() == EPOCH
    clock.advance(timedelta(days=15))
    assert clock.now() == EPOCH + timedelta(days=15)
    assert clock.freeze(EPOCH) == EPOCH


def test_two_stamps_are_never_the_same() -> None:
    clock = Clock()
    assert clock.stamp() < clock.stamp()


def test_time_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="forward"):
        Clock().advance(timedelta(seconds=-1))


def test_no_time_may_pass() -> None:
    assert Clock().advance(timedelta(0)) == EPOCH


def test_same_seed_same_identifiers() -> None:
    one, two, other = Dice(7), Dice(7), Dice(8)
    assert [one.uuid(), one.ins_number(), one.token()] == [
        two.uuid(),
        two.ins_number(),
        two.token(),
    ]
    assert one.uuid() != other.uuid()


def test_identifiers_have_the_recorded_shapes() -> None:
    dice = Dice(1)
    for _ in range(200):
        assert re.fullmatch(identifiers.INS_NUMBER, dice.ins_number())
        assert re.fullmatch(identifiers.UUID, dice.uuid())
        assert re.fullmatch(identifiers.TOKEN, dice.token())
        assert re.fullmatch(identifiers.UPDATE_ID, dice.code("UPD"))
        assert re.fullmatch(identifiers.CANCELLATION_ID, dice.code("CCL"))
    assert not set("0125IOSZ") & set(identifiers.INS_ALPHABET)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((1, "a", "bc"), (1, "ab", "c")),
        ((1, "a b", "c"), (1, "a", "b c")),  # scenarios are named in words
        ((1, "a", "b"), (2, "a", "b")),
        ((1, "2", "a"), (12, "a")),
    ],
)
def test_seeds_of_different_corners_differ(
    one: tuple[int, *tuple[str, ...]], other: tuple[int, *tuple[str, ...]]
) -> None:
    assert derive_seed(*one) != derive_seed(*other)
