"""What `serve` prints when it is ready: where it listens, and how to use it."""

from __future__ import annotations

import sys
from typing import Any

import click

from flow.cli.mounting import LOOPBACK

__all__ = ["greet"]


def greet(app: Any, url: str, given: dict[str, Any]) -> None:
    """The first line holds the address; the others say how to use it. No secrets but the known."""
    from flow.server.control.api import PREFIX
    from flow.version import own_version

    partners = app.settings.partners
    codes = ", ".join("any code" if one.code == "*" else one.code for one in partners.all)
    click.echo(f"purchaseflow {own_version()} serves the simulated insurer on {url}")
    click.echo(f"  base address  {url}/x/ (or /xcover/, /api/v2/, /)")
    click.echo(f"  partners      {codes}")
    if not partners.checks:
        click.echo("  signatures    not checked")
    elif not given["api_key"] and not given["api_secret"] and given["partners_file"] is None:
        click.echo("  key, secret   test-key, test-secret")
    click.echo(f"  control       {url}{PREFIX}/")
    click.echo(f"  dashboard     {url}/dashboard/")
    if not given["control_token"]:
        click.echo("  token         test-token")
    click.echo(f"  API           {url}/docs  {url}/openapi.json")
    if app.settings.smtp is not None:
        click.echo(f"  e-mails       to {app.settings.smtp}")
    _tell_portal(url, given)
    sys.stdout.flush()


def _tell_portal(url: str, given: dict[str, Any]) -> None:
    from flow.portal.stores import KNOWN_STORES

    if given["stores"] is not None:
        click.echo(f"  portal        {url}/portal/")
        return
    if given["host"] not in LOOPBACK:
        click.echo("  portal        closed: name stores and associates of your own with --stores")
        return
    click.echo(f"  portal        {url}/portal/")
    for store in KNOWN_STORES.store:
        person = store.associate[0]
        told = f"store {store.number} ({store.country}, {store.payment})"
        click.echo(f"                {told}, associate {person.number}, PIN {person.pin}")
