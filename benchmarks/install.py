"""Peers installed in environments of their own, once for the same pins."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree, which

from benchmarks.command import ROOT, clean_environment

__all__ = ["HOMES", "PINS", "Unavailable", "install_packages", "is_installed", "must", "note"]

HOMES = ROOT / ".cache" / "benchmarks"
"""Under it each peer has its environment; `make clean` removes them."""

PINS = Path(__file__).with_name("peers")
"""Which versions are measured."""

_PATIENCE = 300.0
_NPM = (
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--no-package-lock",
    "--no-update-notifier",
    "--loglevel=error",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
)


class Unavailable(Exception):
    """A peer cannot be installed or run here."""


def is_installed(home: Path, pins: Path) -> bool:
    """Whether an environment was made with these very pins."""
    noted = home / "installed.txt"
    return noted.is_file() and noted.read_bytes() == pins.read_bytes()


def note(home: Path, pins: Path) -> None:
    """Remember with which pins an environment was made."""
    (home / "installed.txt").write_bytes(pins.read_bytes())


def install_packages(name: str) -> Path:
    """The environment of a peer that npm installs; one made with the same pins is left as it is.

    Raises:
        Unavailable: it cannot be made.
    """
    home, pins = HOMES / name, PINS / f"{name}.json"
    if is_installed(home, pins):
        return home
    npm = which("npm")
    if npm is None or which("node") is None:
        message = "there is no Node.js with npm"
        raise Unavailable(message)
    if home.exists():
        rmtree(home)
    home.mkdir(parents=True)
    (home / "package.json").write_bytes(pins.read_bytes())
    must([npm, "install", *_NPM], cwd=home, telling=0)
    note(home, pins)
    return home


def must(command: Sequence[str], *, cwd: Path = ROOT, telling: int = -1) -> None:
    """Run a step of an installation; `telling` is the line of its errors that tells most.

    Raises:
        Unavailable: it failed.
    """
    try:
        subprocess.run(
            command,
            cwd=cwd,
            env=clean_environment(),
            check=True,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )
    except subprocess.CalledProcessError as error:
        told = (error.stderr or "").strip().splitlines() or [f"exit code {error.returncode}"]
        raise Unavailable(told[telling]) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from error
