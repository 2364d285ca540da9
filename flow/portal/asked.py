"""What a tablet asks of the portal, and what it gets: a page, or the way to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["ROOT", "Asked", "Moved", "Printed", "Reply", "Shown"]

ROOT = "/portal"
"""Where all of it lives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, read. `ids` are from the path; of a field given several times all are kept."""

    method: str
    path: str
    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, list[str]] = field(default_factory=dict)
    cookie: str = ""

    def field(self, name: str) -> str:
        """A field of the form; empty when it is not there."""
        return self.form.get(name, [""])[-1]

    @property
    def typed(self) -> dict[str, str]:
        """All fields of the form."""
        return {name: values[-1] for name, values in self.form.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page to be shown."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """Another page to go to (303), so that a reload repeats nothing. `cookie` is set when given."""

    path: str
    cookie: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A page as it is sent; `nonce` is what its scripts are let in by."""

    html: str
    nonce: str
    status: int = 200


Reply = Shown | Printed | Moved | None
"""None is a nod: done, and nothing to be shown (204)."""
