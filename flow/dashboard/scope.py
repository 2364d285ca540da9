"""Dashboard: which worlds are looked at: all, those of a partner, or one; as an address says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flow.server.tenants import Tenant, Tenants

__all__ = ["DEFAULT", "Scope", "place", "world_label"]

DEFAULT = "(default)"
"""How the usual world, whose name is empty, is written; no world can be called so."""


def world_label(name: str) -> str:
    """A world's name to be read."""
    return name or DEFAULT


@dataclass(frozen=True, slots=True)
class Scope:
    """A partner and a world; None means any."""

    partner: str | None = None
    world: str | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Scope:
        """Read it from an address."""
        world = query.get("world") or None
        return cls(query.get("partner") or None, "" if world == DEFAULT else world)

    def fits(self, tenant: Tenant) -> bool:
        """Whether that world is looked at."""
        return self.partner in (None, tenant.partner) and self.world in (None, tenant.name)

    def tenants(self, tenants: Tenants) -> list[Tenant]:
        """The worlds looked at, in the order in which they were made."""
        return [tenant for tenant in tenants.all() if self.fits(tenant)]

    @property
    def query(self) -> dict[str, str]:
        """As an address says it."""
        shown = {"partner": self.partner}
        if self.world is not None:
            shown["world"] = world_label(self.world)
        return {name: value for name, value in shown.items() if value}


def place(path: str, **query: object) -> str:
    """An address of the dashboard; what is None or empty is left out."""
    kept = {name: str(value) for name, value in query.items() if value not in (None, "")}
    return f"/dashboard/{path}{'?' if kept else ''}{urlencode(kept)}"
