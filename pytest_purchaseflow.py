"""Fixtures for a partner's pytest: a simulated insurer in a process of its own, a world a test.

Nothing of purchaseflow is imported here, so a project that has its own `flow` or `models` can
use them; the server is reached over HTTP only. Installed as a pytest plugin.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import sysconfig
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

__all__ = ["ControlFailed", "PurchaseflowServer", "PurchaseflowWorld"]

PARTNER = "RETLR"
KEY = "test-key"
SECRET = "test-secret"
TOKEN = "test-token"
CONTROL = "/_purchaseflow"
WORLD_HEADER = "x-purchaseflow-world"


class ControlFailed(Exception):
    """The server did not do what a control method asked; says why."""


@dataclass(frozen=True)
class PurchaseflowServer:
    """A running server, shared by the tests of a session."""

    url: str
    partner: str = PARTNER
    api_key: str = KEY
    api_secret: str = SECRET
    control_token: str = TOKEN

    def world(self, name: str | None = None, *, seed: int | None = None) -> PurchaseflowWorld:
        """An empty world, by a name of its own unless one is given; its clock stands still."""
        made = PurchaseflowWorld(self, name or f"t-{uuid.uuid4().hex[:16]}")
        made.reset(seed=1 if seed is None else seed)
        return made


@dataclass(frozen=True)
class PurchaseflowWorld:
    """What a test needs to send its client to a world of its own, and to steer it.

    Give a client `base_url`, `partner`, `api_key` and `api_secret`: the key names the world, so
    no header needs to be set.
    """

    server: PurchaseflowServer
    name: str

    @property
    def base_url(self) -> str:
        """What the client takes for the insurer's address, prefix and final slash included."""
        return f"{self.server.url}/x/"

    @property
    def partner(self) -> str:
        """The partner code."""
        return self.server.partner

    @property
    def api_key(self) -> str:
        """The key, which names the world too."""
        return f"{self.server.api_key}@{self.name}"

    @property
    def api_secret(self) -> str:
        """The secret to sign with."""
        return self.server.api_secret

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Any call of the control API, such as `control("GET", "/webhooks")`.

        Raises:
            ControlFailed: it was refused.
        """
        path = "/" + path.lstrip("/")
        mark = "&" if "?" in path else "?"
        request = urllib.request.Request(
            f"{self.server.url}{CONTROL}{path}{mark}partner={self.partner}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.server.control_token}",
                "Content-Type": "application/json",
                WORLD_HEADER: self.name,
            },
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as reply:
                content = reply.read()
        except urllib.error.HTTPError as error:
            told = error.read().decode("utf-8", "replace")
            msg = f"{method} {path}: status {error.code}: {told}"
            raise ControlFailed(msg) from None
        return json.loads(content) if content else None

    def reset(self, *, seed: int | None = None, at: str | None = None) -> None:
        """Empty the world. With a seed, identifiers follow from it and the clock stands still."""
        given = {"seed": seed, "at": at}
        self.control("POST", "/reset", {k: v for k, v in given.items() if v is not None})

    def seed(self, document: dict[str, Any]) -> Any:
        """Make quotes and bookings; their ids."""
        return self.control("POST", "/seed", document)

    def now(self) -> str:
        """The world's present instant."""
        return str(self.control("GET", "/clock")["now"])

    def advance(self, **time: float) -> str:
        """Let days, hours, minutes or seconds pass; the new instant."""
        return str(self.control("POST", "/clock", time)["now"])

    def fault(self, kind: str, operation: str | None = None, **rule: Any) -> int:
        """Let calls fail: `fault("answer_lost", "create_booking", times=1)`; its number."""
        whole = {"kind": kind, "operation": operation, **rule}
        return int(self.control("POST", "/faults", whole)["number"])

    def calm(self) -> None:
        """Take all faults back."""
        self.control("DELETE", "/faults")

    def journal(self, operation: str | None = None) -> list[dict[str, Any]]:
        """The calls that came in, oldest first."""
        query = f"&operation={urllib.parse.quote(operation)}" if operation else ""
        entries: list[dict[str, Any]] = self.control("GET", f"/journal?limit=100000{query}")
        return entries

    def outbox(self) -> list[dict[str, Any]]:
        """The insurer's e-mails, oldest first."""
        mails: list[dict[str, Any]] = self.control("GET", "/outbox")
        return mails

    def snapshot(self, name: str = "usual") -> None:
        """Keep the state under a name."""
        self.control("PUT", f"/snapshots/{name}")

    def restore(self, name: str = "usual") -> None:
        """Return to a kept state."""
        self.control("POST", f"/snapshots/{name}/restore")

    def listen(self, url: str, **subscription: Any) -> int:
        """Send webhooks to an address; the subscription's number."""
        return int(self.control("POST", "/webhooks", {"url": url, **subscription})["number"])

    def disorder(self, kind: str, **rule: Any) -> None:
        """Let webhook deliveries be repeated, delayed, dropped, held or reordered."""
        self.control("POST", "/webhooks/disorder", {"kind": kind, **rule})

    def settle(self) -> list[dict[str, Any]]:
        """Wait until every due webhook is delivered or given up; all deliveries."""
        deliveries: list[dict[str, Any]] = self.control("POST", "/webhooks/settle")
        return deliveries

    def delete(self) -> None:
        """Drop the world."""
        self.control("DELETE", "/world")


def _command() -> list[str]:
    """The `purchaseflow` command: of this environment, or the one PURCHASEFLOW_COMMAND names."""
    named = os.environ.get("PURCHASEFLOW_COMMAND")
    if named:
        return shlex.split(named)
    beside = Path(sysconfig.get_path("scripts")) / "purchaseflow"
    return [str(beside)] if beside.exists() else [sys.executable, "-m", "flow"]


def start(*options: str) -> tuple[subprocess.Popen[str], str]:
    """Start a server on a free port; its process and address.

    Raises:
        ControlFailed: it did not start.
    """
    own = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith("PURCHASEFLOW_")
    }
    command = _command()
    try:
        process = subprocess.Popen(
            [*command, "serve", "--port", "0", "--partner", PARTNER, "--no-log", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={
                **own,
                "PURCHASEFLOW_API_KEY": KEY,
                "PURCHASEFLOW_API_SECRET": SECRET,
                "PURCHASEFLOW_CONTROL_TOKEN": TOKEN,
            },
        )
    except OSError as error:
        msg = f"{command[0]} cannot be started ({error.strerror}); PURCHASEFLOW_COMMAND names it"
        raise ControlFailed(msg) from None
    line = process.stdout.readline() if process.stdout else ""
    if "http" not in line:
        process.kill()
        told = process.communicate()[1]
        msg = f"purchaseflow serve did not start: {told.strip() or line.strip()}"
        raise ControlFailed(msg)
    return process, line.split()[-1]


@pytest.fixture(scope="session")
def purchaseflow_server() -> Iterator[PurchaseflowServer]:
    """A server in its own process on a free port, for the whole session."""
    process, url = start()
    try:
        yield PurchaseflowServer(url)
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.fixture
def purchaseflow(purchaseflow_server: PurchaseflowServer) -> Iterator[PurchaseflowWorld]:
    """A world of this test's own, deleted afterwards."""
    world = purchaseflow_server.world()
    try:
        yield world
    finally:
        world.delete()
