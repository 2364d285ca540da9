"""Carries out faults: a call is slowed, lost, refused, done twice, or its answer is.

What becomes of the bytes (cut, truncated, malformed) is the door's part; here it is decided what
the insurer does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import orjson

from flow.backends.faulty import FaultKind
from flow.server.bodies import BodyRefused
from flow.server.faults import FaultRule, read_rule, throttled, unavailable
from flow.server.journal import Entry
from flow.server.tenants import Tenant, Tenants
from flow.simulator.insurer import KEY_HEADER
from flow.simulator.refusal import locked
from models.endpoints import Route
from models.exchange import Answer

__all__ = ["FAULT_HEADER", "fail", "faults_of"]

FAULT_HEADER = "x-purchaseflow-fault"
"""A fault for this one request: a kind, or a rule as JSON. Ours, not the insurer's."""


def faults_of(entry: Entry, route: Route, tenant: Tenant, tenants: Tenants) -> list[FaultRule]:
    """The faults that strike a call: of the request, else of its world, else of the server.

    At most one slow one, and at most one other.

    Raises:
        BodyRefused: the request's own fault is none.
    """
    operation = route.endpoint.operation if route.endpoint is not None else None
    now = tenant.world.clock.now()
    struck: list[FaultRule] = []
    given = entry.headers.get(FAULT_HEADER)
    if given is not None:
        struck.append(_own_rule(given))
    struck += tenant.faults.pick(operation, now, struck)
    struck += tenants.faults.pick(operation, now, struck)
    entry.faults = [rule.kind.value for rule in struck]
    return struck


def _own_rule(given: str) -> FaultRule:
    try:
        return read_rule(orjson.loads(given) if given.lstrip().startswith("{") else given.strip())
    except (ValueError, orjson.JSONDecodeError) as error:
        text = f"{FAULT_HEADER}: {error}"
        raise BodyRefused(400, text) from error


async def fail(
    entry: Entry,
    route: Route,
    tenant: Tenant,
    rules: Sequence[FaultRule],
    perform: Callable[[], Answer],
) -> Answer | None:
    """Answer, or fail, as the rules have it; None when no answer is to be sent.

    A slow call holds its idempotency key meanwhile.
    """
    slow = next((rule for rule in rules if rule.kind is FaultKind.SLOW), None)
    rule = next((rule for rule in rules if rule.kind is not FaultKind.SLOW), None)
    if slow is not None:
        refused = await _wait(entry, route, tenant, slow.latency(tenant.faults.dice))
        if refused is not None:
            return refused
    if rule is None:
        return perform()
    match rule.kind:
        case FaultKind.CALL_LOST | FaultKind.UNREACHABLE:
            return None
        case FaultKind.UNAVAILABLE:
            return unavailable(rule)
        case FaultKind.THROTTLED:
            return throttled(rule.retry_after)
        case FaultKind.SENT_TWICE:
            perform()
            return perform()
        case FaultKind.ANSWER_LOST:
            perform()
            return None
        case FaultKind.TRUNCATED:
            answer = perform()
            return None if answer.body is None else answer
        case FaultKind.MALFORMED:
            answer = perform()
            # 202 and 204 leave no room for what is wrong.
            return Answer(200, "", answer.headers) if answer.body is None else answer
        case FaultKind.SLOW:
            return perform()


async def _wait(entry: Entry, route: Route, tenant: Tenant, seconds: float) -> Answer | None:
    running = tenant.world.running
    is_keyed = route.endpoint is not None and route.endpoint.keyed
    key = entry.key = entry.headers.get(KEY_HEADER) if is_keyed else None
    if key is not None and key in running:
        return locked().answer()
    if key is None or key in tenant.world.keys:  # a call that was done before is not running
        await asyncio.sleep(seconds)
        return None
    running.add(key)
    try:
        await asyncio.sleep(seconds)
    finally:
        running.discard(key)
    return None
