"""Where what is kept of played cases goes: one folder for all of them, a name for each."""

from __future__ import annotations

import re
from pathlib import Path

from flow.errors import ConfigInvalid
from flow.suite.grammar import Case

__all__ = ["make_folder", "name_of"]


def make_folder(folder: Path, setting: str) -> Path:
    """Make it, if it is not there.

    Raises:
        ConfigInvalid: it cannot be made; `setting` is the option that named it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = f"cannot be made: {error.strerror}"
        raise ConfigInvalid(setting=setting, origin=str(folder), reason=reason) from error
    return folder


def name_of(case: Case, seed: int) -> str:
    """A case in a file's name: its file, its own name, and the seed that tells examples apart."""
    words = re.sub(r"[^a-z0-9]+", "-", f"{Path(case.file).stem}-{case.name}".lower())
    return f"{words.strip('-')[:80]}-{seed:016x}"
