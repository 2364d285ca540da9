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


def test_seeds_of_different_corners_differ() -> None:
    assert (
        len({derive_seed(1, "a", "bc"), derive_seed(1, "ab", "c"), derive_seed(2, "a", "bc")}) == 3
    )
