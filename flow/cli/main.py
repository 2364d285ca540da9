"""`purchaseflow`: the command, its exit codes, and the way errors are told.

Only click is imported here; each verb imports what it needs when it is called, so that help is
there at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import click

from flow.cli.exits import ExitCode

__all__ = ["cli", "main"]

_PREFIX = "PURCHASEFLOW_"
_READ_ELSEWHERE = frozenset({"PURCHASEFLOW_COMMAND"})
"""Variables with our prefix that belong to no option."""

EXIT_CODES = """\b
Exit codes:
  0    all held
  1    a scenario failed or a promise was broken
  2    usage, configuration or file error
  3    backend unreachable, or inconclusive
  4    a gate was missed
  5    nothing was selected
  130  interrupted
"""


class _Verbs(click.Group):
    """Loads a verb's module when it is asked for."""

    _MODULES: ClassVar[dict[str, str]] = {
        "run": "flow.cli.running",
        "lint": "flow.cli.suites",
        "list": "flow.cli.suites",
        "schema": "flow.cli.suites",
        "draw": "flow.cli.drawing",
        "coverage": "flow.cli.covering",
        "explore": "flow.cli.exploring",
        "replay": "flow.cli.exploring",
        "gallery": "flow.cli.exhibiting",
        "serve": "flow.cli.serving",
        "diff": "flow.cli.differing",
        "collection": "flow.cli.collecting",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Verbs, in the order in which they are met."""
        return list(self._MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of that name."""
        import importlib

        module = self._MODULES.get(cmd_name)
        if module is None:
            return None
        command: click.Command = importlib.import_module(module).COMMANDS[cmd_name]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, or say which one was meant."""
        from difflib import get_close_matches

        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self._MODULES:
            near = get_close_matches(name, self._MODULES, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            msg = f"No such verb '{name}'.{hint}"
            raise click.UsageError(msg, ctx)
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from flow.version import own_version

    click.echo(f"purchaseflow {own_version()}")
    ctx.exit()


@click.group(
    cls=_Verbs,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the version.",
)
def cli() -> None:
    """Simulate and test how a shop sells an insurer's cover. Unofficial.

    \b
    Example:
      purchaseflow run                 the shipped suites on the simulated insurer
      purchaseflow run my-scenarios/   your own
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its exit code.

    A reader that has seen enough (`purchaseflow list | head`) ends the command as it ends others
    of the system: quietly, by the signal. To be terminated, or to lose its terminal, is told as an
    interruption: reports are closed and workers ended.
    """
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # `nohup` is kept
            signal.signal(number, _interrupt)
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(run_command(list(sys.argv[1:] if arguments is None else arguments)))


def _interrupt(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: closing is not to be cut short
    raise KeyboardInterrupt


def run_command(arguments: list[str]) -> int:
    """Run the command, tell errors in one line each, return the exit code."""
    try:
        asks_help = not arguments or bool({"-h", "--help", "--version"} & set(arguments))
        verbs = {} if asks_help else dict.fromkeys(_Verbs._MODULES, _settings())
        if not asks_help:
            _warn_of_unknown_variables()
        result: Any = cli.main(
            arguments, prog_name="purchaseflow", standalone_mode=False, default_map=verbs
        )
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except OSError as error:
        name = error.filename2 or error.filename
        where = f"cannot write {name}" if name else "cannot write"
        click.echo(f"error: {where}: {error.strerror}", err=True)
        return ExitCode.INCONCLUSIVE
    except Exception as error:
        return _told(error)
    return result if isinstance(result, int) else ExitCode.HELD


def _told(error: Exception) -> int:
    """Tell what was done wrong to us; anything else is a defect of ours and keeps its trace."""
    from flow.errors import BackendError, UsageError, WorkerDied

    if not isinstance(error, UsageError | WorkerDied | BackendError):
        raise error
    click.echo(f"error: {error}", err=True)
    return ExitCode.USAGE if isinstance(error, UsageError) else ExitCode.INCONCLUSIVE


def _warn_of_unknown_variables() -> None:
    """A variable that nothing reads is mostly a slip of the pen."""
    given = {name.removeprefix(_PREFIX) for name in os.environ if name.startswith(_PREFIX)}
    if not given:
        return  # the usual case: no need to load every verb
    from difflib import get_close_matches

    known = {name.removeprefix(_PREFIX) for name in _variables()}
    for name in sorted(given - known):
        near = get_close_matches(name, sorted(known), n=1)
        hint = f"; did you mean {_PREFIX}{near[0]}?" if near else ""
        click.echo(f"warning: nothing reads the variable {_PREFIX}{name}{hint}", err=True)


def _variables() -> frozenset[str]:
    """Variables of all options of all verbs, and the few others."""
    ctx = click.Context(cli)
    verbs = [cli.get_command(ctx, name) for name in cli.list_commands(ctx)]
    named = [param.envvar for verb in verbs if verb is not None for param in verb.params]
    flat = [[names] if isinstance(names, str) else names or [] for names in named]
    return _READ_ELSEWHERE.union(*flat)


def _settings() -> dict[str, Any]:
    """Settings from files, under the names of the options' parameters."""
    from flow.config import find_settings

    found = {name.replace("-", "_"): value for name, value in find_settings(Path.cwd()).items()}
    if isinstance(found.get("report"), str):
        found["report"] = [found["report"]]
    return found
