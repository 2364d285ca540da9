"""Brings the insurer's e-mails to an SMTP server, in a thread of its own.

No answer waits for it, and nothing that goes wrong there reaches a booking: the e-mail stays in the
outbox and says what became of it.
"""

from __future__ import annotations

import asyncio
import json
import smtplib
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from flow.documents.postbox import Posted
from flow.paper.letter import AddressUnusable, usable_address
from flow.server.threads import in_thread

__all__ = ["Postman", "SmtpAddress", "SmtpAddressInvalid", "read_smtp_address"]

_TIMEOUT = 10
"""Seconds to wait for an SMTP server to answer."""
_LAST_ROUND = 3
"""Seconds that a server which ends leaves for what is still to be brought."""
_OWN_HOST = "purchaseflow.localhost"
"""How we greet; to be asked for this machine's name can take long."""


@dataclass(frozen=True, slots=True)
class SmtpAddress:
    """Where an SMTP server listens; without TLS or login, such as a mail catcher's."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class SmtpAddressInvalid(ValueError):
    """A text that is no HOST:PORT; says what is missing."""


def read_smtp_address(text: str) -> SmtpAddress:
    """`127.0.0.1:1025`, `localhost:1025`, `[::1]:1025`.

    Raises:
        SmtpAddressInvalid: it is none of these.
    """
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        msg = f"{text!r} is no HOST:PORT, such as 127.0.0.1:1025"
        raise SmtpAddressInvalid(msg)
    if any(sign in host for sign in "/@ ") or (":" in host and not text.startswith("[")):
        msg = f"{text!r} is no HOST:PORT: give the name or number of a host alone"
        raise SmtpAddressInvalid(msg)
    return SmtpAddress(host, int(port))


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
            except (OSError, AddressUnusable, smtplib.SMTPException) as error:
                self._give_up(posted, _told(error))
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
        content = letter.to_bytes()
        address = self._address
        with smtplib.SMTP(
            address.host, address.port, local_hostname=_OWN_HOST, timeout=_TIMEOUT
        ) as smtp:
            smtp.sendmail(sender, [to], content)

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


def _told(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return f"refused: {code} {text.decode('utf-8', 'replace')}"
    if isinstance(error, smtplib.SMTPResponseException):
        shown: bytes | str = error.smtp_error
        told = shown if isinstance(shown, str) else shown.decode("utf-8", "replace")
        return f"refused: {error.smtp_code} {told}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
