"""The insurer over HTTP: this project's server, staging, or anything that speaks the same API."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson
import urllib3

from flow.backends.wire import NoAnswer, Unreachable, WireBackend
from flow.errors import BackendSilent, BackendUnclear, BackendUnreachable
from flow.signature import TARGET, Credentials, authorization, http_date
from models import Answer, Call, Mail

__all__ = ["HttpBackend", "HttpControls", "HttpTransport", "Patience"]

CONTROL = "/_purchaseflow"
WORLD_HEADER = "x-purchaseflow-world"
_RETRIED = {429, 502, 503, 504}
_SAFE = {"GET"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait, and how often to try again (contract section 10).

    Tried again are calls that may safely be: those that only read, those that carry an
    idempotency key, those that were never sent, and new quotes, which bind nobody.

    Attributes:
        connect, read: seconds; the insurer asks for 5 at least, better 10, when booking.
        tries: in all.
        factor: the first pause in seconds; each later one is twice as long.
        longest: no pause is longer, whatever Retry-After says.
    """

    connect: float = 5.0
    read: float = 30.0
    tries: int = 3
    factor: float = 0.5
    longest: float = 30.0


class HttpTransport:
    """Signed calls over kept connections.

    Args:
        url: scheme, host and port; a path in it takes the place of the usual prefix.
        credentials: to sign with; None sends calls unsigned.
        target: sign method and path too, as the official Python client does.
        sleep: waits between tries.
        now: the instant of the Date header.
    """

    def __init__(
        self,
        url: str,
        credentials: Credentials | None,
        *,
        patience: Patience | None = None,
        target: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        parts = urlsplit(url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.prefix = parts.path.rstrip("/")
        self.patience = patience or Patience()
        self._credentials = credentials
        self._names = (TARGET, "date") if target else ("date",)
        self._sleep = sleep
        self._now = now
        self._pool = urllib3.PoolManager(
            maxsize=4,
            timeout=urllib3.Timeout(connect=self.patience.connect, read=self.patience.read),
            retries=False,
        )

    def send(self, call: Call) -> Answer:
        """Send a call, again if need be, and return the answer.

        Raises:
            Unreachable: nobody listens there.
            NoAnswer: none came, or none that can be read.
        """
        may_repeat = (
            call.method in _SAFE
            or "x-idempotency-key" in call.headers
            or call.path.endswith(("/quotes/", "/offers/"))
        )
        for tried in range(1, self.patience.tries + 1):
            is_last = tried == self.patience.tries
            try:
                answer = self._once(call)
            except Unreachable:
                if is_last:
                    raise
                pause = self._pause(tried, None)
            except NoAnswer:
                if is_last or not may_repeat:
                    raise
                pause = self._pause(tried, None)
            else:
                if is_last or not may_repeat or answer.status not in _RETRIED:
                    return answer
                pause = self._pause(tried, answer.headers.get("retry-after"))
            self._sleep(pause)
        raise NoAnswer("not tried at all")

    def close(self) -> None:
        """Close the kept connections; a later call opens new ones."""
        self._pool.clear()

    def _pause(self, tried: int, retry_after: str | None) -> float:
        if retry_after and retry_after.isascii() and retry_after.isdigit():
            return min(float(retry_after), self.patience.longest)
        return min(self.patience.factor * 2.0 ** (tried - 1), self.patience.longest)

    def _once(self, call: Call) -> Answer:
        path = self._path(call.path)
        headers = {"Content-Type": "application/json", **call.headers}
        if self._credentials is not None:
            headers["Date"] = http_date(self._now())
            headers["X-Api-Key"] = self._credentials.key
            headers["Authorization"] = authorization(
                self._credentials,
                call.method,
                path,
                {"date": headers["Date"]},
                names=self._names,
            )
        body = None if call.method == "GET" else orjson.dumps(call.body)
        query = f"?{urlencode(call.query)}" if call.query else ""
        status, given, content = self.request(call.method, path + query, headers, body)
        return Answer(status, _decoded(content) if status < 400 else _told(content), given)

    def _path(self, path: str) -> str:
        """The path under the prefix of this insurer, encoded as it is signed and sent."""
        whole = self.prefix + path[path.index("/partners/") :] if self.prefix else path
        return quote(whole, safe="/%")

    def request(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[int, dict[str, str], bytes]:
        """One exchange: status, lower-case headers, body.

        Raises:
            Unreachable, NoAnswer: see `send`.
        """
        try:
            reply = self._pool.request(
                method, self.origin + target, body=body, headers=headers, redirect=False
            )
        except (
            urllib3.exceptions.NewConnectionError,
            urllib3.exceptions.ConnectTimeoutError,
            urllib3.exceptions.NameResolutionError,
            urllib3.exceptions.LocationValueError,
        ) as error:
            raise Unreachable(f"{self.origin} cannot be reached: {_reason(error)}") from error
        except urllib3.exceptions.ReadTimeoutError as error:
            raise NoAnswer(f"no answer within {self.patience.read:g} seconds") from error
        except urllib3.exceptions.SSLError as error:  # nothing of the call was sent
            hint = ": is it http://?" if "WRONG_VERSION" in str(error) else ""
            raise Unreachable(f"{self.origin} speaks no TLS we can trust{hint}") from error
        except urllib3.exceptions.HTTPError as error:
            raise NoAnswer(f"{self.origin}: {_reason(error)}") from error
        lower = {name.lower(): value for name, value in reply.headers.items()}
        return reply.status, lower, reply.data


def _reason(error: Exception) -> str:
    inner = error.args[-1] if error.args else None
    if isinstance(inner, Exception):  # ProtocolError("Connection aborted.", the reason)
        return str(inner) or type(inner).__name__
    return str(error).rpartition(": ")[2] or type(error).__name__


def _decoded(content: bytes) -> Any:
    if not content:
        return None
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        shown = content[:60].decode("utf-8", "replace")
        raise NoAnswer(f"the answer is not JSON: {shown!r}") from error


def _told(content: bytes) -> Any:
    """The body of a refusal or failure; what is not JSON, as from a proxy, is kept as text."""
    try:
        return _decoded(content)
    except NoAnswer:
        return content[:1000].decode("utf-8", "replace")


class HttpControls:
    """Clock and outbox of one world of a purchaseflow server.

    Args:
        transport: reaches the server.
        token: of its control API.
        partner, world: whose clock and outbox.
    """

    def __init__(self, transport: HttpTransport, *, token: str, partner: str, world: str) -> None:
        self._transport = transport
        self._token = token
        self._partner = partner
        self._world = world

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One control request; its decoded answer.

        Raises:
            BackendUnreachable, BackendSilent: no answer.
            BackendUnclear: the server refuses it; says why.
        """
        content = self._request(method, path, None if body is None else orjson.dumps(body))
        try:
            return _decoded(content)
        except NoAnswer as error:
            raise BackendSilent(f"control {path}", str(error)) from error

    def _request(self, method: str, path: str, body: bytes | None) -> bytes:
        """The same; the answer as it came."""
        name = f"control {path}"
        try:
            status, _, content = self._transport.request(
                method,
                f"{CONTROL}{path}?{urlencode({'partner': self._partner})}",
                {"Authorization": f"Bearer {self._token}", WORLD_HEADER: self._world},
                body,
            )
            if status < 300:
                return content
            decoded = _decoded(content)
        except Unreachable as error:
            raise BackendUnreachable(name, str(error)) from error
        except NoAnswer as error:
            raise BackendSilent(name, str(error)) from error
        told = decoded.get("error", decoded) if isinstance(decoded, dict) else decoded
        raise BackendUnclear(name, f"status {status}: {told}")

    @property
    def is_there(self) -> bool:
        """Whether the other end has a control API, as no real insurer has.

        Raises:
            BackendUnreachable, BackendSilent: no answer at all.
            BackendUnclear: it has one, which does not take the token; says so.
        """
        try:
            self.call("GET", "/")
        except BackendUnclear as error:
            if "the control API" in error.reason:
                raise
            return False
        except BackendSilent as error:
            if isinstance(error, BackendUnreachable) or "not JSON" not in error.reason:
                raise
            return False
        return True

    def reset(self, *, seed: int | None = None) -> None:
        """Empty the world; with a seed, its clock stands still as it does in process."""
        self.call("POST", "/reset", {} if seed is None else {"seed": seed})

    def delete(self) -> None:
        """Drop the world."""
        self.call("DELETE", "/world")

    def now(self) -> datetime:
        """The world's present instant."""
        return datetime.fromisoformat(self.call("GET", "/clock")["now"])

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.call("POST", "/clock", {"seconds": by.total_seconds()})

    def outbox(self) -> Sequence[Mail]:
        """E-mails sent in this world, oldest first."""
        return [Mail.from_wire(mail) for mail in self.call("GET", "/outbox")]

    def keep_letters(self) -> None:
        """The server keeps them anyhow."""

    def letter(self, number: int) -> bytes:
        """The e-mail of that place in the outbox, counted from 1, as a MIME message."""
        return self._request("GET", f"/outbox/{number}", None)


class HttpBackend(WireBackend):
    """A partner of an insurer over HTTP.

    Args:
        transport: how to get there.
        partner: the partner code.
        control_token: of a purchaseflow server; gives controls, and a world by name.
        world: name of that world.
    """

    def __init__(
        self,
        transport: HttpTransport,
        *,
        partner: str,
        control_token: str | None = None,
        world: str = "",
    ) -> None:
        controls = None
        if control_token is not None:
            controls = HttpControls(transport, token=control_token, partner=partner, world=world)
        super().__init__(
            transport,
            partner=partner,
            headers={WORLD_HEADER: world} if world else {},
            controls=controls,
        )
