"""Where the shipped suites lie: in the package once installed, at the top of a checkout else."""

from __future__ import annotations

from pathlib import Path

__all__ = ["shipped_suites"]


def shipped_suites() -> Path:
    """The folder of the shipped scenarios."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"
