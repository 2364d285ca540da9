"""The control API as one ASGI application: its table, the token, and every error told as JSON.

Under a prefix of its own and with a token of its own, never on the insurer's paths. The world is
named by the same header as there, the partner by `?partner=`; both may be left out.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from difflib import get_close_matches

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router

from flow.server.asgi import Receive, Scope, Send
from flow.server.control import clock, faults, journals, states, webhooks, worlds
from flow.server.control.request import Asked, ControlRefused, House, Row, answered
from flow.server.dispatcher import Dispatcher
from flow.server.forms import FormInvalid
from flow.server.partners import Partners
from flow.server.seeding import SeedInvalid
from flow.server.tenants import Tenants, TooManyWorlds
from flow.simulator.state import StateInvalid

__all__ = ["PREFIX", "Control"]

PREFIX = "/_purchaseflow"
"""Where the control API lives; the insurer has no such path."""

_ROWS: tuple[Row, ...] = (
    *worlds.ROWS,
    *states.ROWS,
    *clock.ROWS,
    *faults.ROWS,
    *journals.ROWS,
    *webhooks.ROWS,
)
_PATHS = {
    path: {row.method: row for row in _ROWS if row.path == path}
    for path in dict.fromkeys(row.path for row in _ROWS)
}


class Control:
    """The control API over a server's worlds.

    Args:
        token: what `Authorization: Bearer` has to carry.
        dispatcher: told when webhooks may have fallen due.
    """

    def __init__(
        self, tenants: Tenants, partners: Partners, dispatcher: Dispatcher, *, token: str
    ) -> None:
        self._house = House(tenants=tenants, partners=partners, dispatcher=dispatcher)
        self._token = token
        self.app = Router(
            [
                Route(PREFIX + path, self._guarded(rows), methods=list(rows))
                for path, rows in _PATHS.items()
            ],
            redirect_slashes=False,
            default=_unknown,
        )

    def _guarded(self, rows: Mapping[str, Row]) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            try:
                return await self._answer(request, rows)
            except ControlRefused as error:
                return answered({"error": str(error)}, error.status)
            except (FormInvalid, SeedInvalid, StateInvalid) as error:
                return answered({"error": str(error)}, 422)
            except TooManyWorlds as error:
                return answered({"error": str(error)}, 400)
            except ClientDisconnect:
                return answered({"error": "the client left"}, 400)

        return handle

    async def _answer(self, request: Request, rows: Mapping[str, Row]) -> Response:
        self._check_token(request)
        row = rows["GET" if request.method == "HEAD" else request.method]
        row.check(request.query_params)
        return await row.handle(Asked(request, self._house))

    def _check_token(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        right = hmac.compare_digest(given.strip().encode(), self._token.encode())
        if scheme.lower() != "bearer" or not right:
            text = "the control API wants 'Authorization: Bearer' with its token"
            raise ControlRefused(401, text)


async def _unknown(scope: Scope, receive: Receive, send: Send) -> None:
    """A path that is none of the control API's: say so, and which one may be meant."""
    path = scope["path"].removeprefix(PREFIX)
    near = get_close_matches(path.rstrip("/"), [name for name in _PATHS if name != "/"])
    hint = f"; did you mean {PREFIX}{near[0]}?" if near else ""
    response = answered({"error": f"there is no {PREFIX}{path} here{hint}"}, 404)
    await response(scope, receive, send)
