"""The control API: what can be done to a simulated insurer and never to a real one.

Under a prefix of its own and with a token of its own, never on the insurer's paths. The world is
named by the same header as there, the partner by `?partner=`; both may be left out.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta
from difflib import get_close_matches
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router

from flow.chance import EPOCH, Clock
from flow.server.asgi import Receive, Scope, Send
from flow.server.bodies import DEEPEST, is_deep
from flow.server.dispatcher import Dispatcher
from flow.server.faults import Faults, read_rule
from flow.server.instants import Instant, usable
from flow.server.partners import Partners, is_world_name
from flow.server.seeding import SeedInvalid, seed_world
from flow.server.tenants import Tenant, Tenants, TooManyWorlds
from flow.server.threads import in_thread
from flow.server.webhooks import DisorderRule, Subscription
from flow.simulator.announcing import announce_renewals
from flow.simulator.insurer import WORLD_HEADER
from flow.simulator.state import StateInvalid, export_state, import_state
from flow.version import own_version
from models.base import Json

__all__ = ["PREFIX", "Control"]

PREFIX = "/_purchaseflow"
"""Where the control API lives; the insurer has no such path."""
MOST_BYTES = 64 * 1024 * 1024
"""Exported states can be long."""
_DIGITS = re.compile(r"[0-9]{1,15}")


class ControlRefused(Exception):
    """A control request that cannot be done; says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Reset(_Given):
    """How a world begins anew: identifiers from a seed, and a clock that stands at an instant.

    With `at` left out the clock is of the kind that the server gives to new worlds.
    """

    seed: int | None = None
    at: Instant | None = None


class MoveClock(_Given):
    """What the clock is to do. `set` and `advance` may go with `frozen`."""

    frozen: bool | None = None
    set: Instant | None = None
    days: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] = 0
    hours: Annotated[float, Field(ge=0, le=10**6, allow_inf_nan=False)] = 0
    minutes: Annotated[float, Field(ge=0, le=10**8, allow_inf_nan=False)] = 0
    seconds: Annotated[float, Field(ge=0, le=10**9, allow_inf_nan=False)] = 0


Handler = Callable[[Request], Awaitable[Response]]


class Control:
    """The control API over a server's worlds.

    Args:
        token: what `Authorization: Bearer` has to carry.
        dispatcher: told when webhooks may have fallen due.
    """

    def __init__(
        self, tenants: Tenants, partners: Partners, dispatcher: Dispatcher, *, token: str
    ) -> None:
        self._tenants = tenants
        self._partners = partners
        self._dispatcher = dispatcher
        self._token = token
        self.app = Router(
            [
                Route(PREFIX + path, self._guarded(handlers), methods=list(handlers))
                for path, handlers in self._routes().items()
            ],
            redirect_slashes=False,
            default=self._unknown,
        )

    async def _unknown(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A path that is none of the control API's: say so, and which one may be meant."""
        path = scope["path"].removeprefix(PREFIX)
        near = get_close_matches(path.rstrip("/"), [name for name in self._routes() if name != "/"])
        hint = f"; did you mean {PREFIX}{near[0]}?" if near else ""
        response = _json({"error": f"there is no {PREFIX}{path} here{hint}"}, 404)
        await response(scope, receive, send)

    def _routes(self) -> dict[str, dict[str, Handler]]:
        return {
            "/": {"GET": self._about},
            "/worlds": {"GET": self._worlds},
            "/world": {"DELETE": self._delete_world},
            "/reset": {"POST": self._reset},
            "/seed": {"POST": self._seed},
            "/state": {"GET": self._export, "PUT": self._import},
            "/snapshots": {"GET": self._snapshots},
            "/snapshots/{name}": {"PUT": self._snapshot, "DELETE": self._drop_snapshot},
            "/snapshots/{name}/restore": {"POST": self._restore},
            "/clock": {"GET": self._clock, "POST": self._move_clock},
            "/faults": {"GET": self._faults, "POST": self._arm, "DELETE": self._disarm},
            "/faults/{number}": {"DELETE": self._disarm},
            "/journal": {"GET": self._journal, "DELETE": self._clear_journal},
            "/strangers": {"GET": self._strangers},
            "/outbox": {"GET": self._outbox},
            "/outbox/{number}": {"GET": self._letter},
            "/webhooks": {"GET": self._webhooks, "POST": self._subscribe},
            "/webhooks/{number}": {"DELETE": self._unsubscribe},
            "/webhooks/disorder": {"POST": self._disorder},
            "/webhooks/deliveries": {"GET": self._deliveries},
            "/webhooks/deliveries/{number}/send": {"POST": self._send_again},
            "/webhooks/settle": {"POST": self._settle},
        }

    def _guarded(self, handlers: dict[str, Handler]) -> Handler:
        async def handle(request: Request) -> Response:
            try:
                self._check_token(request)
                method = "GET" if request.method == "HEAD" else request.method
                return await handlers[method](request)
            except ControlRefused as error:
                return _json({"error": str(error)}, error.status)
            except (SeedInvalid, StateInvalid) as error:
                return _json({"error": str(error)}, 422)
            except TooManyWorlds as error:
                return _json({"error": str(error)}, 400)
            except ValidationError as error:
                return _json({"error": _told(error)}, 422)
            except ClientDisconnect:
                return _json({"error": "the client left"}, 400)

        return handle

    def _check_token(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        right = hmac.compare_digest(given.strip().encode(), self._token.encode())
        if scheme.lower() != "bearer" or not right:
            text = "the control API wants 'Authorization: Bearer' with its token"
            raise ControlRefused(401, text)

    def _tenant(self, request: Request) -> Tenant:
        partner = request.query_params.get("partner", self._partners.first_code)
        name = request.headers.get(WORLD_HEADER, request.query_params.get("world", ""))
        if not self._partners.serves(partner):
            raise ControlRefused(404, f"there is no partner {partner!r} here")
        if not is_world_name(name):
            raise ControlRefused(400, "a world's name is up to 64 letters, digits, dots or dashes")
        return self._tenants.get(partner, name)

    async def _about(self, request: Request) -> Response:
        return _json(
            {
                "version": own_version(),
                "partners": [partner.code for partner in self._partners.all],
                "worlds": len(self._tenants.all()),
                "answers": {
                    "cut" if status is None else str(status): count
                    for status, count in sorted(
                        self._tenants.answers.items(), key=lambda pair: pair[0] or 0
                    )
                },
                "signatures": "checked" if self._partners.checks else "not checked",
            }
        )

    async def _worlds(self, request: Request) -> Response:
        return _json(
            [
                {
                    "partner": tenant.partner,
                    "world": tenant.name,
                    "packages": len(tenant.world.packages),
                    "calls": len(tenant.journal),
                    "now": tenant.world.clock.now().isoformat(),
                }
                for tenant in self._tenants.all()
            ]
        )

    async def _delete_world(self, request: Request) -> Response:
        self._tenants.delete(self._tenant(request))
        return Response(status_code=204)

    async def _reset(self, request: Request) -> Response:
        given = Reset.model_validate(await _body(request))
        clock = None if given.at is None else Clock(given.at)
        if given.at is None and given.seed is not None:
            clock = Clock(EPOCH)  # a seed asks for the same bytes, so time stands still
        tenant = self._tenant(request)
        self._tenants.renew(tenant, seed=given.seed, clock=clock)
        return _json(_time(tenant))

    async def _seed(self, request: Request) -> Response:
        return _json(seed_world(self._tenant(request).world, await _body(request)), 201)

    async def _export(self, request: Request) -> Response:
        document = export_state(self._tenant(request).world)
        return Response(document, media_type="application/json")

    async def _import(self, request: Request) -> Response:
        tenant = self._tenant(request)
        import_state(tenant.world, await _bytes(request))
        return _json(_time(tenant))

    async def _snapshots(self, request: Request) -> Response:
        return _json(sorted(self._tenant(request).snapshots))

    async def _snapshot(self, request: Request) -> Response:
        tenant = self._tenant(request)
        tenant.snapshots[request.path_params["name"]] = export_state(tenant.world)
        return Response(status_code=204)

    async def _drop_snapshot(self, request: Request) -> Response:
        if self._tenant(request).snapshots.pop(request.path_params["name"], None) is None:
            raise ControlRefused(404, f"there is no snapshot {request.path_params['name']!r}")
        return Response(status_code=204)

    async def _restore(self, request: Request) -> Response:
        tenant, name = self._tenant(request), request.path_params["name"]
        document = tenant.snapshots.get(name)
        if document is None:
            known = ", ".join(sorted(tenant.snapshots)) or "none"
            raise ControlRefused(404, f"there is no snapshot {name!r}; there are: {known}")
        import_state(tenant.world, document)
        return _json(_time(tenant))

    async def _clock(self, request: Request) -> Response:
        return _json(_time(self._tenant(request)))

    async def _move_clock(self, request: Request) -> Response:
        given = MoveClock.model_validate(await _body(request))
        tenant = self._tenant(request)
        clock = tenant.world.clock
        by = timedelta(
            days=given.days, hours=given.hours, minutes=given.minutes, seconds=given.seconds
        )
        try:
            usable((given.set or clock.now()) + by)  # asked first: all of it is done, or nothing
        except (ValueError, OverflowError) as error:
            raise ControlRefused(422, str(error)) from error
        if given.frozen:
            clock.freeze()
        if given.set is not None:
            clock.set(given.set)
        clock.advance(by)
        if given.frozen is False and not clock.is_running:
            clock.run()
        announce_renewals(tenant.world)  # now: what comes next may change what there is to tell
        self._dispatcher.wake()
        return _json(_time(tenant))

    async def _faults(self, request: Request) -> Response:
        return _json(
            {"world": self._tenant(request).faults.shown(), "server": self._tenants.faults.shown()}
        )

    async def _arm(self, request: Request) -> Response:
        try:
            rule = read_rule(await _body(request))
        except ValueError as error:
            raise ControlRefused(422, str(error)) from error
        number = self._faults_of(request).arm(rule)
        return _json({"number": number, **rule.shown()}, 201)

    async def _disarm(self, request: Request) -> Response:
        number = _number(request) if "number" in request.path_params else None
        if not self._faults_of(request).disarm(number) and number is not None:
            raise ControlRefused(404, f"there is no fault number {number}")
        return Response(status_code=204)

    def _faults_of(self, request: Request) -> Faults:
        """The world's, or with `?scope=server` those of the whole server."""
        scope = request.query_params.get("scope", "world")
        if scope not in ("world", "server"):
            raise ControlRefused(400, f"scope is 'world' or 'server', not {scope!r}")
        return self._tenants.faults if scope == "server" else self._tenant(request).faults

    async def _journal(self, request: Request) -> Response:
        operation = request.query_params.get("operation")
        entries = [
            entry.shown()
            for entry in self._tenant(request).journal
            if operation is None or entry.operation == operation
        ]
        return _json(entries[-_most(request) :])

    async def _clear_journal(self, request: Request) -> Response:
        self._tenant(request).journal.clear()
        return Response(status_code=204)

    async def _strangers(self, request: Request) -> Response:
        return _json([entry.shown() for entry in self._tenants.strangers][-_most(request) :])

    async def _outbox(self, request: Request) -> Response:
        return _json(self._tenant(request).world.outbox)

    async def _letter(self, request: Request) -> Response:
        """One e-mail as a MIME message, counted from 1."""
        tenant, number = self._tenant(request), _number(request)
        letter = tenant.postbox.letter(tenant.world, number)
        if letter is None:
            raise ControlRefused(404, f"there is no e-mail number {number} in the outbox")
        return Response(await in_thread(letter.to_bytes), media_type="message/rfc822")

    async def _webhooks(self, request: Request) -> Response:
        webhooks = self._tenant(request).webhooks
        return _json(
            {
                "subscriptions": [
                    {"number": number, **one.shown()}
                    for number, one in webhooks.subscriptions.items()
                ],
                "disorder": webhooks.rules,
            }
        )

    async def _subscribe(self, request: Request) -> Response:
        given = Subscription.model_validate(await _body(request))
        tenant = self._tenant(request)
        announce_renewals(tenant.world)  # what was due before is not told to a new listener
        number = tenant.webhooks.subscribe(given)
        return _json({"number": number, **given.shown()}, 201)

    async def _unsubscribe(self, request: Request) -> Response:
        number = _number(request)
        if self._tenant(request).webhooks.subscriptions.pop(number, None) is None:
            raise ControlRefused(404, f"there is no subscription number {number}")
        return Response(status_code=204)

    async def _disorder(self, request: Request) -> Response:
        rule = DisorderRule.model_validate(await _body(request))
        self._tenant(request).webhooks.disorder(rule)
        return _json(rule.shown(), 201)

    async def _deliveries(self, request: Request) -> Response:
        return _json([one.shown() for one in self._tenant(request).webhooks.deliveries])

    async def _send_again(self, request: Request) -> Response:
        tenant, number = self._tenant(request), _number(request)
        delivery = tenant.webhooks.find(number)
        if delivery is None:
            raise ControlRefused(404, f"there is no delivery number {number}")
        tenant.webhooks.send_again(delivery)
        return _json(delivery.shown(), 202)

    async def _settle(self, request: Request) -> Response:
        """Wait until all due deliveries of the world are done, then list them."""
        await self._dispatcher.settle(self._tenant(request))
        return await self._deliveries(request)


def _time(tenant: Tenant) -> Json:
    clock = tenant.world.clock
    return {"now": clock.now().astimezone(UTC).isoformat(), "frozen": not clock.is_running}


def _most(request: Request) -> int:
    """How many entries are asked for, the latest ones."""
    text = request.query_params.get("limit", "100")
    if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= 100_000:
        raise ControlRefused(400, f"limit is a number from 1, not {text!r}")
    return int(text)


def _number(request: Request) -> int:
    """The number in the path; one that was never given out is not found."""
    text = request.path_params["number"]
    return int(text) if _DIGITS.fullmatch(text) else 0


async def _bytes(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES:
            raise ControlRefused(413, f"the body is longer than {MOST_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


async def _body(request: Request) -> Any:
    document = await _bytes(request)
    if not document.strip():
        return {}
    try:
        given = orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise ControlRefused(400, f"the body is not JSON: {error}") from error
    if is_deep(document, given):
        raise ControlRefused(400, f"the body is nested more than {DEEPEST} levels deep")
    return given


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")
