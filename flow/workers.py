"""Processes: workers that end with the run, at once, and those that plugged code splits off."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor

__all__ = ["check_process", "end_workers", "keep_pipes", "leave_interruptions_to_the_parent"]


def check_process(own: int) -> None:
    """End a process that plugged code has split off, and that comes back as if it were ours.

    Args:
        own: the number of the process that began.
    """
    if os.getpid() != own:
        os._exit(1)


def keep_pipes(workers: int) -> None:
    """A closed pipe to a worker must be an error that is told, not the end of the command."""
    if workers > 1 and hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def leave_interruptions_to_the_parent() -> None:
    """Ctrl-C goes to every process: the parent tells of it, and ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def end_workers(pool: ProcessPoolExecutor) -> None:
    """End them in whatever they are doing; a step that hangs must not hold up an interruption."""
    processes = getattr(pool, "_processes", None) or {}  # the pool has no word for it before 3.14
    running = list(processes.values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in running:
        process.terminate()
