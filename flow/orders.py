"""A customer's orders: the first, and another one that goes on beside it."""

from __future__ import annotations

from collections.abc import Iterator

from flow.journey import Journey

__all__ = ["FIRST", "SECOND", "Orders"]

FIRST, SECOND = 1, 2


class Orders:
    """Journeys by number; the second begins when it is first asked for.

    They have one insurer and one shop, and whatever order their steps are made in, each has to
    come out as it would have alone: that is the sequential order they are checked against.
    """

    def __init__(self, first: Journey) -> None:
        self._journeys = {FIRST: first}

    def __getitem__(self, number: int) -> Journey:
        """An order's journey.

        Raises:
            ShopLacks: the shop does not offer a second one.
            ShopFailed: it could not begin it.
        """
        if number not in self._journeys:
            self._journeys[number] = self._journeys[FIRST].another_order()
        return self._journeys[number]

    def __iter__(self) -> Iterator[Journey]:
        return iter(self._journeys.values())

    def __len__(self) -> int:
        return len(self._journeys)

    @property
    def steps(self) -> int:
        """Steps of all of them."""
        return sum(len(journey.history.steps) for journey in self)

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the table's rows that were taken, order by order."""
        return tuple(
            step.row.name for one in self for step in one.history.steps if step.row is not None
        )
