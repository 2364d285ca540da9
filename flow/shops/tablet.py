"""A tablet in a program's hands: asks for the portal's pages, and sends their forms.

The portal is the server's own, over HTTP; where the insurer is no purchaseflow server, or its
calls are recorded, a portal of the same make stands here in front of it, in process.
"""

from __future__ import annotations

from collections.abc import Coroutine
from http.cookies import SimpleCookie
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from flow.backends.base import Backend
from flow.backends.http import HttpTransport
from flow.backends.wire import NoAnswer
from flow.errors import BackendSilent, PlugInvalid, ShopRefused
from flow.portal.application import Portal, at_once
from flow.portal.asked import ROOT
from flow.portal.assortment import Assortment
from flow.portal.entrance import Entrance
from flow.portal.places import SinglePlace
from flow.portal.stores import KNOWN_STORES, Store
from flow.shops.page import Form, Page, read_page
from flow.simulator.catalogue import default_catalogue

__all__ = ["InProcess", "Line", "OverHttp", "Tablet"]

_FORM = "application/x-www-form-urlencoded"
Fetched = tuple[int, dict[str, str], bytes]


class Line(Protocol):
    """Carries a request to a portal."""

    def fetch(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Fetched:
        """One exchange: status, lower-case headers, body.

        Raises:
            NoAnswer: none came.
        """


class InProcess:
    """A portal in front of a backend, asked through ASGI without a loop: nothing in it waits."""

    def __init__(self, backend: Backend, new_id: Any) -> None:
        place = SinglePlace(backend, new_id)
        entrance = Entrance(place, KNOWN_STORES, Assortment.of(default_catalogue()))
        self._portal = Portal(entrance, run=at_once)

    def fetch(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Fetched:
        """See `Line`."""
        sent: list[dict[str, Any]] = []
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "server": ("portal.test", 80),
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        _run(self._portal(scope, receive, send))
        begun = sent[0]
        given = {name.decode(): value.decode() for name, value in begun["headers"]}
        return begun["status"], given, b"".join(part.get("body", b"") for part in sent[1:])


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run what never waits to its end."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    coroutine.close()
    msg = "the portal waits for something, in process"
    raise RuntimeError(msg)


class OverHttp:
    """A purchaseflow server's own portal."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport

    def fetch(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Fetched:
        """See `Line`."""
        return self._transport.request(method, target, headers, body or None)


class Tablet:
    """A browser without a screen, as much of one as the portal's plain forms need.

    Args:
        line: the way to the portal.
        world: in which to sign in.
    """

    def __init__(self, line: Line, world: str = "") -> None:
        self._line = line
        self._world = world
        self.cookie = ""
        self._store: Store | None = None
        self.page = Page()
        self.path = ""

    def sign_in(self, store: Store) -> None:
        """Sign in as the store's first associate.

        Raises:
            PlugInvalid: the portal lets nobody in with the well-known numbers.
        """
        self._store, self.cookie = store, ""
        self._get(f"{ROOT}/sign-in")
        self._enter()

    def _enter(self) -> None:
        assert self._store is not None
        person = self._store.associate[0]
        numbers = {"store": self._store.number, "associate": person.number, "pin": person.pin}
        self._post(self._form("sign-in"), {**numbers, "world": self._world})
        if self.page.mark("page") == "sign-in":
            reason = f"the portal lets nobody in: {' '.join(self.page.faults)}"
            raise PlugInvalid(kind="shop", name="portal", reason=reason)

    def open(self, path: str) -> None:
        """Go to a page, signing in again where the session has ended."""
        self._get(path)
        if self.page.mark("page") == "sign-in":
            self._enter()

    def send(self, form: str, **values: str) -> None:
        """Fill in a form of the page and send it; again, after signing in, where that was needed.

        Fields that are not named are sent as they stand.

        Raises:
            ShopRefused: the page has no such form, for that cannot be done where the sale stands.
        """
        self._post(self._form(form), values)
        if self.page.mark("page") == "sign-in" and self._store is not None:
            self._enter()
            if form in self.page.forms:
                self._post(self._form(form), values)

    def _form(self, name: str) -> Form:
        """A form of the page; what the page no longer offers, the shop refuses."""
        form = self.page.forms.get(name)
        if form is None:
            msg = f"{self.path} offers no form {name!r}, but {', '.join(self.page.forms) or 'none'}"
            raise ShopRefused(msg)
        return form

    def _get(self, path: str) -> None:
        self._follow("GET", path, b"")

    def _post(self, form: Form, values: dict[str, str]) -> None:
        fields = {**form.fields, **{name: [value] for name, value in values.items()}}
        self._follow("POST", form.action, urlencode(fields, doseq=True).encode())

    def _follow(self, method: str, target: str, body: bytes) -> None:
        for _ in range(10):
            headers = {"cookie": self.cookie, "content-type": _FORM} if body else {}
            headers["cookie"] = self.cookie
            try:
                status, given, content = self._line.fetch(method, target, headers, body)
            except NoAnswer as error:
                raise BackendSilent(ROOT, str(error)) from error
            for name, morsel in SimpleCookie(given.get("set-cookie", "")).items():
                self.cookie = f"{name}={morsel.value}"
            if status != 303:
                self.path = urlsplit(target).path
                self.page = read_page(content.decode())
                return
            method, target, body = "GET", given["location"], b""
        msg = f"the portal sends round in circles at {target}"
        raise LookupError(msg)
