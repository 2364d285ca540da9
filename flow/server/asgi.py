"""The words of ASGI, and answers as it wants them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from flow.simulator.insurer import HEADERS
from models.exchange import Answer

__all__ = [
    "Application",
    "Receive",
    "Scope",
    "Send",
    "headers_of",
    "path_of",
    "send_answer",
    "usual_headers",
]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_Raw = list[tuple[bytes, bytes]]


def headers_of(scope: Scope) -> dict[str, str]:
    """Lower-case names; of repeated ones the last counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def path_of(scope: Scope) -> str:
    """The path as sent, which is what was signed: percent-encoding and all."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("latin-1")


async def send_answer(
    send: Send, answer: Answer, body: bytes, *, length: int, more: bool = False
) -> None:
    """Send an answer with an encoded body; `length` is what its header says of it."""
    headers = _raw(answer, length)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": more})


_USUAL: dict[str | None, tuple[dict[str, str], _Raw]] = {}
"""The headers of nearly every answer, as text and as ASGI wants them, by their Allow."""


def usual_headers(allow: str | None = None) -> dict[str, str]:
    """What every answer of the insurer carries; not to be changed."""
    known = _USUAL.get(allow)
    if known is None:
        headers = HEADERS if allow is None else {**HEADERS, "allow": allow}
        known = _USUAL[allow] = (headers, _encoded(headers))
    return known[0]


def _encoded(headers: Mapping[str, str]) -> _Raw:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def _raw(answer: Answer, length: int) -> _Raw:
    """Headers as ASGI wants them. An empty body has no type, 204 no length, as recorded."""
    known = _USUAL.get(answer.headers.get("allow"))
    is_usual = known is not None and known[0] is answer.headers
    raw = known[1] if known is not None and is_usual else _encoded(answer.headers)
    if answer.body is None:
        raw = [pair for pair in raw if pair[0] != b"content-type"]
        return raw if answer.status == 204 else [*raw, (b"content-length", b"0")]
    return [*raw, (b"content-length", b"%d" % length)]
