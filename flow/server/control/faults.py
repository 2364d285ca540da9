"""Control of faults: armed, listed and taken back, of one world or of the whole server."""

from __future__ import annotations

from starlette.responses import Response

from flow.server.control.request import Asked, ControlRefused, Row, answered, done
from flow.server.faults import Faults, read_rule

__all__ = ["ROWS"]


async def _list(asked: Asked) -> Response:
    world, server = asked.tenant().faults, asked.house.tenants.faults
    return answered({"world": world.shown(), "server": server.shown()})


async def _arm(asked: Asked) -> Response:
    rule = read_rule(await asked.body())
    number = _meant(asked).arm(rule)
    return answered({"number": number, **rule.shown()}, 201)


async def _disarm(asked: Asked) -> Response:
    if not _meant(asked).disarm(asked.number):
        raise ControlRefused(404, f"there is no fault number {asked.number}")
    return done()


async def _disarm_all(asked: Asked) -> Response:
    _meant(asked).disarm()
    return done()


def _meant(asked: Asked) -> Faults:
    """The world's, or with `?scope=server` those of the whole server."""
    scope = asked.queries.get("scope", "world")
    if scope not in ("world", "server"):
        raise ControlRefused(400, f"scope is 'world' or 'server', not {scope!r}")
    return asked.house.tenants.faults if scope == "server" else asked.tenant().faults


ROWS = (
    Row("GET", "/faults", _list, ("scope",)),
    Row("POST", "/faults", _arm, ("scope",)),
    Row("DELETE", "/faults", _disarm_all, ("scope",)),
    Row("DELETE", "/faults/{number}", _disarm, ("scope",)),
)
