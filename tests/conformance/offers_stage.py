"""Where captures of the offers API are played again, in process or over HTTP, as stories.

Each recording is one call, so a story is told by several: they are played in the order in which
they were captured, on one simulator. What happened before the first capture of a story is made up
here. The captures were written again by JavaScript, which has one kind of number: `0` there is
`0.0` here, and both are compared as numbers.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any, Protocol
from urllib.parse import urlencode

import urllib3

from flow.chance import Clock
from flow.signature import Credentials
from flow.simulator.catalogue import Catalogue, default_catalogue
from flow.simulator.insurer import Insurer
from models.exchange import Answer, Call
from models.money import format_amount, round_amount
from pytest_purchaseflow import PurchaseflowServer
from tests.conformance import arithmetic, recordings
from tests.conformance.identifiers import Identifiers
from tests.conformance.recordings import OFFERS, Exchange
from tests.conformance.shape import differences
from tests.remote import send, signed

__all__ = [
    "NOT_HERE",
    "STORIES",
    "Here",
    "Stage",
    "There",
    "as_staged",
    "exchanges_of",
    "play_story",
]

PARTNER = "E3CCM"
STORIES = {
    "booked and cancelled": [
        "market-US",
        "confirm-first",
        "confirm-repeat",
        "cancel-preview",
        "cancel-confirm-1",
        "cancel-repeat",
    ],
    "declined": ["offer-for-optout", "opt-out-fresh"],
    "confirmed after two days": ["confirm-stale-2day"],
    "confirmed twice with a key": ["idempotency-key-first", "idempotency-key-repeat"],
    "cancelled in two steps": ["cancel-twostep-preview", "cancel-twostep-confirm"],
    "in Great Britain": ["market-GB"],
    "three pieces": ["market-US-qty3"],
    "more fields": ["extra-fields-test"],
    "a sku": ["sku-category-test"],
    "an odd country": ["err-bad-country"],
    "yen": ["err-bad-currency"],
    "nothing sent": ["err-empty-body"],
    "no value": ["err-missing-field"],
    "an unknown offer": ["err-invalid-offer-id"],
}
NOT_HERE = {
    "err-bad-signature",  # signatures are checked by a server, not behind the insurer's door
    "err-malformed",  # what is no JSON never gets to the door
}

PERSON = {
    "first_name": "Ann",
    "last_name": "Lee",
    "email": "ann@shop.test",
    "phone": "+14155550100",
    "country": "US",
}


def as_staged() -> Catalogue:
    """The captured partner had no e-mails and no pages of its own set up."""
    catalogue = default_catalogue()
    partner = json.loads(json.dumps(catalogue.partner))
    for block in (partner, partner["subsidiary"]):
        block.update(emails=[], partner_url=None, help_center_url=None)
    return catalogue.model_copy(update={"partner": partner})


class Place(Protocol):
    """What answers, and its clock: the insurer itself, or a world of a server."""

    def answer(self, call: Call) -> Answer:
        """The answer to a call."""

    def go_to(self, instant: datetime) -> None:
        """Let the clock stand there."""


class Here:
    """An insurer in process."""

    def __init__(self) -> None:
        self._clock = Clock()
        self._insurer = Insurer(seed=1, catalogue=as_staged(), clock=lambda: self._clock)

    def answer(self, call: Call) -> Answer:
        """See `Place`."""
        return self._insurer.answer(call)

    def go_to(self, instant: datetime) -> None:
        """See `Place`."""
        self._clock.freeze(instant)


class There:
    """A world of a server that sells what was sold in the captures."""

    def __init__(self, server: PurchaseflowServer, pool: urllib3.PoolManager) -> None:
        self._world = server.world()
        self._pool = pool

    def answer(self, call: Call) -> Answer:
        """See `Place`."""
        world = self._world
        target = call.path + (f"?{urlencode(call.query)}" if call.query else "")
        credentials = Credentials(world.api_key, world.api_secret)
        headers = signed(credentials, call.method, target, call.headers)
        body = json.dumps(call.body).encode()
        return send(self._pool, call.method, world.server.url + target, body, headers)

    def go_to(self, instant: datetime) -> None:
        """See `Place`."""
        self._world.control("POST", "/clock", {"frozen": True, "set": instant.isoformat()})


class Stage:
    """A place for one story, and the ids that were given there for the recorded ones."""

    def __init__(self, place: Place, first: Exchange) -> None:
        self._place = place
        self.now = _instant(first)
        self.go_to(self.now)
        self.ids = Identifiers()

    def go_to(self, instant: datetime) -> None:
        """Let the clock stand at an instant."""
        self.now = instant
        self._place.go_to(instant)

    def play(self, exchange: Exchange) -> Answer:
        """Send the recorded request with our ids."""
        self.go_to(max(self.now, _instant(exchange)))
        return self._place.answer(self.ids.call_of(exchange))

    def ask(self, path: str, body: Any) -> Any:
        """A call that was not captured and has to succeed."""
        answer = self._place.answer(Call("POST", f"/xcover/partners/{PARTNER}/{path}", body=body))
        assert answer.status == 200, answer.body
        return answer.body

    def offer(self, purchase_date: str) -> Any:
        """An offer whose making was not captured, for the context of the others."""
        return self.ask(
            "offers/",
            {
                "customer": {"currency": "USD", "language": "en", "country": "US"},
                "partner": {},
                "context": {
                    "purchase_date": purchase_date,
                    "product": {"retail_value": 1200, "quantity": 1},
                },
            },
        )


def _instant(exchange: Exchange) -> datetime:
    """When it was captured; without a Date header, all that is known is the day."""
    date = exchange.headers.get("date")
    if date is None:
        return datetime(2026, 8, 14, 22, 59, tzinfo=UTC)
    return datetime.strptime(date + "+0000", "%a, %d %b %Y %H:%M:%S GMT%z")


def _offer_first(stage: Stage, first: Exchange, *, age: timedelta = timedelta(0)) -> None:
    """The offer that was confirmed is not among the captures."""
    now = stage.now
    stage.go_to(now - age)
    offer = stage.offer((now + timedelta(days=1) - age).date().isoformat())
    stage.ids.ours[first.path.split("/")[-3]] = offer["id"]
    stage.ids.ours[first.sent["quotes"][0]["id"]] = offer["products"][0]["id"]


def _two_days_before(stage: Stage, first: Exchange) -> None:
    _offer_first(stage, first, age=timedelta(days=2))


def _booking_first(stage: Stage, first: Exchange) -> None:
    """Neither offer nor booking of the two-step cancellation are among the captures."""
    offer = stage.offer("2026-08-15")
    body = {"quotes": [{"id": offer["products"][0]["id"]}], "policyholder": PERSON}
    booking = stage.ask(f"offers/{offer['id']}/confirm/", body)
    stage.ids.ours[first.path.split("/")[-2]] = booking["id"]


PREPARATIONS = {
    "confirmed after two days": _two_days_before,
    "confirmed twice with a key": _offer_first,
    "cancelled in two steps": _booking_first,
}


def play_story(story: str, stage: Stage, exchanges: dict[str, Exchange]) -> None:
    """Play a story on a stage, and compare every answer with the recorded one."""
    first = next(iter(exchanges.values()))
    if story in PREPARATIONS:
        PREPARATIONS[story](stage, first)
    for name, exchange in exchanges.items():
        answer = stage.play(exchange)
        assert answer.status == exchange.status, f"{name}: {answer.body}"
        recorded, body = _numbers(exchange.body), _numbers(answer.body)
        assert differences(_own_words(recorded), _own_words(body)) == [], name
        for which, whole in (("recorded", recorded), ("ours", body)):
            assert _broken(whole) == [], f"{name}: {which}"
        assert _fixed(recorded, stage.ids) == _fixed(body, Identifiers()), name
        stage.ids.learn(exchange.body, answer.body)


def exchanges_of(story: str) -> dict[str, Exchange]:
    """The captures that tell a story, by name and in order."""
    return {name: recordings.load(name, OFFERS)[0] for name in STORIES[story]}


def _numbers(node: Any) -> Any:
    """Whole numbers as JSON numbers with a fraction: JavaScript writes both the same."""
    if isinstance(node, dict):
        return {key: _numbers(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_numbers(value) for value in node]
    return float(node) if isinstance(node, int) and not isinstance(node, bool) else node


def _own_words(body: Any) -> Any:
    """Keys of `extras` are headlines, and headlines are the partner's own: number them."""
    if not isinstance(body, dict) or not body.get("content"):
        return body
    extras = enumerate(body["content"]["extras"].values())
    return {**body, "content": {**body["content"], "extras": {str(n): t for n, t in extras}}}


def _broken(body: Any) -> list[str]:
    """Sums that do not hold, of bookings, cancellations and offers."""
    if not isinstance(body, dict) or "message" in body:
        return []
    found = [] if "products" in body else arithmetic.broken(body)
    if "refund_amount" in body and body["refund_amount"] != body["total_refund"]:
        found.append("refund_amount is total_refund")
    for product in body.get("products", []):
        found += _finance(product["details"]["finance"], body["currency"])
    return found


def _d(value: Any) -> Decimal:
    return Decimal(str(value))


def _finance(finance: Any, currency: str) -> list[str]:
    price, tax, commission = finance["price"], finance["tax"], finance["commission"]
    premium = _d(price["total_amount_without_tax"])
    line = tax["breakdown"][0]
    share = premium * 30 / 100
    claims = {
        "price = premium + tax": _d(price["total_amount"]) == premium + _d(tax["total_amount"]),
        "line = 3 % of the premium, cut off to cents": _d(line["tax_amount"])
        == (premium * 3 / 100).quantize(Decimal("0.01"), ROUND_DOWN),
        "tax = its line in the currency's decimals": _d(tax["total_amount"])
        == round_amount(_d(line["tax_amount"]), currency),
        "commission = 30 % of the premium": commission["total_amount"] is None
        or _d(commission["total_amount"]) == round_amount(share, currency),
        "printed as told": all(
            block[f"{key}_formatted"] == format_amount(_d(block[key]), currency)
            for block in (price, tax, line, commission)
            for key in ("total_amount", "total_amount_without_tax", "tax_amount")
            if block.get(key) is not None
        ),
    }
    return [claim for claim, holds in claims.items() if not holds]


def _fixed(body: Any, ids: Identifiers) -> Any:
    """What has to be equal to the letter: statuses, wire words, and the texts of refusals."""
    if not isinstance(body, dict):
        return body
    if "message" in body:
        text = ids.in_text(json.dumps(body, sort_keys=True))
        return re.sub(r'"(error_id|selected_offer_id)": "[^"]+"', r'"\1": "ID"', text)
    if "products" in body:
        content = body["content"]
        words = (content["schema_version"], content["locale"], content["price_unit"])
        starts = [product["details"]["start_date"] for product in body["products"]]
        return (body["currency"], starts, words)
    quotes = body["quotes"]
    kept = ("policy_type", "policy_type_version", "policy_type_slug", "policy_type_group_name")
    return (
        body["status"],
        body["currency"],
        [(quote["status"], quote.get("can_be_cancelled")) for quote in quotes],
        [{key: quote["policy"][key] for key in (*kept, "policy_currency")} for quote in quotes],
    )
