"""Where links in answers lead when `serve --public-url` asks for them to lead here."""

from __future__ import annotations

from urllib.parse import urlsplit

import click

__all__ = ["Links"]

_AUTO = "auto"


class Links:
    """The address that links begin with: as given, or the server's own once it is known.

    Args:
        given: an address, `auto`, or None for links as recorded.

    Raises:
        click.UsageError: it is neither.
    """

    def __init__(self, given: str | None) -> None:
        self._base = "" if given in (None, _AUTO) else _address(str(given))

    def found(self, url: str) -> None:
        """The server listens there."""
        self._base = self._base or url

    def __call__(self) -> str:
        """What links begin with."""
        return self._base


def _address(text: str) -> str:
    """An address without its final slash."""
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_usable = is_usable and not (parts.query or parts.fragment or parts.username)
        parts.port  # noqa: B018 - to ask for a wrong one is an error
    except ValueError:
        is_usable = False
    if not is_usable or any(sign.isspace() or sign in '"<>' for sign in text):
        msg = f"--public-url {text!r} is no address; write it like http://127.0.0.1:8089, or 'auto'"
        raise click.UsageError(msg)
    return text.rstrip("/")
