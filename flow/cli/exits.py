"""Exit codes of the command, once."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["ExitCode"]


class ExitCode(IntEnum):
    """What the command ends with. A run's own verdict is `Summary.exit_code`."""

    HELD = 0
    FAILED = 1
    USAGE = 2
    INCONCLUSIVE = 3
    GATE_MISSED = 4
    NOTHING_SELECTED = 5
    INTERRUPTED = 130
