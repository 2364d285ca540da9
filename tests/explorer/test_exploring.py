"""Exploring: the right pair is clean and wholly covered, the same seed finds the same."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest

from flow.acts import Act
from flow.backends.base import Backend, Controls
from flow.backends.relay import RelayBackend
from flow.backends.simulator import SimulatorBackend
from flow.chance import Dice
from flow.deadline import KEPT_QUIET, LONGEST_STEP
from flow.errors import BackendSilent, PlugInvalid, ShopRefused
from flow.explorer.exploring import PORTION, Exploration, Options, explore
from flow.explorer.personas import PERSONAS, Persona, find_personas
from flow.explorer.telling import story
from flow.gallery.insurer_cancellations import EndsAllCoverOfTheCustomer
from flow.gallery.shop_clicks import ServesTwoTabsAtOnce
from flow.plugs import plug_in
from flow.shops.base import Observation, Shop, Visit
from flow.shops.reference import ReferenceShop
from flow.suite.loader import load_file
from flow.suite.runner import Plugs, run_case
from flow.suite.verdict import Status
from flow.table import Trigger
from models import Booking, CreateBooking, QuotePackage

_SOON = 0.4
"""Seconds; more than a pause of the garbage collector."""
RIGHT = functools.partial(plug_in, "simulator", "reference")


class ForgetsOptOut(ReferenceShop):
    def opt_out(self, act: object) -> Observation:
        return self.report()


class Raises(ReferenceShop):
    def send_invoice(self, act: object) -> Observation:
        msg = "the printer is out of paper"
        raise RuntimeError(msg)


class Hangs(ReferenceShop):
    def collect(self, act: object) -> Observation:
        Event().wait()  # for something that never comes
        raise AssertionError


class HangsInSilence(ReferenceShop):
    def collect(self, act: Act) -> Observation:
        with suppress(OSError):  # as adapters do that try again
            Event().wait()
        return super().collect(act)


class HangsInWaits(RelayBackend):
    """Its clock never moves on."""

    @property
    def controls(self) -> Controls | None:
        return _HangingClock(self.inner)


class _HangingClock:
    def __init__(self, inner: Backend) -> None:
        self._own: Any = inner.controls

    def __getattr__(self, name: str) -> Any:
        return getattr(self._own, name)

    def advance(self, by: object) -> None:
        Event().wait()


class IgnoresKeys(RelayBackend):
    """A retry of a lost booking is a booking of its own: here it is refused as one."""

    def create_booking(
        self, ins: str, request: CreateBooking, *, key: str | None = None
    ) -> Booking:
        return self.inner.create_booking(ins, request)


class AnswersNonsense(RelayBackend):
    def get_quotes(self, ins: str) -> QuotePackage:
        return "nonsense"  # type: ignore[return-value]  # that is the defect


def _plugs(
    shop: Callable[[Backend, Dice], Shop] = ReferenceShop,
    wrap: Callable[[Backend], Backend] | None = None,
    step_timeout: float = LONGEST_STEP,
) -> Plugs:
    def backend(seed: int) -> Backend:
        inner = SimulatorBackend(seed=seed)
        return inner if wrap is None else wrap(inner)

    return Plugs(
        backend, lambda backend, seed: shop(backend, Dice(seed)), step_timeout=step_timeout
    )


def _explored(plugs: Plugs, **options: object) -> Exploration:
    whole = {"journeys": 300, "seed": 1, **options}
    return explore(lambda: plugs, RIGHT(), Options(**whole))  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize("faults", [0.0, 0.1, 0.5])
def test_the_right_pair_breaks_no_promise(faults: float) -> None:
    assert _explored(RIGHT(), faults=faults, seed=3).findings == []


def test_a_thousand_journeys_take_every_transition() -> None:
    exploration = _explored(RIGHT(), journeys=1000)
    assert exploration.findings == []
    assert exploration.missed_states == []
    assert exploration.missed_rows == []
    assert set(exploration.personas) == {persona.name for persona in PERSONAS}


def test_a_forgotten_opt_out_is_found_shrunk_and_blamed_on_the_shop() -> None:
    (finding,) = _explored(_plugs(ForgetsOptOut)).findings
    assert finding.code == "declined_offers_are_opted_out_once"
    assert finding.blame.who == "shop"
    assert finding.story.faults == 0
    assert finding.story.steps <= 6


def test_an_ignored_key_is_found_with_its_fault_and_blamed_on_the_insurer() -> None:
    findings = _explored(_plugs(wrap=IgnoresKeys), faults=0.4, journeys=800).findings
    assert findings
    assert {finding.blame.who for finding in findings} == {"insurer"}
    assert all(finding.story.faults == 1 for finding in findings)
    assert all("wire fails" in finding.blame.evidence for finding in findings)


def test_a_shop_that_raises_is_a_finding_that_names_its_method() -> None:
    findings = {finding.code: finding for finding in _explored(_plugs(Raises)).findings}
    finding = findings["shop_fails_to_send_invoice"]
    assert "Raises.send_invoice raised RuntimeError: the printer is out of paper" in finding.detail
    assert finding.blame.who == "shop"


def test_when_time_is_up_a_finding_is_told_as_it_was_met() -> None:
    """Without a single attempt to make it smaller, but with whose fault it is."""
    exploration = _explored(_plugs(Raises), max_time=1e-9, journeys=100)
    findings = exploration.findings
    assert findings
    assert all(finding.story.steps == finding.found_in for finding in findings)
    assert {finding.blame.who for finding in findings} == {"shop"}


def test_a_shop_that_hangs_is_a_finding_that_names_its_method() -> None:
    exploration = _explored(_plugs(Hangs, step_timeout=_SOON), journeys=100, max_failures=1)
    (finding,) = exploration.findings
    assert exploration.journeys == finding.journey
    assert finding.code == "shop_fails_to_collect"
    assert "Hangs.collect raised TimeoutError: no end after 0.4 seconds" in finding.detail


def test_a_shop_that_keeps_its_hanging_to_itself_is_a_finding_all_the_same() -> None:
    exploration = _explored(
        _plugs(HangsInSilence, step_timeout=_SOON), journeys=100, max_failures=1, at_once=False
    )
    (finding,) = exploration.findings
    assert finding.code == "hangs_in_collect"
    assert exploration.journeys == finding.journey


def test_a_clock_that_hangs_is_told_as_the_backends() -> None:
    with pytest.raises(PlugInvalid, match=r"HangsInWaits.*advance raised TimeoutError"):
        _explored(_plugs(wrap=HangsInWaits, step_timeout=_SOON), journeys=100)


@pytest.mark.parametrize("shop", [Hangs, HangsInSilence])
def test_a_hang_that_was_found_fails_as_a_scenario_until_it_is_mended(
    shop: type[ReferenceShop], tmp_path: Path
) -> None:
    plugs = _plugs(shop, step_timeout=_SOON)
    (finding,) = _explored(plugs, max_failures=1, at_once=False).findings
    path = tmp_path / "found.yaml"
    path.write_text(finding.yaml(), encoding="utf-8")
    (case,) = load_file(path).cases
    again = run_case(case, plugs, seed=7)
    assert again.status is Status.FAILED
    assert "no end after" in again.complaints[0] or KEPT_QUIET in again.complaints[0]
    assert run_case(case, RIGHT(), seed=7).status is Status.PASSED


def test_a_missing_lock_is_found_with_two_acts_at_once_and_blamed_on_the_shop() -> None:
    finding, *_ = _explored(_plugs(ServesTwoTabsAtOnce), journeys=400, max_failures=1).findings
    assert finding.code == "acts_at_once_come_one_after_another"
    assert finding.blame.who == "shop"
    assert [move.at_once for move in finding.story.moves].count(None) == finding.story.steps - 2
    assert "  - at_once: [" in finding.yaml()


def test_what_it_found_at_once_fails_as_a_scenario_too(tmp_path: Path) -> None:
    plugs = _plugs(ServesTwoTabsAtOnce)
    finding, *_ = _explored(plugs, journeys=400, max_failures=1).findings
    path = tmp_path / "found.yaml"
    path.write_text(finding.yaml(), encoding="utf-8")
    (case,) = load_file(path).cases
    broken = [breach.promise for breach in run_case(case, plugs, seed=7).breaches]
    assert broken == [finding.code]
    assert run_case(case, RIGHT(), seed=7).status is Status.PASSED


def test_what_is_done_to_another_order_is_found_shrunk_and_filed(tmp_path: Path) -> None:
    plugs = _plugs(wrap=EndsAllCoverOfTheCustomer)
    code = "orders_of_one_customer_stay_apart"
    divided = tuple(replace(one, doubles=0.3) for one in find_personas("canceller"))
    explored = _explored(plugs, journeys=400, personas=divided)
    (finding,) = [one for one in explored.findings if one.code == code]
    assert finding.blame.who == "insurer"
    assert {move.order for move in finding.story.moves} == {1, 2}
    assert any("in the other order, " in line for line in story(finding))
    path = tmp_path / "found.yaml"
    path.write_text(finding.yaml(), encoding="utf-8")
    (case,) = load_file(path).cases
    assert code in [breach.promise for breach in run_case(case, plugs, seed=7).breaches]
    assert run_case(case, RIGHT(), seed=7).status is Status.PASSED


def test_a_trouble_of_one_order_is_told_without_the_other() -> None:
    """Every journey has two orders; what is wrong in one of them needs no other to show it."""
    divided = Persona(name="divided", about="always has two orders", doubles=1.0)
    options = {"journeys": 200, "personas": (divided,)}
    finding = _explored(_plugs(ForgetsOptOut), **options).findings[0]
    assert finding.story.steps <= 8
    assert {move.order for move in finding.story.moves} == {1}


def test_a_shop_that_cannot_begin_another_order_is_a_finding_that_names_its_method() -> None:
    class DoorJams(ReferenceShop):
        def another_session(self, visit: Visit) -> Shop:
            msg = "the door jams"
            raise OSError(msg)

    (finding,) = _explored(_plugs(DoorJams), journeys=100).findings
    assert finding.code == "shop_fails_to_another_session"
    assert "DoorJams.another_session raised OSError: the door jams" in finding.detail
    assert finding.blame.who == "shop"
    assert finding.story.steps == 1


def test_a_shop_with_one_session_a_customer_is_explored_with_one_order() -> None:
    class OneOrder:
        def __init__(self, shop: Shop) -> None:
            self._shop = shop

        def __getattr__(self, name: str) -> object:
            return getattr(self._shop, name)

    plugs = _plugs(lambda backend, dice: cast(Shop, OneOrder(ReferenceShop(backend, dice))))
    exploration = _explored(plugs, journeys=100)
    assert exploration.findings == []
    assert exploration.journeys == 100


def test_a_shop_may_call_the_insurers_silence_its_own_refusal() -> None:
    """It keeps what it did, and reports it with the next act: till then it is unknown."""

    class SaysTryAgain(ReferenceShop):
        def __getattribute__(self, name: str) -> Any:
            own = super().__getattribute__(name)
            return _refusing(own) if name in set(Trigger) else own

    exploration = _explored(_plugs(SaysTryAgain), journeys=400, faults=0.3, seed=3)
    assert [(one.code, one.detail) for one in exploration.findings] == []


def _refusing(act: Callable[[Any], Observation]) -> Callable[[Any], Observation]:
    def refusing(given: Any) -> Observation:
        try:
            return act(given)
        except BackendSilent as silence:
            msg = "the insurer is down: try again"
            raise ShopRefused(msg) from silence

    return refusing


class NoClock(RelayBackend):
    """An insurer as most are: nobody moves its clock."""

    @property
    def controls(self) -> Controls | None:
        return None


def test_an_insurer_whose_clock_cannot_be_moved_is_explored_without_waits() -> None:
    exploration = _explored(_plugs(wrap=NoClock), journeys=200, faults=0.3)
    assert (exploration.journeys, exploration.findings) == (200, [])


def test_a_process_that_a_shop_splits_off_does_not_go_on_exploring() -> None:
    class Forks(ReferenceShop):
        def pay(self, act: Any) -> Observation:
            child = os.fork()
            if not child:
                sys.exit(0)
            os.waitpid(child, 0)
            return super().pay(act)

    exploration = _explored(_plugs(Forks), journeys=20)
    assert (exploration.journeys, exploration.findings) == (20, [])


def test_nothing_is_done_at_once_when_that_is_off() -> None:
    assert _explored(_plugs(ServesTwoTabsAtOnce), journeys=400, at_once=False).findings == []


def test_a_shop_that_hangs_in_one_of_two_acts_is_a_finding() -> None:
    hurried = Persona(name="hurried", about="does all of it twice at once", hurries=1.0)
    options = {"journeys": 50, "max_failures": 1, "personas": (hurried,)}
    (finding,) = _explored(_plugs(Hangs, step_timeout=_SOON), **options).findings
    assert finding.code == "shop_fails_to_collect"
    assert "Hangs.collect raised TimeoutError" in finding.detail


def test_what_was_visited_is_kept_for_coverage() -> None:
    exploration = _explored(RIGHT(), journeys=100, faults=0.5)
    assert exploration.coverage.row_share == pytest.approx(exploration.share)
    assert exploration.coverage.faults_visited.visited > 10


def test_a_backend_that_answers_nonsense_is_no_crash() -> None:
    exploration = _explored(_plugs(wrap=AnswersNonsense), journeys=50)
    assert exploration.journeys == 50


def test_the_same_seed_finds_the_same_with_any_number_of_workers() -> None:
    options = {"journeys": 500, "faults": 0.3, "seed": 5}
    make = functools.partial(plug_in, "simulator", f"{__name__}:forgetful")
    found = [
        explore(make, RIGHT(), Options(workers=workers, **options))  # type: ignore[arg-type]  # by name
        for workers in (1, 2)
    ]
    assert [finding.yaml() for finding in found[0].findings] == [
        finding.yaml() for finding in found[1].findings
    ]
    assert found[0].rows == found[1].rows
    assert found[0].findings


def forgetful(backend: Backend, seed: int) -> Shop:
    """A factory for `--shop`."""
    return ForgetsOptOut(backend, Dice(seed))


def test_another_seed_walks_otherwise() -> None:
    one, other = (_explored(RIGHT(), journeys=50, seed=seed).rows for seed in (1, 2))
    assert one != other


def test_it_ends_when_enough_was_seen() -> None:
    shop = _plugs(Raises)
    assert _explored(shop, max_failures=1, journeys=5000).journeys < 1000
    assert _explored(RIGHT(), until=50.0, journeys=5000).journeys <= 100
    assert _explored(RIGHT(), max_time=1e-9, journeys=5000).journeys == PORTION


def test_a_persona_does_what_it_is_drawn_to() -> None:
    (decliner,) = find_personas("decliner")
    rows = _explored(RIGHT(), journeys=100, personas=(decliner,)).taken
    declined = sum(times for name, times in rows.items() if name.startswith("decline_cover"))
    chosen = sum(times for name, times in rows.items() if name.startswith("choose_cover"))
    assert declined > 3 * chosen


def test_every_weight_is_of_a_trigger() -> None:
    assert all(trigger in set(Trigger) for one in PERSONAS for trigger in one.weights)


def test_a_shop_that_cannot_be_made_is_a_clear_error() -> None:
    def none(backend: Backend, dice: Dice) -> Shop:
        raise PlugInvalid(kind="shop", name="mine", reason="its factory fails")

    with pytest.raises(PlugInvalid, match="its factory fails"):
        _explored(_plugs(none))
