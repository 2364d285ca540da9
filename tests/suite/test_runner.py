"""Verdicts: what passes, what fails and why, what nobody can judge."""

from __future__ import annotations

from pathlib import Path

import pytest

from flow.acts import Act
from flow.backends.relay import RelayBackend
from flow.backends.simulator import SimulatorBackend
from flow.errors import BackendSilent
from flow.plugs import plug_in
from flow.shops.base import Observation, Shop, ShopLacks, Visit
from flow.shops.reference import ReferenceShop
from flow.suite.loader import load_file
from flow.suite.runner import Plugs, run_case
from flow.suite.verdict import Status, Verdict
from models import CreateQuotes, Operation, QuotePackage

HEAD = """\
scenario: A story
products:
  - {sku: LAP, name: Laptop, category: computers, price: 1200.00}
steps:
  - add_to_cart: LAP
  - request_quote: cart
"""
DECLINED = "  - decline_cover\n  - pay\n  - collect\n"
TO_BOOKED = "  - choose_cover\n  - pay\n  - collect\n  - book\n"


def _run(tmp_path: Path, steps: str, plugs: Plugs | None = None) -> Verdict:
    path = tmp_path / "story.yaml"
    path.write_text(HEAD + steps, encoding="utf-8")
    loaded = load_file(path, "story.yaml")
    assert not loaded.faults, [str(fault) for fault in loaded.faults]
    return run_case(loaded.cases[0], plugs or plug_in("simulator", "reference"), 1)


TWO_PACKAGES = """\
scenario: One page offer is taken, one declined
products:
  - {sku: LAP, name: Laptop, category: computers, price: 1200.00}
  - {sku: TAB, name: Tablet, category: electronics, price: 300.00}
steps: [view_product: LAP, request_quote, choose_cover, keep_shopping, view_product: TAB,
  request_quote, decline_cover: [TAB], pay, collect, book, opt_out]
expect: {status: OPTED_OUT, statuses: [CONFIRMED, OPTED_OUT]}
"""


class Careless(ReferenceShop):
    """Tells the insurer of no opt-out."""

    def opt_out(self, act: Act) -> Observation:
        return self.report()


class Crashing(ReferenceShop):
    """Its line to the insurer is down the first time."""

    tries = 0

    def opt_out(self, act: Act) -> Observation:
        self.tries += 1
        if self.tries == 1:
            raise KeyError("line")
        return super().opt_out(act)


def _plugs(shop: type[ReferenceShop]) -> Plugs:
    return Plugs(lambda seed: SimulatorBackend(seed=seed), lambda backend, seed: shop(backend))


CRASHING, CARELESS = _plugs(Crashing), _plugs(Careless)


def test_what_holds_passes(tmp_path: Path) -> None:
    verdict = _run(tmp_path, TO_BOOKED + "expect: {state: booked, status: CONFIRMED, policies: 1}")
    assert verdict.status is Status.PASSED
    assert verdict.complaints == []
    assert verdict.rows[-1] == "book: collected -> booked (approved)"


@pytest.mark.parametrize(
    ("expect", "complaint"),
    [
        ("state: offered", "state was to be offered, and is booked"),
        ("status: RECEIVED", "status was to be RECEIVED, and is CONFIRMED"),
        ("quoted: 5", "quoted was to be 5, and is 100.8"),
        ("policies: 2", "policies was to be 2, and is 1"),
        ("refund: 1", "refund was to be 1, and is nothing"),
        ("mail: BOOKING_CANCELLED", "mail was to be BOOKING_CANCELLED, and is BOOKING_CREATED"),
        ("ledger: {cover: 1}", "cover was to be £1.00, and is £100.80"),
        ("ledger: {kept: 0}", "kept was to be £0.00, and is £1300.80"),
    ],
)
def test_what_does_not_hold_fails_and_says_what_is(
    tmp_path: Path, expect: str, complaint: str
) -> None:
    verdict = _run(tmp_path, f"{TO_BOOKED}expect: {{{expect}}}")
    assert verdict.status is Status.FAILED
    assert verdict.complaints == [f"story.yaml:11: at the end: {complaint}"]


def test_expectations_are_soft_so_later_steps_still_tell(tmp_path: Path) -> None:
    steps = "  - choose_cover:\n    expect: {offers: 9}\n  - pay:\n    expect: {state: offered}\n"
    verdict = _run(tmp_path, steps)
    assert len(verdict.complaints) == 2
    assert "story.yaml:7: step 3, choose_cover: offers was" in verdict.complaints[0].replace(
        ":7:5", ":7"
    )
    assert verdict.state == "paid"


def test_a_refusal_that_does_not_come_fails(tmp_path: Path) -> None:
    verdict = _run(tmp_path, "  - choose_cover:\n    refused: insurer\n")
    assert "was to be refused by the insurer, and was accepted" in verdict.complaints[0]


@pytest.mark.parametrize(
    ("refused", "complaint"),
    [
        ("{code: 404}", "was to be refused with 404"),
        ("{says: too late}", "was to be refused with 'too late'"),
        ("shop", "was to be refused by the shop"),
    ],
)
def test_another_refusal_than_expected_fails(tmp_path: Path, refused: str, complaint: str) -> None:
    steps = f"{TO_BOOKED}  - attempt: create_booking\n    refused: {refused}\n"
    assert complaint in _run(tmp_path, steps).complaints[0]


@pytest.mark.parametrize(
    "steps",
    [
        f"{DECLINED}  - opt_out\n",
        f"{DECLINED}  - opt_out:\n    refused: shop\n",
        f"{DECLINED}  - at_once: [opt_out, opt_out]\n    turns: 12\n",
    ],
    ids=["wanted", "refusal-wanted", "at-once"],
)
def test_a_shop_that_crashes_has_neither_done_it_nor_refused_it(tmp_path: Path, steps: str) -> None:
    complaints = _run(tmp_path, steps, CRASHING).complaints
    assert len(complaints) == 1
    assert "Crashing.opt_out raised KeyError: 'line'" in complaints[0]


def test_two_acts_at_once_can_be_refused_by_the_flow(tmp_path: Path) -> None:
    refused = "  - at_once: [book, book]\n    refused: flow\n"
    assert _run(tmp_path, refused).status is Status.PASSED
    booked = TO_BOOKED.removesuffix("  - book\n") + refused
    assert "was to be refused by the flow" in _run(tmp_path, booked).complaints[0]


BESIDE = """\
  - add_to_cart: LAP
    order: 2
  - request_quote:
    order: 2
    expect: {quoted: 100.80, calls: 1}
  - decline_cover:
    order: 2
    expect: {state: declined}
expect: {state: offered, policies: 0}
"""


def test_steps_of_another_order_are_compared_with_that_order(tmp_path: Path) -> None:
    verdict = _run(tmp_path, BESIDE)
    assert verdict.complaints == []
    assert [step.state for step in verdict.steps[2:]] == ["in_cart", "offered", "declined"]
    assert verdict.rows.count("add_to_cart: browsing -> in_cart") == 2
    wrong = BESIDE.replace("state: declined", "state: offered")
    assert "state was to be offered, and is declined" in _run(tmp_path, wrong).complaints[0]


class OneSession(ReferenceShop):
    """Its customers have one order at a time."""

    def another_session(self, visit: Visit) -> Shop:
        msg = "OneSession does not offer another_session"
        raise ShopLacks(msg)


class NoSession(ReferenceShop):
    """Cannot let anybody in twice."""

    def another_session(self, visit: Visit) -> Shop:
        raise KeyError(visit.shopper.email)


def test_a_story_of_two_orders_is_skipped_where_a_shop_has_one(tmp_path: Path) -> None:
    verdict = _run(tmp_path, BESIDE, _plugs(OneSession))
    assert verdict.status is Status.SKIPPED
    assert (verdict.reason or "").endswith(
        "step 3, add_to_cart LAP (order 2): OneSession does not offer another_session"
    )


def test_a_shop_that_cannot_begin_the_second_order_has_failed(tmp_path: Path) -> None:
    verdict = _run(tmp_path, BESIDE, _plugs(NoSession))
    assert verdict.status is Status.FAILED
    assert "NoSession.another_session raised KeyError" in verdict.complaints[0]


def test_an_attempt_that_the_insurer_accepts_fails(tmp_path: Path) -> None:
    verdict = _run(tmp_path, "  - attempt: opt_out\n")
    assert "was to be refused by the insurer, and was accepted" in verdict.complaints[0]


def test_an_attempt_without_anything_to_attempt_it_with_fails(tmp_path: Path) -> None:
    verdict = _run(tmp_path, "  - attempt: confirm_cancellation\n")
    assert "the insurer gave no cancellation_id before this step" in verdict.complaints[0]


def test_a_fault_that_never_happens_fails(tmp_path: Path) -> None:
    verdict = _run(tmp_path, "  - fault: {on: opt_out, kind: call_lost}\n  - choose_cover\n")
    assert "call_lost on opt_out was to happen once more" in verdict.complaints[0]


def test_silence_nobody_expected_is_an_error_and_no_failure(tmp_path: Path) -> None:
    """Unknown is not wrong: exit code 3, not 1."""
    steps = "  - choose_cover\n  - pay\n  - collect\n"
    steps += "  - fault: {on: create_booking, kind: unavailable, times: 3}\n  - book\n"
    verdict = _run(tmp_path, steps)
    assert verdict.status is Status.ERROR
    assert "no answer" in (verdict.reason or "")


def test_a_broken_promise_fails_and_names_the_scenario_s_step(tmp_path: Path) -> None:
    class Overcharges(SimulatorBackend):
        def create_quotes(self, request: CreateQuotes) -> QuotePackage:
            package = super().create_quotes(request)
            return package.model_copy(update={"total_price": package.total_price + 1})

        def get_quotes(self, ins: str) -> QuotePackage:
            package = super().get_quotes(ins)
            return package.model_copy(update={"total_price": package.total_price + 1})

    plugs = Plugs(lambda seed: Overcharges(seed=seed), lambda b, seed: ReferenceShop(b))
    verdict = _run(tmp_path, "  - wait: 1 hour\n  - choose_cover\n", plugs)
    assert verdict.status is Status.FAILED
    assert verdict.complaints[0].startswith(
        "promise package_total_is_sum_of_its_quotes, broken after step 2: "
    )


def test_a_clock_that_cannot_be_moved_skips_with_a_reason(tmp_path: Path) -> None:
    class Real(RelayBackend):
        controls = None

    plugs = Plugs(lambda seed: Real(SimulatorBackend(seed=seed)), lambda b, seed: ReferenceShop(b))
    verdict = _run(tmp_path, "  - wait: 1 day\n", plugs)
    assert verdict.status is Status.SKIPPED
    assert "its clock cannot be moved" in (verdict.reason or "")


def test_a_backend_out_of_reach_is_an_error(tmp_path: Path) -> None:
    class Gone(SimulatorBackend):
        def create_quotes(self, request: CreateQuotes) -> QuotePackage:
            raise BackendSilent(Operation.CREATE_QUOTES, "connection refused")

    plugs = Plugs(lambda seed: Gone(seed=seed), lambda b, seed: ReferenceShop(b))
    verdict = _run(tmp_path, "  - choose_cover\n", plugs)
    assert verdict.status is Status.ERROR
    assert "connection refused" in (verdict.reason or "")


def test_a_step_can_be_taken_several_times(tmp_path: Path) -> None:
    verdict = _run(tmp_path, "  - add_to_cart: LAP\n    times: 3\nexpect: {quoted: 403.20}\n")
    assert verdict.complaints == []
    assert [step.number for step in verdict.steps] == [1, 2, 3, 4, 5]


def test_a_breach_after_a_wait_names_the_scenario_s_step(tmp_path: Path) -> None:
    """A reader counts the waits, too."""
    (breach,) = _run(tmp_path, DECLINED + "  - wait: 1 hour\n  - opt_out\n", CARELESS).breaches
    assert breach.step == 7


def test_a_breach_is_told_once(tmp_path: Path) -> None:
    verdict = _run(tmp_path, DECLINED + "  - opt_out\n  - send_invoice\n", CARELESS)
    assert [breach.step for breach in verdict.breaches] == [6]


def test_silence_beside_an_expectation_is_no_failure(tmp_path: Path) -> None:
    """Where no answer came, nothing can be compared."""
    steps = "  - choose_cover\n  - pay\n  - collect\n"
    steps += "  - fault: {on: create_booking, kind: unavailable, times: 3}\n"
    verdict = _run(tmp_path, steps + "  - book:\n    expect: {state: booked}\n")
    assert verdict.status is Status.ERROR


def test_two_examples_of_one_name_have_seeds_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "story.yaml"
    text = HEAD.replace("A story", "Story ${a}") + "examples: [{a: 1}, {a: 1}]\n"
    path.write_text(text, encoding="utf-8")
    cases = load_file(path, "story.yaml").cases
    seeds: list[int] = []

    def backend(seed: int) -> SimulatorBackend:
        seeds.append(seed)
        return SimulatorBackend(seed=seed)

    plugs = Plugs(backend, lambda b, seed: ReferenceShop(b))
    assert {run_case(case, plugs, 1).name for case in cases} == {"Story 1"}
    assert len(set(seeds)) == 2


def test_status_is_that_of_the_latest_package(tmp_path: Path) -> None:
    path = tmp_path / "story.yaml"
    path.write_text(TWO_PACKAGES, encoding="utf-8")
    (case,) = load_file(path, "story.yaml").cases
    assert run_case(case, plug_in("simulator", "reference"), 1).complaints == []
