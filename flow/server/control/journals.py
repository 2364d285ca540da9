"""Control of what is remembered of calls: the journal, strangers, and the outbox."""

from __future__ import annotations

from starlette.responses import Response

from flow.server.control.request import Asked, Row, answered, done

__all__ = ["ROWS"]


async def _journal(asked: Asked) -> Response:
    operation = asked.queries.get("operation")
    entries = [
        entry.shown()
        for entry in asked.tenant().journal
        if operation is None or entry.operation == operation
    ]
    return answered(entries[-asked.limit() :])


async def _clear(asked: Asked) -> Response:
    asked.tenant().journal.clear()
    return done()


async def _strangers(asked: Asked) -> Response:
    entries = [entry.shown() for entry in asked.house.tenants.strangers]
    return answered(entries[-asked.limit() :])


async def _outbox(asked: Asked) -> Response:
    return answered(asked.tenant().world.outbox)


ROWS = (
    Row("GET", "/journal", _journal, ("operation", "limit")),
    Row("DELETE", "/journal", _clear),
    Row("GET", "/strangers", _strangers, ("limit",)),
    Row("GET", "/outbox", _outbox),
)
