"""`--smtp`: where it is, and the e-mails that a run has saved, brought there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flow.cli.exits import ExitCode

if TYPE_CHECKING:
    from flow.paper.smtp import SmtpAddress
    from flow.suite.verdict import Verdict

__all__ = ["check_smtp", "post", "read_smtp"]


def read_smtp(given: dict[str, Any]) -> SmtpAddress | None:
    """The SMTP server that was named.

    Raises:
        click.UsageError: it is no HOST:PORT.
    """
    from flow.paper.smtp import SmtpAddressInvalid, read_smtp_address

    try:
        return read_smtp_address(given["smtp"]) if given["smtp"] else None
    except SmtpAddressInvalid as error:
        msg = f"--smtp {error}"
        raise click.UsageError(msg, click.get_current_context()) from error


def check_smtp(given: dict[str, Any]) -> None:
    """Look before anything runs whether there is something to bring, and somebody to take it.

    Raises:
        click.UsageError: --smtp was typed without --documents, or nobody answers there.
    """
    from flow.paper.smtp import Undelivered, reach

    ctx = click.get_current_context()
    is_typed = ctx.get_parameter_source("smtp") is click.core.ParameterSource.COMMANDLINE
    if given["documents"] is None and not is_typed:
        return  # the environment's may be meant for serve
    address = read_smtp(given)
    if address is None:
        return
    if given["documents"] is None:
        msg = "--smtp brings what --documents saves: say where with --documents"
        raise click.UsageError(msg, ctx)
    try:
        reach(address)
    except Undelivered as error:
        msg = f"--smtp {address}: {error}"
        raise click.UsageError(msg, ctx) from error


def post(verdicts: Iterable[Verdict], given: dict[str, Any]) -> ExitCode:
    """Bring the e-mails of these scenarios, in their order; what was not taken is told.

    It stays in its folder, and can be brought from there. Once the server is gone, no more are
    tried: each would be waited for.
    """
    from flow.paper.smtp import NotReached, Undelivered

    address = None if given["documents"] is None else read_smtp(given)
    if address is None:
        return ExitCode.HELD
    letters = [
        letter
        for verdict in verdicts
        if verdict.papers is not None
        for letter in sorted(Path(verdict.papers).glob("*.eml"))
    ]
    brought = 0
    for number, letter in enumerate(letters, start=1):
        try:
            _bring(letter, address)
            brought += 1
        except Undelivered as error:
            click.echo(f"undelivered: {letter}: {error}", err=True)
            if isinstance(error, NotReached):
                click.echo(f"undelivered: {len(letters) - number} more, not tried", err=True)
                break
    click.echo(f"e-mails: {brought} of {len(letters)} brought to {address}")
    return ExitCode.HELD if brought == len(letters) else ExitCode.INCONCLUSIVE


def _bring(letter: Path, address: SmtpAddress) -> None:
    """Bring a saved e-mail to whom it says.

    Raises:
        Undelivered: it names nobody that mail can be sent to, or was not taken.
    """
    from email import message_from_bytes
    from email.policy import SMTP

    from flow.paper.letter import AddressUnusable, usable_address
    from flow.paper.smtp import Undelivered, deliver

    content = letter.read_bytes()
    headers = message_from_bytes(content, policy=SMTP)
    try:
        sender, to = (usable_address(_first(headers[name])) for name in ("From", "To"))
    except AddressUnusable as error:
        raise Undelivered(str(error)) from error
    deliver(address, sender, to, content)


def _first(header: Any) -> str:
    """The first address of a header, or what stands there when that is none."""
    found = getattr(header, "addresses", ())
    return found[0].addr_spec if found else str(header or "")
