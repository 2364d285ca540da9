"""Cutting connections: what a client sees when an answer is lost, or nobody listens any more."""

from __future__ import annotations

import asyncio
import socket
import struct

from flow.server.asgi import Receive, Scope

__all__ = ["Cut"]


class Cut:
    """Cuts connections. The listener notes the transports, by host and port of the client."""

    def __init__(self) -> None:
        self.by_client: dict[tuple[str, int], asyncio.Transport] = {}

    async def __call__(self, scope: Scope, receive: Receive, *, flush: bool, reset: bool) -> None:
        """End the connection of a request, after what was sent, or at once.

        A `reset` is what a client sees of a host where nobody listens any more.
        """
        transport = self.by_client.get(scope["client"])
        if transport is None:
            return
        if reset:
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, linger
            )
        if flush:
            transport.close()
        else:
            transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass
