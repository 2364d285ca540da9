"""A folder of copies of one file: so many scenarios, each to be read for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figure import seconds

__all__ = ["Batch", "Batches"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Copies of a file in a folder of their own."""

    folder: Path
    files: tuple[Path, ...]

    @classmethod
    def write(cls, folder: Path, name: str, text: str, count: int) -> Batch:
        """Write the copies; `{number}` in their name tells them apart."""
        folder.mkdir(parents=True)
        files = tuple(folder / name.format(number=f"{number:04d}") for number in range(count))
        for file in files:
            file.write_text(text, encoding="utf-8")
        return cls(folder, files)


@dataclass(frozen=True, slots=True)
class Batches:
    """A small and a large batch, whose difference tells what one more copy costs."""

    few: Batch
    many: Batch

    @classmethod
    def write(cls, folder: Path, name: str, text: str, sizes: tuple[int, int]) -> Batches:
        """Write both under one folder."""
        few, many = sizes
        return cls(
            Batch.write(folder / "few", name, text, few),
            Batch.write(folder / "many", name, text, many),
        )

    def marginal(self, act: Callable[[Batch], object]) -> float:
        """Seconds of one more: those of many less those of few, so that start-up cancels out."""
        few = seconds(lambda: act(self.few))
        many = seconds(lambda: act(self.many))
        return (many - few) / (len(self.many.files) - len(self.few.files))
