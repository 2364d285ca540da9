"""Reads the recorded exchanges, and names what each of them needs to be played again."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT.parent / "shared" / "recordings"
QUOTES = "quotes-api"
OFFERS = "offers-api"


@dataclass(frozen=True)
class Exchange:
    """A recorded request and its answer; `answered` holds the recorded headers of that."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    sent: Any
    status: int
    answered: dict[str, str]
    body: Any


def names(api: str = QUOTES) -> list[str]:
    """Names of the recordings that are there."""
    return sorted(path.stem for path in (FOLDER / api).glob("*.json"))


def load(name: str, api: str = QUOTES) -> list[Exchange]:
    """The exchanges of one recording, in order."""
    document = json.loads((FOLDER / api / f"{name}.json").read_text(encoding="utf-8"))
    return [
        Exchange(
            method=entry["request"]["method"],
            path=entry["request"]["path"],
            query=entry["request"]["query"],
            headers=entry["request"]["headers"],
            sent=entry["request"]["body"],
            status=entry["response"]["status"],
            answered=entry["response"].get("headers", {}),
            body=entry["response"]["body"],
        )
        for entry in document["exchanges"]
    ]


def require(api: str = QUOTES) -> None:
    """Skip where the recordings are not there; in CI they must be."""
    if (FOLDER / api).is_dir():
        return
    reason = f"the recordings are not beside the project ({api} not found)"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
