"""One request and its answer, free of any transport: what server, client and journal share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Answer", "Call"]


@dataclass(frozen=True, slots=True)
class Call:
    """A request: `path` includes prefix and partner, `body` is decoded JSON or None."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: `body` is decoded JSON, or None for an empty one (202, 204)."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_refusal(self) -> bool:
        """Whether the insurer said no (4xx). A 409 is a replay of an earlier yes."""
        return 400 <= self.status < 500 and self.status != 409

    @property
    def is_failure(self) -> bool:
        """Whether the service itself failed (5xx): nobody knows what was done."""
        return self.status >= 500
