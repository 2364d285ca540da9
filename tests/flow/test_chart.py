"""The flow drawn: everything has its place, and what was never visited can be seen."""

from __future__ import annotations

from itertools import combinations, pairwise
from xml.etree import ElementTree

import pytest

from flow.chart import compact, draw_chart, heat
from flow.layout import Box, Point, label, lay_out, text_width
from flow.table import ROWS, State, rows_from

SVG = "{http://www.w3.org/2000/svg}"
EVERYTHING = dict.fromkeys((*State, *(row.name for row in ROWS)), 12345)


def _named(svg: str) -> dict[str, ElementTree.Element]:
    """Groups by what they draw."""
    found = ElementTree.fromstring(svg).iter(f"{SVG}g")
    return {name: group for group in found if (name := group.get("data-name"))}


def _texts(group: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in group.iter(f"{SVG}text")]


def _is_apart(one: Box, two: Box) -> bool:
    side = one.x + one.width < two.x or two.x + two.width < one.x
    return side or one.y + one.height < two.y or two.y + two.height < one.y


def _crosses(box: Box, one: Point, two: Point) -> bool:
    """Whether a straight line runs through a box, and not only along or up to its border."""
    (left, right), (top, bottom) = sorted((one[0], two[0])), sorted((one[1], two[1]))
    return (
        left < box.x + box.width and right > box.x and top < box.y + box.height and bottom > box.y
    )


def test_every_state_has_a_box_and_no_two_overlap() -> None:
    boxes = lay_out().boxes
    assert set(boxes) == set(State)
    for one, two in combinations(boxes.values(), 2):
        assert _is_apart(one, two), (one.state, two.state)


def test_every_transition_leads_from_its_own_line_to_where_it_leads() -> None:
    layout = lay_out()
    assert [way.row for way in layout.ways] == list(ROWS)
    for way in layout.ways:
        source, dest = layout.boxes[way.row.source], layout.boxes[way.row.dest]
        x, y = way.points[0]
        assert x in (source.x, source.x + source.width)
        assert abs(y - source.line(way.row)) <= 3
        if source is not dest:
            assert way.points[-1] == dest.entry


def test_no_transition_runs_through_a_box() -> None:
    layout = lay_out()
    for way in layout.ways:
        for one, two in pairwise(way.points):
            assert [b.state for b in layout.boxes.values() if _crosses(b, one, two)] == []


def test_transitions_share_a_track_only_on_the_way_to_the_same_state() -> None:
    """Otherwise nobody could tell where a line leads."""
    layout = lay_out()
    runs = [
        (way.row, one, two)
        for way in layout.ways
        for one, two in pairwise(way.points)
        if one != two
    ]
    for (row, a, b), (other, c, d) in combinations(runs, 2):
        for along, across in ((0, 1), (1, 0)):
            if a[across] == b[across] == c[across] == d[across] and row.dest is not other.dest:
                low, high = sorted((a[along], b[along])), sorted((c[along], d[along]))
                assert low[1] <= high[0] or high[1] <= low[0], (row.name, other.name)


def test_everything_lies_on_the_drawing() -> None:
    layout = lay_out()
    corners = [point for way in layout.ways for point in way.points]
    corners += [(box.x, box.y) for box in layout.boxes.values()]
    corners += [(box.x + box.width, box.y + box.height) for box in layout.boxes.values()]
    assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in corners)


def test_texts_fit_their_boxes() -> None:
    """With the longest count beside them; what the letters really take, a browser test measures."""
    for box in lay_out().boxes.values():
        for text in (box.state, *map(label, box.rows)):
            assert text_width(text) + text_width("99.9k") + 12 <= box.width, text


def test_lines_of_a_box_can_be_told_apart() -> None:
    for state in State:
        labels = [label(row) for row in rows_from(state)]
        assert len(set(labels)) == len(labels)


def test_the_steps_go_down_the_page() -> None:
    bands = lay_out().bands
    assert [band.name[0] for band in bands] == ["1", "2", "3", "4", "5", "6", "7", "8", "a"]
    for one, two in pairwise(bands):
        assert one.y + one.height == two.y


def test_every_state_and_transition_is_drawn_with_its_count() -> None:
    drawn = _named(draw_chart(EVERYTHING))
    assert set(drawn) == set(EVERYTHING)
    assert all("12.3k" in _texts(group) for group in drawn.values())
    assert "pay: covered -> paid (approved): taken 12,345 times" in (
        title.text for title in drawn["pay: covered -> paid (approved)"].iter(f"{SVG}title")
    )


def test_what_was_never_taken_is_hatched_dashed_and_said() -> None:
    """In black and white too."""
    row = "abandon: declined -> abandoned"
    drawn = _named(draw_chart({**EVERYTHING, row: 0, "pending": 0}))
    for name in (row, "pending"):
        assert "never" in (drawn[name].get("class") or "").split()
        assert "never" in _texts(drawn[name])
        assert drawn[name].find(f"{SVG}rect[@fill='url(#chart-never)']") is not None
    cold = [name for name, group in drawn.items() if "never" in (group.get("class") or "")]
    assert cold == ["pending", row]


def test_those_who_do_not_see_it_are_told() -> None:
    row = "abandon: declined -> abandoned"
    root = ElementTree.fromstring(draw_chart({**EVERYTHING, row: 0}, title="Mine"))
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "Mine"
    assert root.findtext(f"{SVG}desc") == (
        f"29 of 29 states were reached, 90 of 91 transitions taken. Never taken: {row}."
    )


def test_more_is_hotter_and_wider() -> None:
    rare, often = "abandon: offered -> abandoned", "collect: paid -> collected"
    drawn = _named(draw_chart({rare: 1, often: 900, "paid": 1, "collected": 900}))

    def width(name: str) -> float:
        path = drawn[name].find(f"{SVG}path")
        assert path is not None
        return float(path.get("stroke-width", "0"))

    assert width(rare) < width(often)
    assert drawn["paid"].find(f"{SVG}rect[@class='heat heat1']") is not None
    assert drawn["collected"].find(f"{SVG}rect[@class='heat heat4']") is not None


def test_the_same_counts_give_the_same_bytes() -> None:
    backwards = dict(reversed(EVERYTHING.items()))
    assert draw_chart(EVERYTHING) == draw_chart(backwards)


@pytest.mark.parametrize(
    ("count", "most", "degree"), [(0, 0, 0), (0, 9, 0), (1, 1, 4), (1, 1000, 1), (999, 1000, 4)]
)
def test_heat_goes_by_magnitude(count: int, most: int, degree: int) -> None:
    assert heat(count, most) == degree


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "0"),
        (9_999, "9,999"),
        (10_000, "10.0k"),
        (99_999, "99.9k"),
        (100_000, "100k"),
        (999_999, "999k"),
        (1_250_000, "1.2m"),
        (10**12, "1000bn"),
    ],
)
def test_counts_stay_short(count: int, told: str) -> None:
    assert compact(count) == told
