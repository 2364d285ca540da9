"""Dashboard: its forms steer through the control API itself: both do and say the same."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from flow.server.asgi import Application

__all__ = ["Steered", "Steering"]

_PREFIX = "/_purchaseflow"


@dataclass(frozen=True, slots=True)
class Steered:
    """What the control API answered."""

    status: int
    content: bytes

    @property
    def body(self) -> Any:
        """Its JSON; None when there is none."""
        try:
            return orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return None

    @property
    def error(self) -> str | None:
        """Why it was refused; None when it was done."""
        if self.status < 400:
            return None
        body = self.body
        text = body.get("error") if isinstance(body, dict) else None
        return str(text or f"the control API answered {self.status}")


class Steering:
    """The control API, called without a socket.

    Args:
        server: the whole server's application.
        token: of its control API.
    """

    def __init__(self, server: Application, token: str) -> None:
        self._server = server
        self._token = token

    async def ask(
        self, method: str, path: str, query: Mapping[str, str], body: object = None
    ) -> Steered:
        """Do as a client of the control API would."""
        sent = b"" if body is None else orjson.dumps(body)
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": _PREFIX + path,
            "raw_path": (_PREFIX + path).encode(),
            "root_path": "",
            "query_string": urlencode(query).encode(),
            "headers": [(b"authorization", b"Bearer " + self._token.encode())],
        }
        answer = _Answer(sent)
        await self._server(scope, answer.receive, answer.send)
        return Steered(answer.status, b"".join(answer.parts))


class _Answer:
    """The client's side of an ASGI call."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.status = 0
        self.parts: list[bytes] = []

    async def receive(self) -> MutableMapping[str, Any]:
        body, self._body = self._body, b""
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.parts.append(message.get("body", b""))
