"""What is suggested can be kept as it is: it passes lint, plays, and visits what it says."""

from __future__ import annotations

from pathlib import Path

from flow.coverage import Coverage
from flow.plugs import plug_in
from flow.suggestion import Suggestion, suggest
from flow.suite.loader import load_file
from flow.suite.runner import run_case
from flow.suite.verdict import Status, Verdict
from flow.table import ROWS, State

SMALL = """
scenario: Window shopping
products: [{sku: A, name: A, price: 1}]
steps: [{view_product: A}, abandon]
"""


def _played(text: str, folder: Path) -> Verdict:
    path = folder / "suggested.yaml"
    path.write_text(text, encoding="utf-8")
    loaded = load_file(path)
    assert loaded.faults == [], text
    verdict = run_case(loaded.cases[0], plug_in("simulator", "reference"), seed=7)
    assert verdict.status is Status.PASSED, (verdict.complaints, text)
    return verdict


def _full() -> Coverage:
    from flow.reach import possible_pairs

    return Coverage.of([[one.name, two.name] for one, two in possible_pairs()])


def _without(*names: str) -> Coverage:
    """Everything, but for pairs of these."""
    coverage = _full()
    for pair in [pair for pair in coverage.pairs if pair == names]:
        del coverage.pairs[pair]
    return coverage


def test_suggestions_taken_one_after_another_reach_the_whole_table(tmp_path: Path) -> None:
    """From one small story to every state and transition, in no more steps than there are."""
    coverage = _played(SMALL, tmp_path).coverage
    taken = 0
    while coverage.missed_states or coverage.missed_rows:
        one = next(suggest(coverage))
        verdict = _played(one.yaml(), tmp_path)
        assert one.rows
        assert {row.name for row in one.rows} <= set(verdict.rows)
        assert {state for state in one.states if not verdict.coverage.states[state]} == set()
        coverage.merge(verdict.coverage)
        taken += 1
        assert taken <= len(ROWS)
    assert (coverage.state_share, coverage.row_share) == (100, 100)
    assert coverage.strange_pairs == []


def test_several_suggestions_at_once_do_not_repeat_each_other(tmp_path: Path) -> None:
    suggestions: list[Suggestion] = []
    for one in suggest(Coverage()):
        suggestions.append(one)
        if len(suggestions) == 12:
            break
    news = [line for one in suggestions for line in one.news]
    assert len(news) == len(set(news))
    assert [len(one.road.moves) for one in suggestions] == sorted(
        len(one.road.moves) for one in suggestions
    ), "the cheapest first"


def test_a_missed_pair_is_suggested_when_every_transition_is_covered(tmp_path: Path) -> None:
    pair = (
        "remove_from_cart: offered -> offered (some)",
        "decline_cover: offered -> covered (some)",
    )
    suggestions = list(suggest(_without(*pair)))
    assert len(suggestions) == 1
    (one,) = suggestions
    assert (one.states, one.rows) == ((), ())
    assert one.news == [f"pair {pair[0]}, then {pair[1]}"]
    assert _played(one.yaml(), tmp_path).rows[-2:] == pair


def test_what_needs_time_waits_for_it(tmp_path: Path) -> None:
    pair = ("collect: paid -> collected", "book: collected -> booking_refused (refused)")
    (one,) = suggest(_without(*pair))
    assert "- wait: 31 days" in one.yaml()
    assert _played(one.yaml(), tmp_path).coverage.pairs[pair]


def test_nothing_is_suggested_when_nothing_is_missed() -> None:
    assert list(suggest(_full())) == []


def test_a_suggestion_changes_nothing_and_is_the_same_again() -> None:
    coverage = Coverage()
    first, again = next(suggest(coverage)), next(suggest(coverage))
    assert first.yaml() == again.yaml()
    assert coverage == Coverage()
    assert coverage.missed_states == list(State)
