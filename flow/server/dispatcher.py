"""Sends what webhooks owe: in order, up to three times, in the background of the server."""

from __future__ import annotations

import asyncio
from typing import Protocol

import urllib3

from flow.server.tenants import Tenant, Tenants
from flow.server.webhooks import ATTEMPTS, Attempt, Delivery, State
from flow.simulator.announcing import announce_renewals

__all__ = ["Dispatcher", "Sender", "post"]

_TIMEOUT = urllib3.Timeout(connect=5, read=10)
_LOOK_EVERY = 0.5
"""Real seconds between looks at clocks that run by themselves."""


class Sender(Protocol):
    """Brings a body to an address; the status it got."""

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """Send once.

        Raises:
            OSError: nobody answered; the text says why.
        """


def post(url: str, headers: dict[str, str], body: bytes) -> int:
    """POST without following redirects or trying again."""
    try:
        with urllib3.PoolManager(timeout=_TIMEOUT, retries=False) as pool:
            return pool.request("POST", url, body=body, headers=headers, redirect=False).status
    except (urllib3.exceptions.HTTPError, UnicodeError) as error:
        raise OSError(str(error) or type(error).__name__) from error


class Dispatcher:
    """Delivers for all worlds; one world's deliveries go one after another."""

    def __init__(self, tenants: Tenants, send: Sender = post) -> None:
        self._tenants = tenants
        self._send = send
        self._woken = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        tenants.wake = self.wake

    def wake(self) -> None:
        """Something may be due."""
        self._idle.clear()
        self._woken.set()

    async def settle(self) -> None:
        """Wait until all that is due has been delivered or given up."""
        self.wake()
        await self._idle.wait()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            self._woken.clear()
            await asyncio.gather(*(self._serve(tenant) for tenant in self._tenants.all()))
            if not self._woken.is_set():
                self._idle.set()
                await self._wait()

    async def _wait(self) -> None:
        """Until woken; where a clock runs by itself and somebody listens, look now and then."""
        looks = any(
            tenant.world.clock.is_running and tenant.webhooks.subscriptions
            for tenant in self._tenants.all()
        )
        try:
            await asyncio.wait_for(self._woken.wait(), _LOOK_EVERY if looks else None)
        except TimeoutError:
            self._idle.clear()

    async def _serve(self, tenant: Tenant) -> None:
        if not tenant.webhooks.subscriptions and not tenant.webhooks.deliveries:
            return
        announce_renewals(tenant.world)
        for delivery in tenant.webhooks.due(tenant.world.clock.now()):
            await self._deliver(tenant, delivery)

    async def _deliver(self, tenant: Tenant, delivery: Delivery) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            now = tenant.world.clock.now()
            headers = delivery.headers(now)
            status, error = None, None
            try:
                status = await asyncio.to_thread(
                    self._send, delivery.subscription.url, headers, delivery.body
                )
            except OSError as reason:
                error = str(reason)
            delivery.attempts.append(Attempt(now.isoformat(), status, error))
            if status == 200:
                delivery.state = State.DELIVERED
                return
            if attempt < ATTEMPTS:
                await asyncio.sleep(delivery.subscription.retry_after)
        delivery.state = State.FAILED
