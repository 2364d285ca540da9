"""What explore files fails as a scenario while the defect is there, and passes once it is gone."""

from __future__ import annotations

import functools
import random
from pathlib import Path

import pytest

from flow.acts import Act, AddToCart, ChooseCover, RequestQuote
from flow.backends.faulty import Fault, FaultKind
from flow.chance import Dice
from flow.explorer.exploring import Options, explore
from flow.explorer.findings import Finding
from flow.explorer.personas import PERSONAS
from flow.explorer.refusals import refused_calls
from flow.explorer.scoring import plugs_of
from flow.explorer.stage import play
from flow.explorer.story import Move, Story
from flow.explorer.telling import story
from flow.explorer.walker import Walker
from flow.gallery.catalogue import DEFECTS, find
from flow.gallery.defect import Defect
from flow.plugs import plug_in
from flow.shopper import PaymentModel, Shopper
from flow.shops.base import Observation
from flow.shops.reference import ReferenceShop
from flow.suite.grammar import Attempt, Case
from flow.suite.loader import load_file
from flow.suite.runner import Plugs, run_case
from flow.suite.verdict import Status
from flow.table import Trigger
from flow.trace import Result
from models import Operation
from models.money import Money
from tests.kit import LAPTOP, TO_OFFER, T, Walk

RIGHT = plug_in("simulator", "reference")
REPLAYED = 7
"""Another seed than they are found with, as when somebody runs them later."""


class CrashesAtTheTill(ReferenceShop):
    def pay(self, act: Act) -> Observation:
        msg = "the till is closed"
        raise RuntimeError(msg)


CRASHES = Plugs(
    backend=RIGHT.backend, shop=lambda backend, seed: CrashesAtTheTill(backend, Dice(seed))
)


INTO_CART = Move(trigger=Trigger.ADD_TO_CART, act=AddToCart(sku=LAPTOP.sku))
QUOTED = Move(trigger=Trigger.REQUEST_QUOTE, act=RequestQuote())


def _story(*moves: Move) -> Story:
    products, payment = {LAPTOP.sku: LAPTOP}, PaymentModel.SINGLE
    return Story(shopper=Shopper(), products=products, payment=payment, moves=moves, seed=1)


def _findings(plugs: Plugs, most: int = 1) -> list[Finding]:
    options = Options(journeys=2000, seed=1, faults=0.25, max_failures=most)
    return explore(lambda: plugs, RIGHT, options).findings


def _filed(finding: Finding, folder: Path) -> Case:
    path = folder / f"{finding.tag}.yaml"
    path.write_text(finding.yaml(), encoding="utf-8")
    (case,) = load_file(path).cases
    return case


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_what_is_filed_fails_until_the_defect_is_gone(defect: Defect, tmp_path: Path) -> None:
    plugs = plugs_of(defect)
    (finding,) = _findings(plugs)
    case = _filed(finding, tmp_path)
    assert run_case(case, plugs, REPLAYED).status is Status.FAILED
    repaired = run_case(case, RIGHT, REPLAYED)
    assert (repaired.status, repaired.complaints) == (Status.PASSED, [])


def test_a_crash_is_filed_as_the_step_that_was_to_succeed(tmp_path: Path) -> None:
    (finding,) = _findings(CRASHES)
    case = _filed(finding, tmp_path)
    (complaint,) = run_case(case, CRASHES, REPLAYED).complaints
    assert "CrashesAtTheTill.pay raised RuntimeError: the till is closed" in complaint
    assert run_case(case, RIGHT, REPLAYED).status is Status.PASSED
    assert finding.story.moves[-1].expected is not None
    told = "\n".join(story(finding))
    assert "-> the shop failed  <- the right pair goes on" in told
    assert "Expected: The shop does it, or says why not: pay." in told


def test_steps_that_only_a_defect_leads_to_are_filed_as_refused_by_the_flow(
    tmp_path: Path,
) -> None:
    plugs = plugs_of(find("books-stale-quotes-anew"))
    (finding,) = _findings(plugs)
    assert finding.code == "no_charge_without_cover"
    assert "    refused: flow\n" in finding.yaml()
    case = _filed(finding, tmp_path)
    broken = [breach.promise for breach in run_case(case, plugs, REPLAYED).breaches]
    assert finding.code in broken
    assert run_case(case, RIGHT, REPLAYED).status is Status.PASSED


def test_a_call_that_need_not_be_refused_here_is_no_part_of_a_story() -> None:
    """An opt-out is to be refused once cover is in force; before, it would be another story."""
    plugs = plugs_of(find("forgets-opt-outs"))
    here = Move(attempt=Attempt(call=Operation.OPT_OUT))
    nowhere = Move(attempt=Attempt(call=Operation.OPT_OUT, package="unknown"))
    played = play(_story(INTO_CART, QUOTED, here, nowhere), plugs)
    assert played.story.moves == (INTO_CART, QUOTED, nowhere)


def test_after_silence_no_call_has_to_be_refused() -> None:
    """The payment may have been confirmed, and then a correction is the insurer's to accept."""
    walk = Walk().go(*TO_OFFER, T.CHOOSE_COVER, T.PAY, T.RESERVE, T.COLLECT)
    assert Operation.MODIFY_BOOKING in refused_calls(walk.journey)
    walk.fail(Operation.CONFIRM_BOOKING, FaultKind.ANSWER_LOST, 3)
    assert walk.try_(T.CONFIRM_PAYMENT).result is Result.SILENT
    assert refused_calls(walk.journey) == ()


def test_of_two_faults_alike_the_one_that_nothing_met_is_left_out() -> None:
    lost = Move(fault=Fault(operation=Operation.CREATE_QUOTES, kind=FaultKind.UNAVAILABLE))
    chosen = Move(trigger=Trigger.CHOOSE_COVER, act=ChooseCover())
    kept = play(_story(INTO_CART, lost, QUOTED, lost, chosen), RIGHT).story.moves
    assert kept == (INTO_CART, lost, QUOTED, chosen)


@pytest.mark.parametrize("currency", ["GBP", "JPY", "KWD"])
def test_prices_are_amounts_of_their_currency(currency: str) -> None:
    """Files with others are not loaded."""
    products = functools.partial(Walker(random.Random(1), PERSONAS[0]).products, currency)
    prices = [product.price for _ in range(50) for product in products().values()]
    assert [price for price in prices if not Money(price, currency).is_rounded] == []
