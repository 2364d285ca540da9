"""The ids that were given here for the recorded ones."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from models.exchange import Call
from tests.conformance.recordings import Exchange

__all__ = ["ID", "Identifiers"]

ID = re.compile(
    r"[A-Z0-9]{5}-[A-Z0-9]{5}-INS|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?:[A-Za-z0-9]{5}-){3}(?:UPD|CCL)"
)
"""Any id of the insurer's: a package's, a quote's, a cancellation's or a modification's."""


class Identifiers:
    """Ours by the recorded ones."""

    def __init__(self) -> None:
        self.ours: dict[str, str] = {}

    def in_text(self, text: str) -> str:
        """The text with our ids in place of the recorded ones."""
        return ID.sub(lambda match: self.ours.get(match[0], match[0]), text)

    def call_of(self, exchange: Exchange) -> Call:
        """The recorded request with our ids."""
        return Call(
            exchange.method,
            self.in_text(exchange.path),
            dict(parse_qsl(exchange.query)),
            exchange.headers,
            json.loads(self.in_text(json.dumps(exchange.sent))),
        )

    def learn(self, recorded: Any, given: Any) -> None:
        """Note which of our ids stands for which recorded one."""
        if isinstance(recorded, dict) and isinstance(given, dict):
            for key in recorded.keys() & given.keys():
                self.learn(recorded[key], given[key])
        elif isinstance(recorded, list) and isinstance(given, list):
            for left, right in zip(recorded, given, strict=True):
                self.learn(left, right)
        elif isinstance(recorded, str) and isinstance(given, str) and ID.fullmatch(recorded):
            self.ours[recorded] = given
