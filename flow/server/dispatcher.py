"""Sends what webhooks owe: in order, up to three times, in the background of the server."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import partial
from typing import Protocol

import urllib3

from flow.server.tenants import Tenant, Tenants
from flow.server.threads import in_thread
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
    """POST without following redirects or trying again; what the answer says is not read."""
    try:
        with urllib3.PoolManager(timeout=_TIMEOUT, retries=False) as pool:
            answer = pool.request(
                "POST", url, body=body, headers=headers, redirect=False, preload_content=False
            )
            answer.close()
            return answer.status
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise OSError(str(error) or type(error).__name__) from error


class Dispatcher:
    """Delivers for all worlds at once; one world's deliveries go one after another."""

    def __init__(self, tenants: Tenants, send: Sender = post) -> None:
        self._tenants = tenants
        self._send = send
        self._woken = asyncio.Event()
        self._rounds: set[asyncio.Task[None]] = set()
        tenants.wake = self.wake

    def wake(self) -> None:
        """Something may be due."""
        self._woken.set()

    async def settle(self, tenant: Tenant) -> None:
        """Wait until all that is due in a world has been delivered or given up."""
        await self._serve(tenant)

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            while True:
                self._woken.clear()
                for tenant in self._tenants.all():
                    if tenant.webhooks.is_used and not tenant.webhooks.turn.locked():
                        self._begin(tenant)
                await self._wait()
        finally:
            for task in self._rounds:
                task.cancel()

    def _begin(self, tenant: Tenant) -> None:
        task = asyncio.create_task(self._serve(tenant))
        self._rounds.add(task)
        task.add_done_callback(self._rounds.discard)

    async def _wait(self) -> None:
        """Until woken; where a clock runs by itself and somebody listens, look now and then."""
        looks = any(
            tenant.world.clock.is_running and tenant.webhooks.is_used
            for tenant in self._tenants.all()
        )
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), _LOOK_EVERY if looks else None)

    async def _serve(self, tenant: Tenant) -> None:
        """Deliver what is due in a world, and what falls due meanwhile."""
        async with tenant.webhooks.turn:
            if tenant.webhooks.is_used:
                announce_renewals(tenant.world)
            while self._is_there(tenant):
                delivery = tenant.webhooks.next_due(tenant.world.clock.now())
                if delivery is None:
                    return
                await self._deliver(tenant, delivery)

    def _is_there(self, tenant: Tenant) -> bool:
        """Whether the world has not been deleted meanwhile."""
        return self._tenants.find(tenant.partner, tenant.name) is tenant

    async def _deliver(self, tenant: Tenant, delivery: Delivery) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            now = tenant.world.clock.now()
            headers = delivery.headers(now)
            status, error = None, None
            try:
                status = await in_thread(
                    partial(self._send, delivery.subscription.url, headers, delivery.body)
                )
            except OSError as reason:
                error = str(reason)
            delivery.attempts.append(Attempt(now.isoformat(), status, error))
            self._tenants.watch.tell((tenant.partner, tenant.name))
            if status == 200:
                delivery.state = State.DELIVERED
                return
            if attempt < ATTEMPTS:
                await asyncio.sleep(delivery.subscription.retry_after)
                if not self._is_there(tenant) or not tenant.webhooks.is_wanted(delivery):
                    break
        delivery.state = State.FAILED
