"""Dashboard: server-sent events that say "look again", and hold nothing but a mark for each reader.

A reader that is slow, or gone without a word, holds up nobody: what happens meanwhile is one mark,
and the page that is told of it reads all of it anew.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from flow.dashboard.scope import Scope
from flow.server.asgi import Receive, Send
from flow.server.watch import Reader, Watch

__all__ = ["stream"]

_MOST = 100
"""How many look on at a time; one more is asked to come again."""
_PAUSE = 0.25
"""Real seconds between two events: a page is read anew four times a second, no more."""
_ALIVE = 15.0
"""Real seconds after which a connection without events gets a comment, to see if it is there."""

_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
_CHANGED = b"event: changed\ndata:\n\n"
_COMMENT = b": still here\n\n"


async def stream(watch: Watch, scope: Scope, receive: Receive, send: Send) -> None:
    """Tell of changes in these worlds until the reader leaves or the server stops.

    The first event comes at once: what happened before anybody listened is then seen, too.
    """
    if len(watch.readers) >= _MOST:
        head = {"type": "http.response.start", "status": 503, "headers": [(b"retry-after", b"5")]}
        await send(head)
        await send({"type": "http.response.body", "body": b""})
        return
    reader = Reader(scope.partner, scope.world)
    watch.add(reader)
    left = asyncio.ensure_future(_leaving(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        said = _CHANGED
        while not left.done() and not reader.is_over:
            await send({"type": "http.response.body", "body": said, "more_body": True})
            said = await _next(reader, left)
        await send({"type": "http.response.body", "body": b""})
    finally:
        watch.remove(reader)
        left.cancel()
        with suppress(asyncio.CancelledError):
            await left


async def _leaving(receive: Receive) -> None:
    """Until the reader has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _next(reader: Reader, left: asyncio.Future[None]) -> bytes:
    """What to say next, when there is something to say or nobody to say it to."""
    await asyncio.wait({left}, timeout=_PAUSE)
    told = asyncio.ensure_future(reader.wait())
    try:
        await asyncio.wait({told, left}, timeout=_ALIVE, return_when=asyncio.FIRST_COMPLETED)
        return _CHANGED if told.done() else _COMMENT
    finally:
        told.cancel()
        with suppress(asyncio.CancelledError):
            await told
