"""The simulated insurer's door: a call in, an answer out; worlds, keys and outages behind it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from flow.chance import Clock, Dice, derive_seed
from flow.simulator import (
    booking,
    cancelling,
    changing,
    mailing,
    offering,
    paying,
    quoting,
    renewing,
)
from flow.simulator.catalogue import Catalogue, default_catalogue
from flow.simulator.refusal import Refusal, not_allowed, rule_broken
from flow.simulator.world import StoredAnswer, World
from models.endpoints import Endpoint, Operation, Route, find
from models.exchange import Answer, Call

__all__ = ["HEADERS", "KEY_HEADER", "NOT_FOUND", "WORLD_HEADER", "Insurer", "perform"]

KEY_HEADER = "x-idempotency-key"
WORLD_HEADER = "x-purchaseflow-world"
"""Names a world; ours, the insurer knows no such thing."""

HEADERS = {
    "content-type": "application/json",
    "x-ratelimit-limit": "-1",
    "x-ratelimit-remaining": "-1",
    "x-ratelimit-reset": "1568836675",  # constants on every recorded answer: contract section 0
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
}
"""On every answer, as recorded. HSTS is left out: it would bind a developer's `localhost`."""

NOT_FOUND = {"type": "api_error", "message": "Not found."}
"""The body for a path that is none of the insurer's. # not recorded: our choice"""

_Handler = Callable[[World, Route, Call], Any]


def _fast(call: Call) -> bool:
    return call.query.get("fast_quote", "").lower() in {"1", "true"}


_HANDLERS: dict[Operation, _Handler] = {
    Operation.CREATE_QUOTES: lambda w, r, c: quoting.create_quotes(w, c.body, fast=_fast(c)),
    Operation.GET_QUOTES: lambda w, r, c: quoting.get_quotes(w, r.ids["ins"]),
    Operation.UPDATE_QUOTES: lambda w, r, c: quoting.update_quotes(w, r.ids["ins"], c.body),
    Operation.ADD_QUOTES: lambda w, r, c: quoting.add_quotes(w, r.ids["ins"], c.body),
    Operation.DELETE_QUOTES: lambda w, r, c: quoting.delete_quotes(w, r.ids["ins"], c.body),
    Operation.OPT_OUT: lambda w, r, c: quoting.opt_out(w, r.ids["ins"], c.body),
    Operation.CREATE_BOOKING: lambda w, r, c: booking.create_booking(w, r.ids["ins"], c.body),
    Operation.CONFIRM_BOOKING: lambda w, r, c: booking.confirm_booking(w, r.ids["ins"], c.body),
    Operation.INSTANT_BOOKING: lambda w, r, c: booking.instant_booking(w, c.body),
    Operation.GET_BOOKING: lambda w, r, c: booking.get_booking(w, r.ids["ins"]),
    Operation.LIST_BOOKINGS: lambda w, r, c: booking.list_bookings(w, c.query),
    Operation.MODIFY_BOOKING: lambda w, r, c: changing.modify_booking(w, r.ids["ins"], c.body),
    Operation.QUOTE_MODIFICATION: lambda w, r, c: changing.quote_modification(
        w, r.ids["ins"], c.body
    ),
    Operation.CONFIRM_MODIFICATION: lambda w, r, c: changing.confirm_modification(
        w, r.ids["ins"], r.ids["update"], c.body
    ),
    Operation.CANCEL_BOOKING: lambda w, r, c: cancelling.cancel_booking(w, r.ids["ins"], c.body),
    Operation.CONFIRM_CANCELLATION: lambda w, r, c: cancelling.confirm_cancellation(
        w, r.ids["ins"], r.ids["cancellation"], c.body
    ),
    Operation.GET_INSTALMENTS: lambda w, r, c: paying.get_instalments(w, r.ids["ins"]),
    Operation.RECORD_INSTALMENTS: lambda w, r, c: paying.record_instalments(
        w, r.ids["ins"], c.body
    ),
    Operation.SEND_EMAIL: lambda w, r, c: mailing.send_email(w, r.ids["ins"], c.body),
    Operation.QUOTE_RENEWAL: lambda w, r, c: renewing.quote_renewal(w, r.ids["ins"], c.body),
    Operation.CONFIRM_RENEWAL: lambda w, r, c: renewing.confirm_renewal(
        w, r.ids["ins"], r.ids["renewal"], c.body
    ),
    Operation.DECLINE_RENEWAL: lambda w, r, c: renewing.decline_renewal(w, r.ids["ins"], c.body),
    Operation.CREATE_TOKEN: lambda w, r, c: booking.create_token(w, c.body),
    Operation.CREATE_OFFER: lambda w, r, c: offering.create_offer(w, c.body, c.query),
    Operation.CONFIRM_OFFER: lambda w, r, c: offering.confirm_offer(w, r.ids["offer"], c.body),
    Operation.OPT_OUT_OFFER: lambda w, r, c: offering.opt_out_offer(w, r.ids["offer"], c.body),
}


class Insurer:
    """All worlds of the simulated insurer.

    One caller at a time: a server in front of it takes turns.

    Args:
        seed: identifiers of every world follow from it.
        catalogue: what is sold; the shipped one unless given.
        clock: makes the clock of a new world; one that stands still unless given.
        site: where links in answers of a partner's world point; as the catalogue says unless given.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        catalogue: Catalogue | None = None,
        clock: Callable[[], Clock] = Clock,
        site: Callable[[str, str], str] | None = None,
    ) -> None:
        self.seed = seed
        self.catalogue = catalogue or default_catalogue()
        self.new_clock = clock
        self._site = site
        self._worlds: dict[tuple[str, str], World] = {}

    def world(self, partner: str, name: str = "") -> World:
        """The world of that partner and name, made on first use."""
        world = self._worlds.get((partner, name))
        return world if world is not None else self.renew(partner, name)

    def renew(
        self, partner: str, name: str = "", *, seed: int | None = None, clock: Clock | None = None
    ) -> World:
        """An empty world in place of the one of that partner and name.

        With a `seed` of its own, its identifiers are those that the partner's unnamed world has
        in an insurer of that seed, whatever this one is called.
        """
        dice = Dice(
            derive_seed(self.seed, partner, name)
            if seed is None
            else derive_seed(seed, partner, "")
        )
        world = World(
            partner=partner,
            catalogue=self.catalogue,
            clock=clock or self.new_clock(),
            dice=dice,
            site=None if self._site is None else partial(self._site, partner, name),
        )
        self._worlds[(partner, name)] = world
        return world

    def forget(self, partner: str, name: str = "") -> None:
        """Drop a world and all that is in it."""
        self._worlds.pop((partner, name), None)

    def answer(self, call: Call) -> Answer:
        """Answer a call as the insurer would; never raises for anything a caller can send."""
        route = find(call.method, call.path)
        if route is None:
            return Answer(404, NOT_FOUND, HEADERS)
        given = {name.lower(): value for name, value in call.headers.items()}
        world = self.world(route.partner, given.get(WORLD_HEADER, ""))
        answer = perform(world, route, call, given.get(KEY_HEADER))
        return Answer(answer.status, _copied(answer.body), {**HEADERS, "allow": route.allow})


def perform(world: World, route: Route, call: Call, key: str | None = None) -> Answer:
    """Do what a call asks in a world.

    The body is not to be changed: parts of it are kept here. Headers are the door's business.
    """
    if route.endpoint is None:
        return not_allowed(call.method).answer()
    if world.outages:
        return Answer(world.outages.popleft(), {})  # 502 with an empty object: auto_retry#1
    try:
        return _keyed(world, route, route.endpoint, call, key if route.endpoint.keyed else None)
    except Refusal as refusal:
        return offering.worded(world, route.endpoint.operation, call.headers, refusal)


def _copied(body: Any) -> Any:
    """A copy of a JSON body: of its objects and lists, for nothing else in it can be changed."""
    if body.__class__ is dict:
        copy = body.copy()
        for key, value in body.items():
            if value.__class__ is dict or value.__class__ is list:
                copy[key] = _copied(value)
        return copy
    return [_copied(value) for value in body] if body.__class__ is list else body


def _perform(world: World, route: Route, endpoint: Endpoint, call: Call) -> Answer:
    body = _HANDLERS[endpoint.operation](world, route, call)
    return Answer(endpoint.success, body)


def _fingerprint(route: Route, endpoint: Endpoint, body: Any) -> str:
    """The same for equal calls, whatever the order of their keys; no body is an empty one.

    A digest, for what is kept must not hold what was sent: a card among it, say.
    """
    try:
        text = json.dumps(body or {}, sort_keys=True)
    except (TypeError, ValueError):  # not JSON: only a caller in process can send that
        text = repr(body)
    whole = f"{endpoint.operation} {route.ids} {text}"
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _keyed(world: World, route: Route, endpoint: Endpoint, call: Call, key: str | None) -> Answer:
    """A repeated call gets the stored answer with 409, for 48 hours (contract section 3).

    A refusal is not stored, so a corrected call may use the key again; the same key with
    another call is refused. # neither recorded: our choice
    """
    if not key:
        return _perform(world, route, endpoint, call)
    fingerprint = _fingerprint(route, endpoint, call.body)
    stored = world.keys.get(key)
    if stored is not None and not stored.has_expired(world.clock.now()):
        if stored.fingerprint != fingerprint:
            raise rule_broken("This idempotency key was used for another request")
        return Answer(409, stored.answer.body)
    answer = _perform(world, route, endpoint, call)
    world.keys[key] = StoredAnswer(fingerprint, answer, world.clock.now())
    return answer
