"""Who looks on while the server works: told that something happened, never what.

A reader keeps one mark, "something happened", however much there was: it cannot grow, and a slow
one holds nobody up. What happened it sees when it looks, and so it is right after any gap.
"""

from __future__ import annotations

import asyncio

__all__ = ["Reader", "Watch"]

World = tuple[str, str]
"""A partner's code and the name of its world."""


class Reader:
    """One who looks on, at all worlds or at one partner's, or at one world."""

    __slots__ = ("_mark", "_partner", "_world", "is_over")

    def __init__(self, partner: str | None = None, world: str | None = None) -> None:
        self._partner = partner
        self._world = world
        self._mark = asyncio.Event()
        self.is_over = False

    def tell(self, where: World | None) -> None:
        """Something happened there; None means that it may concern every world."""
        if where is None or (self._partner in (None, where[0]) and self._world in (None, where[1])):
            self._mark.set()

    def end(self) -> None:
        """There will be nothing more to see."""
        self.is_over = True
        self._mark.set()

    async def wait(self) -> None:
        """Until something has happened since the last time."""
        await self._mark.wait()
        self._mark.clear()


class Watch:
    """All readers of a server."""

    __slots__ = ("_is_over", "readers")

    def __init__(self) -> None:
        self.readers: set[Reader] = set()
        """Empty unless somebody looks: then a call costs one look at this set and no more."""
        self._is_over = False

    def add(self, reader: Reader) -> None:
        """Let somebody look on, until `remove`."""
        self.readers.add(reader)
        if self._is_over:
            reader.end()

    def remove(self, reader: Reader) -> None:
        """They have left."""
        self.readers.discard(reader)

    def tell(self, where: World | None = None) -> None:
        """Something happened in that world; None means that it may concern every world."""
        for reader in self.readers:
            reader.tell(where)

    def end(self) -> None:
        """The server stops: readers who hold a connection are to let it go."""
        self._is_over = True
        for reader in self.readers:
            reader.end()
