"""Puts the picture that `purchaseflow draw` makes into the README, between its markers."""

from __future__ import annotations

from pathlib import Path

from flow.diagram import draw_mermaid

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- picture: made by make draw -->\n```mermaid\n", "```\n<!-- end of picture -->"


def main() -> None:
    """Replace the picture."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(before + BEGIN + draw_mermaid(main_only=True) + END + after, "utf-8")


if __name__ == "__main__":
    main()
