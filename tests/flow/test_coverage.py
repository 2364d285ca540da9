"""Coverage counts what was visited, adds up, and comes back from a file as it was."""

from __future__ import annotations

import pytest

from flow.backends.faulty import FaultKind
from flow.coverage import Coverage
from flow.errors import UsageError
from flow.markets import markets_sold
from flow.reach import adjacent_pairs, considerations, possible_pairs
from flow.shopper import Cover, PaymentModel, Shopper
from flow.table import INITIAL, ROWS, Condition, State, Trigger
from models import Operation
from tests.kit import TO_COLLECTED, TO_COMPLETED, TO_OFFER, T, Walk


def _of(walk: Walk) -> Coverage:
    coverage = Coverage()
    coverage.add_journey(walk.journey.history)
    return coverage


def test_nothing_visited_is_nothing_covered() -> None:
    none = Coverage()
    assert {share.visited for share in none.shares} == {0}
    assert {share.percent for share in none.shares} == {0}


def test_a_journey_counts_its_states_rows_and_pairs() -> None:
    by_name = {row.name: row for row in ROWS}
    names = ["view_product: browsing -> viewing", "keep_shopping: viewing -> browsing"]
    coverage = Coverage.of([names])
    assert coverage.states[INITIAL] == 2
    assert coverage.states[State.VIEWING] == 1
    assert coverage.rows[names[0]] == 1
    assert coverage.pairs[(names[0], names[1])] == 1
    assert by_name[names[0]] not in coverage.missed_rows


def test_everything_visited_is_everything_covered() -> None:
    coverage = Coverage.of([[one.name, two.name] for one, two in adjacent_pairs()])
    assert (coverage.state_share, coverage.row_share, coverage.pair_share) == (100, 100, 100)


def test_what_is_impossible_is_not_asked_for_and_told_when_it_is_seen() -> None:
    coverage = Coverage.of([[one.name, two.name] for one, two in possible_pairs()])
    assert coverage.possible_pairs_visited.percent == 100
    assert coverage.pair_share < 100
    assert coverage.strange_pairs == []
    strange = next(pair for pair in adjacent_pairs() if pair not in possible_pairs())
    coverage.add([strange[0].name, strange[1].name])
    assert coverage.strange_pairs == [strange]


def test_conditions_are_counted_where_a_row_was_considered() -> None:
    """Whatever the shopper tries: the row could have been taken, and its conditions decided."""
    walk = Walk()
    walk.try_(T.OPEN_CART)  # refused by the flow: the cart is empty
    coverage = _of(walk)
    row = "open_cart: browsing -> in_cart"
    assert coverage.conditions[(row, Condition.CART_FILLED, False)] == 1
    assert coverage.conditions[(row, Condition.CART_FILLED, True)] == 0
    assert (row, Condition.OPEN_OFFER, True) in coverage.missed_considerations
    assert (row, Condition.OPEN_OFFER, True) in considerations()


def test_a_fault_is_counted_for_the_step_it_struck() -> None:
    walk = Walk().fail(Operation.CREATE_BOOKING, FaultKind.ANSWER_LOST)
    coverage = _of(walk.go(*TO_COMPLETED))
    assert coverage.faults == {(Trigger.BOOK, FaultKind.ANSWER_LOST): 1}
    assert set(coverage.calls) == {Trigger.REQUEST_QUOTE, Trigger.BOOK}
    assert (Trigger.BOOK, FaultKind.SLOW) in coverage.missed_faults
    assert coverage.faults_visited.percent == pytest.approx(100 / (2 * len(FaultKind)))


def test_a_sale_is_counted_when_an_offer_is_reached() -> None:
    shopper = Shopper(country="IT", currency="EUR")
    assert not _of(Walk(shopper=shopper).go(*TO_OFFER[:2])).sales
    coverage = _of(Walk(shopper=shopper, payment=PaymentModel.SPLIT).go(*TO_COLLECTED))
    assert list(coverage.sales) == [("IT", "EUR", Cover.PRODUCT_INSURANCE, PaymentModel.SPLIT)]
    assert coverage.sales_visited.percent == pytest.approx(100 / len(markets_sold()))


def test_what_the_catalogue_sells_is_eight_markets_two_covers_three_payment_models() -> None:
    assert len(markets_sold()) == len(set(markets_sold())) == 8 * 2 * 3


def test_coverage_adds_up() -> None:
    one, two = _of(Walk().go(*TO_OFFER)), _of(Walk().go(*TO_COMPLETED))
    both = Coverage.merged([one, two])
    assert both.states[INITIAL] == 2
    assert both.rows["request_quote: in_cart -> offered"] == 2
    assert both == Coverage.merged([two, one])
    assert both == Coverage.merged([both, Coverage()])


def test_coverage_comes_back_from_its_document() -> None:
    walk = Walk().fail(Operation.CREATE_QUOTES, FaultKind.CALL_LOST)
    coverage = _of(walk.go(*TO_COMPLETED))
    coverage.add_traffic(["request_quote: in_cart -> offered"])
    text = coverage.to_json()
    assert Coverage.from_json(text) == coverage
    assert Coverage.from_json(text).to_json() == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "another"}',
        Coverage().to_json().replace('"states": []', '"states": [["nowhere", 1]]'),
        Coverage().to_json().replace('"rows": []', '"rows": [["no row", 1]]'),
        Coverage().to_json().replace('"pairs": []', '"pairs": [["one", 1]]'),
    ],
)
def test_what_is_no_coverage_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Coverage.from_json(text)


def test_traffic_counts_and_is_told_apart() -> None:
    coverage = Coverage()
    coverage.add_traffic(["request_quote: in_cart -> offered"])
    assert [row.name for row in coverage.only_in_traffic] == ["request_quote: in_cart -> offered"]
    assert coverage.row_share == pytest.approx(100 / len(ROWS))
    assert coverage.state_share == pytest.approx(100 / len(State))
