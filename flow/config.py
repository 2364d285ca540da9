"""Settings from files: `[tool.purchaseflow]` in pyproject.toml, or purchaseflow.toml.

Precedence is command line, environment, file, default; the first and second are the command
line's business.
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from flow.errors import ConfigInvalid

__all__ = ["SETTINGS", "find_settings"]

SETTINGS: dict[str, type | tuple[type, ...]] = {
    "backend": str,
    "shop": str,
    "seed": int,
    "workers": int,
    "tags": str,
    "report": (str, list),
    "report-dir": str,
    "record": str,
    "documents": str,
    "smtp": str,
    "step-timeout": (int, float),
    "fail-fast": bool,
    "max-time": (int, float),
    "fail-under": (int, float),
    "paths": list,
}
"""Known settings and their types."""


def find_settings(start: Path) -> dict[str, Any]:
    """Settings for a working directory: the nearest file at or above it that has any.

    Raises:
        ConfigInvalid: the file is not TOML, a setting is unknown or of the wrong type.
    """
    for folder in (start, *start.parents):
        own = folder / "purchaseflow.toml"
        if own.is_file():
            return _checked(_read(own), own)
        project = folder / "pyproject.toml"
        if project.is_file():
            tool = _read(project).get("tool", {})
            table = tool.get("purchaseflow") if isinstance(tool, dict) else None
            return _checked(table, project) if table is not None else {}
    return {}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigInvalid(
            setting="file", origin=str(path), reason=f"cannot be read: {error}"
        ) from error


def _checked(table: Any, path: Path) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise ConfigInvalid(setting="tool.purchaseflow", origin=str(path), reason="is no table")
    for name, value in table.items():
        kind = SETTINGS.get(name)
        if kind is None:
            near = get_close_matches(name, SETTINGS, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(SETTINGS)}"
            raise ConfigInvalid(setting=name, origin=str(path), reason=f"is no setting; {hint}")
        right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if not right:
            kinds = kind if isinstance(kind, tuple) else (kind,)
            names = " or ".join(one.__name__ for one in kinds)
            raise ConfigInvalid(
                setting=name,
                origin=str(path),
                reason=f"is to be {names}, and is {type(value).__name__}",
            )
        if isinstance(value, list) and not all(isinstance(entry, str) for entry in value):
            raise ConfigInvalid(setting=name, origin=str(path), reason="is to be a list of texts")
    return table
