"""Sheets as PDF: the one door to the PDF library, with the fonts beside it.

Same sheet, same bytes: dates and ids come from the sheet.
"""

from __future__ import annotations

import io
from datetime import UTC
from functools import cache, partial
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from flow.paper.sheet import Facts, Part, Passage, Points, Sheet, Table, readable

__all__ = ["FOOTER", "to_pdf"]

FOOTER = "A simulated insurer, unofficial: nothing here insures anybody."
_INK, _FAINT, _LINE, _SOFT, _BAD = "#1b1f24", "#57606a", "#c3cad2", "#f2f4f6", "#b3261e"
_MARGIN = 20  # millimetres
_FRAME = 6  # points that the library leaves free at both sides of a frame
_ONE_AT_A_TIME = Lock()
"""Fonts note which document uses them; pages are made one document after another."""


def to_pdf(sheet: Sheet) -> bytes:
    """The sheet on A4 pages."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    from flow.paper.fonts import prepare

    sheet, target = readable(sheet), io.BytesIO()
    with _ONE_AT_A_TIME:
        prepare()
        page = SimpleDocTemplate(
            target,
            pagesize=A4,
            leftMargin=_MARGIN * mm,
            rightMargin=_MARGIN * mm,
            topMargin=_MARGIN * mm,
            bottomMargin=_MARGIN * mm,
            title=f"{sheet.title} {sheet.number}",
            author=sheet.issuer,
            subject=sheet.title,
            creator="purchaseflow",
            lang="en",
            invariant=1,
        )
        ending = partial(_foot, sheet)
        page.build(
            _story(sheet, page.width - 2 * _FRAME),
            onFirstPage=ending,
            onLaterPages=ending,
            canvasmaker=partial(_canvas, sheet),
        )
    return target.getvalue()


class _Stamp:
    """The sheet's instant, as the library asks for the present one."""

    def __init__(self, sheet: Sheet) -> None:
        moment = sheet.at.astimezone(UTC)
        self.t = moment.timestamp()
        self.YMDhms = tuple(moment.timetuple())[:6]
        self.dhh = self.dmm = 0


def _canvas(sheet: Sheet, *args: Any, **options: Any) -> Any:
    from reportlab.pdfgen.canvas import Canvas

    canvas: Any = Canvas(*args, **options)
    document = canvas._doc
    document._timeStamp = _Stamp(sheet)
    document.updateSignature(f"{sheet.issuer} {sheet.number} {sheet.at.isoformat()}".encode())
    return canvas


def _foot(sheet: Sheet, canvas: Any, page: Any) -> None:
    """What stands below every page."""
    from reportlab.lib.units import mm

    from flow.paper.fonts import REGULAR

    canvas.saveState()
    canvas.setFont(REGULAR, 8)
    canvas.setFillColor(_FAINT)
    canvas.drawString(_MARGIN * mm + _FRAME, 12 * mm, FOOTER)
    right = page.pagesize[0] - _MARGIN * mm - _FRAME
    canvas.drawRightString(right, 12 * mm, f"{page.page}")
    canvas.restoreState()


@cache
def _style(size: float, *, right: bool = False, ink: str = _INK, before: float = 0) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.enums import TA_LEFT, TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle

    from flow.paper.fonts import REGULAR

    return ParagraphStyle(
        f"{size} {right} {ink} {before}",
        fontName=REGULAR,
        fontSize=size,
        leading=size * 1.4,
        alignment=TA_RIGHT if right else TA_LEFT,
        textColor=HexColor(ink),
        spaceBefore=before,
    )


def _text(sheet: Sheet, text: str, style: Any, *, bold: bool = False) -> Any:
    """A paragraph; whatever its text holds is text."""
    from reportlab.platypus import Paragraph

    from flow.paper.fonts import runs

    portions = runs(text, bold=bold, language=sheet.language)
    markup = "".join(f'<font name="{font}">{escape(part)}</font>' for font, part in portions)
    return Paragraph(markup or " ", style)


def _story(sheet: Sheet, width: float) -> list[Any]:
    from reportlab.platypus import Spacer

    story = [
        _text(sheet, sheet.issuer, _style(10, ink=_FAINT), bold=True),
        _text(sheet, sheet.title, _style(20), bold=True),
        _text(sheet, sheet.number, _style(11, ink=_FAINT)),
    ]
    if sheet.mark:
        story.append(_text(sheet, sheet.mark, _style(13, ink=_BAD, before=6), bold=True))
    for part in sheet.parts:
        story.append(Spacer(0, 12))
        if part.heading:
            story.append(_text(sheet, part.heading, _style(12), bold=True))
            story.append(Spacer(0, 4))
        story += _printed(sheet, part, width)
    return story


def _printed(sheet: Sheet, part: Part, width: float) -> list[Any]:
    match part:
        case Passage(text=text):
            return [_text(sheet, text, _style(9.5))]
        case Points(items=items):
            return [_text(sheet, f"•  {item}", _style(9.5, before=2)) for item in items]
        case Facts(rows=rows):
            return [_facts(sheet, rows, width)] if rows else []
        case Table():
            return [_table(sheet, part, width)]


def _facts(sheet: Sheet, rows: tuple[tuple[str, str], ...], width: float) -> Any:
    from reportlab.platypus import Table as Grid

    cells = [
        [_text(sheet, label, _style(9.5, ink=_FAINT)), _text(sheet, value, _style(9.5))]
        for label, value in rows
    ]
    grid = Grid(cells, colWidths=[width * 0.28, width * 0.72], hAlign="LEFT")
    grid.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_padding(2, 0)])
    return grid


def _padding(points: float, sides: float) -> list[Any]:
    every = ((0, 0), (-1, -1))
    return [
        ("LEFTPADDING", *every, sides),
        ("RIGHTPADDING", *every, sides),
        ("TOPPADDING", *every, points),
        ("BOTTOMPADDING", *every, points),
    ]


def _table(sheet: Sheet, table: Table, width: float) -> Any:
    from reportlab.platypus import Table as Grid

    def row(cells: tuple[str, ...], *, bold: bool = False) -> list[Any]:
        return [
            _text(sheet, cell, _style(9, right=number >= table.amounts), bold=bold)
            for number, cell in enumerate(cells)
        ]

    lines = [row(table.columns, bold=True), *map(row, table.rows)]
    lines += [row(cells, bold=True) for cells in table.sums]
    grid = Grid(lines, colWidths=_widths(table, width), repeatRows=1, splitInRow=1, hAlign="LEFT")
    first_sum = 1 + len(table.rows)
    grid.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), _SOFT),
            ("LINEBELOW", (0, 0), (-1, first_sum - 1), 0.5, _LINE),
            *_padding(4, 4),
        ]
    )
    return grid


def _widths(table: Table, width: float) -> list[float]:
    """Columns of amounts are narrow; the others share what is left, the first one twice."""
    amounts = len(table.columns) - table.amounts
    narrow = width * 0.17
    left = width - narrow * amounts
    share = left / (table.amounts + 1)
    return [share * 2, *[share] * (table.amounts - 1), *[narrow] * amounts]
