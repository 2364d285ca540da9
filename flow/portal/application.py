"""The portal as an ASGI application: paths, forms, cookies, headers; what pages do is elsewhere."""

from __future__ import annotations

import secrets
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route, Router

from flow.errors import BackendError
from flow.pages.rendering import render
from flow.portal import sale_pages
from flow.portal.asked import ROOT, Asked, Moved, Printed, Reply, Shown
from flow.portal.asking import notice_of
from flow.portal.entrance import Entrance, View
from flow.portal.policy_pages import Policies
from flow.portal.sessions import Session

__all__ = ["COOKIE", "Portal"]

COOKIE = "purchaseflow_portal"
MOST_BYTES = 64 * 1024
"""A form is a few hundred bytes."""

Answer = Callable[[Asked], Reply]
Run = Callable[[Answer, Asked], Awaitable[Reply]]


class _Refused(Exception):
    """A request that is no form of ours: its status, and why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


async def at_once(answer: Answer, asked: Asked) -> Reply:
    """Answers on the caller's own thread, for a portal without a server around it."""
    return answer(asked)


class Portal:
    """ASGI. Pages are made on threads, for the insurer may take its time.

    Args:
        entrance: who is let in, and to which world.
        run: how an answer is worked out.
    """

    def __init__(self, entrance: Entrance, *, run: Run = run_in_threadpool) -> None:
        self.entrance = entrance
        self._run = run
        self._router = Router(
            [
                Route(path, self._endpoint(answers), methods=list(answers))
                for path, answers in self._routes().items()
            ],
            redirect_slashes=False,
            default=self._unknown,
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One connection's worth of ASGI."""
        await self._router(scope, receive, send)

    def _routes(self) -> dict[str, dict[str, Answer]]:
        door, policies = self.entrance, Policies(self.entrance.sessions)

        def inside(view: View) -> Answer:
            return door.guarded(_printing(view))

        home = inside(lambda session, asked: Moved(f"{ROOT}/"))
        policy = inside(lambda session, asked: Moved(f"{ROOT}/policies/{asked.ids['number']}"))
        return {
            ROOT: {"GET": lambda asked: Moved(f"{ROOT}/")},
            f"{ROOT}/": {"GET": inside(door.show_home)},
            f"{ROOT}/sign-in": {"GET": door.show_sign_in, "POST": door.sign_in},
            f"{ROOT}/sign-out": {"GET": home, "POST": inside(door.sign_out)},
            f"{ROOT}/sales": {"GET": home, "POST": inside(sale_pages.begin)},
            f"{ROOT}/sales/{{sale}}/leave": {"GET": home, "POST": inside(sale_pages.leave)},
            f"{ROOT}/sales/{{sale}}/{{page}}": {
                "GET": inside(sale_pages.show),
                "POST": inside(sale_pages.act),
            },
            f"{ROOT}/sales/{{sale}}/{{page}}/keep": {"POST": inside(sale_pages.keep)},
            f"{ROOT}/policies": {
                "GET": inside(policies.show_found),
                "POST": inside(policies.search),
            },
            f"{ROOT}/policies/{{number}}": {"GET": inside(policies.show_policy)},
            f"{ROOT}/policies/{{number}}/preview": {
                "GET": policy,
                "POST": inside(policies.ask_for_preview),
            },
            f"{ROOT}/policies/{{number}}/cancellation": {
                "GET": inside(policies.show_cancellation),
                "POST": inside(policies.finish),
            },
        }

    def _endpoint(self, answers: Mapping[str, Answer]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            method = "GET" if request.method == "HEAD" else request.method
            try:
                asked = await _read(request, method)
                reply = await self._run(answers[method], asked)
            except _Refused as refusal:
                reply = _trouble(refusal.status, str(refusal))
            except BackendError as error:
                reply = _trouble(502, notice_of(error, "Nothing is lost.").text)
            except ClientDisconnect:
                return Response(status_code=400)
            except Exception:  # a defect of ours: told in full, and the portal goes on
                traceback.print_exc(file=sys.stderr)
                reply = _trouble(500, "Something is wrong with the portal. Nothing is lost.")
            return self._response(request, reply)

        return handle

    def _response(self, request: Request, reply: Reply) -> Response:
        if isinstance(reply, Moved):
            response: Response = RedirectResponse(reply.path, status_code=303)
            if reply.cookie is not None:
                response.set_cookie(
                    COOKIE,
                    reply.cookie,
                    path=ROOT,
                    httponly=True,
                    samesite="strict",
                    secure=request.url.scheme == "https",
                )
            response.headers["cache-control"] = "no-store"
            return response
        if reply is None:
            return Response(status_code=204)
        if isinstance(reply, Shown):
            reply = _print(reply, self._session(request))
        return HTMLResponse(reply.html, reply.status, _headers(reply.nonce))

    def _session(self, request: Request) -> Session | None:
        """For the page's head: who is signed in."""
        token = request.cookies.get(COOKIE, "").rpartition("~")[2]
        return self.entrance.sessions.find(token)

    async def _unknown(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        reply = Shown(template="portal/unknown.html", status=404)
        await self._response(request, reply)(scope, receive, send)


def _printing(view: View) -> View:
    """The view with its page printed: while it is the associate's turn, and on their thread."""

    def answer(session: Session, asked: Asked) -> Reply:
        reply = view(session, asked)
        return _print(reply, session) if isinstance(reply, Shown) else reply

    return answer


def _print(page: Shown, session: Session | None) -> Printed:
    nonce = secrets.token_urlsafe(16)
    given = {**page.values, "nonce": nonce, "session": session, "root": ROOT}
    return Printed(html=render(page.template, **given), nonce=nonce, status=page.status)


def _trouble(status: int, text: str) -> Shown:
    return Shown(template="portal/trouble.html", values={"reason": text}, status=status)


def _headers(nonce: str) -> dict[str, str]:
    """Nothing from elsewhere, nothing kept, in nobody's frame."""
    return {
        "cache-control": "no-store",
        "content-security-policy": (
            f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; "
            "connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        ),
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }


async def _read(request: Request, method: str) -> Asked:
    """The request; a form that another site sends is refused before anything is looked at."""
    form: dict[str, list[str]] = {}
    if method == "POST":
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
            raise _Refused(403, "This form was sent by another site, and nothing was done.")
        form = await _read_form(request)
    return Asked(
        method=method,
        path=request.url.path,
        ids=request.path_params,
        query=dict(request.query_params),
        form=form,
        cookie=request.cookies.get(COOKIE, ""),
    )


async def _read_form(request: Request) -> dict[str, list[str]]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ("", "application/x-www-form-urlencoded"):
        raise _Refused(415, "The portal takes forms only, and nothing was done.")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise _Refused(413, "This form is too long, and nothing was done.")
        parts.append(part)
    try:
        text = b"".join(parts).decode("ascii", "replace")
        return parse_qs(text, keep_blank_values=True, errors="replace", max_num_fields=100)
    except ValueError:
        raise _Refused(400, "This form has too many fields, and nothing was done.") from None
