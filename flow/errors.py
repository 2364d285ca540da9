"""The error tree, and whose fault each is.

FlowError
├── UsageError           the caller: command line, configuration, a file (exit code 2)
│   ├── ScenarioInvalid  a scenario file, with file, line, column, reason and a hint
│   ├── ConfigInvalid    a setting
│   └── PlugInvalid      a backend or shop that cannot be loaded
├── IllegalMove          the shopper: the flow does not allow this trigger here
├── ShopRefused          the shop: it will not do this now
│   └── ShopFailed       the shop: it raised, or reported what cannot be read
├── WorkerDied           a process of the run, with the shop or backend in it (exit code 3)
└── BackendError
    ├── BackendRefused   the insurer said no, and why (4xx)
    ├── BackendSilent    no usable answer: lost, late or 5xx. Unknown, which is not "no"
    │   └── BackendUnreachable  nobody listens there: nothing was sent (exit code 3)
    └── BackendUnclear   it answered, and the answer has not the recorded shape
"""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.problems import Problem, refusal_texts

__all__ = [
    "BackendError",
    "BackendRefused",
    "BackendSilent",
    "BackendUnclear",
    "BackendUnreachable",
    "ConfigInvalid",
    "FlowError",
    "IllegalMove",
    "PlugInvalid",
    "ScenarioInvalid",
    "ShopFailed",
    "ShopRefused",
    "UsageError",
    "WorkerDied",
    "described",
    "visible",
]


class FlowError(Exception):
    """Base of all errors raised by purchaseflow; crosses processes with its fields."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild without `__init__`, whose arguments are the fields, not the text."""
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(kind: type[FlowError], args: tuple[Any, ...], fields: dict[str, Any]) -> FlowError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class UsageError(FlowError):
    """The caller asked for something that cannot be done as asked."""


class ConfigInvalid(UsageError):
    """A setting is wrong: which one, where it came from, what it should be."""

    def __init__(self, *, setting: str, origin: str, reason: str) -> None:
        self.setting = setting
        self.origin = origin
        self.reason = reason
        super().__init__(f"{origin}: {setting}: {reason}")


class PlugInvalid(UsageError):
    """A backend or shop named by the caller cannot be used."""

    def __init__(self, *, kind: str, name: str, reason: str) -> None:
        self.kind = kind
        self.name = name
        self.reason = reason
        super().__init__(f"{kind} {name!r}: {reason}")


class ScenarioInvalid(UsageError):
    """A scenario file is wrong. Lines and columns count from 1; line 0 is the path as a whole."""

    def __init__(
        self, *, file: str, line: int, column: int, reason: str, hint: str | None = None
    ) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.reason = reason
        self.hint = hint
        tail = f"; {hint}" if hint else ""
        where = f"{file}:{line}:{column}" if line else file
        super().__init__(f"{where}: {reason}{tail}")


class IllegalMove(FlowError):
    """The flow does not allow a trigger in this state, or its condition does not hold."""

    def __init__(
        self, *, trigger: str, state: str, allowed: Sequence[str], because: str | None = None
    ) -> None:
        self.trigger = trigger
        self.state = state
        self.allowed = tuple(allowed)
        self.because = because
        options = ", ".join(self.allowed) if self.allowed else "nothing, this state is final"
        reason = f": {because}" if because else ""
        super().__init__(f"cannot {trigger} while {state}{reason}; allowed from here: {options}")


class ShopRefused(FlowError):
    """The shop will not do this now; what it did before, it reports with its next act."""


class ShopFailed(ShopRefused):
    """The shop raised an exception of its own, or reported what cannot be read: its defect."""


class WorkerDied(FlowError):
    """A worker process ended by itself, as when a shop's or backend's library crashes."""

    def __init__(self) -> None:
        super().__init__("a worker process died; run with --workers 1 to see at which scenario")


class BackendError(FlowError):
    """Something between the shop and the insurer, or the insurer itself, went wrong."""

    def __init__(self, operation: str, message: str) -> None:
        self.operation = operation
        super().__init__(f"{operation}: {message}")


class BackendRefused(BackendError):
    """The insurer said no; nothing was changed."""

    def __init__(self, operation: str, status: int, problem: Problem) -> None:
        self.status = status
        self.problem = problem
        self.texts = refusal_texts(problem)
        super().__init__(operation, f"refused with {status}: {' | '.join(self.texts)}")

    @property
    def is_busy(self) -> bool:
        """Whether it only asks for another try: still running (423), or too many calls (429)."""
        return self.status in (423, 429)


class BackendSilent(BackendError):
    """No usable answer came: what the insurer did is unknown. Ask again with the same key."""

    def __init__(self, operation: str, reason: str) -> None:
        self.reason = reason
        super().__init__(operation, f"no answer: {reason}")


class BackendUnreachable(BackendSilent):
    """Nobody listens at the backend's address; nothing was sent, so nothing was done."""


class BackendUnclear(BackendError):
    """The answer has not the shape that was recorded; the fields at fault are named."""

    def __init__(self, operation: str, reason: str) -> None:
        self.reason = reason
        super().__init__(operation, f"answer not understood: {reason}")


_HERE = str(Path(__file__).parent)
_LIBRARIES = ("site-packages", sysconfig.get_paths()["stdlib"], "<frozen")


def described(error: BaseException) -> str:
    """A foreign error on one line, with the place in plugged code where it was raised."""
    try:
        text = visible(" ".join(str(error).split()))[:300]
    except KeyboardInterrupt:
        raise
    except BaseException:
        text = "(it cannot be told)"
    frames = traceback.extract_tb(error.__traceback__)
    foreign = [frame for frame in frames if not frame.filename.startswith(_HERE)]
    own = [one for one in foreign if not any(part in one.filename for part in _LIBRARIES)]
    last = next(reversed(own or foreign), None)
    place = "" if last is None else f" ({Path(last.filename).name}:{last.lineno})"
    return f"{type(error).__name__}: {text}{place}"


def visible(text: str) -> str:
    """A text whose letters can all be printed: what cannot is written as Python writes it."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)
