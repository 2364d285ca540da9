"""Letters for every name: which font can print which sign. The one door to the packaged fonts.

FiraGO has Latin, Greek, Cyrillic, Hebrew, Arabic, Thai, Georgian and Devanagari, and is embedded.
Chinese, Japanese and Korean are set in the standard fonts that PDF readers bring along, with a
map back to Unicode, so that they can be searched and copied.
"""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfdoc import PDFStream
from reportlab.pdfbase.ttfonts import TTFont

__all__ = ["BOLD", "REGULAR", "prepare", "runs"]

REGULAR, BOLD = "FiraGO", "FiraGO-Bold"
_PACKAGED = {REGULAR: "figo", BOLD: "figbo"}

_JAPANESE, _KOREAN = "HeiseiKakuGo-W5", "HYGothic-Medium"
_SIMPLIFIED, _TRADITIONAL = "STSong-Light", "MSung-Light"
_EASTERN = ((_JAPANESE, "cp932"), (_KOREAN, "cp949"), (_SIMPLIFIED, "gb2312"))
"""Fonts, and the encoding that holds what each can print; the first one that can does."""
_CHINESE = ((_SIMPLIFIED, "gb2312"), (_TRADITIONAL, "big5"), (_JAPANESE, "cp932"))

_BOX = "\N{WHITE VERTICAL RECTANGLE}"

_BLOCKS = (
    (0x2E80, 0xA4CF),  # radicals, kana, ideographs, Yi
    (0xAC00, 0xD7FF),  # Hangul
    (0xF900, 0xFAFF),  # more ideographs
    (0xFE30, 0xFE4F),  # upright forms
    (0xFF00, 0xFFEF),  # full and half widths
)
"""Where the letters of Chinese, Japanese and Korean are in Unicode, in whole rows of 256."""


class _EasternFont(UnicodeCIDFont):
    """A standard font that tells readers which letters its codes stand for."""

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - reportlab's name
        super().addObjects(doc)
        own = doc.idToObject[doc.fontMapping[self.name].removeprefix("/")]
        stream = PDFStream(content=_unicode_map())
        own.dict["ToUnicode"] = doc.Reference(stream, f"toUnicode:{self.name}")


@cache
def _unicode_map() -> str:
    """Codes are UTF-16 already: every row of the eastern blocks is mapped to itself."""
    rows = [row for first, last in _BLOCKS for row in range(first >> 8, (last >> 8) + 1)]
    lines = [f"<{row:02X}00> <{row:02X}FF> <{row:02X}00>" for row in rows]
    portions = [lines[start : start + 100] for start in range(0, len(lines), 100)]
    ranges = [
        f"{len(portion)} beginbfrange\n" + "\n".join(portion) + "\nendbfrange"
        for portion in portions
    ]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CMapName /Own def /CMapType 2 def",
            "1 begincodespacerange <0000> <FFFF> endcodespacerange",
            *ranges,
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        ]
    )


@cache
def prepare() -> None:
    """Make the fonts known; done once a process."""
    import pymupdf_fonts  # type: ignore[import-untyped] # ships no types

    for name, code in _PACKAGED.items():
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(pymupdf_fonts.myfont(code))))
    for name in (_JAPANESE, _KOREAN, _SIMPLIFIED, _TRADITIONAL):
        pdfmetrics.registerFont(_EasternFont(name))


@cache
def _letters() -> frozenset[int]:
    """What FiraGO can print."""
    font: Any = pdfmetrics.getFont(REGULAR)
    return frozenset(font.face.charToGlyph)


def runs(text: str, *, bold: bool = False, language: str = "en") -> list[tuple[str, str]]:
    """The text in portions, each with the name of a font that can print it.

    What no font has, such as pictures, is printed as a box.
    """
    portions: list[tuple[str, str]] = []
    for letter in text.replace("\u202f", "\u00a0"):  # the narrow space of French amounts
        font = _font_of(letter, bold=bold, language=language)
        sign = _BOX if font in _PACKAGED and ord(letter) not in _letters() else letter
        if portions and portions[-1][0] == font:
            portions[-1] = (font, portions[-1][1] + sign)
        else:
            portions.append((font, sign))
    return portions


def _font_of(sign: str, *, bold: bool, language: str) -> str:
    usual = BOLD if bold else REGULAR
    code = ord(sign)
    if code in _letters() or not any(first <= code <= last for first, last in _BLOCKS):
        return usual
    for font, encoding in _CHINESE if language.lower().startswith("zh") else _EASTERN:
        try:
            sign.encode(encoding)
        except UnicodeEncodeError:
            continue
        return font
    return _TRADITIONAL
