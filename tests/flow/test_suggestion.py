"""What is suggested can be kept as it is: it passes lint, plays, and visits what it says."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from flow.backends.faulty import FaultKind
from flow.coverage import Coverage
from flow.plugs import plug_in
from flow.suggestion.suggesting import suggest
from flow.suggestion.suggestion import Suggestion
from flow.suite.loader import load_file
from flow.suite.runner import run_case
from flow.suite.verdict import Status, Verdict
from flow.table import ROWS, State, Trigger

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
    assert [len(one.draft.moves) for one in suggestions] == sorted(
        len(one.draft.moves) for one in suggestions
    ), "the cheapest first"


def test_a_missed_pair_is_suggested_when_every_transition_is_covered(tmp_path: Path) -> None:
    pair = (
        "remove_from_cart: offered -> offered (some)",
        "decline_cover: offered -> covered (some)",
    )
    one, other = islice(suggest(_without(*pair)), 2)
    assert (one.states, one.rows, other.pairs) == ((), (), ())
    assert f"pair {pair[0]}, then {pair[1]}" in one.news
    assert _played(one.yaml(), tmp_path).rows[-2:] == pair


def test_what_needs_time_waits_for_it(tmp_path: Path) -> None:
    pair = ("collect: paid -> collected", "book: collected -> booking_refused (refused)")
    one = next(suggest(_without(*pair)))
    assert "- wait: 31 days" in one.yaml()
    assert _played(one.yaml(), tmp_path).coverage.pairs[pair]


def test_conditions_markets_and_faults_follow_until_nothing_is_missed(tmp_path: Path) -> None:
    """Each passes as a scenario and visits what it says; together they leave nothing."""
    coverage = _full()
    coverage.calls[Trigger.BOOK] = 1
    for one in suggest(coverage):
        new = _played(one.yaml(), tmp_path).coverage
        assert not one.rows
        assert [c for c in one.considerations if not new.conditions[c]] == []
        assert [sale for sale in one.sales if not new.sales[sale]] == []
        assert [fault for fault in one.faults if not new.faults[fault]] == []
        coverage.merge(one.played.coverage)
    assert coverage.missed_considerations == []
    assert coverage.missed_sales == []
    assert list(suggest(coverage)) == []


def test_a_fault_is_suggested_at_a_call_of_the_step() -> None:
    coverage = _full()
    coverage.calls[Trigger.CONFIRM_PAYMENT] = 1
    wanted = Trigger.CONFIRM_PAYMENT
    told = [one.yaml() for one in suggest(coverage) if (wanted, FaultKind.SLOW) in one.faults]
    assert len(told) == 1
    assert "  - fault: {on: confirm_booking, kind: slow}\n  - confirm_payment\n" in told[0]


def test_a_suggestion_changes_nothing_and_is_the_same_again() -> None:
    coverage = Coverage()
    first, again = next(suggest(coverage)), next(suggest(coverage))
    assert first.yaml() == again.yaml()
    assert coverage == Coverage()
    assert coverage.missed_states == list(State)
