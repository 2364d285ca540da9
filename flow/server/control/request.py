"""A control request: of which world, with what; and a row of the table of what can be asked."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from flow.server.bodies import DEEPEST, is_deep
from flow.server.dispatcher import Dispatcher
from flow.server.forms import read_form
from flow.server.partners import Partners, is_world_name
from flow.server.tenants import Tenant, Tenants
from flow.simulator.insurer import WORLD_HEADER
from flow.spelling import did_you_mean

__all__ = ["MOST_BYTES", "Asked", "ControlRefused", "House", "Row", "answered", "done"]

M = TypeVar("M", bound=BaseModel)

MOST_BYTES = 64 * 1024 * 1024
"""Exported states can be long."""
_NAMING = ("partner", "world")
"""Parameters that name a world; clients give them to every request, whether it needs one or not."""
_DIGITS = re.compile(r"[0-9]{1,15}")


class ControlRefused(Exception):
    """A control request that cannot be done; says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What control requests reach: the worlds, who may have one, and who delivers webhooks."""

    tenants: Tenants
    partners: Partners
    dispatcher: Dispatcher


class Asked:
    """A request whose token was right."""

    def __init__(self, request: Request, house: House) -> None:
        self._request = request
        self.house = house
        self.queries: Mapping[str, str] = request.query_params

    def tenant(self) -> Tenant:
        """The world it is about, made on first use.

        Raises:
            ControlRefused: there is no such partner, or the name is none.
        """
        partner = self.queries.get("partner", self.house.partners.first_code)
        name = self._request.headers.get(WORLD_HEADER, self.queries.get("world", ""))
        if not self.house.partners.serves(partner):
            raise ControlRefused(404, f"there is no partner {partner!r} here")
        if not is_world_name(name):
            raise ControlRefused(400, "a world's name is up to 64 letters, digits, dots or dashes")
        return self.house.tenants.get(partner, name)

    def limit(self) -> int:
        """How many entries are asked for, the latest ones.

        Raises:
            ControlRefused: it is no such number.
        """
        text = self.queries.get("limit", "100")
        if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= 100_000:
            raise ControlRefused(400, f"limit is a number from 1, not {text!r}")
        return int(text)

    @property
    def name(self) -> str:
        """The name in the path."""
        return str(self._request.path_params["name"])

    @property
    def number(self) -> int:
        """The number in the path; 0, which is never given out, for what is none."""
        text = self._request.path_params["number"]
        return int(text) if _DIGITS.fullmatch(text) else 0

    async def content(self) -> bytes:
        """The body as it was sent.

        Raises:
            ControlRefused: it is too long.
        """
        parts, size = [], 0
        async for part in self._request.stream():
            size += len(part)
            if size > MOST_BYTES:
                raise ControlRefused(413, f"the body is longer than {MOST_BYTES} bytes")
            parts.append(part)
        return b"".join(parts)

    async def body(self) -> Any:
        """The body as JSON; without one, an empty object.

        Raises:
            ControlRefused: it is not JSON, or nested too deep.
        """
        document = await self.content()
        if not document.strip():
            return {}
        try:
            given = orjson.loads(document)
        except orjson.JSONDecodeError as error:
            raise ControlRefused(400, f"the body is not JSON: {error}") from error
        if is_deep(document, given):
            raise ControlRefused(400, f"the body is nested more than {DEEPEST} levels deep")
        return given

    async def form(self, model: type[M]) -> M:
        """The body as a model.

        Raises:
            ControlRefused: it is no JSON that is read here.
            FormInvalid: it does not fit.
        """
        return read_form(model, await self.body())


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that can be asked.

    Attributes:
        path: below the control API's own.
        queries: parameters that it takes, besides those that name a world.
    """

    method: str
    path: str
    handle: Callable[[Asked], Awaitable[Response]]
    queries: tuple[str, ...] = ()

    def check(self, queries: Iterable[str]) -> None:
        """Look at the parameters that were given.

        Raises:
            ControlRefused: one is unknown, so what it was meant to do would not be done.
        """
        known = (*self.queries, *_NAMING)
        for name in queries:
            if name not in known:
                hint = did_you_mean(name, known) or f"there are: {', '.join(known)}"
                raise ControlRefused(400, f"there is no parameter {name!r} here; {hint}")


def answered(content: Any, status: int = 200) -> Response:
    """An answer in JSON."""
    return Response(orjson.dumps(content), status, media_type="application/json")


def done() -> Response:
    """The answer when there is nothing to say."""
    return Response(status_code=204)
