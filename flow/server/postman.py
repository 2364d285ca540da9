"""Brings the insurer's e-mails to an SMTP server, in a thread of its own.

No answer waits for it, and nothing that goes wrong there reaches a booking: the e-mail stays in the
outbox and says what became of it.
"""

from __future__ import annotations

import asyncio
import json
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from flow.documents.postbox import Posted
from flow.paper.letter import AddressUnusable, usable_address
from flow.paper.smtp import SmtpAddress, Undelivered, deliver
from flow.server.threads import in_thread

__all__ = ["Postman"]

_LAST_ROUND = 3
"""Seconds that a server which ends leaves for what is still to be brought."""


class Postman:
    """Delivers e-mails one after another, in the order in which they were written.

    Args:
        address: the SMTP server.
        log: takes a line about each e-mail that could not be delivered.
    """

    def __init__(self, address: SmtpAddress, log: Callable[[str], None] | None = None) -> None:
        self._address = address
        self._log = log
        self._waiting: asyncio.Queue[Posted] = asyncio.Queue()

    def take(self, posted: Posted) -> None:
        """An e-mail to deliver; to be called where the server's event loop runs."""
        posted.mail["delivery"] = "waiting"
        self._waiting.put_nowait(posted)

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            posted = await self._waiting.get()
            try:
                await in_thread(partial(self._bring, posted))
            except (AddressUnusable, Undelivered) as error:
                self._give_up(posted, str(error))
            except Exception as error:  # a defect of ours: told in full, and the next one goes out
                traceback.print_exc()
                self._give_up(posted, f"{type(error).__name__}: {error}")
            else:
                posted.mail["delivery"] = "delivered"
            finally:
                self._waiting.task_done()

    async def finish(self) -> None:
        """Wait for the e-mails already written, for a short time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._waiting.join(), _LAST_ROUND)

    def _bring(self, posted: Posted) -> None:
        letter = posted.letter()
        sender, to = usable_address(letter.sender.address), usable_address(letter.to.address)
        deliver(self._address, sender, to, letter.to_bytes())

    def _give_up(self, posted: Posted, reason: str) -> None:
        posted.mail["delivery"] = "undelivered"
        posted.mail["delivery_error"] = reason
        if self._log is not None:
            shown = {
                "mail": "undelivered",
                "event": posted.mail["event"],
                "booking": posted.mail["booking"],
                "smtp": str(self._address),
                "reason": reason,
            }
            self._log(json.dumps(shown, ensure_ascii=True))
