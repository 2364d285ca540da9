"""Plain tables: a title, a line of headings, aligned columns, and notes below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Table"]

_GAP = "  "


@dataclass(slots=True)
class Table:
    """Rows of text under headings; the first column is left-aligned, the others right."""

    title: str
    headings: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Add a row; missing cells at its end stay empty."""
        self.rows.append((*cells, *[""] * (len(self.headings) - len(cells))))

    def text(self) -> str:
        """The table as it is printed."""
        lines = [self.headings, *self.rows]
        widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
        body = [
            _GAP.join(
                cell.ljust(width) if number == 0 else cell.rjust(width)
                for number, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in lines
        ]
        rule = "-" * max(map(len, body))
        return "\n".join([self.title, rule, body[0], rule, *body[1:], *self.notes, ""])
