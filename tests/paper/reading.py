"""What is printed on paper, read back by a library that did not print it."""

from __future__ import annotations

import email
import io
from email.message import EmailMessage
from email.policy import default

from pypdf import PdfReader


def text_of(pdf: bytes) -> str:
    """The text of all pages, every run of white space as one space."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return flat(" ".join(page.extract_text() for page in pages))


def flat(text: str) -> str:
    """White space of every kind, as between groups of digits in French, as one space."""
    return " ".join(text.split())


def message_of(content: bytes) -> EmailMessage:
    """A MIME message, parsed."""
    return email.message_from_bytes(content, _class=EmailMessage, policy=default)


def attached(message: EmailMessage) -> dict[str, bytes]:
    """What is attached, by the names of the files."""
    return {
        str(part.get_filename()): part.get_payload(decode=True)  # type: ignore[misc]
        for part in message.iter_attachments()
    }
