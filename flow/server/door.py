"""The insurer's own paths over HTTP: gate, limits, faults, keys, answers, journal.

Raw ASGI, because this is the road that everything takes. Control and pages are elsewhere.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

import orjson

from flow.backends.faulty import FaultKind
from flow.server.bodies import BodyRefused, decode, receive_body
from flow.server.faults import FaultRule, read_rule, throttled, unavailable
from flow.server.journal import Entry
from flow.server.limits import Limiter
from flow.server.partners import Admission, Partners, is_world_name
from flow.server.tenants import Tenant, Tenants, TooManyWorlds
from flow.simulator.insurer import HEADERS, KEY_HEADER, NOT_FOUND, WORLD_HEADER, perform
from flow.simulator.refusal import locked
from models.endpoints import Route, find
from models.exchange import Answer, Call

__all__ = ["FAULT_HEADER", "Cut", "Door"]

FAULT_HEADER = "x-purchaseflow-fault"
"""A fault for this one request: a kind, or a rule as JSON. Ours, not the insurer's."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Log = Callable[[str], None]


class Cut:
    """Cuts connections. The listener notes the transports, by host and port of the client."""

    def __init__(self) -> None:
        self.by_client: dict[tuple[str, int], asyncio.Transport] = {}

    async def __call__(self, scope: Scope, receive: Receive, *, flush: bool, reset: bool) -> None:
        """End the connection of a request, after what was sent, or at once.

        A `reset` is what a client sees of a host where nobody listens any more.
        """
        transport = self.by_client.get(scope["client"])
        if transport is None:
            return
        if reset:
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, linger
            )
        if flush:
            transport.close()
        else:
            transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


class Door:
    """Answers calls to the insurer's paths.

    Args:
        tenants: the worlds.
        partners: who may call.
        log: takes one line a call; None logs nothing.
    """

    def __init__(self, tenants: Tenants, partners: Partners, log: Log | None = None) -> None:
        self.tenants = tenants
        self.partners = partners
        self.cut = Cut()
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        begun = time.perf_counter()
        headers = _headers(scope)
        path = _path(scope)
        entry = Entry(
            number=self.tenants.next_number(),
            at="",
            partner="",
            world="",
            method=scope["method"],
            path=path,
            query=scope["query_string"].decode("latin-1"),
            operation=None,
            headers=headers,
            body=b"",
        )
        tenant: Tenant | None = None
        answer: Answer | None
        try:
            entry.body = await receive_body(receive, headers)
            route = find(_served(entry.method), path)
            if route is None:
                answer = Answer(404, NOT_FOUND, HEADERS)
            else:
                tenant, refused = self._enter(entry, route, headers)
                if tenant is None:
                    answer = refused
                else:
                    answer = await self._answer(entry, route, tenant, headers)
        except BodyRefused as refusal:
            answer = refusal.answer
        await self._finish(entry, tenant, answer, scope, receive, send, begun)

    def _enter(
        self, entry: Entry, route: Route, headers: dict[str, str]
    ) -> tuple[Tenant | None, Answer | None]:
        """The world a call belongs to, or why it may not in."""
        entry.partner = route.partner
        if route.endpoint is not None:
            entry.operation = route.endpoint.operation.value
        own = {**HEADERS, "allow": route.allow}
        if not self.partners.serves(route.partner):
            body = {"type": "api_error", "message": "Partner does not exist"}  # our choice
            return None, Answer(404, body, own)
        admission = self.partners.admit(route.partner, entry.method, entry.path, headers)
        entry.verdict = admission.verdict
        if not admission.verdict.is_accepted:
            refusal = admission.refusal
            return None, Answer(refusal.status, refusal.body, own)
        name = headers.get(WORLD_HEADER, admission.world)
        if not is_world_name(name):
            text = f"{WORLD_HEADER} is to be up to 64 letters, digits, dots or dashes"
            return None, Answer(400, {"type": "validation_error", "message": text}, own)
        entry.world = name
        try:
            tenant = self.tenants.get(route.partner, name)
        except TooManyWorlds as error:
            return None, Answer(400, {"type": "api_error", "message": str(error)}, own)
        self._limit(tenant, admission)
        return tenant, None

    def _limit(self, tenant: Tenant, admission: Admission) -> None:
        limit = admission.partner.rate_limit if admission.partner is not None else None
        if limit is None:
            tenant.limiter = None
        elif tenant.limiter is None or tenant.limiter.limit != limit:
            tenant.limiter = Limiter(limit)

    async def _answer(
        self,
        entry: Entry,
        route: Route,
        tenant: Tenant,
        headers: dict[str, str],
    ) -> Answer | None:
        """Answer a call that was let in; None when the connection is to be cut."""
        own = {**HEADERS, "allow": route.allow}
        if tenant.limiter is not None:
            now = tenant.world.clock.now()
            wait = tenant.limiter.wait(now)
            own |= tenant.limiter.headers(now)
            if wait:
                answer = throttled(wait)
                return Answer(answer.status, answer.body, {**own, **answer.headers})
        if entry.method == "OPTIONS":  # what it says was not recorded: our choice
            return Answer(200, {"allow": route.allow}, own)
        rules: list[FaultRule] = []
        if self.tenants.faults or tenant.faults or FAULT_HEADER in headers:
            rules = self._faults(entry, route, tenant, headers)
        if not rules:
            answer = self._perform(entry, tenant, route)
        else:
            failed = await self._fail(entry, tenant, route, rules)
            if failed is None:
                return None
            answer = failed
        return Answer(answer.status, answer.body, {**own, **answer.headers})

    def _faults(
        self, entry: Entry, route: Route, tenant: Tenant, headers: dict[str, str]
    ) -> list[FaultRule]:
        """The faults that strike this call: of the request, else of its world, else of the server.

        At most one slow one, and at most one other.
        """
        operation = route.endpoint.operation if route.endpoint is not None else None
        now = tenant.world.clock.now()
        struck: list[FaultRule] = []
        given = headers.get(FAULT_HEADER)
        if given is not None:
            struck.append(_own_rule(given))
        struck += tenant.faults.pick(operation, now, struck)
        struck += self.tenants.faults.pick(operation, now, struck)
        entry.faults = [rule.kind.value for rule in struck]
        return struck

    def _perform(self, entry: Entry, tenant: Tenant, route: Route) -> Answer:
        world = tenant.world
        key = entry.key = _key(entry, route)
        if key is not None and key in world.running:
            return locked().answer()
        is_read = route.endpoint is None or route.endpoint.method == "GET"
        try:
            body = None if is_read else decode(entry.body, entry.headers)
        except BodyRefused as refusal:
            return refusal.answer
        query = dict(parse_qsl(entry.query, keep_blank_values=True)) if entry.query else {}
        call = Call(entry.method, entry.path, query, entry.headers, body)
        answer = perform(world, route, call, key)
        entry.replayed = answer.status == 409
        return answer

    async def _fail(
        self,
        entry: Entry,
        tenant: Tenant,
        route: Route,
        rules: list[FaultRule],
    ) -> Answer | None:
        """Answer, or fail, as the rules have it. A key is held while a slow call is running."""
        slow = next((rule for rule in rules if rule.kind is FaultKind.SLOW), None)
        rule = next((rule for rule in rules if rule.kind is not FaultKind.SLOW), None)
        if slow is not None:
            seconds = slow.latency(tenant.faults.dice)
            refused = await self._sleep(entry, tenant, route, seconds)
            if refused is not None:
                return refused
        kind = rule.kind if rule is not None else None
        if kind in (FaultKind.CALL_LOST, FaultKind.UNREACHABLE):
            return None
        if kind is FaultKind.UNAVAILABLE and rule is not None:
            return unavailable(rule)
        if kind is FaultKind.THROTTLED and rule is not None:
            return throttled(rule.retry_after)
        answer = self._perform(entry, tenant, route)
        if kind is FaultKind.SENT_TWICE:
            answer = self._perform(entry, tenant, route)
        if kind is FaultKind.MALFORMED and answer.body is None:
            answer = Answer(200, "", answer.headers)  # 202 and 204 leave no room for what is wrong
        is_cut = kind is FaultKind.TRUNCATED and answer.body is None
        return None if is_cut or kind is FaultKind.ANSWER_LOST else answer

    async def _sleep(
        self, entry: Entry, tenant: Tenant, route: Route, seconds: float
    ) -> Answer | None:
        running = tenant.world.running
        key = entry.key = _key(entry, route)
        if key is None:
            await asyncio.sleep(seconds)
            return None
        if key in running:
            return locked().answer()
        running.add(key)
        try:
            await asyncio.sleep(seconds)
        finally:
            running.discard(key)
        return None

    async def _finish(
        self,
        entry: Entry,
        tenant: Tenant | None,
        answer: Answer | None,
        scope: Scope,
        receive: Receive,
        send: Send,
        begun: float,
    ) -> None:
        """Send the answer, or cut the connection; then note the call."""
        clock = self.tenants.clock if tenant is None else tenant.world.clock
        entry.at = clock.now().isoformat()
        body = b""
        if answer is not None:
            entry.status = answer.status
            if answer.body is not None:
                body = orjson.dumps(answer.body)
                entry.answer = None if entry.method == "HEAD" else body
        entry.seconds = time.perf_counter() - begun
        (self.tenants.strangers if tenant is None else tenant.journal).add(entry)
        if self._log is not None:
            self._log(entry.line())
        if answer is None:
            reset = FaultKind.UNREACHABLE in entry.faults
            await self.cut(scope, receive, flush=False, reset=reset)
            return
        if FaultKind.MALFORMED in entry.faults:
            body = b"<html>" + body[: len(body) // 2]
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": _raw(answer, len(body)),
            }
        )
        if FaultKind.TRUNCATED in entry.faults and len(body) > 1:
            half = body[: len(body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            await self.cut(scope, receive, flush=True, reset=False)
            return
        sent = b"" if entry.method == "HEAD" else body
        await send({"type": "http.response.body", "body": sent})


def _key(entry: Entry, route: Route) -> str | None:
    """The idempotency key, where one is taken."""
    is_keyed = route.endpoint is not None and route.endpoint.keyed
    return entry.headers.get(KEY_HEADER) if is_keyed else None


def _headers(scope: Scope) -> dict[str, str]:
    """Lower-case names; of repeated ones the last counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _path(scope: Scope) -> str:
    """The path as sent, which is what was signed: percent-encoding and all."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("latin-1")


def _served(method: str) -> str:
    """HEAD is served as the GET it stands for."""
    return "GET" if method == "HEAD" else method


def _own_rule(given: str) -> FaultRule:
    """The fault a request asks for itself.

    Raises:
        BodyRefused: it is no fault; says why.
    """
    try:
        return read_rule(orjson.loads(given) if given.lstrip().startswith("{") else given.strip())
    except (ValueError, orjson.JSONDecodeError) as error:
        text = f"{FAULT_HEADER}: {error}"
        raise BodyRefused(400, text) from error


_RAW: dict[tuple[tuple[str, str], ...], list[tuple[bytes, bytes]]] = {}


def _raw(answer: Answer, length: int) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI wants them. An empty body has no type, 204 no length, as recorded."""
    known = tuple(answer.headers.items())
    raw = _RAW.get(known)
    if raw is None:
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in known]
        if len(_RAW) < 200:  # the few combinations there are; rate limits make many more
            _RAW[known] = raw
    if answer.body is None:
        raw = [pair for pair in raw if pair[0] != b"content-type"]
        return raw if answer.status == 204 else [*raw, (b"content-length", b"0")]
    return [*raw, (b"content-length", b"%d" % length)]
