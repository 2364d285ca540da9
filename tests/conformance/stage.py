"""Where a recording is played again: in process or over HTTP, set up as staging was.

What the staging partner had set up differently from our default catalogue is set up here, each
with its reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

import urllib3

from flow.chance import Clock
from flow.signature import Credentials
from flow.simulator.catalogue import Catalogue, Plan, default_catalogue
from flow.simulator.insurer import Insurer
from models.exchange import Answer, Call
from pytest_purchaseflow import PurchaseflowServer
from tests.conformance import arithmetic
from tests.conformance.identifiers import Identifiers
from tests.conformance.recordings import Exchange
from tests.conformance.shape import differences
from tests.remote import send, signed

__all__ = [
    "Insured",
    "Local",
    "Remote",
    "catalogue_of",
    "compare",
    "play",
]

EVENT = "event_ticket_protection"


def _with_event(catalogue: Catalogue, **changes: Any) -> Catalogue:
    policies = [
        policy.model_copy(update=changes) if policy.type == EVENT else policy
        for policy in catalogue.policies
    ]
    return catalogue.model_copy(update={"policies": policies})


def _with_five_emails(catalogue: Catalogue) -> Catalogue:
    """The staging partner had five e-mails set up; a number of settings, not a shape."""
    partner = json.loads(json.dumps(catalogue.partner))
    for block in (partner, partner["subsidiary"]):
        block["emails"] = (block["emails"] * 2)[:5]
    return catalogue.model_copy(update={"partner": partner})


def _before_november(catalogue: Catalogue) -> Catalogue:
    """Until October 2021 the partner block had neither attach_coi nor attributes."""
    partner = json.loads(json.dumps(catalogue.partner))
    for block in (partner, partner["subsidiary"]):
        del block["attributes"]
        for email in block["emails"]:
            del email["attach_coi"]
    return catalogue.model_copy(update={"partner": partner})


def _with_plans(catalogue: Catalogue) -> Catalogue:
    """On 26 November 2021 the staging policy offered two instalment plans, before none."""
    plans = [
        Plan(name="1year-monthly", label="1Year-Monthly", parts=12, months=1),
        Plan(name="1year-quarterly", label="1Year-Quarterly", parts=4, months=3),
    ]
    return _with_event(catalogue, plans=plans)


def _as_stored_in_2019(catalogue: Catalogue) -> Catalogue:
    """The listed row is of an older policy edition: no taxes, benefits or cover, more texts."""
    event = catalogue.policy(EVENT, 1)
    assert event is not None
    content = {
        **event.content,
        "inclusions": [],
        "exclusions": [],
        "disclaimer_html": "<p>Cover is subject to the policy wording.</p>",
        "payment_disclaimer": None,
        "in_path_disclaimer": None,
    }
    markets = {
        country: market.model_copy(update={"taxes": []})
        for country, market in event.markets.items()
    }
    return _with_event(
        catalogue,
        content=content,
        markets=markets,
        benefits=[],
        claim_selector_id=None,
        legacy_rows=True,
    )


SETUPS = {
    "get_booking": [_with_five_emails, _before_november],
    "get_instalments": [_with_five_emails, _with_plans],
    "list_bookings": [_as_stored_in_2019],
}


def catalogue_of(name: str) -> Catalogue:
    """What was sold when a recording was made."""
    catalogue = default_catalogue()
    for setup in SETUPS.get(name, [_with_five_emails]):
        catalogue = setup(catalogue)
    return catalogue


def _date(first: Exchange) -> datetime:
    return datetime.strptime(first.headers["date"] + "+0000", "%a, %d %b %Y %H:%M:%S GMT%z")


class Insured(Protocol):
    """What answers: the insurer itself, or a server in front of it."""

    def answer(self, call: Call) -> Answer:
        """The answer to a call."""

    def fail(self, times: int) -> None:
        """Answer 502 to the next calls."""


class Local:
    """An insurer in process, its clock at the recorded time."""

    def __init__(self, name: str, first: Exchange) -> None:
        clock = Clock(_date(first))
        self._insurer = Insurer(seed=1, catalogue=catalogue_of(name), clock=lambda: clock)
        self._partner = first.path.split("/")[3]

    def answer(self, call: Call) -> Answer:
        """See `Insured`."""
        return self._insurer.answer(call)

    def fail(self, times: int) -> None:
        """See `Insured`."""
        self._insurer.world(self._partner).outages.extend([502] * times)


class Remote:
    """A world of a server, its clock at the recorded time."""

    def __init__(
        self, server: PurchaseflowServer, pool: urllib3.PoolManager, first: Exchange
    ) -> None:
        self._world = server.world()
        self._world.reset(at=_date(first).isoformat())
        self._pool = pool

    def answer(self, call: Call) -> Answer:
        """See `Insured`. Every call has a body, as the official client's have: a GET `null`."""
        world = self._world
        query = f"?{urlencode(call.query)}" if call.query else ""
        target = call.path + query
        credentials = Credentials(world.api_key, world.api_secret)
        headers = signed(credentials, call.method, target, call.headers)
        body = json.dumps(call.body).encode()
        return send(self._pool, call.method, world.server.url + target, body, headers)

    def fail(self, times: int) -> None:
        """See `Insured`."""
        self._world.fault("unavailable", times=times)


def _event_request(**changes: Any) -> dict[str, Any]:
    return {
        "policy_type": EVENT,
        "policy_type_version": 1,
        "policy_start_date": "2021-10-02T10:00:00Z",
        "event_datetime": "2021-10-22T00:15:21Z",
        "event_name": "A concert",
        "tickets": [{"price": 100}],
        **changes,
    }


def _quote_first(insured: Insured, ids: Identifiers, first: Exchange) -> None:
    """get_quote holds the GET only: the package it reads is made here."""
    body = {"request": [_event_request()], "currency": "GBP", "customer_country": "GB"}
    answer = insured.answer(Call("POST", "/xcover/partners/LLODT/quotes/", body=body))
    assert answer.status == 201
    ids.ours[first.body["id"]] = answer.body["id"]


def _book_three_first(insured: Insured, ids: Identifiers, first: Exchange) -> None:
    """list_bookings shows the second of many: three stored bookings, whose events are over."""
    person = {"first_name": "Ann", "last_name": "Lee", "email": "ann@shop.test"}
    for _ in range(3):
        item = _event_request(
            policy_start_date="2019-12-30T07:01:25.427Z", event_datetime="2019-12-30T07:01:25.427Z"
        )
        quoted = insured.answer(
            Call(
                "POST",
                "/xcover/partners/LLODT/quotes/",
                body={
                    "request": [item],
                    "currency": "GBP",
                    "customer_country": "GB",
                    "customer_region": "London",
                },
            )
        )
        ins, quote = quoted.body["id"], quoted.body["quotes"]["0"]["id"]
        booked = insured.answer(
            Call(
                "POST",
                f"/xcover/partners/LLODT/bookings/{ins}/",
                body={
                    "quotes": [{"id": quote, "insured": [{**person, "age": 30}]}],
                    "policyholder": {**person, "age": 30, "country": "GB"},
                },
            )
        )
        assert booked.status == 200


def _outage_first(insured: Insured, ids: Identifiers, first: Exchange) -> None:
    """auto_retry was recorded in an outage of the service: three 502 in a row."""
    insured.fail(3)


PREPARATIONS = {
    "get_quote": _quote_first,
    "list_bookings": _book_three_first,
    "auto_retry": _outage_first,
}


def play(
    name: str, exchanges: list[Exchange], insured: Insured
) -> Iterator[tuple[str, Exchange, Answer]]:
    """Play a recording: where we are, what was recorded, and what we got."""
    ids = Identifiers()
    if name in PREPARATIONS:
        PREPARATIONS[name](insured, ids, exchanges[0])
    for number, exchange in enumerate(exchanges, start=1):
        answer = insured.answer(ids.call_of(exchange))
        yield f"{name}#{number} {exchange.method} {exchange.path}", exchange, answer
        ids.learn(exchange.body, answer.body)


def compare(where: str, exchange: Exchange, answer: Answer) -> None:
    """An answer is like the recorded one: status, headers, shape, sums, statuses and texts."""
    assert answer.status == exchange.status, f"{where}: {answer.body}"
    headers = {name: answer.headers.get(name) for name in exchange.answered}
    assert headers == exchange.answered, where
    body = json.loads(json.dumps(answer.body))
    assert differences(exchange.body, body) == [], where
    assert arithmetic.broken(exchange.body) == [], f"{where}: the recording itself"
    assert arithmetic.broken(body) == [], where
    assert _fixed(exchange.body) == _fixed(body), where


def _fixed(body: Any) -> Any:
    """What has to be equal to the letter: statuses, and the texts of refusals."""
    if not isinstance(body, dict):
        return body
    if "message" in body:
        return body
    quotes = body.get("quotes", [])
    listed = list(quotes.values()) if isinstance(quotes, dict) else quotes
    keys = list(quotes) if isinstance(quotes, dict) else []
    return (
        body.get("status"),
        keys,
        [(quote.get("status"), quote.get("can_be_cancelled")) for quote in listed],
    )
