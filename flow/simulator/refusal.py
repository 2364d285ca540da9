"""How the simulated insurer says no: the recorded envelopes and texts (contract section 7)."""

from __future__ import annotations

from typing import Any

from models.exchange import Answer
from models.problems import Problem

__all__ = [
    "Refusal",
    "bad_fields",
    "locked",
    "missing",
    "not_allowed",
    "rule_broken",
    "status_change",
    "unknown_package",
]

API_ERROR = "An API error occurred."


class Refusal(Exception):
    """An answer of 4xx, raised where the rule is checked and turned into the answer at the door."""

    def __init__(self, status: int, kind: str, text: str, errors: Any = None) -> None:
        super().__init__(text)
        self.status = status
        self.body: dict[str, Any] = {"type": kind, "message": text}
        if errors is not None:
            self.body["errors"] = errors

    def answer(self) -> Answer:
        """The answer to send."""
        return Answer(self.status, self.body)

    def problem(self) -> Problem:
        """The same as a model."""
        return Problem.from_wire(self.body)


def bad_fields(errors: dict[str, Any]) -> Refusal:
    """Fields are missing, malformed or unknown: quote_422#1."""
    return Refusal(422, "validation_error", API_ERROR, errors)


def rule_broken(*texts: str) -> Refusal:
    """A business rule: `errors` is a list of texts (trigger_email__wrong_payload#2)."""
    return Refusal(422, "validation_error", API_ERROR, list(texts))


def status_change(status: str, what: str = "QuotePackage") -> Refusal:
    """The status does not allow it. Recorded for cancelling a CANCELLED package only.

    Contract section 5 takes the wording as the model for all others: our choice there.
    """
    return rule_broken(f"Status change not allowed for {what} in status {status}")


def unknown_package() -> Refusal:
    """No such package, or not this partner's (contract section 7.1)."""
    return Refusal(404, "api_error", "Quote package does not exist")


def missing(what: str) -> Refusal:
    """No such update, cancellation, renewal or booking. # not recorded: our choice"""
    return Refusal(404, "api_error", f"{what} does not exist")


def not_allowed(method: str) -> Refusal:
    """A method the path does not serve; Django REST Framework's wording. # our choice"""
    return Refusal(405, "api_error", f'Method "{method}" not allowed.')


def locked() -> Refusal:
    """The first call with this key is still running (contract section 3). # text: our choice"""
    return Refusal(423, "api_error", "The same request is being processed, try again later.")
