"""Control of worlds as wholes: which there are, one emptied, one filled, one dropped."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from flow.chance import EPOCH, Clock
from flow.server.control.clock import time_of
from flow.server.control.request import Asked, Row, answered, done
from flow.server.instants import Instant
from flow.server.seeding import seed_world
from flow.version import own_version

__all__ = ["ROWS", "Reset"]


class Reset(BaseModel):
    """How a world begins anew: identifiers from a seed, and a clock that stands at an instant.

    With `at` left out the clock is of the kind that the server gives to new worlds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    seed: int | None = None
    at: Instant | None = None

    def clock(self) -> Clock | None:
        """The clock it asks for. A seed asks for the same bytes, so time stands still."""
        if self.at is not None:
            return Clock(self.at)
        return None if self.seed is None else Clock(EPOCH)


async def _about(asked: Asked) -> Response:
    tenants, partners = asked.house.tenants, asked.house.partners
    counted = sorted(tenants.answers.items(), key=lambda pair: pair[0] or 0)
    return answered(
        {
            "version": own_version(),
            "partners": [partner.code for partner in partners.all],
            "worlds": len(tenants.all()),
            "answers": {
                "cut" if status is None else str(status): count for status, count in counted
            },
            "signatures": "checked" if partners.checks else "not checked",
        }
    )


async def _list(asked: Asked) -> Response:
    return answered(
        [
            {
                "partner": tenant.partner,
                "world": tenant.name,
                "packages": len(tenant.world.packages),
                "calls": len(tenant.journal),
                "now": tenant.world.clock.now().isoformat(),
            }
            for tenant in asked.house.tenants.all()
        ]
    )


async def _delete(asked: Asked) -> Response:
    asked.house.tenants.delete(asked.tenant())
    return done()


async def _reset(asked: Asked) -> Response:
    given = await asked.form(Reset)
    tenant = asked.tenant()
    asked.house.tenants.renew(tenant, seed=given.seed, clock=given.clock())
    return answered(time_of(tenant))


async def _seed(asked: Asked) -> Response:
    world = asked.tenant().world
    return answered(seed_world(world, await asked.body()), 201)


ROWS = (
    Row("GET", "/", _about),
    Row("GET", "/worlds", _list),
    Row("DELETE", "/world", _delete),
    Row("POST", "/reset", _reset),
    Row("POST", "/seed", _seed),
)
