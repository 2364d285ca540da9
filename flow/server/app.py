"""The whole server as one ASGI application: the insurer's door, control, health and pages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson

from flow.chance import Clock, wall_clock
from flow.pages.rendering import render
from flow.paper.smtp import SmtpAddress
from flow.server.archive import SEGMENT, Archive, is_document, site_of
from flow.server.asgi import Application, Receive, Scope, Send
from flow.server.control.api import PREFIX, Control
from flow.server.dispatcher import Dispatcher, Sender, post
from flow.server.door import Door
from flow.server.openapi import openapi_document
from flow.server.partners import Partners
from flow.server.postman import Postman
from flow.server.tenants import Tenants
from flow.simulator.catalogue import Catalogue
from flow.simulator.insurer import Insurer

__all__ = ["App", "Settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a server is made of.

    Attributes:
        token: of the control API.
        clock: makes the clock of each new world; the real time, running, unless given.
        log: takes one line a request.
        journal_size: calls kept a world.
        smtp: where the insurer's e-mails are brought; they stay in the outbox unless given.
        public_url: where links in answers point, asked each time; None keeps them as recorded.
    """

    partners: Partners
    token: str
    seed: int = 1
    catalogue: Catalogue | None = None
    clock: Callable[[], Clock] = wall_clock
    log: Callable[[str], None] | None = None
    journal_size: int = 1000
    send: Sender = field(default=post)
    smtp: SmtpAddress | None = None
    public_url: Callable[[], str] | None = None


class App:
    """ASGI: `http` and `lifespan`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        insurer = Insurer(
            seed=settings.seed,
            catalogue=settings.catalogue,
            clock=settings.clock,
            site=None if settings.public_url is None else partial(site_of, settings.public_url),
        )
        self.postman = None if settings.smtp is None else Postman(settings.smtp, settings.log)
        self.tenants = Tenants(
            insurer,
            journal_size=settings.journal_size,
            deliver=None if self.postman is None else self.postman.take,
        )
        self.door = Door(self.tenants, settings.partners, settings.log)
        self.dispatcher = Dispatcher(self.tenants, settings.send)
        self._control = Control(
            self.tenants, settings.partners, self.dispatcher, token=settings.token
        )
        self.archive = Archive(self.tenants)
        self._mounts: dict[str, Application] = {SEGMENT: self.archive}
        self._is_ready = False

    def mount(self, segment: str, application: Application) -> None:
        """Give everything below `/segment` to another application, such as the portal."""
        self._mounts[segment] = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection's worth of ASGI."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        if path == PREFIX or path.startswith(PREFIX + "/"):
            await self._control.app(scope, receive, send)
            if scope["method"] not in ("GET", "HEAD"):
                self.tenants.watch.tell()  # what is steered is seen, too
        elif path in _PAGES and scope["method"] in ("GET", "HEAD"):
            await _PAGES[path](self, scope, send)
        elif path == "/" and scope["method"] in ("GET", "HEAD") and _is_browser(scope):
            await self._root(scope, send)
        elif (mounted := self._mounts.get(path[1:].partition("/")[0])) is not None:
            await mounted(scope, receive, send)
        elif is_document(path):
            await self.archive(scope, receive, send)
        else:
            await self.door(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Ready after startup, until shutdown; webhooks and e-mails go out in between."""
        await receive()
        background = [asyncio.create_task(self.dispatcher.run())]
        if self.postman is not None:
            background.append(asyncio.create_task(self.postman.run()))
        self._is_ready = True
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._is_ready = False
        if self.postman is not None:
            await self.postman.finish()
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await send({"type": "lifespan.shutdown.complete"})

    async def _health(self, scope: Scope, send: Send) -> None:
        status = 200 if self._is_ready else 503
        body = orjson.dumps({"status": "ready" if self._is_ready else "starting"})
        await _respond(scope, send, status, b"application/json", body)

    async def _openapi(self, scope: Scope, send: Send) -> None:
        await _respond(scope, send, 200, b"application/json", orjson.dumps(self._document(scope)))

    async def _docs(self, scope: Scope, send: Send) -> None:
        page = render("api.html", document=self._document(scope))
        await _respond(scope, send, 200, b"text/html; charset=utf-8", page.encode())

    async def _root(self, scope: Scope, send: Send) -> None:
        """There is nothing here, as at the insurer; a browser is told where there is."""
        places = [one for one in ("portal", "dashboard") if one in self._mounts]
        page = render("root.html", places=places)
        await _respond(scope, send, 404, b"text/html; charset=utf-8", page.encode())

    def _document(self, scope: Scope) -> dict[str, Any]:
        host, port = scope.get("server") or ("127.0.0.1", 0)
        server = f"{scope['scheme']}://{host}:{port}"
        first = self.settings.partners.first_code
        return openapi_document(self.tenants.insurer.catalogue, server, first)


_PAGES = {"/health": App._health, "/openapi.json": App._openapi, "/docs": App._docs}


def _is_browser(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


async def _respond(scope: Scope, send: Send, status: int, kind: bytes, body: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    sent = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": sent})
