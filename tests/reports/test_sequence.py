"""What passed between shopper, shop and insurer, as lines and as a drawing."""

from __future__ import annotations

from xml.etree import ElementTree

from flow.backends.faulty import FaultKind
from flow.reports.html.retelling import calls_of, lines_of_finding, lines_of_verdict
from flow.reports.html.sequence import Kind, Line, draw_sequence
from tests.reports.samples import finding, verdict

SVG = "{http://www.w3.org/2000/svg}"


def _texts(svg: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def _draw(*lines: Line) -> str:
    return draw_sequence(lines, title="Told", key="t")


def test_a_verdict_is_told_with_what_was_wrong_after_the_step_where_it_was_wrong() -> None:
    assert list(lines_of_verdict(verdict())) == [
        Line(Kind.FAULT, "1. fault on=create_booking, kind=answer_lost, times=3"),
        Line(Kind.ASKS, "2. book"),
        Line(Kind.CALLS, "create_booking"),
        Line(Kind.LOST, "no answer to create_booking"),
        Line(Kind.CALLS, "get_booking"),
        Line(Kind.REFUSES, "refused"),
        Line(Kind.CALLS, "get_quotes"),
        Line(Kind.ANSWERS, "accepted"),
        Line(Kind.DENIES, "silent, still collected"),
        Line(Kind.WRONG, "offers was to be 1, and is 2"),
        Line(Kind.WRONG, "one policy for one purchase: two of them"),
        Line(Kind.NOTE, "3. attempt cancel_booking: sent to the insurer past the shop"),
        Line(Kind.SHOWS, "now collected"),
        Line(Kind.WRONG, "status was to be X, and is Y"),
        Line(Kind.WRONG, "why it ended"),
    ]


def test_a_finding_is_told_with_the_faults_where_they_struck() -> None:
    lines = list(lines_of_finding(finding("asks-again-without-looking")))
    booked = lines.index(Line(Kind.ASKS, "5. book"))
    assert lines[booked - 1] == Line(
        Kind.FAULT, "the wire fails at instant_booking: answer_lost, 3 times"
    )
    assert lines[booked + 1 : booked + 4] == [
        Line(Kind.CALLS, "instant_booking"),
        Line(Kind.FAULT, "the wire fails: answer lost"),
        Line(Kind.LOST, "no answer to instant_booking"),
    ]
    assert Line(Kind.NOTE, "50 hours pass") in lines
    assert lines[-1].kind is Kind.WRONG
    assert "holds booking" in lines[-1].text


def test_what_never_reached_the_insurer_is_not_drawn_as_if_it_had() -> None:
    lines = list(lines_of_finding(finding("never-opts-out", fault=FaultKind.CALL_LOST)))
    asked = lines.index(Line(Kind.ASKS, "3. request quote"))
    assert lines[asked + 1 : asked + 4] == [
        Line(Kind.STRAYS, "create_quotes: call lost"),
        Line(Kind.CALLS, "create_quotes"),
        Line(Kind.ANSWERS, "201"),
    ]


def test_every_line_is_drawn_and_wrong_ones_are_marked_by_more_than_colour() -> None:
    drawn = _draw(*(Line(kind, f"words of {kind}") for kind in Kind))
    texts = _texts(drawn)
    assert texts[:3] == ["Shopper", "Shop", "Insurer"]
    told = " ".join(texts)
    assert all(f"words of {kind}" in told for kind in Kind)
    for mark in (
        "✗ words of refuses",
        "✗ words of denies",
        "✗ words of wrong",
        "⚡ words of fault",
    ):
        assert mark in texts
    crosses = ElementTree.fromstring(drawn).findall(f".//{SVG}path[@class='cross']")
    assert len(crosses) == len({Kind.STRAYS, Kind.LOST})


def test_long_words_are_cut_in_an_arrow_and_kept_in_its_title() -> None:
    words = "add to cart sku " + "X" * 300
    root = ElementTree.fromstring(_draw(Line(Kind.ASKS, words)))
    assert words in [title.text for title in root.iter(f"{SVG}title")]
    assert max(len(text.text or "") for text in root.iter(f"{SVG}text")) <= 36


def test_long_notes_take_several_rows_and_end() -> None:
    texts = _texts(_draw(Line(Kind.WRONG, "much is wrong " * 100)))
    rows = [text for text in texts if "wrong" in text]
    assert len(rows) == 4
    assert rows[-1].endswith("…")


def test_of_a_very_long_story_the_first_and_the_last_lines_are_drawn() -> None:
    texts = _texts(_draw(*(Line(Kind.ASKS, f"line {n}") for n in range(1000))))
    assert "line 0" in texts
    assert "line 999" in texts
    assert "850 more lines, left out here" in texts
    assert "line 500" not in texts


def test_what_was_typed_is_text_in_a_drawing() -> None:
    words = "</svg><script>alert(1)</script>"
    assert "<script" not in _draw(Line(Kind.ASKS, words), Line(Kind.WRONG, words))
    assert words in _texts(_draw(Line(Kind.NOTE, words)))


def test_calls_are_shown_without_card_numbers() -> None:
    """The insurer charges a card in the dual payment model; the shop sends it to be kept."""
    sent = list(calls_of(finding("charges-cover-under-dual-payment")))
    (token,) = [call for call in sent if "creditCard" in call.body]
    assert token.body.count('"***"') == 2
    assert "4111" not in "".join(call.body + call.reply for call in sent)
    assert (token.method, token.answer) == ("POST", "201")


def test_a_huge_body_is_cut_and_says_by_how_much() -> None:
    (call, *_) = calls_of(finding("never-opts-out", called="X" * 10_000))
    assert 3000 < len(call.body) < 3100
    assert call.body.endswith("letters more")
