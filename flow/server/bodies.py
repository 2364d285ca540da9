"""Request bodies: read within limits, decoded, and refused in the insurer's words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from flow.simulator.insurer import HEADERS
from models.exchange import Answer

__all__ = [
    "BODY_SECONDS",
    "DEEPEST",
    "MOST_BYTES",
    "BodyRefused",
    "decode",
    "is_deep",
    "receive_body",
]

MOST_BYTES = 1024 * 1024
"""A request is a few kilobytes; a longer one than this is refused unread."""
BODY_SECONDS = 30.0
"""How long a body may take to arrive. Real time: it is the sender that is slow."""
DEEPEST = 50
"""How many levels of nesting are read."""

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class BodyRefused(Exception):
    """A request that cannot be read; carries the answer."""

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        body = {"type": "validation_error", "message": text}
        self.answer = Answer(status, body, {**HEADERS, **(headers or {})})


async def receive_body(receive: Receive, headers: dict[str, str]) -> bytes:
    """The whole body.

    Raises:
        BodyRefused: it is too long (413), too slow (408), or its sender left.
    """
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _whole(receive)
    except TimeoutError:
        text = f"The request body did not arrive within {BODY_SECONDS:g} seconds."
        raise BodyRefused(408, text, {"connection": "close"}) from None


async def _whole(receive: Receive) -> bytes:
    part, more = await _next(receive)
    parts, size = [part], len(part)
    while more and size <= MOST_BYTES:
        part, more = await _next(receive)
        parts.append(part)
        size += len(part)
    if size > MOST_BYTES:
        raise BodyRefused(413, f"The request body is longer than {MOST_BYTES} bytes.")
    return b"".join(parts)


async def _next(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise BodyRefused(400, "The client left before its request was complete.")
    return message.get("body", b""), message.get("more_body", False)


def decode(body: bytes, headers: dict[str, str]) -> Any:
    """The decoded JSON; an empty body is None.

    Raises:
        BodyRefused: it is not JSON (400, in the recorded words: err-malformed), too deep (400),
            or said to be something else (415). # the latter two were not recorded: our choice
    """
    if not body:
        return None
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        raise BodyRefused(415, f'Unsupported media type "{kind[:100]}" in request.')
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BodyRefused(400, f"JSON parse error - {error}") from error
    if is_deep(body, document):
        raise BodyRefused(400, f"JSON parse error - nested more than {DEEPEST} levels deep")
    return document


def is_deep(body: bytes, document: Any) -> bool:
    """Whether a document, decoded from that body, is nested deeper than is read."""
    return body.count(b"[") + body.count(b"{") > DEEPEST and _exceeds(document, DEEPEST)


def _exceeds(node: Any, left: int) -> bool:
    if not isinstance(node, dict | list):
        return False
    if not left:
        return True
    return any(
        _exceeds(child, left - 1) for child in (node.values() if isinstance(node, dict) else node)
    )
