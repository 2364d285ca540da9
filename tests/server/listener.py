"""A partner's webhook listener: a real HTTP server in a thread, which keeps what it hears."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Heard", "Listener", "listening"]


@dataclass(frozen=True)
class Heard:
    """One request to a listener."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        """The decoded body."""
        return json.loads(self.raw)

    @property
    def event(self) -> str:
        """What it tells."""
        return str(self.body["event"])


class Listener:
    """Answers 200, or first the statuses in `answers`; waits while `is_open` is not set."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.heard: list[Heard] = []
        self.answers: deque[int] = deque()
        self.is_open = threading.Event()
        self.is_open.set()
        self.is_called = threading.Event()

    @property
    def events(self) -> list[str]:
        """The events heard, in order."""
        return [one.event for one in self.heard]


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            listener.heard.append(Heard(self.path, headers, raw))
            listener.is_called.set()
            assert listener.is_open.wait(30)
            self.send_response(listener.answers.popleft() if listener.answers else 200)
            self.send_header("Location", f"{listener.url}elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:  # a followed redirect would come as one
            self.do_POST()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener = Listener(f"http://127.0.0.1:{server.server_port}/hook/")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield listener
    finally:
        listener.is_open.set()
        server.shutdown()
        thread.join()
        server.server_close()
