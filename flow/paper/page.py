"""Sheets as HTML pages that stand alone: everything in one file."""

from __future__ import annotations

from flow.pages.rendering import render
from flow.paper.sheet import Sheet, readable

__all__ = ["to_html"]


def to_html(sheet: Sheet) -> str:
    """The sheet as a page; every text in it is escaped."""
    return render("documents/sheet.html", sheet=readable(sheet))
