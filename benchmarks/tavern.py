"""Tavern, the peer that runs scenarios over HTTP from YAML: in an environment of its own.

Tavern 3.7.1 does not import under pytest 9, so it never shares ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.command import ROOT, clean_environment, run
from benchmarks.stub import Step

__all__ = ["Tavern", "Unavailable"]

_PINS = Path(__file__).with_name("peers") / "tavern.txt"
_HOME = ROOT / ".cache" / "benchmarks" / "tavern"
_PYTHON = _HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
_INSTALLED = _HOME / "installed.txt"
_PATIENCE = 300.0


class Unavailable(Exception):
    """Tavern cannot be installed here."""


@dataclass(frozen=True, slots=True)
class Tavern:
    """Tavern, telling the eight steps to a stub."""

    address: str
    steps: Sequence[Step]

    file_name = "test_{number}.tavern.yaml"

    @staticmethod
    def install() -> None:
        """Make its environment, or leave the one that is there with the same pins.

        Raises:
            Unavailable: it cannot be made.
        """
        pins = _PINS.read_text(encoding="utf-8")
        if _INSTALLED.is_file() and _INSTALLED.read_text(encoding="utf-8") == pins:
            return
        pip = [str(_PYTHON), "-m", "pip", "--disable-pip-version-check", "--retries", "1"]
        _must([sys.executable, "-m", "venv", "--clear", str(_HOME)])
        _must([*pip, "install", "--quiet", "--requirement", str(_PINS)])
        _INSTALLED.write_text(pins, encoding="utf-8")

    @property
    def version(self) -> str:
        """Its own version and that of its pytest."""
        pins = dict(
            line.split("==") for line in _PINS.read_text(encoding="utf-8").split() if "==" in line
        )
        return f"Tavern {pins['tavern']} on pytest {pins['pytest']}"

    def text(self, prefix: str = "") -> str:
        """The scenario as a Tavern test: a stage a step, its status and a few fields checked."""
        return yaml.safe_dump(
            {
                "test_name": "Cover for a laptop is bought at the checkout",
                "strict": ["json:off"],
                "stages": [
                    {
                        "name": step.path.strip("/"),
                        "request": {
                            "url": self.address + prefix + step.path,
                            "method": "POST",
                            "json": step.sent,
                        },
                        "response": {"status_code": 200, "json": step.checked},
                    }
                    for step in self.steps
                ],
            },
            sort_keys=False,
        )

    def play(self, folder: Path) -> None:
        """Play all tests of a folder, in a process of its own.

        Raises:
            CommandFailed: one did not pass.
        """
        options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]
        run([str(_PYTHON), "-m", "pytest", *options, str(folder)], cwd=folder)


def _must(command: list[str]) -> None:
    try:
        subprocess.run(
            command,
            env=clean_environment(),
            check=True,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
        )
    except subprocess.CalledProcessError as error:
        told = (error.stderr or "").strip().splitlines()[-1:]
        raise Unavailable(" ".join(told) or f"exit code {error.returncode}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from error
