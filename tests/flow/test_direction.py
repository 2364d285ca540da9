"""A name with a letter that turns texts round turns itself, and nothing that stands after it."""

from __future__ import annotations

import pytest

from flow.dashboard.timeline import pretty
from flow.pages.direction import closed, visible
from flow.pages.rendering import render


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("\u202eA", "\u202c"),
        ("\u202aA\u2067B", "\u2069\u202c"),
        ("\u202eA\u202c", ""),
        ("\u2066\u202eA\u2069", ""),
        ("\u202eA\u2067B\u202c", "\u2069\u202c"),
        ("\u202eA\nB", ""),
        ("\u202c\u2069A", ""),
        ("שלום", ""),
    ],
)
def test_what_a_text_leaves_open_is_closed(text: str, end: str) -> None:
    assert closed(text) == text + end
    assert closed(closed(text)) == text + end


def test_every_page_closes_what_people_typed() -> None:
    html = render("documents/missing.html", reason="\u202eA <b>")
    assert "\u202eA &lt;b&gt;\u202c</p>" in html


def test_letters_nobody_can_see_are_made_visible_in_json() -> None:
    assert pretty({"name": "A\u202eB\u200b"}) == '{\n  "name": "A\\u202eB\\u200b"\n}'
    assert visible("שלום é\n") == "שלום é\n"
