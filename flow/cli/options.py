"""Options that several verbs share, each with its environment variable and its setting."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import click

__all__ = [
    "Number",
    "WholeNumber",
    "backend_option",
    "catalogue_option",
    "fail_fast_option",
    "fail_under_option",
    "file_option",
    "finite",
    "journey_options",
    "max_time_option",
    "paths_argument",
    "reading_options",
    "run_options",
    "seed_option",
    "shop_option",
    "smtp_option",
    "step_timeout_option",
    "workers_option",
]

F = TypeVar("F", bound=Callable[..., Any])


class WholeNumber(click.IntRange):
    """A whole number in a range, called so in help and errors."""

    name = "whole number"


class Number(click.FloatRange):
    """A number in a range, called so in help and errors."""

    name = "number"


def _env(name: str) -> str:
    return f"PURCHASEFLOW_{name}"


def smtp_option(told: str) -> Callable[[F], F]:
    """An SMTP server, as text; what a verb brings there, its help tells."""
    return click.option("--smtp", envvar=_env("SMTP"), metavar="HOST:PORT", help=told)


def paths_argument(function: F) -> F:
    """Scenario files and folders; the shipped suites when none is given."""
    return click.argument("paths", nargs=-1, type=click.Path())(function)


def reading_options(function: F) -> F:
    """What to read."""
    function = click.option(
        "-t",
        "--tags",
        envvar=_env("TAGS"),
        metavar="EXPR",
        help="Only scenarios whose tags fit, such as 'smoke and not slow'.",
    )(function)
    return paths_argument(function)


def finite(ctx: click.Context, param: click.Parameter, value: float | None) -> float | None:
    """A number that is one: `nan` passes every comparison, and no gate."""
    if value is not None and not math.isfinite(value):
        msg = f"{value} is not a finite number"
        raise click.BadParameter(msg, ctx, param)
    return value


def file_option(*names: str, about: str) -> Callable[[F], F]:
    """A file that is read; its variable is called as the option is."""
    variable = names[0].removeprefix("--").replace("-", "_").upper()
    return click.option(
        *names, type=click.Path(), envvar=_env(variable), metavar="FILE", help=about
    )


def fail_under_option(about: str) -> Callable[[F], F]:
    """A gate in percent; each verb says of what."""
    return click.option(
        "--fail-under",
        type=Number(0, 100),
        callback=finite,
        envvar=_env("FAIL_UNDER"),
        metavar="PERCENT",
        help=about,
    )


catalogue_option = file_option(
    "--catalogue", about="What is sold; the shipped catalogue unless given."
)
backend_option = click.option(
    "--backend",
    default="simulator",
    show_default=True,
    envvar=_env("BACKEND"),
    metavar="NAME",
    help="The insurer: 'simulator', http://…, replay:PATH, or package.module:factory.",
)
shop_option = click.option(
    "--shop",
    default="reference",
    show_default=True,
    envvar=_env("SHOP"),
    metavar="NAME",
    help="The shop: 'reference', 'portal', or package.module:factory.",
)
seed_option = click.option(
    "--seed",
    default=1,
    show_default=True,
    type=int,
    envvar=_env("SEED"),
    help="Same seed, same run.",
)
workers_option = click.option(
    "-w",
    "--workers",
    default=1,
    show_default=True,
    type=WholeNumber(1, 64),
    envvar=_env("WORKERS"),
    metavar="NUMBER",
    help="Processes to run in; what comes of it does not depend on them.",
)
fail_fast_option = click.option(
    "-x",
    "--fail-fast/--no-fail-fast",
    is_flag=True,
    envvar=_env("FAIL_FAST"),
    help="End at the first failure, error or finding.",
)
max_time_option = click.option(
    "--max-time",
    type=Number(min=0, min_open=True),
    callback=finite,
    envvar=_env("MAX_TIME"),
    metavar="SECONDS",
    help="End after this time.",
)


def step_timeout_option(seconds: float) -> Callable[[F], F]:
    """How long a step may take; with a verb's own default."""
    return click.option(
        "--step-timeout",
        default=seconds,
        show_default=True,
        type=Number(min=0, min_open=True),
        callback=finite,
        envvar=_env("STEP_TIMEOUT"),
        metavar="SECONDS",
        help="A step of shop or insurer that takes longer has failed.",
    )


def journey_options(journeys: int, faults: float) -> Callable[[F], F]:
    """How many random journeys, and how often the wire fails; with a verb's own defaults."""

    def decorate(function: F) -> F:
        function = click.option(
            "--faults",
            default=faults,
            show_default=True,
            type=Number(0, 1),
            callback=finite,
            envvar=_env("FAULTS"),
            metavar="SHARE",
            help="How often the wire fails in a step that calls the insurer.",
        )(function)
        return click.option(
            "-n",
            "--journeys",
            default=journeys,
            show_default=True,
            type=WholeNumber(1, 10_000_000),
            envvar=_env("JOURNEYS"),
            metavar="NUMBER",
            help="How many random journeys, at most.",
        )(function)

    return decorate


_RUN_OPTIONS = (
    backend_option,
    shop_option,
    seed_option,
    workers_option,
    fail_fast_option,
    max_time_option,
    step_timeout_option(300.0),
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        envvar=_env("VERBOSE"),
        help="Print every step and call.",
    ),
    click.option(
        "-q",
        "--quiet",
        is_flag=True,
        envvar=_env("QUIET"),
        help="Print only what did not pass, and the sum.",
    ),
)


def run_options(function: F) -> F:
    """What to run on, and how."""
    for option in reversed(_RUN_OPTIONS):
        function = option(function)
    return reading_options(function)
