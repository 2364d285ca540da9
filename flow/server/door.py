"""The insurer's own paths over HTTP: gate, limits, keys, answers, journal.

Raw ASGI, because this is the road that everything takes. Faults, control and pages are elsewhere.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

import orjson

from flow.backends.faulty import FaultKind
from flow.server.asgi import Receive, Scope, Send, headers_of, path_of, send_answer, usual_headers
from flow.server.bodies import BodyRefused, decode, receive_body
from flow.server.cut import Cut
from flow.server.failing import FAULT_HEADER, fail, faults_of
from flow.server.faults import throttled
from flow.server.journal import Entry
from flow.server.limits import Limiter
from flow.server.partners import Admission, Partners, is_world_name
from flow.server.tenants import Tenant, Tenants, TooManyWorlds
from flow.signature import Verdict
from flow.simulator.insurer import KEY_HEADER, NOT_FOUND, WORLD_HEADER, perform
from flow.simulator.refusal import locked
from models.endpoints import Route, find
from models.exchange import Answer, Call

__all__ = ["Door"]

Log = Callable[[str], None]

_UNREADABLE = {FaultKind.MALFORMED.value, FaultKind.TRUNCATED.value}


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
        headers = headers_of(scope)
        entry = Entry(
            number=self.tenants.next_number(),
            method=scope["method"],
            path=path_of(scope),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
        )
        tenant: Tenant | None = None
        answer: Answer | None
        try:
            entry.body = await receive_body(receive, headers)
            # HEAD is served as the GET it stands for.
            route = find("GET" if entry.method == "HEAD" else entry.method, entry.path)
            if route is None:
                answer = Answer(404, NOT_FOUND, usual_headers())
            else:
                tenant, answer = self._enter(entry, route)
                if tenant is not None:
                    answer = await self._answer(entry, route, tenant)
        except BodyRefused as refusal:
            answer = refusal.answer
        except Exception:  # a defect of ours: told in full, and the server goes on
            traceback.print_exc()
            answer = Answer(500, {"type": "api_error", "message": "Internal server error."})
        self._note(entry, tenant, answer, begun)
        await self._send(entry, answer, scope, receive, send)

    async def inside(self, call: Call, tenant: Tenant) -> Answer | None:
        """A call by this house itself, such as the portal's: no signature, else as any other.

        None when no answer that can be used would have come.
        """
        begun = time.perf_counter()
        entry = Entry(
            number=self.tenants.next_number(),
            method=call.method,
            path=call.path,
            query=urlencode(call.query),
            headers=dict(call.headers),
            body=b"" if call.body is None else orjson.dumps(call.body),
            partner=tenant.partner,
            world=tenant.name,
            verdict=Verdict.UNCHECKED,
        )
        route = find(entry.method, entry.path)
        if route is None or route.endpoint is None:
            return Answer(404, NOT_FOUND, usual_headers())
        entry.operation = route.endpoint.operation.value
        answer = await self._answer(entry, route, tenant)
        self._note(entry, tenant, answer, begun)
        if answer is None or _UNREADABLE & set(entry.faults):
            return None
        body = None if entry.answer is None else orjson.loads(entry.answer)  # as it would arrive
        return Answer(answer.status, body, answer.headers)

    def _enter(self, entry: Entry, route: Route) -> tuple[Tenant | None, Answer | None]:
        """The world a call belongs to, or why it may not in."""
        entry.partner = route.partner
        if route.endpoint is not None:
            entry.operation = route.endpoint.operation.value
        own = usual_headers(route.allow)
        if not self.partners.serves(route.partner):
            body = {"type": "api_error", "message": "Partner does not exist"}  # our choice
            return None, Answer(404, body, own)
        admission = self.partners.admit(route.partner, entry.method, entry.path, entry.headers)
        entry.verdict = admission.verdict
        if not admission.verdict.is_accepted:
            refusal = admission.refusal
            return None, Answer(refusal.status, refusal.body, own)
        name = entry.world = entry.headers.get(WORLD_HEADER, admission.world)
        tenant = self.tenants.find(route.partner, name)
        if tenant is None:
            if not is_world_name(name):
                entry.world = ""
                text = f"{WORLD_HEADER} is to be up to 64 letters, digits, dots or dashes"
                return None, Answer(400, {"type": "validation_error", "message": text}, own)
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

    async def _answer(self, entry: Entry, route: Route, tenant: Tenant) -> Answer | None:
        """Answer a call that was let in; None when the connection is to be cut."""
        own = usual_headers(route.allow)
        if tenant.limiter is not None:
            now = tenant.world.clock.now()
            wait = tenant.limiter.wait(now)
            own = {**own, **tenant.limiter.headers(now)}
            if wait:
                answer = throttled(wait)
                return Answer(answer.status, answer.body, {**own, **answer.headers})
        if entry.method == "OPTIONS":  # what it says was not recorded: our choice
            return Answer(200, {"allow": route.allow}, own)
        if self.tenants.faults or tenant.faults or FAULT_HEADER in entry.headers:
            rules = faults_of(entry, route, tenant, self.tenants)
            failed = await fail(entry, route, tenant, rules, lambda: _perform(entry, tenant, route))
            if failed is None:
                return None
            answer = failed
        else:
            answer = _perform(entry, tenant, route)
        return Answer(
            answer.status, answer.body, {**own, **answer.headers} if answer.headers else own
        )

    def _note(
        self, entry: Entry, tenant: Tenant | None, answer: Answer | None, begun: float
    ) -> None:
        """Write the call down; its answer is encoded once, here."""
        clock = self.tenants.clock if tenant is None else tenant.world.clock
        entry.at = clock.now()
        if answer is not None:
            entry.status = answer.status
            if answer.body is not None:
                entry.answer = orjson.dumps(answer.body)
        self.tenants.answers[entry.status] += 1
        entry.seconds = time.perf_counter() - begun
        (self.tenants.strangers if tenant is None else tenant.journal).add(entry)
        if self.tenants.watch.readers:
            self.tenants.watch.tell(None if tenant is None else (tenant.partner, tenant.name))
        if self._log is not None:
            self._log(entry.line())

    async def _send(
        self, entry: Entry, answer: Answer | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Send the answer, whole or broken, or cut the connection."""
        if answer is None:
            reset = FaultKind.UNREACHABLE in entry.faults
            await self.cut(scope, receive, flush=False, reset=reset)
            return
        body = entry.answer or b""
        if FaultKind.MALFORMED in entry.faults:
            body = b"<html>" + body[: len(body) // 2]
        if FaultKind.TRUNCATED in entry.faults and len(body) > 1:
            half = body[: len(body) // 2]
            await send_answer(send, answer, half, length=len(body), more=True)
            await self.cut(scope, receive, flush=True, reset=False)
            return
        sent = b"" if entry.method == "HEAD" else body
        await send_answer(send, answer, sent, length=len(body))


def _perform(entry: Entry, tenant: Tenant, route: Route) -> Answer:
    """Do what a call asks, unless the first one with its key is still running."""
    world, endpoint = tenant.world, route.endpoint
    key = entry.headers.get(KEY_HEADER) if endpoint is not None and endpoint.keyed else None
    entry.key = key
    if key is not None and key in world.running:
        return locked().answer()
    is_read = endpoint is None or endpoint.method == "GET"
    try:
        body = None if is_read else decode(entry.body, entry.headers)
    except BodyRefused as refusal:
        return refusal.answer
    query = dict(parse_qsl(entry.query, keep_blank_values=True)) if entry.query else {}
    call = Call(entry.method, entry.path, query, entry.headers, body)
    answer = perform(world, route, call, key)
    entry.replayed = answer.status == 409
    return answer
