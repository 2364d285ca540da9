"""Brings e-mails to an SMTP server: where it listens, and what becomes of each."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

__all__ = [
    "NotReached",
    "SmtpAddress",
    "SmtpAddressInvalid",
    "Undelivered",
    "deliver",
    "reach",
    "read_smtp_address",
]

_TIMEOUT = 10
"""Seconds to wait for an SMTP server to answer."""
_OWN_HOST = "purchaseflow.localhost"
"""How we greet; to be asked for this machine's name can take long."""


@dataclass(frozen=True, slots=True)
class SmtpAddress:
    """Where an SMTP server listens; without TLS or login, such as a mail catcher's."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class SmtpAddressInvalid(ValueError):
    """A text that is no HOST:PORT; says what is missing."""


class Undelivered(Exception):
    """An e-mail that was not taken; says why."""


class NotReached(Undelivered):
    """Nobody answers there, or nobody who speaks SMTP: the next e-mail would not get there."""


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


def reach(address: SmtpAddress) -> None:
    """Make sure that somebody answers there.

    Raises:
        NotReached: nobody does, or none that speaks SMTP.
        Undelivered: the server wants nothing from us.
    """
    with _connected(address):
        pass


def deliver(address: SmtpAddress, sender: str, to: str, content: bytes) -> None:
    """Bring one e-mail.

    Raises:
        NotReached: the server is not there, or not any more.
        Undelivered: it does not take this e-mail.
    """
    with _connected(address) as smtp:
        smtp.sendmail(sender, [to], content)


_REFUSALS = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPResponseException,
    smtplib.SMTPNotSupportedError,
)


@contextmanager
def _connected(address: SmtpAddress) -> Iterator[smtplib.SMTP]:
    try:
        smtp = smtplib.SMTP(address.host, address.port, local_hostname=_OWN_HOST, timeout=_TIMEOUT)
        try:
            yield smtp
        except (KeyboardInterrupt, SystemExit):
            smtp.close()  # without a goodbye, which a slow server would make us wait for
            raise
        finally:
            with suppress(OSError):  # how it says goodbye does not undo what it took
                smtp.quit()
    except _REFUSALS as error:
        raise Undelivered(_told(error)) from error
    except (OSError, UnicodeError) as error:  # smtplib's own among them; a host that is no name
        raise NotReached(_told(error)) from error


def _told(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return f"refused: {code} {text.decode('utf-8', 'replace')}"
    if isinstance(error, smtplib.SMTPResponseException):
        shown: bytes | str = error.smtp_error
        told = shown if isinstance(shown, str) else shown.decode("utf-8", "replace")
        return f"refused: {error.smtp_code} {told}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
