"""Tavern, the peer that runs scenarios over HTTP from YAML: in an environment of its own.

Tavern 3.7.1 does not import under pytest 9, so it never shares ours.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.command import run
from benchmarks.install import HOMES, PINS, is_installed, must, note
from benchmarks.stub import Step

__all__ = ["Tavern"]

_PINS = PINS / "tavern.txt"
_HOME = HOMES / "tavern"
_PYTHON = _HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


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
        if is_installed(_HOME, _PINS):
            return
        pip = [str(_PYTHON), "-m", "pip", "--disable-pip-version-check", "--retries", "1"]
        must([sys.executable, "-m", "venv", "--clear", str(_HOME)])
        must([*pip, "install", "--quiet", "--requirement", str(_PINS)])
        note(_HOME, _PINS)

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
