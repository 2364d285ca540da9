"""A server that misbehaves: a listening socket whose answers are written by hand."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Broken", "answering", "nobody", "read", "reply"]

Behaviour = Callable[[socket.socket], None]


def reply(status: int, body: str, *headers: str, promised: int | None = None) -> Behaviour:
    """Answer with a status and a body; `promised` is the length that is announced."""
    length = len(body) if promised is None else promised
    head = [f"HTTP/1.1 {status} X", f"content-length: {length}", "connection: close"]
    lines = [*head, *headers, "", body]
    return lambda connection: connection.sendall("\r\n".join(lines).encode())


@dataclass
class Broken:
    """What a misbehaving server saw."""

    url: str
    requests: list[bytes] = field(default_factory=list)

    def header(self, name: str) -> list[str | None]:
        """A header, request by request."""
        return [_header(request, name) for request in self.requests]


def _header(request: bytes, name: str) -> str | None:
    for line in request.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]:
        key, _, value = line.partition(": ")
        if key.lower() == name:
            return value
    return None


@contextmanager
def answering(*behaviours: Behaviour) -> Iterator[Broken]:
    """Behave like this, connection by connection; the last one stands for all that follow."""
    own = socket.create_server(("127.0.0.1", 0))
    broken = Broken(f"http://127.0.0.1:{own.getsockname()[1]}")

    def serve() -> None:
        for number in range(100):
            try:
                connection, _ = own.accept()
            except OSError:  # closed: the test is over
                return
            with connection:
                request = read(connection)
                if not request:
                    return
                broken.requests.append(request)
                behaviours[min(number, len(behaviours) - 1)](connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield broken
    finally:
        with socket.create_connection(own.getsockname()):
            pass  # wakes `accept`; an empty request ends the thread
        thread.join()
        own.close()


def read(connection: socket.socket) -> bytes:
    """A whole request, or nothing."""
    got = b""
    while b"\r\n\r\n" not in got:
        part = connection.recv(65536)
        if not part:
            return b""
        got += part
    head, _, body = got.partition(b"\r\n\r\n")
    length = int(_header(head + b"\r\n\r\n", "content-length") or 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{own.getsockname()[1]}"
