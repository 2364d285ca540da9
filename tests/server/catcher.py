"""A real SMTP server on a free port, which keeps what it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from queue import Queue
from threading import Thread
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.paper.reading import message_of


@dataclass
class Caught:
    """An e-mail as it came: its envelope, its bytes."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The message in it."""
        return message_of(self.content)


@dataclass
class Catcher:
    """Takes every e-mail, but for recipients that it refuses.

    Attributes:
        leaves_after: so many e-mails, it hangs up on whoever brings another; None stays.
    """

    refused: str = "refused@shop.test"
    leaves_after: int | None = None
    goodbye: str = "221 Bye"
    mails: Queue[Caught] = field(default_factory=Queue)
    address: str = ""

    def next(self) -> Caught:
        """The next e-mail; waits for it."""
        return self.mails.get(timeout=30)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if address == self.refused:
            return "550 No such person here"
        if self.mails.qsize() == self.leaves_after:
            cast("asyncio.Transport", server.transport).abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        return self.goodbye

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.put(Caught(envelope.mail_from or "", list(envelope.rcpt_tos), content))
        return "250 OK"


@contextmanager
def catching() -> Iterator[Catcher]:
    """A running catcher, gone afterwards."""
    loop, own = asyncio.new_event_loop(), Catcher()

    async def begin() -> asyncio.Server:
        return await loop.create_server(
            lambda: SMTP(own, hostname="catcher.test", loop=loop), "127.0.0.1", 0
        )

    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(begin(), loop).result(timeout=20)
    own.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield own
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(timeout=20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=20)
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
