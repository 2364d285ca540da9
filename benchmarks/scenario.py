"""The eight-step scenario that is measured: its copies, and the ways in which they are played."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.command import PURCHASEFLOW, run
from flow.plugs import plug_in
from flow.suite.grammar import Case
from flow.suite.loader import load_file
from flow.suite.runner import Plugs, run_case
from flow.suite.verdict import Status

__all__ = ["PURCHASE", "Copies", "Unfit", "copies", "judge", "read_case"]

PURCHASE = Path(__file__).with_name("purchase.yaml")
SEED = 1


class Unfit(Exception):
    """The scenario cannot be read or does not pass: its time would mean nothing."""


def read_case(path: Path = PURCHASE) -> Case:
    """The case of a scenario file.

    Raises:
        Unfit: it cannot be read.
    """
    loaded = load_file(path)
    if loaded.faults or len(loaded.cases) != 1:
        message = f"{path.name}: {'; '.join(map(str, loaded.faults))}"
        raise Unfit(message)
    return loaded.cases[0]


def judge(case: Case, plugs: Plugs) -> None:
    """Play a case to its verdict, ledger and promises on.

    Raises:
        Unfit: it did not pass.
    """
    verdict = run_case(case, plugs, SEED)
    if verdict.status is not Status.PASSED:
        faults = [*verdict.failures, *(fault for step in verdict.steps for fault in step.failures)]
        message = f"{verdict.name} {verdict.status.value}: {'; '.join(faults)}"
        raise Unfit(message)


@dataclass(frozen=True, slots=True)
class Copies:
    """As many copies of the scenario as are played at once, in two folders."""

    few: Path
    many: Path
    plugs: Plugs

    def read_and_played(self, number: int) -> None:
        """From file to verdict, one file after another, in this process."""
        for path in self._paths(number):
            judge(read_case(path), self.plugs)

    def played(self, number: int) -> None:
        """From case to verdict; the file was read before."""
        case = read_case()
        for _ in range(number):
            judge(case, self.plugs)

    def commanded(self, number: int) -> None:
        """By the command line, in a process of its own."""
        run([*PURCHASEFLOW, "run", str(self._folder(number)), "--quiet"])

    @property
    def sizes(self) -> tuple[int, int]:
        """How many files each folder holds."""
        return len(list(self.few.iterdir())), len(list(self.many.iterdir()))

    def _folder(self, number: int) -> Path:
        return self.few if number == self.sizes[0] else self.many

    def _paths(self, number: int) -> list[Path]:
        return sorted(self._folder(number).iterdir())
