"""Sets up a world from a document: quotes and bookings made as partners make them, and a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict

from flow.server.forms import FormInvalid, read_form
from flow.server.instants import Instant
from flow.simulator.insurer import perform
from flow.simulator.world import World
from models.base import Json
from models.endpoints import BY_OPERATION, Operation, Route
from models.exchange import Call

__all__ = ["SeedInvalid", "read_seed", "seed_world"]


class SeedInvalid(ValueError):
    """A seed that cannot be sown; says which entry and why. Nothing was made."""


class Seed(BaseModel):
    """What a world is to hold.

    Attributes:
        at: the instant at which everything is made, and where the clock goes.
        quotes: bodies of `POST quotes/`.
        bookings: bodies of `POST instant_booking/`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: Instant | None = None
    quotes: list[dict[str, Any]] = []
    bookings: list[dict[str, Any]] = []


def read_seed(path: Path) -> Any:
    """A seed file, JSON.

    Raises:
        SeedInvalid: it cannot be read.
    """
    try:
        return orjson.loads(path.read_bytes())
    except OSError as error:
        msg = f"{path}: cannot be read: {error.strerror}"
        raise SeedInvalid(msg) from error
    except ValueError as error:
        msg = f"{path}: is not JSON: {error}"
        raise SeedInvalid(msg) from error


def seed_world(world: World, given: Any) -> Json:
    """Make what the seed lists; all of it or nothing. Returns the ids, in order.

    Raises:
        SeedInvalid: an entry is refused, or the document has another form.
    """
    try:
        seed = read_form(Seed, given, "seed")
    except FormInvalid as error:
        raise SeedInvalid(str(error)) from error
    kept = dict(world.packages), list(world.outbox), world.dice.state, world.clock.now()
    listener, world.listener = world.listener, None  # what is set up is not news
    if seed.at is not None:
        world.clock.set(seed.at)
    try:
        return {
            "quotes": _made(world, Operation.CREATE_QUOTES, seed.quotes, "quotes"),
            "bookings": _made(world, Operation.INSTANT_BOOKING, seed.bookings, "bookings"),
        }
    except SeedInvalid:
        world.packages, world.outbox, world.dice.state = kept[0], kept[1], kept[2]
        world.clock.set(kept[3])
        raise
    finally:
        world.listener = listener


def _made(world: World, operation: Operation, bodies: list[Json], name: str) -> list[str]:
    endpoint = BY_OPERATION[operation]
    route = Route(endpoint, world.partner, {}, endpoint.allow)
    ids = []
    for number, body in enumerate(bodies):
        answer = perform(world, route, Call(endpoint.method, endpoint.path, body=body))
        if answer.status >= 300:
            msg = f"{name}.{number}: {orjson.dumps(answer.body).decode()}"
            raise SeedInvalid(msg)
        ids.append(answer.body["id"])
    return ids
