"""Reads the recorded exchanges, and names what each of them needs to be played again."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
RECORDINGS = ROOT.parent / "shared" / "recordings"
QUOTES = "quotes-api"
OFFERS = "offers-api"


@dataclass(frozen=True)
class Exchange:
    """A recorded request and its answer."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    sent: Any
    status: int
    allow: str | None
    body: Any


def names(folder: str = QUOTES) -> list[str]:
    """Names of the recordings that are there."""
    return sorted(path.stem for path in (RECORDINGS / folder).glob("*.json"))


def load(name: str, folder: str = QUOTES) -> list[Exchange]:
    """The exchanges of one recording, in order."""
    document = json.loads((RECORDINGS / folder / f"{name}.json").read_text(encoding="utf-8"))
    return [
        Exchange(
            method=entry["request"]["method"],
            path=entry["request"]["path"],
            query=entry["request"]["query"],
            headers=entry["request"]["headers"],
            sent=entry["request"]["body"],
            status=entry["response"]["status"],
            allow=entry["response"].get("headers", {}).get("allow"),
            body=entry["response"]["body"],
        )
        for entry in document["exchanges"]
    ]


def require(folder: str = QUOTES) -> None:
    """Skip where the recordings are not there; in CI they must be."""
    if (RECORDINGS / folder).is_dir():
        return
    reason = f"the recordings are not beside the project ({folder} not found)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
