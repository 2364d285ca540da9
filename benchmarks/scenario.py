"""What one more scenario of eight steps costs, in process, by the command, and in Tavern."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from benchmarks.batch import Batch, Batches
from benchmarks.command import PURCHASEFLOW, run
from benchmarks.figure import alternate, ratio
from benchmarks.purchase import PURCHASE, judge, read_case
from benchmarks.stub import BRIEF
from benchmarks.table import Table
from benchmarks.tavern import Tavern
from flow.suite.grammar import Case

__all__ = ["measure"]

_READ = "in process, file read each time"
_LOADED = "in process, already loaded"
_COMMAND = "purchaseflow run, a file each"
_TAVERN = "Tavern, a file each"
_BRIEF = "Tavern, answers of 30 bytes"


def measure(folder: Path, tavern: Tavern | None, *, rounds: int, copies: int) -> Table:
    """The table of marginal costs; `tavern` may be missing."""
    text = PURCHASE.read_text(encoding="utf-8")
    own = Batches.write(folder / "own", "{number}.yaml", text, (5, copies + 5))
    case = read_case()
    measures: list[tuple[str, Callable[[], float]]] = [
        (_READ, lambda: own.marginal(_read_and_judge)),
        (_LOADED, lambda: own.marginal(lambda batch: _judge_again(case, batch))),
    ] * 3
    measures.append((_COMMAND, lambda: own.marginal(_command)))
    for _, measure_once in measures[-3:]:
        measure_once()  # the first time pays for imports and caches
    told = max(8, copies // 8)
    if tavern is not None:
        measures += _peers(folder, tavern, (2, told + 2))
    figures = alternate(rounds, measures)
    table = Table(
        "1. One more scenario of eight steps, each with expectations",
        ["", "median", "quartiles", "n", "aim", "ratio"],
    )
    aims = {_READ: "< 3 ms", _TAVERN: ">= 10 x"}
    for name, figure in figures.items():
        table.add(name, *figure.cells(), aims.get(name, ""), ratio(figure, figures[_READ]))
    table.notes.append(
        f"n times the difference of {copies} copies, in turns; start-up cancels out."
    )
    if tavern is not None:
        by_command = ratio(figures[_TAVERN], figures[_COMMAND])
        table.notes += [
            f"Tavern, of {told} copies: {tavern.version}, over HTTP to a stub on 127.0.0.1.",
            f"Tavern by purchaseflow run, each as its users start it: {by_command}.",
        ]
    return table


def _peers(
    folder: Path, tavern: Tavern, sizes: tuple[int, int]
) -> list[tuple[str, Callable[[], float]]]:
    full = Batches.write(folder / "full", tavern.file_name, tavern.text(), sizes)
    brief = Batches.write(folder / "brief", tavern.file_name, tavern.text(BRIEF), sizes)
    return [
        (_TAVERN, lambda: full.marginal(lambda batch: tavern.play(batch.folder))),
        (_BRIEF, lambda: brief.marginal(lambda batch: tavern.play(batch.folder))),
    ]


def _read_and_judge(batch: Batch) -> None:
    for file in batch.files:
        judge(read_case(file))


def _judge_again(case: Case, batch: Batch) -> None:
    for _ in batch.files:
        judge(case)


def _command(batch: Batch) -> None:
    run([*PURCHASEFLOW, "run", str(batch.folder), "--quiet"])
