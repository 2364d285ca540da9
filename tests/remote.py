"""Calls to a server over HTTP, signed as a partner's client signs them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import urllib3

from flow.signature import TARGET, Credentials, authorization
from models.exchange import Answer
from pytest_purchaseflow import PurchaseflowServer, PurchaseflowWorld, start
from tests.simulator.door import Door

__all__ = ["DATE", "RemoteDoor", "send", "serving", "signed"]

DATE = "Thu, 04 Nov 2021 18:07:11 GMT"
"""Any date will do: without a window the server takes them all, as staging did."""


@contextmanager
def serving(*options: str) -> Iterator[tuple[PurchaseflowServer, subprocess.Popen[str]]]:
    """A server of a test's own, and its process."""
    process, url = start(*options)
    try:
        yield PurchaseflowServer(url), process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def signed(
    credentials: Credentials, method: str, target: str, headers: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Headers of a request, signed over its path and date as the official client does."""
    whole = {"content-type": "application/json", "date": DATE, **(headers or {})}
    path = target.partition("?")[0]
    names = (TARGET, "date")
    whole["authorization"] = authorization(credentials, method, path, whole, names=names)
    return whole


def send(
    pool: urllib3.PoolManager,
    method: str,
    address: str,
    body: bytes | None,
    headers: Mapping[str, str],
) -> Answer:
    """One exchange; header names of the answer are in lower case."""
    reply = pool.request(
        method, address, body=body, headers=headers, retries=False, redirect=False, timeout=20
    )
    content = json.loads(reply.data) if reply.data else None
    return Answer(reply.status, content, {k.lower(): v for k, v in reply.headers.items()})


class RemoteDoor(Door):
    """One partner at the door of a server: the same calls as in process.

    Args:
        at: a world of a server, or the server itself.
        pool: connections to use.
    """

    def __init__(self, at: PurchaseflowWorld | PurchaseflowServer, pool: urllib3.PoolManager):
        server = at if isinstance(at, PurchaseflowServer) else at.server
        self.url = server.url
        self.credentials = Credentials(at.api_key, at.api_secret)
        self.partner = at.partner
        self.pool = pool

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Any call; header names with underscores for dashes."""
        target = f"/x/partners/{self.partner}/{path}"
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        whole = signed(self.credentials, method, target, given)
        content = None if method == "GET" else json.dumps(body).encode()
        return send(self.pool, method, self.url + target, content, whole)
