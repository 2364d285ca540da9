"""`serve`: the simulated insurer over HTTP."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from flow.cli.exits import ExitCode
from flow.cli.greeting import greet
from flow.cli.links import Links
from flow.cli.mailing import read_smtp
from flow.cli.mounting import LOOPBACK, open_dashboard, open_portal, stores_of
from flow.cli.options import catalogue_option, file_option, finite, seed_option, smtp_option

__all__ = ["COMMANDS"]


@click.command("serve")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    envvar="PURCHASEFLOW_HOST",
    help="Where to listen. Another host than this machine needs keys of your own.",
)
@click.option(
    "--port",
    default=8089,
    show_default=True,
    type=click.IntRange(0, 65535),
    envvar="PURCHASEFLOW_PORT",
    help="0 takes a free one; the first line printed says which.",
)
@click.option(
    "--partner",
    "codes",
    multiple=True,
    envvar="PURCHASEFLOW_PARTNER",
    metavar="CODE",
    help="A partner code that may call; repeatable. Every code, when none is given.",
)
@click.option(
    "--api-key",
    envvar="PURCHASEFLOW_API_KEY",
    metavar="KEY",
    help="The partners' API key.  [default: test-key]",
)
@click.option(
    "--api-secret",
    envvar="PURCHASEFLOW_API_SECRET",
    metavar="SECRET",
    help="The secret to sign with; better in the environment.  [default: test-secret]",
)
@file_option(
    "--partners",
    "partners_file",
    about="TOML with several partners, each with keys and limits of its own.",
)
@click.option(
    "--control-token",
    envvar="PURCHASEFLOW_CONTROL_TOKEN",
    metavar="TOKEN",
    help="For the control API.  [default: test-token]",
)
@click.option(
    "--check/--no-check",
    "checks",
    default=True,
    show_default=True,
    envvar="PURCHASEFLOW_CHECK",
    help="Check signatures as the insurer does.",
)
@click.option(
    "--date-window",
    type=click.FloatRange(min=0, min_open=True),
    callback=finite,
    envvar="PURCHASEFLOW_DATE_WINDOW",
    metavar="SECONDS",
    help="Refuse a Date header further away than this.",
)
@click.option(
    "--rate-limit",
    type=click.FloatRange(min=0.001),
    callback=finite,
    envvar="PURCHASEFLOW_RATE_LIMIT",
    metavar="CALLS",
    help="Calls a second and partner; no limit unless given.",
)
@seed_option
@click.option(
    "--at",
    metavar="INSTANT",
    envvar="PURCHASEFLOW_AT",
    help="Let the clock stand at this instant, such as 2026-01-15T09:00:00Z.",
)
@file_option("--seed-from", about="JSON with quotes and bookings to begin with.")
@catalogue_option
@file_option(
    "--stores",
    about="TOML with the in-store portal's stores and associates; well-known ones unless given.",
)
@file_option("--tls-certificate", about="Serve HTTPS with this certificate.")
@file_option("--tls-key", about="The certificate's private key.")
@click.option(
    "--journal",
    "journal_size",
    default=1000,
    show_default=True,
    type=click.IntRange(0, 1_000_000),
    envvar="PURCHASEFLOW_JOURNAL",
    metavar="CALLS",
    help="How many calls each world remembers.",
)
@smtp_option("Bring the insurer's e-mails to this SMTP server, such as a mail catcher.")
@click.option(
    "--public-url",
    envvar="PURCHASEFLOW_PUBLIC_URL",
    metavar="URL",
    help="Let links in answers lead to this server under this address; 'auto' is its own.",
)
@click.option(
    "--log/--no-log",
    default=True,
    show_default=True,
    envvar="PURCHASEFLOW_LOG",
    help="One line of JSON a request, on standard error.",
)
def serve_verb(**given: Any) -> int:
    """Serve the simulated insurer over HTTP, as a drop-in for the real one.

    \b
    Examples:
      purchaseflow serve
      purchaseflow serve --port 0 --partner ABCDE --at 2026-01-15T09:00:00Z
    """
    from flow.server.app import App
    from flow.server.listen import Address, serve

    links = Links(given["public_url"])
    app = App(_settings(given, links))
    open_portal(app, stores_of(given))
    open_dashboard(app)
    _sow(app, given["seed_from"])
    _check_tls(given)
    address = Address(
        host=given["host"],
        port=given["port"],
        certificate=given["tls_certificate"],
        private_key=given["tls_key"],
    )

    def tell(url: str) -> None:
        links.found(url)
        greet(app, url, given)

    serve(app, address, tell)
    return ExitCode.HELD


def _settings(given: dict[str, Any], links: Links) -> Any:
    from flow.chance import Clock, wall_clock
    from flow.server.app import Settings
    from flow.server.partners import Partners
    from flow.simulator.catalogue import load_catalogue

    at = _instant(given["at"])
    catalogue = given["catalogue"]
    return Settings(
        partners=Partners(_partners(given), checks=given["checks"], window=given["date_window"]),
        token=given["control_token"] or _default(given, "control-token", "test-token"),
        seed=given["seed"],
        catalogue=None if catalogue is None else load_catalogue(Path(catalogue)),
        clock=wall_clock if at is None else lambda: Clock(at),
        log=_log if given["log"] else None,
        journal_size=given["journal_size"],
        smtp=read_smtp(given),
        public_url=links if given["public_url"] else None,
    )


def _partners(given: dict[str, Any]) -> Sequence[Any]:
    from flow.server.partners import ANY, Partner, is_partner_code
    from flow.server.roster import read_roster
    from flow.signature import Credentials

    if given["partners_file"] is not None:
        if given["codes"] or given["api_key"] or given["api_secret"]:
            msg = "--partners names them all: leave --partner, --api-key and --api-secret out"
            raise click.UsageError(msg)
        return read_roster(Path(given["partners_file"]), given["rate_limit"])
    for code in given["codes"]:
        if not is_partner_code(code):
            msg = (
                f"--partner {code!r} is no code: letters, digits, dashes and underscores, up to 32"
            )
            raise click.UsageError(msg)
    credentials = Credentials(
        given["api_key"] or _default(given, "api-key", "test-key"),
        given["api_secret"] or _default(given, "api-secret", "test-secret"),
    )
    return [
        Partner(code=code, credentials=credentials, rate_limit=given["rate_limit"])
        for code in dict.fromkeys(given["codes"]) or [ANY]
    ]


def _default(given: dict[str, Any], option: str, value: str) -> str:
    """What everybody knows is good enough on one's own machine, and nowhere else."""
    if given["host"] in LOOPBACK:
        return value
    msg = (
        f"--host {given['host']} can be reached by others: give --{option}, or set "
        f"PURCHASEFLOW_{option.replace('-', '_').upper()}, such as {secrets.token_urlsafe(9)}"
    )
    raise click.UsageError(msg)


def _instant(text: str | None) -> datetime | None:
    from datetime import UTC

    from flow.server.instants import usable

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"--at {text!r} is no instant; write it like 2026-01-15T09:00:00Z"
        raise click.UsageError(msg) from error
    try:
        return usable(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)
    except ValueError as error:
        msg = f"--at {text}: {error}"
        raise click.UsageError(msg) from error


def _check_tls(given: dict[str, Any]) -> None:
    if given["tls_key"] and not given["tls_certificate"]:
        msg = "--tls-key goes with --tls-certificate"
        raise click.UsageError(msg)
    if given["tls_certificate"] and not given["tls_key"]:
        path = Path(given["tls_certificate"])
        if path.is_file() and b"PRIVATE KEY" not in path.read_bytes():
            msg = f"{path} holds no private key: name its file with --tls-key"
            raise click.UsageError(msg)


def _sow(app: Any, seed_from: str | None) -> None:
    from flow.errors import ConfigInvalid
    from flow.server.seeding import SeedInvalid, read_seed, seed_world

    if seed_from is None:
        return
    world = app.tenants.get(app.settings.partners.first_code).world
    try:
        seed_world(world, read_seed(Path(seed_from)))
    except SeedInvalid as error:
        raise ConfigInvalid(setting="seed-from", origin=seed_from, reason=str(error)) from error


def _log(line: str) -> None:
    with suppress(OSError, ValueError):  # nobody reads it any more: calls are answered all the same
        sys.stderr.write(line + "\n")


COMMANDS = {"serve": serve_verb}
