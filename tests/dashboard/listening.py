"""Somebody who listens to the dashboard's announcements over a socket of their own."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlencode, urlsplit

from tests.dashboard.visitor import Visitor

__all__ = ["Listening", "listening"]

_CHANGED = b"event: changed\n"


class Listening:
    """An open connection; events are counted as they come."""

    def __init__(self, own: socket.socket) -> None:
        self._own = own
        self.heard = b""

    def until(self, count: int) -> int:
        """Read until so many events have come; how many have."""
        while self.heard.count(_CHANGED) < count:
            more = self._own.recv(65536)
            if not more:
                break
            self.heard += more
        return self.heard.count(_CHANGED)

    def to_the_end(self) -> bytes:
        """Read until the server closes."""
        while more := self._own.recv(65536):
            self.heard += more
        return self.heard


@contextmanager
def listening(visitor: Visitor, **query: str) -> Iterator[Listening]:
    """Listen to these worlds; the first event, which comes at once, has been heard."""
    parts = urlsplit(visitor.url)
    with closing(socket.create_connection((parts.hostname, parts.port), timeout=20)) as own:
        lines = [
            f"GET /dashboard/live?{urlencode(query)} HTTP/1.1",
            f"Host: {parts.netloc}",
            f"Cookie: {visitor.cookie}",
        ]
        own.sendall("\r\n".join([*lines, "", ""]).encode())
        heard = Listening(own)
        assert heard.until(1) == 1
        yield heard
