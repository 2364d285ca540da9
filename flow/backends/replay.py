"""Answers from what was recorded: a run's tapes, captured exchanges, or a server's journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from flow.backends.wire import NoAnswer, WireBackend
from flow.errors import PlugInvalid
from flow.redaction import without_secrets
from models import Answer, Call, Mail
from models.base import Json

__all__ = ["Recording", "ReplayBackend", "read_recordings"]


class Recording:
    """Recorded exchanges, and the seed of the journey they belong to, where one is known."""

    def __init__(self, origin: str, entries: Sequence[Json], seed: int | None = None) -> None:
        self.origin = origin
        self.seed = seed
        self.entries = tuple(entries)


def read_recordings(path: Path) -> list[Recording]:
    """The recordings of a file, or of every file in a folder.

    A file holds a tape (JSON lines), captured exchanges (`{"exchanges": [...]}`), or the entries
    of a server's journal (a list).

    Raises:
        PlugInvalid: there is none, or a file holds something else.
    """
    files = sorted(path.glob("*.json*")) if path.is_dir() else [path]
    if not files:
        raise _invalid(path, "holds no recordings (*.json, *.jsonl)")
    return [_read(file) for file in files]


def _read(path: Path) -> Recording:
    try:
        content = path.read_bytes()
        lines = content.splitlines() if path.suffix == ".jsonl" else [content]
        documents = [orjson.loads(line) for line in lines if line.strip()]
    except OSError as error:
        raise _invalid(path, f"cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise _invalid(path, f"is not JSON: {error}") from error
    seed = None
    first = documents[0] if documents else None
    entries: Any = documents[1:]
    if path.suffix == ".jsonl":
        seed = first.get("seed") if isinstance(first, dict) else None
    else:
        entries = first.get("exchanges") if isinstance(first, dict) else first
    if not isinstance(entries, list) or not all(_is_entry(entry) for entry in entries):
        raise _invalid(path, "holds no recorded exchanges")
    return Recording(str(path), entries, seed)


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    if "control" in entry:
        return True
    request = entry.get("request")
    return isinstance(request, dict) and {"method", "path"} <= request.keys()


def _invalid(path: Path, reason: str) -> PlugInvalid:
    return PlugInvalid(kind="backend", name=f"replay:{path}", reason=reason)


class ReplayBackend(WireBackend):
    """Plays a recording's answers to the calls they were given to.

    A call is matched by method, path, query and body; each recorded answer is given once, in
    order, and the last one again when a reading call is repeated. A call that was not recorded
    gets no answer, and the reason names it.

    Args:
        recording: what to answer from.
        partner: the partner code in paths.
    """

    def __init__(self, recording: Recording, *, partner: str = "RETLR") -> None:
        transport = _ReplayTransport(recording)
        has_controls = any("control" in entry for entry in recording.entries)
        super().__init__(
            transport,
            partner=partner,
            controls=_ReplayControls(recording) if has_controls else None,
        )


class _ReplayTransport:
    def __init__(self, recording: Recording) -> None:
        self._origin = recording.origin
        self._waiting: dict[bytes, list[Json]] = defaultdict(list)
        self._known: list[tuple[str, str]] = []
        for entry in recording.entries:
            if "control" in entry:
                continue
            request = entry["request"]
            self._waiting[_key(request)].append(entry)
            self._known.append((request["method"], _rest(request["path"])))

    def send(self, call: Call) -> Answer:
        key = _key(
            {
                "method": call.method,
                "path": call.path,
                "query": dict(call.query),
                "body": call.body,
            }
        )
        entries = self._waiting.get(key)
        if not entries:
            raise NoAnswer(self._unmatched(call))
        is_last_reading = len(entries) == 1 and call.method == "GET"
        return _answer(entries[0] if is_last_reading else entries.pop(0))

    def _unmatched(self, call: Call) -> str:
        rest = _rest(call.path)
        text = f"{call.method} {rest} was not recorded in {self._origin}"
        alike = [method for method, path in self._known if path == rest]
        if call.method in alike:
            return f"{text} with this body, or not so often"
        return f"{text}; recorded there: {', '.join(sorted(set(alike)))}" if alike else text


def _rest(path: str) -> str:
    """The path from `partners/` on: the prefix says nothing about the call."""
    _, found, rest = path.partition("/partners/")
    return rest if found else path


def _key(request: Json) -> bytes:
    query = request.get("query") or {}
    body = None if request["method"] == "GET" else without_secrets(request.get("body") or {})
    whole = [request["method"], _rest(request["path"]), query, body]
    return orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)


def _answer(entry: Json) -> Answer:
    response = entry.get("response") or entry.get("answer")
    if not response or response.get("status") is None:
        raise NoAnswer(entry.get("error") or "no answer was recorded")
    return Answer(response["status"], response.get("body"), response.get("headers") or {})


class _ReplayControls:
    """Clock and outbox as they were seen; waiting takes no time."""

    def __init__(self, recording: Recording) -> None:
        self._seen: dict[str, list[Any]] = defaultdict(list)
        for entry in recording.entries:
            if "control" in entry:
                self._seen[entry["control"]].append(entry["answer"])

    def _next(self, name: str) -> Any:
        seen = self._seen[name]
        if not seen:
            return None
        return seen[0] if len(seen) == 1 else seen.pop(0)

    def now(self) -> datetime:
        return datetime.fromisoformat(self._next("now"))

    def advance(self, by: timedelta) -> None:
        self._next("advance")

    def outbox(self) -> Sequence[Mail]:
        return [Mail.from_wire(mail) for mail in self._next("outbox") or []]
