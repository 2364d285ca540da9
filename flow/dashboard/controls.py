"""Dashboard: forms for a world's clock and faults, and what they ask of the control API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from flow.backends.faulty import FaultKind
from flow.dashboard.scope import Scope
from flow.dashboard.steering import Steered, Steering
from models.endpoints import Operation

__all__ = ["ACTIONS", "KINDS", "OPERATIONS", "Filled", "fill"]

KINDS = {
    FaultKind.UNREACHABLE: "the connection is reset; nothing was done",
    FaultKind.CALL_LOST: "closed without an answer; nothing was done",
    FaultKind.ANSWER_LOST: "closed without an answer; all was done",
    FaultKind.SENT_TWICE: "done twice; the second answer comes",
    FaultKind.UNAVAILABLE: "the status below; nothing was done",
    FaultKind.THROTTLED: "429 with Retry-After; nothing was done",
    FaultKind.SLOW: "the right answer, after the seconds below",
    FaultKind.TRUNCATED: "half a body; all was done",
    FaultKind.MALFORMED: "a body that is not JSON; all was done",
}
"""How calls can fail, and what the caller sees."""

OPERATIONS = tuple(operation.value for operation in Operation)

_NUMBERS = ("days", "hours", "minutes", "times", "skip", "probability", "status", "seconds")


@dataclass(frozen=True, slots=True)
class _Action:
    """What a form does: a call of the control API, and the fields that go into its body."""

    method: str
    path: str
    fields: tuple[str, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    wants: str | None = None
    """What to say when all fields are empty; None when they may be."""


ACTIONS = {
    "advance": _Action(
        "POST", "/clock", ("days", "hours", "minutes"), wants="days: say how far, such as 31"
    ),
    "set": _Action("POST", "/clock", ("set",), wants="set: say when: 2026-01-15T09:00:00Z"),
    "stop": _Action("POST", "/clock", fixed={"frozen": True}),
    "run": _Action("POST", "/clock", fixed={"frozen": False}),
    "arm": _Action(
        "POST",
        "/faults",
        ("kind", "operation", "times", "skip", "probability", "status", "seconds"),
        wants="kind: choose how calls are to fail",
    ),
    "disarm": _Action("DELETE", "/faults/{number}"),
    "calm": _Action("DELETE", "/faults"),
}
"""Everything the page can do, by the name its buttons have."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was sent: what was typed, and what came of it.

    Attributes:
        action: of which form.
        problem: why nothing was done; None when it was.
        at: the field that it is about; None for the form as a whole.
    """

    action: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    problem: str | None = None
    at: str | None = None

    def value(self, action: str, name: str, usual: str = "") -> str:
        """What a field is to hold: what was typed, for it is not lost, or the usual."""
        return self.values.get(name, "") if action == self.action else usual

    def fault(self, action: str, name: str | None = None) -> str | None:
        """What is wrong with a field, or with a form as a whole."""
        return self.problem if (action, name) == (self.action, self.at) else None


async def fill(steering: Steering, scope: Scope, values: Mapping[str, str]) -> Filled:
    """Do what a form asks, through the control API, in the world that is looked at."""
    name = values.get("action", "")
    action = ACTIONS.get(name)
    if action is None:
        return Filled(name, values, 400, "this form has no such button")
    body = {**action.fixed, **_typed(action, values)}
    if not body and action.wants is not None:
        return _refused(action, name, values, 422, action.wants)
    query = {"partner": scope.partner or "", "world": scope.world or ""}
    if values.get("scope"):
        query["scope"] = values["scope"]
    path = action.path.replace("{number}", values.get("number", "0"))
    done = await steering.ask(action.method, path, query, body if action.method == "POST" else None)
    return _told(action, name, values, done)


def _told(action: _Action, name: str, values: Mapping[str, str], done: Steered) -> Filled:
    if done.error is None:
        return Filled(name, values)
    return _refused(action, name, values, done.status, done.error)


def _refused(
    action: _Action, name: str, values: Mapping[str, str], status: int, text: str
) -> Filled:
    """A problem is told beside its field, where it names one."""
    at, colon, reason = text.partition(": ")
    if colon and at in action.fields:
        return Filled(name, values, status, reason, at)
    return Filled(name, values, status, text)


def _typed(action: _Action, values: Mapping[str, str]) -> dict[str, Any]:
    """What was typed, numbers as such; the control API says what is wrong with the rest."""
    typed = {name: values[name].strip() for name in action.fields if values.get(name, "").strip()}
    return {name: _number(value) if name in _NUMBERS else value for name, value in typed.items()}


_TOO_LONG = 2**63
"""What no JSON of ours carries, and no clock or fault needs."""


def _number(text: str) -> int | float | str:
    """A number that JSON can carry; anything else as it was typed."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if isfinite(number) and abs(number) < _TOO_LONG:
            return number
    return text
