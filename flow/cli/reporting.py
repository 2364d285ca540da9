"""`--report` and `--report-dir`, for the verbs that write reports; and the command that repeats."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from flow.reports.events import Listener

__all__ = ["check_reports", "repeating", "report_options", "reports"]

F = TypeVar("F", bound=Callable[..., Any])
_LOOKS = frozenset(
    {"report", "report_dir", "verbose", "quiet", "workers", "save", "record", "coverage"}
    | {"pairs", "wanted"}
)
"""Parameters that change what is written or how fast, and not what happens."""


def report_options(formats: str) -> Callable[[F], F]:
    """The two options; `formats` are the verb's own, for its help."""

    def decorate(function: F) -> F:
        function = click.option(
            "--report-dir",
            default="reports",
            show_default=True,
            envvar="PURCHASEFLOW_REPORT_DIR",
            type=click.Path(file_okay=False),
            help="Where to write them.",
        )(function)
        return click.option(
            "--report",
            multiple=True,
            callback=_formats,
            envvar="PURCHASEFLOW_REPORT",
            metavar="NAMES",
            help=f"Reports to write: {formats}; several with commas.",
        )(function)

    return decorate


def _formats(ctx: click.Context, param: click.Parameter, value: Any) -> list[str]:
    """`junit,json`, once or several times, or a list in a settings file.

    Environment and file speak to all verbs: what one of them does not write, it leaves out.
    """
    given = [value] if isinstance(value, str) else list(value or [])
    names = [name.strip() for entry in given for name in str(entry).split(",") if name.strip()]
    if not names:
        return []
    from flow.reports.opening import FORMATS, REFUSED

    verb = str(ctx.info_name)
    known = dict.fromkeys(name for formats in FORMATS.values() for name in formats)
    for name in names:
        if name not in known or (name not in FORMATS[verb] and _is_typed(ctx, "report")):
            reason = REFUSED.get((verb, name))
            told = f"'{name}' is no report; one of: {', '.join(FORMATS[verb])}"
            msg = told if reason is None else f"'{name}' is not for {verb}: {reason}"
            raise click.BadParameter(msg, ctx, param)
    return [name for name in dict.fromkeys(names) if name in FORMATS[verb]]


def _is_typed(ctx: click.Context, name: str) -> bool:
    """Whether an option was given on the command line itself."""
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def check_reports(given: dict[str, Any]) -> None:
    """Refuse a folder for no reports.

    Raises:
        click.UsageError: that was typed.
    """
    ctx = click.get_current_context()
    if _is_typed(ctx, "report_dir") and not given["report"]:
        msg = "--report-dir says where reports go; say which ones with --report"
        raise click.UsageError(msg, ctx)


@contextmanager
def reports(given: dict[str, Any]) -> Iterator[list[Listener]]:
    """The reports that were asked for, opened.

    Raises:
        UsageError: one cannot be written.
    """
    if not given["report"]:
        yield []
        return
    from flow.reports.opening import FORMATS, open_reports

    ctx = click.get_current_context()
    verb, folder = str(ctx.info_name), Path(given["report_dir"])
    with open_reports(verb, given["report"], folder, repeating(ctx)) as opened:
        yield opened
    if "html" in given["report"]:  # it is for a person, who wants to open it
        click.echo(f"report: {folder / FORMATS[verb]['html']}", err=True)


def repeating(ctx: click.Context) -> str:
    """The command that does the same again, wherever its options came from.

    The seed is always in it: what another's environment says must not change it.
    """
    words: list[str] = ["purchaseflow", str(ctx.info_name)]
    places: list[str] = []
    for param in ctx.command.params:
        value = ctx.params.get(str(param.name))
        if isinstance(param, click.Argument):
            places += [str(one) for one in value or ()]
        elif param.name == "seed" or _matters(ctx, param, value):
            words += _typed(param, value)
    if any(place.startswith("-") for place in places):
        words.append("--")
    return shlex.join([*words, *places])


def _matters(ctx: click.Context, param: click.Parameter, value: Any) -> bool:
    """Whether it was given: as the usual value too, for that may overrule a settings file."""
    if param.name in _LOOKS or value in (None, (), []):
        return False
    is_usual = ctx.get_parameter_source(str(param.name)) is click.core.ParameterSource.DEFAULT
    return not is_usual and (value is not False or bool(param.secondary_opts))


def _typed(param: click.Parameter, value: Any) -> list[str]:
    """An option as it is typed."""
    name = max(param.opts, key=len)
    if value is True:
        return [name]
    if value is False:
        return [max(param.secondary_opts, key=len)]
    values = value if isinstance(value, list | tuple) else [value]
    return [word for one in values for word in (name, str(one))]
