"""Random shoppers on the simulator and the reference shop: whatever they do, every promise holds.

Triggers come from the table, their data from strategies; also time passes and the wire fails.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flow import machine
from flow.acts import ACTS
from flow.backends.faulty import FaultKind
from flow.effects import facts_after
from flow.errors import IllegalMove
from flow.shopper import Card, PaymentModel, Placement, Shopper
from flow.table import FINAL, ROWS, Trigger
from flow.trace import Result
from models import Operation
from tests.kit import PRODUCTS, Walk, tracked

SKUS = st.sampled_from(sorted(PRODUCTS))
ITEMS = st.one_of(st.just("all"), st.lists(SKUS, min_size=1, max_size=3, unique=True))
MARKETS = [
    ("US", "USD"),
    ("CA", "CAD"),
    ("GB", "GBP"),
    ("IT", "EUR"),
    ("FR", "EUR"),
    ("ES", "EUR"),
    ("DE", "EUR"),
    ("AU", "AUD"),
    ("GB", "JPY"),
]
CANCEL = st.fixed_dictionaries({"items": ITEMS, "return_products": st.booleans()})
DATA: dict[Trigger, st.SearchStrategy[dict[str, Any]]] = {
    Trigger.VIEW_PRODUCT: st.fixed_dictionaries({"sku": SKUS}),
    Trigger.ADD_TO_CART: st.fixed_dictionaries({"sku": SKUS, "quantity": st.integers(1, 3)}),
    Trigger.REMOVE_FROM_CART: st.fixed_dictionaries({"sku": SKUS}),
    Trigger.CHANGE_QUANTITY: st.fixed_dictionaries({"sku": SKUS, "quantity": st.integers(1, 5)}),
    Trigger.REQUEST_QUOTE: st.fixed_dictionaries({"placement": st.sampled_from(Placement)}),
    Trigger.CHOOSE_COVER: st.fixed_dictionaries(
        {"items": ITEMS}, optional={"plan": st.just("1year-monthly")}
    ),
    Trigger.DECLINE_COVER: st.fixed_dictionaries({"items": ITEMS}),
    Trigger.PAY: st.fixed_dictionaries({"card": st.sampled_from([Card.APPROVED, *Card])}),
    Trigger.FILL_FORM: st.fixed_dictionaries({"sku": SKUS, "quantity": st.integers(1, 2)}),
    Trigger.CANCEL: CANCEL,
    Trigger.PREVIEW_CANCELLATION: CANCEL,
    Trigger.CORRECT_DETAILS: st.just({"phone": "+441632960000"}),
    Trigger.QUOTE_MODIFICATION: st.fixed_dictionaries(
        {"sku": SKUS}, optional={"price": st.integers(1, 5000), "serial_number": st.just("SN")}
    ),
}
NOTHING: st.SearchStrategy[dict[str, Any]] = st.just({})


class RandomShopper(RuleBasedStateMachine):
    """One shopper; each rule is something that can happen to them."""

    @initialize(
        market=st.sampled_from(MARKETS),
        payment=st.sampled_from(PaymentModel),
        seed=st.integers(0, 9),
    )
    def shopper_enters(self, market: tuple[str, str], payment: PaymentModel, seed: int) -> None:
        country, currency = market
        shopper = Shopper(country=country, currency=currency)
        self.walk = Walk(shopper=shopper, payment=payment, seed=seed)

    @precondition(lambda self: self.walk.state not in FINAL)
    @rule(data=st.data())
    def shopper_acts(self, data: st.DataObject) -> None:
        trigger = data.draw(st.sampled_from(self.walk.journey.allowed()), label="trigger")
        act = data.draw(DATA.get(trigger, NOTHING), label="act")
        before = self.walk.state
        record = self.walk.try_((trigger, act))
        if record.row is not None and record.facts is not None:
            after = tracked(self.walk.journey.order.facts())
            assert after in set(facts_after(record.row, tracked(record.facts))), record.row.name
        if not record.has_moved:
            assert self.walk.state is before
            assert record.result in (Result.REFUSED, Result.SILENT), record.error
            assert "raised" not in (record.error or ""), record.error

    @precondition(lambda self: self.walk.state not in FINAL)
    @rule(trigger=st.sampled_from(Trigger))
    def shopper_tries_what_is_not_allowed(self, trigger: Trigger) -> None:
        facts = self.walk.journey.order.facts()
        try:
            machine.check(trigger, self.walk.state, facts)
        except IllegalMove:
            act = {"sku": "LAPTOP", "quantity": 1} if trigger is Trigger.CHANGE_QUANTITY else {}
            if ACTS[trigger].model_fields.get("sku") and not act:
                act = {"sku": "LAPTOP"}
            before = self.walk.state
            assert self.walk.try_((trigger, act)).result is Result.ILLEGAL
            assert self.walk.state is before

    @rule(hours=st.sampled_from([1, 25, 24 * 15, 24 * 32, 24 * 200]))
    def time_passes(self, hours: int) -> None:
        self.walk.journey.wait(timedelta(hours=hours))

    @rule(
        operation=st.sampled_from(Operation),
        kind=st.sampled_from([k for k in FaultKind if k is not FaultKind.SENT_TWICE]),
        times=st.integers(1, 3),
    )
    def wire_fails(self, operation: Operation, kind: FaultKind, times: int) -> None:
        self.walk.fail(operation, kind, times)

    @invariant()
    def every_promise_is_kept(self) -> None:
        if hasattr(self, "walk"):
            assert self.walk.breaches == []


TestRandomShopper = RandomShopper.TestCase


def test_every_trigger_is_reachable_by_some_row() -> None:
    assert {row.trigger for row in ROWS} == set(Trigger)
