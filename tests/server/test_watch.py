"""Who looks on: told that something happened in their worlds, and in no others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest

from flow.server.watch import Reader, Watch


@pytest.fixture
def is_told() -> Iterator[Callable[[Reader], bool]]:
    """Whether a reader would wake now."""

    async def look(reader: Reader) -> bool:
        try:
            async with asyncio.timeout(0):
                await reader.wait()
        except TimeoutError:
            return False
        return True

    with asyncio.Runner() as runner:
        yield lambda reader: runner.run(look(reader))


@pytest.mark.parametrize(
    ("partner", "world", "hears"),
    [
        (None, None, {("A", ""), ("A", "one"), ("B", "one")}),
        ("A", None, {("A", ""), ("A", "one")}),
        (None, "one", {("A", "one"), ("B", "one")}),
        ("A", "", {("A", "")}),
    ],
)
def test_a_reader_is_told_of_its_own_worlds(
    partner: str | None,
    world: str | None,
    hears: set[tuple[str, str]],
    is_told: Callable[[Reader], bool],
) -> None:
    watch, reader = Watch(), Reader(partner, world)
    watch.add(reader)
    heard = set()
    for where in (("A", ""), ("A", "one"), ("B", "one")):
        watch.tell(where)
        if is_told(reader):
            heard.add(where)
    assert heard == hears
    watch.tell()
    assert is_told(reader)


def test_much_that_happens_is_one_mark(is_told: Callable[[Reader], bool]) -> None:
    watch, reader = Watch(), Reader()
    watch.add(reader)
    for _ in range(1000):
        watch.tell(("A", ""))
    assert [is_told(reader), is_told(reader)] == [True, False]


def test_who_has_left_is_not_told(is_told: Callable[[Reader], bool]) -> None:
    watch, reader = Watch(), Reader()
    watch.add(reader)
    watch.remove(reader)
    watch.tell()
    assert not watch.readers
    assert not is_told(reader)


def test_the_end_is_told_to_all_even_to_late_ones(
    is_told: Callable[[Reader], bool],
) -> None:
    watch, early, late = Watch(), Reader("A", "one"), Reader("B")
    watch.add(early)
    watch.end()
    watch.add(late)
    assert [early.is_over, late.is_over] == [True, True]
    assert [is_told(early), is_told(late)] == [True, True]
