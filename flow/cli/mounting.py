"""What `serve` mounts beside the insurer's door: the portal and the dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["LOOPBACK", "open_dashboard", "open_portal", "stores_of"]

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
"""Hosts that only this machine reaches: what everybody knows is good enough for them."""


def open_dashboard(app: Any) -> None:
    """The dashboard, loaded when somebody looks at it."""
    made: list[Any] = []

    async def dashboard(scope: Any, receive: Any, send: Any) -> None:
        if not made:  # the flow table and what reads it, which no call needs
            from flow.dashboard.application import Dashboard

            made.append(Dashboard(app))
        await made[0](scope, receive, send)

    app.mount("dashboard", dashboard)


def stores_of(given: dict[str, Any]) -> Any:
    """Who may sign in at the portal; nobody where strangers could use the well-known PINs."""
    from flow.portal.stores import KNOWN_STORES, read_stores

    if given["stores"] is not None:
        return read_stores(Path(given["stores"]))
    return KNOWN_STORES if given["host"] in LOOPBACK else None


def open_portal(app: Any, stores: Any) -> None:
    """The portal for those who may sign in; where nobody may, there is none."""
    from flow.portal.application import Portal
    from flow.portal.assortment import Assortment
    from flow.portal.entrance import Entrance
    from flow.server.inside import InsidePlaces

    if stores is not None:
        assortment = Assortment.of(app.tenants.insurer.catalogue)
        app.mount("portal", Portal(Entrance(InsidePlaces(app), stores, assortment)))
