"""Sheets as PDF and HTML: what people typed is text in both, in any script, and always the same."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from flow.paper.page import to_html
from flow.paper.pdf import to_pdf
from flow.paper.sheet import MOST_LETTERS, Facts, Passage, Points, Sheet, Table, one_line
from tests.paper.reading import flat, text_of

SHEET = Sheet(
    title="Certificate",
    number="UPJJB-DAJM9-INS",
    issuer="Example Insurance Company",
    at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
    parts=(Passage(text="Some words."),),
)


def _naming(name: str) -> Sheet:
    """A sheet with a name in every kind of part."""
    parts = (
        Facts(heading=name, rows=(("Name", name),)),
        Passage(text=name),
        Points(items=(name,)),
        Table(columns=("Item", "Price"), rows=((name, "£1.00"),), sums=((name, "£1.00"),)),
    )
    return replace(SHEET, mark=name, issuer=name, parts=parts)


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        '<b>O\'Neil</b> & "Sons"',
        '<font name="nothing">{{ 7 * 7 }}</font>',
        "&lt;already&gt; &amp; escaped %s {0}",
        ") Tj ET (",
    ],
)
def test_a_hostile_name_is_text_in_every_part(name: str) -> None:
    sheet = _naming(name)
    text, page = text_of(to_pdf(sheet)), to_html(sheet)
    assert text.count(flat(name)) == 8
    assert "<script" not in page
    assert "<font" not in page


@pytest.mark.parametrize(
    "name",
    [
        "Ελένη Παπαδοπούλου",
        "Жанна Ґалаґан",
        "山田太郎 さくら",
        "김철수",
        "王小明",
        "Øyvind Þórðarson-Łęcki",
        "สมชาย",
        "गीता",
    ],
)
def test_a_name_in_any_script_can_be_read_from_the_paper(name: str) -> None:
    assert name in text_of(to_pdf(_naming(name)))
    assert name in to_html(_naming(name))


def test_embedded_fonts_carry_what_is_printed_and_eastern_ones_a_map_to_unicode() -> None:
    page = PdfReader(io.BytesIO(to_pdf(_naming("Ελένη 山田")))).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    named = {str(font["/BaseFont"]).rpartition("+")[2]: font for font in fonts}
    assert "/FontFile2" in named["FiraGO-Regular"]["/FontDescriptor"]
    assert "/ToUnicode" in next(font for name, font in named.items() if "Heisei" in name)


def test_a_sign_that_no_font_has_is_a_box_and_not_a_failure() -> None:
    text = text_of(to_pdf(_naming("Robot \N{ROBOT FACE}!")))
    assert "Robot \N{WHITE VERTICAL RECTANGLE}!" in text


def test_the_same_sheet_is_the_same_bytes() -> None:
    assert to_pdf(_naming("Ann 山田")) == to_pdf(_naming("Ann 山田"))


def test_dates_and_ids_come_from_the_sheet() -> None:
    later = replace(SHEET, at=SHEET.at.replace(year=2027))
    one, two = PdfReader(io.BytesIO(to_pdf(SHEET))), PdfReader(io.BytesIO(to_pdf(later)))
    assert one.metadata is not None
    assert one.metadata.creation_date == SHEET.at
    assert one.metadata.title == "Certificate UPJJB-DAJM9-INS"
    assert one.trailer["/ID"] != two.trailer["/ID"]


def test_a_long_table_goes_over_several_pages_with_its_head_on_each() -> None:
    rows = tuple((f"Policy {number}", "£1.00") for number in range(200))
    pdf = to_pdf(replace(SHEET, parts=(Table(columns=("What is it", "Price"), rows=rows),)))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) > 2
    assert all("What is it" in page for page in pages)
    assert "Policy 199" in pages[-1]


def test_a_name_without_an_end_is_cut_and_fits() -> None:
    text = text_of(to_pdf(_naming("x" * 100_000)))
    assert text.replace(" ", "").count("x" * (MOST_LETTERS - 1)) >= 1
    assert "x" * MOST_LETTERS not in text.replace(" ", "")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a\r\nBcc: b", "a Bcc: b"),
        ("a\x00\x1b[31mb", "a [31mb"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("  a \u2028 b ", "a b"),
        ("\ud800", ""),
    ],
)
def test_what_breaks_a_line_or_turns_it_around_is_taken_out(given: str, shown: str) -> None:
    assert one_line(given) == shown
    assert one_line(f"x{given}y") in text_of(to_pdf(_naming(f"x{given}y")))
