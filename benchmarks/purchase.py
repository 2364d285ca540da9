"""The purchase of eight steps that is measured, as a scenario file and as a case."""

from __future__ import annotations

from pathlib import Path

from flow.plugs import plug_in
from flow.suite import loader, runner
from flow.suite.grammar import Case
from flow.suite.runner import Plugs
from flow.suite.verdict import Status

__all__ = ["PURCHASE", "REFERENCE", "Unfit", "judge", "read_case"]

PURCHASE = Path(__file__).with_name("purchase.yaml")
REFERENCE = plug_in("simulator", "reference")

_SEED = 1


class Unfit(Exception):
    """The scenario cannot be read or does not pass: its time would mean nothing."""


def read_case(path: Path = PURCHASE) -> Case:
    """The case of a scenario file.

    Raises:
        Unfit: it cannot be read.
    """
    # By way of its module, here and below: shares.py puts stop-watches there.
    loaded = loader.load_file(path)
    if loaded.faults or len(loaded.cases) != 1:
        message = f"{path.name} cannot be measured: {'; '.join(map(str, loaded.faults))}"
        raise Unfit(message)
    return loaded.cases[0]


def judge(case: Case, plugs: Plugs = REFERENCE) -> None:
    """Play a case to its verdict, ledger and promises on.

    Raises:
        Unfit: it did not pass.
    """
    verdict = runner.run_case(case, plugs, _SEED)
    if verdict.status is not Status.PASSED:
        faults = [*verdict.failures, *(fault for step in verdict.steps for fault in step.failures)]
        faults += [breach.detail for breach in verdict.breaches]
        message = f"{PURCHASE.name} {verdict.status.value}: {'; '.join(faults)}"
        raise Unfit(message)
