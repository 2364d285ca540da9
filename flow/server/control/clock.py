"""Control of a world's clock: read, stopped, set and moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from flow.chance import Clock
from flow.server.control.request import Asked, ControlRefused, Row, answered
from flow.server.instants import Instant, usable
from flow.server.tenants import Tenant
from flow.simulator.announcing import announce_renewals
from models.base import Json

__all__ = ["ROWS", "MoveClock", "time_of"]


class MoveClock(BaseModel):
    """What the clock is to do. `set` and `advance` may go with `frozen`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    frozen: bool | None = None
    set: Instant | None = None
    days: Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)] = 0
    hours: Annotated[float, Field(ge=0, le=10**6, allow_inf_nan=False)] = 0
    minutes: Annotated[float, Field(ge=0, le=10**8, allow_inf_nan=False)] = 0
    seconds: Annotated[float, Field(ge=0, le=10**9, allow_inf_nan=False)] = 0

    @property
    def by(self) -> timedelta:
        """How far it goes on."""
        return timedelta(
            days=self.days, hours=self.hours, minutes=self.minutes, seconds=self.seconds
        )

    def check(self, now: datetime) -> None:
        """Look where it leads from that instant.

        Raises:
            ControlRefused: no clock goes there.
        """
        try:
            usable((self.set or now) + self.by)
        except (ValueError, OverflowError) as error:
            raise ControlRefused(422, str(error)) from error

    def move(self, clock: Clock) -> None:
        """Do it."""
        if self.frozen:
            clock.freeze()
        if self.set is not None:
            clock.set(self.set)
        clock.advance(self.by)
        if self.frozen is False and not clock.is_running:
            clock.run()


def time_of(tenant: Tenant) -> Json:
    """What its clock shows, and whether it stands."""
    clock = tenant.world.clock
    return {"now": clock.now().astimezone(UTC).isoformat(), "frozen": not clock.is_running}


async def _show(asked: Asked) -> Response:
    return answered(time_of(asked.tenant()))


async def _move(asked: Asked) -> Response:
    given = await asked.form(MoveClock)
    tenant = asked.tenant()
    given.check(tenant.world.clock.now())  # asked first: all of it is done, or nothing
    given.move(tenant.world.clock)
    announce_renewals(tenant.world)  # now: what comes next may change what there is to tell
    asked.house.dispatcher.wake()
    return answered(time_of(tenant))


ROWS = (
    Row("GET", "/clock", _show),
    Row("POST", "/clock", _move),
)
