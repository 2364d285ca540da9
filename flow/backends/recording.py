"""Notes what passes between a backend and its transport, to be kept, replayed or compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from flow.backends.base import Backend, Controls
from flow.backends.wire import NoAnswer, Transport, WireBackend
from flow.errors import PlugInvalid
from flow.redaction import without_secrets
from models import Answer, Call, Mail
from models.base import Json

__all__ = ["Tape"]

_LEFT_OUT = {"x-purchaseflow-world"}
"""Headers that say where a call went, not what it was."""


class Tape:
    """Takes every exchange of one journey, as JSON, in order; secrets are blanked out.

    An entry is `{"step", "request", "response"}`, with `"error"` where no answer came; what was
    asked of a simulated insurer's clock and outbox is `{"step", "control", "answer"}`.

    Attributes:
        step: what the journey is doing; whoever plays it says so.
    """

    def __init__(self, write: Callable[[Json], None]) -> None:
        self._write = write
        self.step = ""

    def attach(self, backend: Backend) -> None:
        """Listen to a backend from now on.

        Raises:
            PlugInvalid: it has no transport that could be listened to.
        """
        if not isinstance(backend, WireBackend):
            name = type(backend).__name__
            reason = "is no WireBackend: there is no wire whose exchanges could be recorded"
            raise PlugInvalid(kind="backend", name=name, reason=reason)
        backend.transport = _Overheard(backend.transport, self)
        if backend.controls is not None:
            backend.controls = _OverheardControls(backend.controls, self)

    def note(self, call: Call, answer: Answer | None, error: str | None = None) -> None:
        """An exchange."""
        headers = {name: value for name, value in call.headers.items() if name not in _LEFT_OUT}
        entry: Json = {
            "step": self.step,
            "request": {
                "method": call.method,
                "path": call.path,
                "query": dict(call.query),
                "headers": headers,
                "body": without_secrets(call.body),
            },
            "response": None
            if answer is None
            else {
                "status": answer.status,
                "headers": dict(answer.headers),
                "body": without_secrets(answer.body),
            },
        }
        if error is not None:
            entry["error"] = error
        self._write(entry)

    def note_control(self, name: str, answer: object) -> None:
        """A look at the clock or the outbox, or a wait."""
        self._write({"step": self.step, "control": name, "answer": answer})


class _Overheard:
    def __init__(self, inner: Transport, tape: Tape) -> None:
        self._inner = inner
        self._tape = tape

    def send(self, call: Call) -> Answer:
        try:
            answer = self._inner.send(call)
        except NoAnswer as error:
            self._tape.note(call, None, str(error))
            raise
        self._tape.note(call, answer)
        return answer


class _OverheardControls:
    def __init__(self, inner: Controls, tape: Tape) -> None:
        self._inner = inner
        self._tape = tape

    def now(self) -> datetime:
        now = self._inner.now()
        self._tape.note_control("now", now.isoformat())
        return now

    def advance(self, by: timedelta) -> None:
        self._inner.advance(by)
        self._tape.note_control("advance", by.total_seconds())

    def outbox(self) -> Sequence[Mail]:
        mails = self._inner.outbox()
        self._tape.note_control("outbox", [mail.wire() for mail in mails])
        return mails
