"""Where everything of the table goes on a drawing: states in layers, transitions along free tracks.

Nothing is placed by hand. A state stands in the layer of the step that first leads to it, or one
below where its branch begins; columns and layers are aligned, so that between them lie straight
gutters and channels without boxes. A transition leaves at the side of its line, goes along a
gutter, then along the channel above where it leads, and enters from above. Transitions to the same
state share their tracks. All figures are whole pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from flow.table import INITIAL, ROWS, Outcome, Row, State, Step, rows_from

__all__ = ["FONT", "Band", "Box", "Layout", "Point", "Way", "label", "lay_out", "text_width"]

Point = tuple[int, int]
K = TypeVar("K")

FONT = 11
"""The height of all letters."""
COLUMNS = 4
_LINE, _HEADER, _FOOT = 15, 24, 5
_PAD = 6
_COUNT = 5
"""Letters that a count takes at most: `9,999`, `12.3k`."""
_PITCH = 7
"""From one track to the next."""
_LOOP = 10
"""The part of a gutter that is for transitions to where they come from."""
_LANE = 26
"""Room for the layers' names, at the left."""
_GAP = 14
"""Above a channel's first track, and below its last: the arrows' room."""
_AFTERWARDS = "afterwards"


def text_width(text: str) -> int:
    """An upper bound, in any common sans-serif: the widest take 0.55 of their height a letter."""
    return -(-len(text) * FONT * 11 // 20)


def label(row: Row) -> str:
    """A transition's line in its box: `pay (approved)`; where it leads, if only that tells."""
    like = [one for one in rows_from(row.source, row.trigger) if one.outcome is row.outcome]
    tail = "" if row.outcome is Outcome.DONE else f" ({row.outcome})"
    if len(like) > 1:
        tail += f" to {_words(row.dest)}"
    return _words(row.trigger) + tail


def _words(name: str) -> str:
    return name.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A state with a line for each transition that leaves it."""

    state: State
    is_main: bool
    rows: tuple[Row, ...]
    column: int
    x: int
    y: int
    width: int
    height: int

    @property
    def entry(self) -> Point:
        """Where transitions come in."""
        return self.x + self.width // 2, self.y

    @property
    def header(self) -> int:
        """The middle of its name's line."""
        return self.y + _HEADER // 2

    def line(self, row: Row) -> int:
        """The middle of a transition's line."""
        return self.y + _HEADER + _LINE * self.rows.index(row) + _LINE // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A transition drawn: the corners of its line, from its box to where it leads."""

    row: Row
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A layer: one of the eight steps, or what comes afterwards."""

    name: str
    y: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The whole drawing."""

    width: int
    height: int
    boxes: Mapping[State, Box]
    ways: tuple[Way, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A state's cell, before anything is measured."""

    layer: int
    line: int
    column: int
    is_main: bool


@cache
def lay_out() -> Layout:
    """The table laid out; the same table gives the same layout."""
    places = _places()
    width = _box_width()
    gutters = _gutters(places)
    lefts = _lefts(gutters, width)
    trunks = {key: lefts[key[0]] + _LOOP + _PITCH * track for key, track in gutters.items()}
    columns = [left + _gutter_width(gutters, i) for i, left in enumerate(lefts[:-1])]
    centres = {state: columns[place.column] + width // 2 for state, place in places.items()}
    channels = _channels(places, trunks, centres)
    tops, height = _tops(places, channels)
    boxes = {
        state: Box(
            state=state,
            is_main=place.is_main,
            rows=rows_from(state),
            column=place.column,
            x=columns[place.column],
            y=tops[place.line],
            width=width,
            height=_height(state),
        )
        for state, place in places.items()
    }
    tracks = {
        state: tops[places[state].line] - _GAP - _PITCH * track for state, track in channels.items()
    }
    return Layout(
        width=lefts[-1] + _gutter_width(gutters, len(lefts) - 1),
        height=height,
        boxes=boxes,
        ways=tuple(_way(row, boxes, places, trunks, tracks) for row in ROWS),
        bands=tuple(_bands(places, tops, channels)),
    )


# Which cell


def _layers() -> dict[State, tuple[int, bool]]:
    """Each state's layer, and whether it is one of the eight steps': by the first way to it."""
    steps = list(Step)
    placed = {INITIAL: (0, True)}
    ways = [row for row in ROWS if row.source is not row.dest]
    while found := [row for row in ways if row.source in placed and row.dest not in placed]:
        row = found[0]
        is_main = isinstance(row.part, Step)
        below = placed[row.source][0] + 1
        placed[row.dest] = (steps.index(row.part) if isinstance(row.part, Step) else below, is_main)
    return placed


def _places() -> dict[State, _Place]:
    """Cells: layers from above, in each the steps' own states first; long layers take two lines."""
    layers = _layers()
    places: dict[State, _Place] = {}
    line = -1
    for layer in sorted({layer for layer, _ in layers.values()}):
        own = [state for state, (at, _) in layers.items() if at == layer]
        own.sort(key=lambda state: not layers[state][1])
        for index, state in enumerate(own):
            column = index % COLUMNS
            line += column == 0
            places[state] = _Place(layer=layer, line=line, column=column, is_main=layers[state][1])
    return places


# How large


def _box_width() -> int:
    """Wide enough for every line with its count."""
    texts = [label(row) for row in ROWS] + [state.value for state in State]
    return max(map(text_width, texts)) + text_width("0" * _COUNT) + 3 * _PAD


def _height(state: State) -> int:
    rows = rows_from(state)
    return _HEADER + (len(rows) * _LINE + _FOOT if rows else 0)


def _gutter_width(gutters: Mapping[tuple[int, State], int], index: int) -> int:
    tracks = [track + 1 for (gutter, _), track in gutters.items() if gutter == index]
    return _LOOP + _PITCH * max(tracks, default=0) + _PITCH


def _lefts(gutters: Mapping[tuple[int, State], int], width: int) -> list[int]:
    """Where each gutter begins; there is one more than columns."""
    lefts = [_LANE]
    for index in range(COLUMNS):
        lefts.append(lefts[-1] + _gutter_width(gutters, index) + width)
    return lefts


def _tops(places: Mapping[State, _Place], channels: Mapping[State, int]) -> tuple[list[int], int]:
    """Where the boxes of each line begin, and where the last ones end."""
    tops: list[int] = []
    y = 0
    for line in range(max(place.line for place in places.values()) + 1):
        own = [state for state, place in places.items() if place.line == line]
        tops.append(y + _channel_height(own, channels))
        y = tops[-1] + max(map(_height, own)) + _GAP // 2
    return tops, y


def _channel_height(states: Iterable[State], channels: Mapping[State, int]) -> int:
    return 2 * _GAP + _PITCH * max(channels[state] for state in states if state in channels)


def _bands(
    places: Mapping[State, _Place], tops: list[int], channels: Mapping[State, int]
) -> Iterable[Band]:
    """One for each step; one for all that lies below them."""
    names = {index: step.value for index, step in enumerate(Step)}
    spans: dict[str, tuple[int, int]] = {}
    for place in places.values():
        own = [one for one, other in places.items() if other.line == place.line]
        top = tops[place.line] - _channel_height(own, channels)
        end = tops[place.line] + max(map(_height, own)) + _GAP // 2
        name = names.get(place.layer, _AFTERWARDS)
        low, high = spans.get(name, (top, end))
        spans[name] = (min(low, top), max(high, end))
    for name, (top, end) in spans.items():
        yield Band(name=name, y=top, height=end - top)


# Which track


def _gutter(source: _Place, dest: _Place) -> int:
    """The gutter that a transition takes: towards where it leads; down right, up left."""
    if source.column != dest.column:
        return source.column + (dest.column > source.column)
    return source.column + (dest.line > source.line)


def _gutters(places: Mapping[State, _Place]) -> dict[tuple[int, State], int]:
    """For each gutter and each state led to through it: the track."""
    spans: dict[tuple[int, State], tuple[float, float]] = {}
    for row in ROWS:
        if row.source is row.dest:
            continue
        source, dest = places[row.source], places[row.dest]
        key = (_gutter(source, dest), row.dest)
        low, high = spans.get(key, (source.line, source.line))
        spans[key] = (
            min(low, source.line, dest.line - 0.5),
            max(high, source.line, dest.line - 0.5),
        )
    tracks: dict[tuple[int, State], int] = {}
    for index in sorted({gutter for gutter, _ in spans}):
        own = {key: span for key, span in spans.items() if key[0] == index}
        tracks.update(_coloured(own))
    return tracks


def _channels(
    places: Mapping[State, _Place],
    trunks: Mapping[tuple[int, State], int],
    centres: Mapping[State, int],
) -> dict[State, int]:
    """For each state that something leads to: its track in the channel above its line."""
    spans: dict[State, tuple[float, float]] = {}
    for (_, state), x in trunks.items():
        low, high = spans.get(state, (centres[state], centres[state]))
        spans[state] = (min(low, x), max(high, x))
    tracks: dict[State, int] = {INITIAL: 0}
    for line in sorted({place.line for place in places.values()}):
        own = {state: span for state, span in spans.items() if places[state].line == line}
        tracks.update(_coloured(own))
    return tracks


def _coloured(spans: Mapping[K, tuple[float, float]]) -> dict[K, int]:
    """The lowest track for each span on which it touches no other; short spans lie inside."""
    taken: list[list[tuple[float, float]]] = []
    tracks: dict[K, int] = {}
    for key, span in sorted(spans.items(), key=lambda item: item[1][1] - item[1][0]):
        free = (
            index
            for index, others in enumerate(taken)
            if all(span[1] < low or high < span[0] for low, high in others)
        )
        tracks[key] = next(free, len(taken))
        if tracks[key] == len(taken):
            taken.append([])
        taken[tracks[key]].append(span)
    return tracks


def _way(
    row: Row,
    boxes: Mapping[State, Box],
    places: Mapping[State, _Place],
    trunks: Mapping[tuple[int, State], int],
    tracks: Mapping[State, int],
) -> Way:
    """The corners of a transition's line."""
    source, dest = boxes[row.source], boxes[row.dest]
    right = source.x + source.width
    if source is dest:
        out, start = right + _LOOP - 3, source.line(row)
        corners = ((right, start), (out, start), (out, source.header), (right, source.header))
        return Way(row=row, points=corners)
    gutter = _gutter(places[row.source], places[row.dest])
    x, y = trunks[(gutter, row.dest)], tracks[row.dest]
    # Boxes at both sides of a gutter have their lines at the same heights.
    is_right = gutter > source.column
    side, start = (right if is_right else source.x), source.line(row) + (-3 if is_right else 3)
    end, top = dest.entry
    return Way(row=row, points=((side, start), (x, start), (x, y), (end, y), (end, top)))
