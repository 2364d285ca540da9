"""Dashboard: what is around every page: navigation, the worlds to choose from, the live wire."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from starlette.responses import HTMLResponse

from flow.dashboard.scope import Scope, place, world_label
from flow.pages.rendering import render
from flow.server.tenants import Tenants

__all__ = ["HEADERS", "Frame", "page"]

_PLACES = (
    ("Journeys", ""),
    ("Outbox", "outbox"),
    ("Webhooks", "webhooks"),
    ("Clock and faults", "controls"),
    ("Flow", "flow"),
    ("Turned away", "strangers"),
)
_MOST_LISTED = 100
"""Worlds in the list to choose from; others can be named in the address."""


@cache
def _policy() -> str:
    """Nothing from elsewhere, and no script but the one in the page."""
    digest = hashlib.sha256(render("dashboard/live.js").encode()).digest()
    script = f"'sha256-{base64.b64encode(digest).decode()}'"
    return (
        f"default-src 'none'; script-src {script}; style-src 'unsafe-inline'; connect-src 'self'; "
        "img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""On every page."""


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go."""

    label: str
    href: str
    is_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What every page is given.

    Attributes:
        here: the page's path below the dashboard.
        seal: what its forms are to carry.
        more: further words of its address, such as filters and the page of a list.
    """

    tenants: Tenants
    scope: Scope
    here: str
    seal: str
    more: Mapping[str, str]

    @property
    def links(self) -> list[Link]:
        """The navigation; the worlds that are looked at stay."""
        return [
            Link(label, place(path, **self.scope.query), path == self.here)
            for label, path in _PLACES
        ]

    @property
    def live(self) -> str:
        """Where changes are announced."""
        return place("live", **self.scope.query)

    @property
    def partners(self) -> list[str]:
        """Partners whose worlds there are."""
        found = {tenant.partner for tenant in self.tenants.all()}
        return sorted(found | ({self.scope.partner} if self.scope.partner else set()))

    @property
    def worlds(self) -> list[str]:
        """Worlds to choose from, as they are written; the latest ones when there are many."""
        named = dict.fromkeys(
            world_label(tenant.name) for tenant in self.tenants.all()[-_MOST_LISTED:]
        )
        if self.scope.world is not None:
            named[world_label(self.scope.world)] = None
        return sorted(named)

    @property
    def world(self) -> str:
        """The world that is looked at, as it is written; empty for any."""
        return "" if self.scope.world is None else world_label(self.scope.world)

    def turned(self, number: int) -> str:
        """The address of another page of the same list."""
        return place(self.here, **{**self.scope.query, **self.more, "page": str(number)})


def page(template: str, status: int = 200, /, **values: object) -> HTMLResponse:
    """A page that lets nothing in from elsewhere."""
    content = render(f"dashboard/{template}", **values)
    headers = {**HEADERS, "content-security-policy": _policy()}
    return HTMLResponse(content, status, headers)
