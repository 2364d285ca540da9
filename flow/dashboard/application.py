"""Dashboard: the room as one ASGI application, mounted beside the insurer's door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router

from flow.dashboard.frame import HEADERS, page
from flow.dashboard.live import stream
from flow.dashboard.pages import PAGES, Pages
from flow.dashboard.scope import Scope, place
from flow.dashboard.sessions import COOKIE, Session, Sessions
from flow.dashboard.steering import Steering
from flow.dashboard.veil import Veil
from flow.server.app import App, Settings
from flow.server.asgi import Receive, Send
from flow.server.asgi import Scope as Asked

__all__ = ["SEGMENT", "Dashboard"]

SEGMENT = "dashboard"
"""Where it is mounted; the insurer has no such path."""
_HERE = f"/{SEGMENT}"
_LONGEST = 64 * 1024
"""Bytes of a form."""

_Page = Callable[[Pages, Request, Session], Awaitable[Response]]


class Dashboard:
    """ASGI `http`: pages for whoever has signed in with the control token."""

    def __init__(self, app: App) -> None:
        settings = app.settings
        self._watch = app.tenants.watch
        self._sessions = Sessions(settings.token)
        self._pages = Pages(
            app.tenants,
            settings.partners,
            Steering(app, settings.token),
            Veil(_secrets(settings)),
        )
        routes = [
            Route(f"{_HERE}/sign-in", self._sign_in, methods=["GET", "POST"]),
            Route(f"{_HERE}/sign-out", self._sign_out, methods=["POST"]),
            Route(f"{_HERE}/controls", self._steer, methods=["POST"]),
            *(Route(f"{_HERE}/{path}", self._guarded(own)) for path, own in PAGES.items()),
        ]
        self._router = Router(routes, default=self._elsewhere, redirect_slashes=False)

    async def __call__(self, scope: Asked, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["path"] == f"{_HERE}/live":
            await self._stream(scope, receive, send)
        else:
            await self._router(scope, receive, send)

    def _session(self, request: Request) -> Session | None:
        return self._sessions.find(request.cookies.get(COOKIE))

    async def _stream(self, scope: Asked, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if scope["method"] != "GET":
            await Response(status_code=405, headers={"allow": "GET"})(scope, receive, send)
        elif self._session(request) is None:
            await Response(status_code=401)(scope, receive, send)
        else:
            await stream(self._watch, Scope.of(request.query_params), receive, send)

    def _guarded(self, show: _Page) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            session = self._session(request)
            if session is None:
                return _to_sign_in(request)
            return await show(self._pages, request, session)

        return handle

    async def _elsewhere(self, scope: Asked, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if scope["path"] == _HERE:
            response: Response = _see(place(""))
        elif self._session(request) is None:
            response = _to_sign_in(request)
        else:
            response = page("lost.html", 404)
        await response(scope, receive, send)

    async def _sign_in(self, request: Request) -> Response:
        then = _local(request.query_params.get("then", ""))
        if request.method != "POST":
            return page("sign_in.html", then=then, problem=None)
        form = await _form(request)
        session = self._sessions.sign_in(form.get("token", "").strip())
        if session is None:
            problem = "That is not the control token of this server."
            return page("sign_in.html", 403, then=then, problem=problem)
        response = _see(then)
        response.set_cookie(
            COOKIE,
            session.name,
            path=_HERE,
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return response

    async def _sign_out(self, request: Request) -> Response:
        session = self._session(request)
        if session is not None and session.sealed((await _form(request)).get("seal", "")):
            self._sessions.sign_out(session)
        response = _see(place("sign-in"))
        response.delete_cookie(COOKIE, path=_HERE)
        return response

    async def _steer(self, request: Request) -> Response:
        session = self._session(request)
        if session is None:
            return _to_sign_in(request)
        form = await _form(request)
        if not session.sealed(form.get("seal", "")):
            return page("unsealed.html", 403)
        filled = await self._pages.steer(request, session, form)
        if filled.problem is not None:
            return self._pages.refused(request, session, filled)
        return _see(f"{request.url.path}?{request.url.query}".rstrip("?"))


def _secrets(settings: Settings) -> list[str]:
    own = [one.credentials for one in settings.partners.all]
    return [settings.token, *(one.key for one in own), *(one.secret for one in own)]


async def _form(request: Request) -> dict[str, str]:
    """A form's fields; what is too long, or no form, has none."""
    content = b""
    try:
        async for part in request.stream():
            content += part
            if len(content) > _LONGEST:
                return {}
    except ClientDisconnect:
        return {}
    return dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True))


def _see(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303, headers=HEADERS)


def _to_sign_in(request: Request) -> Response:
    path = request.url.path
    then = f"{path}?{request.url.query}".rstrip("?") if request.method == "GET" else path
    return _see(place("sign-in", then=None if then == place("") else then))


def _local(address: str) -> str:
    """An address of the dashboard; its first page for whatever leads elsewhere."""
    is_own = address.startswith(f"{_HERE}/") and "\\" not in address and "//" not in address
    return address if is_own else place("")
