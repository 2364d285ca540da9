"""Webhooks: who listens, what is to be delivered, and in what disorder (contract section 8)."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlsplit

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from flow.signature import Credentials, authorization, http_date
from flow.simulator.world import World
from models.base import Json
from models.webhooks import WebhookEvent

__all__ = [
    "ATTEMPTS",
    "Attempt",
    "Delivery",
    "Disorder",
    "DisorderRule",
    "State",
    "Subscription",
    "Webhooks",
]

_KEY = re.compile(r"[!#-~]+")
ATTEMPTS = 3
"""How often a delivery is tried; anything but 200 is a failure (contract section 8)."""
_KEPT = 1000
"""How many deliveries are kept to be looked at; one that is not done is kept in any case."""


def _web_address(url: str) -> str:
    """An address that can be sent to; checked here, since nobody looks when it is sent.

    Raises:
        ValueError: says why it cannot.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        msg = "is to be an http:// or https:// address"
        raise ValueError(msg)
    if parts.username is not None:
        msg = "is not to hold a name and password: they would not be sent"
        raise ValueError(msg)
    if any(letter <= " " or letter == "\x7f" for letter in url):
        msg = "is not to hold spaces or control characters"
        raise ValueError(msg)
    _ = parts.port  # raises, and says why, when it is no port
    return url


def _header_text(key: str) -> str:
    """A key that can stand between double quotes in a header.

    Raises:
        ValueError: says what it is to be.
    """
    if not _KEY.fullmatch(key):
        msg = "is to be ASCII letters, digits and signs, without spaces and double quotes"
        raise ValueError(msg)
    return key


class Subscription(BaseModel):
    """A partner's listener: what is agreed with the insurer out of band.

    Attributes:
        key, secret: chosen by the partner, to sign deliveries with; the key goes into a header.
        events: what is listened to; everything when left out.
        retry_after: real seconds between attempts. # not documented: our choice
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Annotated[str, AfterValidator(_web_address)]
    key: Annotated[str, AfterValidator(_header_text)] = "webhook-key"
    secret: str = "webhook-secret"
    events: Annotated[frozenset[WebhookEvent], Field(min_length=1)] = frozenset(WebhookEvent)
    retry_after: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 1.0

    def shown(self) -> Json:
        """As it was given, the secret left out."""
        return {
            "url": self.url,
            "key": self.key,
            "secret": "***",
            "events": sorted(self.events),
            "retry_after": self.retry_after,
        }


class Disorder(StrEnum):
    """What may befall deliveries on their way."""

    REPEAT = "repeat"
    DELAY = "delay"
    DROP = "drop"
    HOLD = "hold"
    REORDER = "reorder"


class DisorderRule(BaseModel):
    """Deliveries that are to go astray.

    Attributes:
        event: which; None means any.
        times: how many deliveries; `reorder` gathers that many and sends them last one first.
        copies: of `repeat`, how often each is sent in all.
        seconds: of `delay`, by the clock of the world.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Disorder
    event: WebhookEvent | None = None
    times: Annotated[int, Field(ge=1, le=1000)] = 1
    copies: Annotated[int, Field(ge=2, le=20)] = 2
    seconds: Annotated[float, Field(ge=0, le=10**8, allow_inf_nan=False)] = 60.0

    def shown(self) -> Json:
        """As it was given."""
        return self.model_dump(mode="json", exclude_unset=True)


class State(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    HELD = "held"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: the listener's status, or why there was none."""

    at: str
    status: int | None = None
    error: str | None = None


@dataclass(slots=True, kw_only=True)
class Delivery:
    """A body on its way to a listener."""

    number: int
    event: str
    booking: str
    subscription: Subscription
    body: bytes
    state: State = State.WAITING
    due: datetime | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state not in (State.WAITING, State.HELD)

    def headers(self, now: datetime) -> dict[str, str]:
        """The signed headers: HMAC-SHA256 over the Date; the body is not signed."""
        date = http_date(now)
        own = self.subscription
        signed = authorization(
            Credentials(own.key, own.secret), "POST", "", {"date": date}, algorithm="hmac-sha256"
        )
        return {
            "Authorization": signed,
            "X-Api-Key": own.key,
            "Date": date,
            "Content-Type": "application/json",
        }

    def shown(self) -> Json:
        """For whoever looks."""
        return {
            "number": self.number,
            "event": self.event,
            "booking": self.booking,
            "url": self.subscription.url,
            "state": self.state,
            "due": None if self.due is None else self.due.isoformat(),
            "attempts": [
                {"at": one.at, "status": one.status, "error": one.error} for one in self.attempts
            ],
            "body": orjson.loads(self.body),
        }


class Webhooks:
    """Listeners and deliveries of one world.

    `wake` is called when something may be due; the dispatcher sets it. `turn` is held by whoever
    delivers, so that deliveries go one after another.
    """

    def __init__(self) -> None:
        self.subscriptions: dict[int, Subscription] = {}
        self.deliveries: deque[Delivery] = deque()
        self.wake: Callable[[], None] = lambda: None
        self.turn = asyncio.Lock()
        self._rules: list[tuple[DisorderRule, int]] = []
        self._gathered: list[Delivery] = []
        self._numbers = 0

    @property
    def is_used(self) -> bool:
        """Whether anybody listens, or has been sent anything."""
        return bool(self.subscriptions or self.deliveries)

    def subscribe(self, subscription: Subscription) -> int:
        """Add a listener; its number."""
        self._numbers += 1
        self.subscriptions[self._numbers] = subscription
        return self._numbers

    def disorder(self, rule: DisorderRule) -> None:
        """Let coming deliveries go astray."""
        self._rules.append((rule, rule.times))

    @property
    def rules(self) -> list[Json]:
        """Disorder still to come."""
        return [{**rule.shown(), "left": left} for rule, left in self._rules]

    def forget(self) -> None:
        """Drop deliveries and disorder; listeners stay."""
        self.deliveries.clear()
        self._gathered.clear()
        self._rules.clear()

    def announce(self, body: Json, world: World) -> None:
        """An event has happened: a delivery to each of its listeners."""
        event, booking = body["event"], body["payload"]["id"]
        hearing = [one for one in self.subscriptions.values() if event in one.events]
        for subscription in hearing:
            self._send(event, booking, subscription, orjson.dumps(body), world)
        if hearing:
            self.wake()

    def _send(
        self, event: str, booking: str, subscription: Subscription, body: bytes, world: World
    ) -> None:
        delivery = self._new(event, booking, subscription, body)
        rule = self._strike(event)
        if rule is None:
            return
        match rule.kind:
            case Disorder.REPEAT:
                for _ in range(rule.copies - 1):
                    self._new(event, booking, subscription, body)
            case Disorder.DELAY:
                delivery.due = world.clock.now() + timedelta(seconds=rule.seconds)
            case Disorder.DROP:
                delivery.state = State.DROPPED
            case Disorder.HOLD:
                delivery.state = State.HELD
            case Disorder.REORDER:
                delivery.state = State.HELD
                self._gathered.append(delivery)
                if not any(one.kind is Disorder.REORDER for one, _ in self._rules):
                    self._release()

    def _release(self) -> None:
        """Send what was gathered, last one first."""
        for delivery in reversed(self._gathered):
            if delivery in self.deliveries:
                self.deliveries.remove(delivery)
            delivery.state = State.WAITING
            self.deliveries.append(delivery)
        self._gathered.clear()

    def _new(self, event: str, booking: str, subscription: Subscription, body: bytes) -> Delivery:
        self._numbers += 1
        delivery = Delivery(
            number=self._numbers,
            event=event,
            booking=booking,
            subscription=subscription,
            body=body,
        )
        self.deliveries.append(delivery)
        if len(self.deliveries) > _KEPT:
            done = next((one for one in self.deliveries if one.is_done), None)
            if done is not None:
                self.deliveries.remove(done)
        return delivery

    def _strike(self, event: str) -> DisorderRule | None:
        for position, (rule, left) in enumerate(self._rules):
            if rule.event is None or rule.event == event:
                if left > 1:
                    self._rules[position] = (rule, left - 1)
                else:
                    del self._rules[position]
                return rule
        return None

    def find(self, number: int) -> Delivery | None:
        """The delivery of that number."""
        return next((one for one in self.deliveries if one.number == number), None)

    def send_again(self, delivery: Delivery) -> None:
        """Send one that was held, or once more one that was done."""
        delivery.state = State.WAITING
        delivery.due = None
        if delivery in self._gathered:
            self._gathered.remove(delivery)
        self.wake()

    def is_wanted(self, delivery: Delivery) -> bool:
        """Whether it is still to be sent: not forgotten, and its listener has not left."""
        listens = any(one is delivery.subscription for one in self.subscriptions.values())
        return listens and any(one is delivery for one in self.deliveries)

    def next_due(self, now: datetime) -> Delivery | None:
        """The next delivery to be sent. What is due to a listener that has left is dropped."""
        for delivery in self.deliveries:
            if delivery.state is State.WAITING and (delivery.due is None or delivery.due <= now):
                if self.is_wanted(delivery):
                    return delivery
                delivery.state = State.DROPPED
        return None
