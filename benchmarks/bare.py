"""The least a server can do: read a request to its end, write the same bytes. The load's limit.

`python -m benchmarks.bare PORT FILE` answers every request with 201 and what the file holds.
"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import cast

from benchmarks.load import fast_loop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+) *\r\n", re.IGNORECASE)


class _Answers(asyncio.Protocol):
    """One connection."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by descent

    def data_received(self, data: bytes) -> None:
        self._received += data
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._received, 0, head + 2)
        if len(self._received) >= head + 4 + (int(length[1]) if length else 0):
            self._received = b""
            self._transport.write(self._answer)


async def _serve(port: int, answer: bytes) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Answers(answer), "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    """Serve until terminated."""
    body = Path(sys.argv[2]).read_bytes()
    head = (
        "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with asyncio.Runner(loop_factory=fast_loop()) as runner:
        runner.run(_serve(int(sys.argv[1]), head.encode() + body))


if __name__ == "__main__":
    main()
