"""Commands run in processes of their own, and how long they take from start to exit."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which

__all__ = ["PURCHASEFLOW", "ROOT", "CommandFailed", "Done", "clean_environment", "run"]

ROOT = Path(__file__).resolve().parents[1]

_SCRIPT = which("purchaseflow", path=str(Path(sys.executable).parent))
PURCHASEFLOW = [_SCRIPT] if _SCRIPT else [sys.executable, "-m", "flow"]
"""The installed command of this environment; the module where it is not installed."""


class CommandFailed(Exception):
    """A command ended with another exit code than was foreseen."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended: wall time, exit code, and what it printed."""

    seconds: float
    code: int
    output: str


def clean_environment() -> dict[str, str]:
    """The environment without settings that would change what is measured."""
    dropped = ("PURCHASEFLOW_", "PYTEST_", "PYTHON")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


def run(command: Sequence[str], *, cwd: Path = ROOT, accepted: Sequence[int] = (0,)) -> Done:
    """Run a command to its end.

    Raises:
        CommandFailed: its exit code is not one of those accepted.
    """
    begun = time.perf_counter()
    ended = subprocess.run(
        command, cwd=cwd, env=clean_environment(), capture_output=True, text=True, check=False
    )
    spent = time.perf_counter() - begun
    if ended.returncode not in accepted:
        told = (ended.stderr or ended.stdout).strip().splitlines()[-1:]
        message = f"{Path(command[0]).name} ended with {ended.returncode}: {' '.join(told)}"
        raise CommandFailed(message)
    return Done(spent, ended.returncode, ended.stdout)
