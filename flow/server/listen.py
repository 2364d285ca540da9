"""Listens: sockets, TLS and signals, by uvicorn; and the cutting of connections on demand."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from flow.errors import ConfigInvalid
from flow.server.app import App

__all__ = ["MOST_HEAD", "Address", "bind", "serve"]

_BACKLOG = 2048
MOST_HEAD = 1024 * 1024
"""Bytes of a request before its body; the parser itself knows no end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen; port 0 takes a free one. With a certificate, over TLS."""

    host: str = "127.0.0.1"
    port: int = 0
    certificate: str | None = None
    private_key: str | None = None


def bind(address: Address) -> socket.socket:
    """A listening socket.

    Raises:
        ConfigInvalid: the port is taken, or the host is not this machine's.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    own = socket.socket(family, socket.SOCK_STREAM)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        own.bind((address.host, address.port))
        own.listen(_BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        own.close()
        reason = f"cannot listen there: {getattr(error, 'strerror', None) or error}"
        raise ConfigInvalid(
            setting="port", origin=f"{address.host}:{address.port}", reason=reason
        ) from error
    return own


def url_of(own: socket.socket, address: Address) -> str:
    """`http://127.0.0.1:8080`."""
    host, port = own.getsockname()[:2]
    scheme = "https" if address.certificate else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def serve(app: App, address: Address, tell: Callable[[str], None]) -> None:
    """Serve until told to stop. `tell` gets the base address as soon as calls are answered.

    Raises:
        ConfigInvalid: the address, or the certificate, cannot be used.
    """
    own = bind(address)
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    try:
        config = uvicorn.Config(
            app,
            http=_protocol(app),
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            backlog=_BACKLOG,
            timeout_graceful_shutdown=2,
            ssl_certfile=address.certificate,
            ssl_keyfile=address.private_key,
        )
        config.load()
    except OSError as error:
        own.close()
        raise ConfigInvalid(
            setting="tls-certificate", origin=str(address.certificate), reason=str(error)
        ) from error
    _spare_the_collector()
    server = _Server(config, lambda: tell(url_of(own, address)), app.tenants.watch.end)
    pipe = signal.getsignal(signal.SIGPIPE) if hasattr(signal, "SIGPIPE") else None
    if pipe is not None:  # a client that leaves early must not end the server
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        server.run(sockets=[own])
    except KeyboardInterrupt:
        pass  # the signal that ended it, which uvicorn raises again when all is closed
    finally:
        own.close()
        if pipe is not None:
            signal.signal(signal.SIGPIPE, pipe)


def _spare_the_collector() -> None:
    """Let the cyclic collector look at new objects only.

    What a server stores is many small records without cycles, freed by reference count; going
    through all of them again and again would take a fifth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 5, 10_000)


class _Server(uvicorn.Server):
    """Tells when it is ready, and when it stops: before it waits for connections to close."""

    def __init__(
        self, config: uvicorn.Config, tell: Callable[[], None], stop: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._tell = tell
        self._stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._tell()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stop()
        await super().shutdown(sockets)


def _protocol(app: App) -> type[asyncio.Protocol]:
    """uvicorn's protocol, with an end to headers; it notes its transport for the door to cut."""
    by_client = app.door.cut.by_client

    class Cuttable(HttpToolsProtocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            peer = transport.get_extra_info("peername")
            self._own_client = tuple(peer[:2]) if peer else ("", 0)  # some have left already
            self._head, self._is_in_head = 0, True
            by_client[self._own_client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            by_client.pop(self._own_client, None)
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if not self._is_in_head:
                return
            self._head += len(data)
            if self._head > MOST_HEAD and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")

        def on_headers_complete(self) -> None:
            self._is_in_head = False
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self._head, self._is_in_head = 0, True
            super().on_message_complete()

    return Cuttable
