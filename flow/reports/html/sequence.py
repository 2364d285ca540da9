"""What passed between shopper, shop and insurer, drawn as SVG; in black and white too."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

__all__ = ["Kind", "Line", "draw_sequence"]


class Kind(StrEnum):
    """What a line of the diagram is."""

    ASKS = "asks"
    SHOWS = "shows"
    DENIES = "denies"
    CALLS = "calls"
    STRAYS = "strays"
    ANSWERS = "answers"
    REFUSES = "refuses"
    LOST = "lost"
    NOTE = "note"
    FAULT = "fault"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Line:
    """One arrow or note, with its words."""

    kind: Kind
    text: str


_NAMES = ("Shopper", "Shop", "Insurer")
_SHOPPER, _SHOP, _INSURER = 60, 330, 600
_WIDTH, _TOP, _ROW, _TEXT_ROW = 660, 44, 32, 15
_MOST_LINES = 150
_ARROWS = {
    Kind.ASKS: (_SHOPPER, _SHOP),
    Kind.SHOWS: (_SHOP, _SHOPPER),
    Kind.DENIES: (_SHOP, _SHOPPER),
    Kind.CALLS: (_SHOP, _INSURER),
    Kind.STRAYS: (_SHOP, _INSURER),
    Kind.ANSWERS: (_INSURER, _SHOP),
    Kind.REFUSES: (_INSURER, _SHOP),
    Kind.LOST: (_INSURER, _SHOP),
}
"""From whom to whom."""
_UNFINISHED = (Kind.STRAYS, Kind.LOST)
_MARKS = {Kind.FAULT: "⚡ ", Kind.WRONG: "✗ ", Kind.REFUSES: "✗ ", Kind.DENIES: "✗ "}
_LETTERS = 36
"""Letters that fit between two of the three."""
_NOTE_LETTERS = 78
_MOST_ROWS = 4
_STYLE = """
.sequence { font: 12px/1 system-ui, sans-serif; color: var(--ink, #1b1f24); }
.sequence text { fill: currentColor; text-anchor: middle; dominant-baseline: central; }
.sequence .who { font-weight: 600; }
.sequence .life { stroke: currentColor; stroke-opacity: .35; stroke-dasharray: 2 4; }
.sequence .head { fill: var(--soft, #f2f4f6); stroke: currentColor; }
.sequence .arrow { fill: none; stroke: currentColor; stroke-width: 1.5; }
.sequence .answers .arrow, .sequence .shows .arrow, .sequence .refuses .arrow,
.sequence .denies .arrow, .sequence .lost .arrow { stroke-dasharray: 6 4; }
.sequence .tip { fill: currentColor; }
.sequence .cross { stroke: currentColor; stroke-width: 3; fill: none; }
.sequence .paper { fill: var(--paper, #fff); stroke: currentColor; }
.sequence .note .paper { stroke-dasharray: 2 2; }
.sequence .wrong .paper { stroke-width: 3; }
.sequence .wrong text, .sequence .lost text, .sequence .strays text,
.sequence .refuses text { font-weight: 600; }
.sequence .hatch { stroke: currentColor; stroke-opacity: .3; }
"""


def draw_sequence(lines: Sequence[Line], *, title: str, key: str) -> str:
    """The lines from above, as an SVG element to stand inside a page.

    What never arrived, call or answer, ends in a cross; faults are hatched, what went wrong is
    framed heavily; each is said in words as well. Of more than 150 lines the first and the last
    are drawn.

    Args:
        key: letters and digits, unlike that of any other diagram of the page.
    """
    shown = _shortened(lines)
    svg = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "class": "sequence"})
    svg.set("role", "img")
    SubElement(svg, "title").text = title
    SubElement(svg, "desc").text = "The steps beside it tell the same in words."
    SubElement(svg, "style").text = _STYLE
    _draw_hatching(svg, key)
    people = SubElement(svg, "g")
    y = _TOP
    for line in shown:
        y += _draw_line(svg, line, y, key)
    _draw_people(people, y + 6)
    size = (_WIDTH, y + 12)
    svg.set("viewBox", f"0 0 {size[0]} {size[1]}")
    svg.set("width", str(size[0]))
    svg.set("height", str(size[1]))
    return ElementTree.tostring(svg, encoding="unicode")


def _shortened(lines: Sequence[Line]) -> list[Line]:
    if len(lines) <= _MOST_LINES:
        return list(lines)
    half = _MOST_LINES // 2
    left_out = Line(Kind.NOTE, f"{len(lines) - 2 * half} more lines, left out here")
    return [*lines[:half], left_out, *lines[-half:]]


def _draw_hatching(svg: Element, key: str) -> None:
    size = {"width": "6", "height": "6", "patternUnits": "userSpaceOnUse"}
    turned = {"id": f"fault-{key}", "patternTransform": "rotate(45)"}
    pattern = SubElement(SubElement(svg, "defs"), "pattern", {**size, **turned})
    SubElement(pattern, "line", {"class": "hatch", "x1": "0", "y1": "0", "x2": "0", "y2": "6"})


def _draw_people(group: Element, end: int) -> None:
    for name, x in zip(_NAMES, (_SHOPPER, _SHOP, _INSURER), strict=True):
        place = {"x1": str(x), "x2": str(x), "y1": "28", "y2": str(end)}
        SubElement(group, "line", {"class": "life", **place})
        head = {"x": str(x - 44), "y": "4", "width": "88", "height": "24", "rx": "4"}
        SubElement(group, "rect", {"class": "head", **head})
        SubElement(group, "text", {"class": "who", "x": str(x), "y": "16"}).text = name


def _draw_line(svg: Element, line: Line, y: int, key: str) -> int:
    """Draw it from `y` on; how high it is."""
    group = SubElement(svg, "g", {"class": line.kind.value})
    words = _MARKS.get(line.kind, "") + " ".join(line.text.split())
    ends = _ARROWS.get(line.kind)
    if ends is None:
        return _draw_note(group, words, y, f"url(#fault-{key})" if line.kind is Kind.FAULT else "")
    SubElement(group, "title").text = words
    start, end = ends
    SubElement(group, "text", {"x": str((start + end) // 2), "y": str(y + 9)}).text = (
        textwrap.shorten(words, _LETTERS, placeholder="…") if len(words) > _LETTERS else words
    )
    _draw_arrow(group, start, end, y + 21, lost=line.kind in _UNFINISHED)
    return _ROW


def _draw_arrow(group: Element, start: int, end: int, y: int, *, lost: bool) -> None:
    """Half-way and a cross, when it was lost."""
    by = 1 if end > start else -1
    stop = (start + end) // 2 if lost else end - 2 * by
    SubElement(group, "path", {"class": "arrow", "d": f"M{start} {y}H{stop}"})
    if lost:
        cross = f"M{stop - 6} {y - 6}l12 12M{stop + 6} {y - 6}l-12 12"
        SubElement(group, "path", {"class": "cross", "d": cross})
    else:
        SubElement(group, "path", {"class": "tip", "d": f"M{end} {y}l{-8 * by} -4v8z"})


def _draw_note(group: Element, words: str, y: int, filling: str) -> int:
    rows = textwrap.wrap(words, _NOTE_LETTERS, max_lines=_MOST_ROWS, placeholder=" …") or [""]
    height = len(rows) * _TEXT_ROW + 8
    place = {"x": "10", "width": str(_WIDTH - 20), "y": str(y), "height": str(height), "rx": "3"}
    SubElement(group, "rect", {"class": "paper", **place})
    if filling:
        SubElement(group, "rect", {"fill": filling, **place})
    for index, row in enumerate(rows):
        middle = y + 4 + _TEXT_ROW * index + _TEXT_ROW // 2
        SubElement(group, "text", {"x": str(_WIDTH // 2), "y": str(middle)}).text = row
    return height + 8
