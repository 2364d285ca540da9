"""The flow drawn as SVG, with how often everything was visited: a heat map that needs no colour.

A state's box has a line for each transition that leaves it, with its count and a bar; what was
never taken is hatched and dashed. Where everything stands, `layout` says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from math import log
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from flow.layout import FONT, Box, Layout, Point, Way, label, lay_out
from flow.table import FINAL, ROWS, State

__all__ = ["HEATS", "compact", "draw_chart", "heat"]

HEATS = 5
"""Degrees of heat: 0 was never visited, 4 is within the most visited."""
_SIZES = ((1_000, "k"), (1_000_000, "m"), (1_000_000_000, "bn"))
_ROUND = 4
"""How far from its corner a line begins to turn."""
_STYLE = f"""
.chart {{ font: {FONT}px/1 system-ui, sans-serif; color: var(--ink, #1b1f24); }}
.chart text {{ fill: currentColor; dominant-baseline: central; }}
.chart .name {{ font-weight: 600; }}
.chart .count {{ text-anchor: end; font-variant-numeric: tabular-nums; }}
.chart .box {{ fill: var(--paper, #fff); stroke: currentColor; }}
.chart .main .box {{ stroke-width: 2; }}
.chart .never .box {{ stroke-dasharray: 5 3; }}
.chart .heat, .chart .bar {{ fill: var(--accent, #0b5cad); }}
.chart .heat1 {{ fill-opacity: .1; }} .chart .heat2 {{ fill-opacity: .2; }}
.chart .heat3 {{ fill-opacity: .32; }} .chart .heat4 {{ fill-opacity: .45; }}
.chart .bar {{ fill-opacity: .22; }}
.chart .hatch {{ stroke: currentColor; stroke-opacity: .28; }}
.chart .band {{ fill: currentColor; fill-opacity: .035; }}
.chart .band.odd {{ fill-opacity: .075; }}
.chart .band-name {{ text-anchor: middle; font-weight: 600; }}
.chart .way path {{ fill: none; stroke: currentColor; stroke-opacity: .55; }}
.chart .never path {{ stroke-dasharray: 3 3; stroke-opacity: .45; }}
.chart .way:hover path {{ stroke: var(--accent, #0b5cad); stroke-width: 4px; stroke-opacity: 1; }}
.chart .way:hover text {{ font-weight: 700; }}
.chart .arrow {{ fill: currentColor; }}
"""


def draw_chart(counts: Mapping[str, int], *, title: str = "The purchase flow") -> str:
    """The whole flow as an SVG element, to stand inside a page.

    It has a title and a description for those who do not see it; a table of the same counts
    belongs beside it. Its style takes the page's variables (`--ink`, `--paper`, `--accent`) where
    there are any. The same counts give the same text.

    Args:
        counts: how often, by the names of states (`offered`) and of the table's rows
            (`pay: covered -> paid (approved)`); what is not named was never visited.
    """
    layout = lay_out()
    svg = _canvas(layout)
    SubElement(svg, "title").text = title
    SubElement(svg, "desc").text = _description(counts)
    SubElement(svg, "style").text = _STYLE
    _draw_hatching(svg)
    _draw_bands(svg, layout)
    most = max((counts.get(state, 0) for state in State), default=0)
    for box in layout.boxes.values():
        _draw_box(svg, box, counts.get(box.state, 0), most)
    most = max((counts.get(row.name, 0) for row in ROWS), default=0)
    for way in sorted(layout.ways, key=lambda way: counts.get(way.row.name, 0)):
        _draw_way(svg, layout.boxes[way.row.source], way, counts.get(way.row.name, 0), most)
    for state in dict.fromkeys(row.dest for row in ROWS):
        x, y = layout.boxes[state].entry
        SubElement(svg, "path", {"class": "arrow", "d": f"M{x} {y}l-4 -7h8z"})
    return ElementTree.tostring(svg, encoding="unicode")


def heat(count: int, most: int) -> int:
    """How hot, from 0 (never) to 4: by magnitude, for some things happen once in a thousand."""
    if count <= 0:
        return 0
    return 1 + min(HEATS - 2, int((HEATS - 1) * _share(count, most)))


def compact(count: int) -> str:
    """A count in five letters at most, rounded down: `9,999`, `12.3k`, `4.1m`."""
    if count < 10_000:
        return f"{count:,}"
    size, mark = next(((s, m) for s, m in _SIZES if count < 1_000 * s), _SIZES[-1])
    whole, tenth = count // size, count * 10 // size % 10
    return f"{whole}.{tenth}{mark}" if whole < 100 else f"{whole}{mark}"


def _share(count: int, most: int) -> float:
    """From 0 to 1, by magnitude."""
    return log(1 + count) / log(1 + max(count, most, 1))


def _description(counts: Mapping[str, int]) -> str:
    reached = sum(1 for state in State if counts.get(state))
    taken = sum(1 for row in ROWS if counts.get(row.name))
    never = [row.name for row in ROWS if not counts.get(row.name)]
    told = f" Never taken: {'; '.join(never)}." if 0 < len(never) < len(ROWS) else ""
    return (
        f"{reached} of {len(State)} states were reached, {taken} of {len(ROWS)} transitions taken."
        + told
    )


def _canvas(layout: Layout) -> Element:
    size = {"width": str(layout.width), "height": str(layout.height)}
    return Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "chart",
            "role": "img",
            "viewBox": f"0 0 {layout.width} {layout.height}",
            **size,
        },
    )


def _draw_hatching(svg: Element) -> None:
    pattern = SubElement(
        SubElement(svg, "defs"),
        "pattern",
        {
            "id": "chart-never",
            "width": "6",
            "height": "6",
            "patternUnits": "userSpaceOnUse",
            "patternTransform": "rotate(45)",
        },
    )
    SubElement(pattern, "line", {"class": "hatch", "x1": "0", "y1": "0", "x2": "0", "y2": "6"})


def _draw_bands(svg: Element, layout: Layout) -> None:
    for index, band in enumerate(layout.bands):
        place = {"x": "0", "y": str(band.y), "width": str(layout.width), "height": str(band.height)}
        SubElement(svg, "rect", {"class": f"band{' odd' * (index % 2)}", **place})
        x, y = 12, band.y + band.height // 2
        turned = {"x": str(x), "y": str(y), "transform": f"rotate(-90 {x} {y})"}
        SubElement(svg, "text", {"class": "band-name", **turned}).text = band.name


def _draw_box(svg: Element, box: Box, count: int, most: int) -> None:
    classes = ["state", *(["main"] if box.is_main else []), *([] if count else ["never"])]
    group = SubElement(svg, "g", {"class": " ".join(classes), "data-name": box.state.value})
    times = _times(count, "reached")
    SubElement(group, "title").text = f"{box.state}: {times}"
    place = _place(box.x, box.y, box.width, box.height)
    SubElement(group, "rect", {"class": "box", "rx": "4", **place})
    if box.state in FINAL:
        inner = _place(box.x + 3, box.y + 3, box.width - 6, box.height - 6)
        SubElement(group, "rect", {"class": "box", "rx": "2", **inner})
    degree = heat(count, most)
    head = _place(box.x + 1, box.y + 1, box.width - 2, 2 * (box.header - box.y) - 2)
    if degree:
        SubElement(group, "rect", {"class": f"heat heat{degree}", **head})
    else:
        SubElement(group, "rect", {"fill": "url(#chart-never)", **head})
    _draw_text(group, box, box.header, box.state.replace("_", " "), count, "name")


def _draw_way(svg: Element, box: Box, way: Way, count: int, most: int) -> None:
    row = way.row
    group = SubElement(svg, "g", {"class": "way" if count else "way never", "data-name": row.name})
    SubElement(group, "title").text = f"{row.name}: {_times(count, 'taken')}"
    width = 1 + 3 * _share(count, most) if count else 1
    SubElement(group, "path", {"d": _rounded(way.points), "stroke-width": f"{width:.1f}"})
    y = box.line(row)
    if count:
        length = max(2, round((box.width - 4) * _share(count, most)))
        SubElement(group, "rect", {"class": "bar", **_place(box.x + 2, y - 6, length, 12)})
    else:
        hatched = _place(box.x + 2, y - 6, box.width - 4, 12)
        SubElement(group, "rect", {"fill": "url(#chart-never)", **hatched})
    _draw_text(group, box, y, label(row), count, "label")


def _draw_text(group: Element, box: Box, y: int, words: str, count: int, kind: str) -> None:
    SubElement(group, "text", {"class": kind, "x": str(box.x + 6), "y": str(y)}).text = words
    figure = SubElement(
        group, "text", {"class": "count", "x": str(box.x + box.width - 6), "y": str(y)}
    )
    figure.text = compact(count) if count else "never"


def _place(x: int, y: int, width: int, height: int) -> dict[str, str]:
    return {"x": str(x), "y": str(y), "width": str(width), "height": str(height)}


def _times(count: int, verb: str) -> str:
    return f"{verb} {count:,} times" if count > 1 else f"{verb} once" if count else f"never {verb}"


@cache
def _rounded(points: tuple[Point, ...]) -> str:
    """Corners are rounded, so that a line that turns differs from one that is crossed."""
    return " ".join(_curves(points))


def _curves(points: tuple[Point, ...]) -> Iterator[str]:
    yield f"M{points[0][0]} {points[0][1]}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        (ax, ay), (bx, by) = _towards(corner, before), _towards(corner, after)
        yield f"L{ax} {ay}Q{corner[0]} {corner[1]} {bx} {by}"
    yield f"L{points[-1][0]} {points[-1][1]}"


def _towards(corner: Point, other: Point) -> Point:
    """A point a little way from a corner, no further than half-way."""
    (x, y), (ox, oy) = corner, other
    far = abs(ox - x) + abs(oy - y)
    by = min(_ROUND, far // 2)
    return (
        x + (by if ox > x else -by if ox < x else 0),
        y + (by if oy > y else -by if oy < y else 0),
    )
