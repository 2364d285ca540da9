"""What was asked and answered, call by call, with secrets left out of every form it takes."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from flow.chance import EPOCH
from flow.redaction import HIDDEN, without_cards, without_secrets
from flow.server.bodies import is_deep
from flow.signature import Verdict
from models.base import Json
from models.endpoints import BY_OPERATION, Operation

__all__ = ["Entry", "Journal"]

_SIGNATURE = re.compile(r'(signature=")[^"]*')
_MOST_KEPT = 64 * 1024
"""A longer body is cut in the journal."""
_TOKENS = BY_OPERATION[Operation.CREATE_TOKEN].path


@dataclass(slots=True, kw_only=True)
class Entry:
    """One call. Bodies are kept as sent, and made readable when they are asked for."""

    number: int
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes = b""
    at: datetime = EPOCH
    partner: str = ""
    world: str = ""
    operation: str | None = None
    verdict: Verdict | None = None
    status: int | None = None
    answer: bytes | None = None
    seconds: float = 0.0
    key: str | None = None
    replayed: bool = False
    faults: Sequence[str] = ()

    def line(self) -> str:
        """One line of JSON for the log: what happened, no bodies, no secrets, no query."""
        shown: Json = {
            "at": self.at.isoformat(),
            "partner": self.partner,
            "world": self.world,
            "method": self.method,
            "path": without_cards(self.path),
            "operation": self.operation,
            "status": self.status,
            "ms": round(self.seconds * 1000, 3),
            "verdict": self.verdict,
        }
        if self.replayed:
            shown["replayed"] = True
        if self.faults:
            shown["faults"] = list(self.faults)
        return json.dumps(shown, ensure_ascii=True)

    def shown(self) -> Json:
        """The whole call, readable, without secrets."""
        return {
            "number": self.number,
            "at": self.at.isoformat(),
            "partner": self.partner,
            "world": self.world,
            "operation": self.operation,
            "request": {
                "method": self.method,
                "path": without_cards(self.path),
                "query": without_cards(self.query),
                "headers": _shown_headers(self.headers),
                "body": _shown_body(self.body),
            },
            "answer": {
                "status": self.status,
                "body": None if self.answer is None else _shown_body(self.answer),
            },
            "milliseconds": round(self.seconds * 1000, 3),
            "signature": {
                "verdict": self.verdict,
                "warning": "SHA-1 is deprecated: sign with SHA-512"
                if self.verdict is Verdict.DEPRECATED
                else None,
            },
            "idempotency": {"key": self.key, "replayed": self.replayed},
            "faults": list(self.faults),
        }


def _shown_headers(headers: dict[str, str]) -> dict[str, str]:
    shown = {name: without_cards(value) for name, value in headers.items()}
    if "authorization" in shown:
        text = shown["authorization"]
        signed = text.lstrip().lower().startswith("signature")
        shown["authorization"] = _SIGNATURE.sub(rf"\g<1>{HIDDEN}", text) if signed else HIDDEN
    for name in ("x-api-key", "cookie", "proxy-authorization"):
        if name in shown:
            shown[name] = HIDDEN
    return shown


def _shown_body(body: bytes) -> Any:
    if not body:
        return None
    try:
        document = orjson.loads(body)
        if not is_deep(body, document):  # deeper than can be written again
            return without_secrets(document)
    except orjson.JSONDecodeError:
        pass
    return without_cards(body.decode("utf-8", "replace"))


class Journal:
    """The latest calls, oldest first; older ones make room."""

    def __init__(self, size: int) -> None:
        self._entries: deque[Entry] = deque(maxlen=size)

    def add(self, entry: Entry) -> None:
        """Note a call; of long bodies the beginning, of cards nothing."""
        if len(entry.body) > _MOST_KEPT:
            entry.body = entry.body[:_MOST_KEPT]
        if entry.operation == Operation.CREATE_TOKEN or entry.path.rstrip("/").endswith(_TOKENS):
            entry.body, entry.query = b'"***"', HIDDEN
        self._entries.append(entry)

    def clear(self) -> None:
        """Forget all calls."""
        self._entries.clear()

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        """Calls, oldest first."""
        return iter(tuple(self._entries))
