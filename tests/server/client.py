"""A partner's client that can do anything: signs by itself, sends raw bytes, leaves things out.

Nothing of `flow` is imported here, so that server and client cannot be wrong in the same way.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from pytest_purchaseflow import PurchaseflowWorld

ROOT = Path(__file__).resolve().parents[2]
DATE = "Thu, 15 Jan 2026 09:00:00 GMT"
HOLDER = {"first_name": "Ann", "last_name": "Lee", "email": "ann@shop.test", "country": "GB"}
ITEM = {
    "policy_type": "product_insurance",
    "policy_type_version": 1,
    "category": "electronics",
    "price": 1000,
    "name": "Camera",
}
QUOTE = {"request": [ITEM], "currency": "GBP", "customer_country": "GB"}
BOOKING = {**QUOTE, "policyholder": HOLDER}
UNSET: Any = object()

_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "sha384": hashlib.sha384}


@dataclass(frozen=True)
class Reply:
    """An answer as it came: status, lower-case headers, bytes."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """The decoded JSON; None when there is nothing."""
        return json.loads(self.content) if self.content else None


def signature(secret: str, text: str, algorithm: str = "sha512") -> str:
    """HMAC, base64, percent-encoded: contract section 2, written anew."""
    kind = _HASHES.get(algorithm, hashlib.sha512)
    return quote(base64.b64encode(hmac.new(secret.encode(), text.encode(), kind).digest()), safe="")


@dataclass
class Client:
    """Calls to a server, each over a connection of its own."""

    url: str
    key: str = "test-key"
    secret: str = "test-secret"
    partner: str = "RETLR"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 0

    def authorization(self, **changes: str) -> str:
        """What signs a call with `DATE`; any part of it can be altered."""
        algorithm = changes.get("algorithm", "hmac-sha512")
        kind = algorithm.removeprefix("hmac-")
        given = signature(changes.get("secret", self.secret), f"date: {DATE}", kind)
        return (
            f'Signature keyId="{changes.get("key", self.key)}",algorithm="{algorithm}",'
            f'signature="{changes.get("signature", given)}"'
        )

    def signed(self) -> dict[str, str]:
        """The headers of a proper call."""
        return {"Date": DATE, "Authorization": self.authorization(), **self.headers}

    def path(self, path: str, prefix: str = "/x") -> str:
        """A path of this partner."""
        return f"{prefix}/partners/{self.partner}/{path}"

    def call(
        self,
        method: str,
        path: str,
        body: Any = UNSET,
        *,
        headers: dict[str, str | None] | None = None,
        content: bytes | None = None,
        timeout: float = 20,
    ) -> Reply:
        """A signed call; a path that begins with a slash is sent as it is.

        Headers given as None are left out. `content` is sent in place of a JSON body.
        """
        whole = self.signed()
        if body is not UNSET:
            content = json.dumps(body).encode()
        if content is not None:
            whole |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
        for name, value in (headers or {}).items():
            whole.pop(name, None)
            if value is not None:
                whole[name] = value
        target = path if path.startswith("/") else self.path(path)
        with closing(http.client.HTTPConnection(*self.address, timeout=timeout)) as connection:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in whole.items():
                connection.putheader(name, value)
            connection.endheaders(content)
            reply = connection.getresponse()
            given = {name.lower(): value for name, value in reply.getheaders()}
            return Reply(reply.status, given, reply.read())

    def ok(self, method: str, path: str, body: Any = UNSET, **headers: str | None) -> Any:
        """A call that has to succeed; its body. Header names with underscores for dashes."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        reply = self.call(method, path, body, headers=names)
        assert reply.status < 300, (reply.status, reply.content)
        return reply.body

    def quote(self) -> Any:
        """A new package."""
        return self.ok("POST", "quotes/", QUOTE)

    def booking_of(self, package: Any) -> tuple[str, dict[str, Any]]:
        """Path and body of the call that books a package."""
        chosen = [{"id": one["id"]} for one in package["quotes"].values()]
        return f"bookings/{package['id']}/", {"quotes": chosen, "policyholder": HOLDER}

    def book(self) -> Any:
        """A new booking."""
        return self.ok("POST", "instant_booking/", BOOKING)

    def raw(self, content: bytes, *, shut: bool = True, timeout: float = 20) -> bytes:
        """Send bytes, read all that comes until the server closes."""
        with closing(self.connect(timeout)) as own:
            own.sendall(content)
            if shut:
                own.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: own.recv(65536), b""))

    def connect(self, timeout: float = 20) -> socket.socket:
        """A connection."""
        return socket.create_connection(self.address, timeout=timeout)

    def request(self, method: str, path: str, body: bytes = b"", *lines: str) -> bytes:
        """The bytes of a signed request; further header lines as given."""
        target = path if path.startswith("/") else self.path(path)
        own = [f"{name}: {value}" for name, value in self.signed().items()]
        head = [f"{method} {target} HTTP/1.1", "Host: test", *own]
        length = [f"Content-Length: {len(body)}", "Content-Type: application/json"] if body else []
        return "\r\n".join([*head, *length, *lines, "", ""]).encode("latin-1") + body


def client_of(world: PurchaseflowWorld, **changes: Any) -> Client:
    """A client in a world of its own; the key names the world."""
    own = {"key": world.api_key, "secret": world.api_secret, "partner": world.partner}
    return Client(world.server.url, **{**own, **changes})


def steer(
    url: str,
    method: str,
    path: str,
    *,
    content: bytes | None = None,
    token: str | None = "test-token",
    world: str | None = None,
) -> Reply:
    """A control call, raw."""
    parts = urlsplit(url)
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    headers |= {} if world is None else {"x-purchaseflow-world": world}
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)) as own:
        own.request(method, f"/_purchaseflow{path}", body=content, headers=headers)
        reply = own.getresponse()
        given = {name.lower(): value for name, value in reply.getheaders()}
        return Reply(reply.status, given, reply.read())


class Served:
    """A server process of a test's own."""

    def __init__(self, *options: str, patch: str = "", **environment: str) -> None:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PURCHASEFLOW_")}
        code = f"{patch}\nfrom flow.cli.main import main\nmain()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, "serve", "--port", "0", *options],
            cwd=ROOT,
            env={**inherited, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline()
        self.url = self.first_line.split()[-1] if self.first_line else ""

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """End it; its exit code, and the rest of what it printed."""
        self.process.send_signal(number)
        out, told = self.process.communicate(timeout=20)
        return self.process.returncode, out, told


@contextmanager
def served(*options: str, patch: str = "", **environment: str) -> Iterator[Served]:
    """A server process that is gone afterwards, whatever happened.

    `patch` is Python that runs in the server's process before it starts.
    """
    own = Served(*options, patch=patch, **environment)
    try:
        yield own
    finally:
        own.process.kill()
        own.process.communicate(timeout=20)
