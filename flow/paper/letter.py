"""E-mails as MIME messages: text, HTML, and sheets attached as PDF.

Same letter, same bytes: date, id and boundaries come from the letter. What people typed reaches
a header only on one line and encoded; an address that is none is left out.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, Group
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from flow.pages.rendering import render
from flow.paper.pdf import to_pdf
from flow.paper.sheet import Sheet, one_line

__all__ = ["AddressUnusable", "Attachment", "Letter", "Mailbox", "Paragraph", "usable_address"]

_ADDRESS = re.compile(
    r"([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64})@([^\x00-\x20@\[\]<>()\",:;\\]{1,255})"
)
_BAD_LOCAL = re.compile(r"=\?|\.\.|^\.|\.$")
"""Dots where none may be, and the beginning of an encoded word."""
_HOST = re.compile(r"[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")


class AddressUnusable(ValueError):
    """An e-mail address to which nothing can be sent; says which."""

    def __init__(self, address: str) -> None:
        self.address = one_line(address)
        super().__init__(f"{self.address!r} is no address that mail can be sent to")


def usable_address(text: str) -> str:
    """The address as it may stand in an envelope; its host in ASCII.

    Raises:
        AddressUnusable: it is none, or holds what could end a header or a command.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None or _BAD_LOCAL.search(found[1]):
        raise AddressUnusable(text)
    try:
        host = found[2].encode("idna").decode()
    except UnicodeError as error:
        raise AddressUnusable(text) from error
    if _HOST.fullmatch(host) is None:
        raise AddressUnusable(text)
    return f"{found[1]}@{host}"


def _header_text(text: str) -> str:
    """One line, and no encoded word: the library would decode one, line breaks and all."""
    return one_line(text).replace("=?", "= ?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """A name and an address, as they were given."""

    name: str
    address: str

    def header(self) -> Address | Group:
        """For a header; with an unusable address only what was given, as a name for nobody."""
        try:
            return Address(_header_text(self.name), addr_spec=usable_address(self.address))
        except AddressUnusable as error:
            return Group(_header_text(error.address) or "nobody", ())


@dataclass(frozen=True, slots=True)
class Attachment:
    """A sheet, and the name of its file without `.pdf`."""

    name: str
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Some text, and the link that it introduces."""

    text: str
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An e-mail before it is written.

    Attributes:
        domain: of its Message-ID.
        at: when it is sent, by the insurer's clock.
        lines: rows of what it is about, label and value.
    """

    sender: Mailbox
    to: Mailbox
    subject: str
    domain: str
    at: datetime
    greeting: str
    paragraphs: tuple[Paragraph, ...]
    lines: tuple[tuple[str, str], ...] = ()
    closing: str = ""
    attachments: tuple[Attachment, ...] = ()

    @property
    def text(self) -> str:
        """The plain version."""
        parts = [one_line(self.greeting)]
        parts += ["\n".join(f"{one_line(a)}: {one_line(b)}" for a, b in self.lines)]
        parts += [
            one_line(each.text) + (f"\n{one_line(each.link)}" if each.link else "")
            for each in self.paragraphs
        ]
        return "\n\n".join(part for part in [*parts, one_line(self.closing)] if part) + "\n"

    @property
    def html(self) -> str:
        """The version for people; every text in it is escaped."""
        lines = tuple((one_line(label), one_line(value)) for label, value in self.lines)
        paragraphs = [Paragraph(one_line(p.text), one_line(p.link)) for p in self.paragraphs]
        return render(
            "documents/letter.html",
            subject=one_line(self.subject),
            greeting=one_line(self.greeting),
            lines=lines,
            paragraphs=paragraphs,
            closing=one_line(self.closing),
        )

    def message(self) -> EmailMessage:
        """The MIME message: alternatives first, then what is attached."""
        message = EmailMessage(policy=SMTP)
        message["From"] = self.sender.header()
        message["To"] = self.to.header()
        message["Subject"] = _header_text(self.subject)
        message["Date"] = format_datetime(self.at)
        message["Message-ID"] = f"<{self._digest()}@{self.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text, cte="quoted-printable")
        message.add_alternative(self.html, subtype="html", cte="quoted-printable")
        for each in self.attachments:
            message.add_attachment(
                to_pdf(each.sheet),
                maintype="application",
                subtype="pdf",
                filename=f"{one_line(each.name)}.pdf",
            )
        for number, part in enumerate(message.walk()):
            if part.is_multipart():  # "=_" stands in no encoded body
                part.set_boundary(f"=_{self._digest()}_{number}")
        return message

    def to_bytes(self) -> bytes:
        """The message as it travels, and as an `.eml` file holds it."""
        return self.message().as_bytes()

    def _digest(self) -> str:
        whole = repr((self.to, self.subject, self.at.isoformat(), self.lines, self.paragraphs))
        return hashlib.blake2b(whole.encode("utf-8", "replace"), digest_size=12).hexdigest()
