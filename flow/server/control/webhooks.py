"""Control of webhooks: who listens, what was delivered, and what goes astray."""

from __future__ import annotations

from starlette.responses import Response

from flow.server.control.request import Asked, ControlRefused, Row, answered, done
from flow.server.webhooks import DisorderRule, Subscription
from flow.simulator.announcing import announce_renewals

__all__ = ["ROWS"]


async def _list(asked: Asked) -> Response:
    webhooks = asked.tenant().webhooks
    listed = [{"number": number, **one.shown()} for number, one in webhooks.subscriptions.items()]
    return answered({"subscriptions": listed, "disorder": webhooks.rules})


async def _subscribe(asked: Asked) -> Response:
    given = await asked.form(Subscription)
    tenant = asked.tenant()
    announce_renewals(tenant.world)  # what was due before is not told to a new listener
    number = tenant.webhooks.subscribe(given)
    return answered({"number": number, **given.shown()}, 201)


async def _unsubscribe(asked: Asked) -> Response:
    if asked.tenant().webhooks.subscriptions.pop(asked.number, None) is None:
        raise ControlRefused(404, f"there is no subscription number {asked.number}")
    return done()


async def _disorder(asked: Asked) -> Response:
    rule = await asked.form(DisorderRule)
    asked.tenant().webhooks.disorder(rule)
    return answered(rule.shown(), 201)


async def _deliveries(asked: Asked) -> Response:
    return answered([one.shown() for one in asked.tenant().webhooks.deliveries])


async def _send_again(asked: Asked) -> Response:
    webhooks = asked.tenant().webhooks
    delivery = webhooks.find(asked.number)
    if delivery is None:
        raise ControlRefused(404, f"there is no delivery number {asked.number}")
    webhooks.send_again(delivery)
    return answered(delivery.shown(), 202)


async def _settle(asked: Asked) -> Response:
    """Wait until all due deliveries of the world are done, then list them."""
    await asked.house.dispatcher.settle(asked.tenant())
    return await _deliveries(asked)


ROWS = (
    Row("GET", "/webhooks", _list),
    Row("POST", "/webhooks", _subscribe),
    Row("DELETE", "/webhooks/{number}", _unsubscribe),
    Row("POST", "/webhooks/disorder", _disorder),
    Row("GET", "/webhooks/deliveries", _deliveries),
    Row("POST", "/webhooks/deliveries/{number}/send", _send_again),
    Row("POST", "/webhooks/settle", _settle),
)
