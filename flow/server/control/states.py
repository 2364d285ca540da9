"""Control of a world's state: taken out, put in, kept under a name and returned to."""

from __future__ import annotations

from starlette.responses import Response

from flow.server.control.clock import time_of
from flow.server.control.request import Asked, ControlRefused, Row, answered, done
from flow.simulator.state import export_state, import_state

__all__ = ["ROWS"]


async def _export(asked: Asked) -> Response:
    return Response(export_state(asked.tenant().world), media_type="application/json")


async def _import(asked: Asked) -> Response:
    tenant = asked.tenant()
    import_state(tenant.world, await asked.content())
    return answered(time_of(tenant))


async def _list(asked: Asked) -> Response:
    return answered(sorted(asked.tenant().snapshots))


async def _keep(asked: Asked) -> Response:
    tenant = asked.tenant()
    tenant.snapshots[asked.name] = export_state(tenant.world)
    return done()


async def _drop(asked: Asked) -> Response:
    if asked.tenant().snapshots.pop(asked.name, None) is None:
        raise ControlRefused(404, f"there is no snapshot {asked.name!r}")
    return done()


async def _restore(asked: Asked) -> Response:
    tenant = asked.tenant()
    document = tenant.snapshots.get(asked.name)
    if document is None:
        known = ", ".join(sorted(tenant.snapshots)) or "none"
        raise ControlRefused(404, f"there is no snapshot {asked.name!r}; there are: {known}")
    import_state(tenant.world, document)
    return answered(time_of(tenant))


ROWS = (
    Row("GET", "/state", _export),
    Row("PUT", "/state", _import),
    Row("GET", "/snapshots", _list),
    Row("PUT", "/snapshots/{name}", _keep),
    Row("DELETE", "/snapshots/{name}", _drop),
    Row("POST", "/snapshots/{name}/restore", _restore),
)
