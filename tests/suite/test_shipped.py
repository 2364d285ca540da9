"""The shipped suites pass, cover the whole table, and fit their published schema."""

from __future__ import annotations

from collections import Counter

import jsonschema
import pytest

from flow.acts import FillForm, Pay, RequestQuote
from flow.coverage import Coverage
from flow.plugs import plug_in
from flow.shopper import Card, Cover, PaymentModel, Placement
from flow.suite.grammar import Case
from flow.suite.loader import load
from flow.suite.reading import read
from flow.suite.runner import run_case
from flow.suite.schema import scenario_schema
from flow.suite.shipped import shipped_suites
from flow.suite.verdict import Status

LOADED = load([shipped_suites()])
CASES = LOADED.cases
FILES = sorted(shipped_suites().rglob("*.yaml"))


def _values(kind: type, name: str) -> set[object]:
    acts = [step.act for case in CASES for step in case.steps]
    return {getattr(act, name) for act in acts if isinstance(act, kind)}


def test_no_file_has_a_fault() -> None:
    assert [str(fault) for fault in LOADED.faults] == []


def test_there_are_many_stories_each_with_its_own_name() -> None:
    assert len({case.file for case in CASES}) >= 40
    twice = [name for name, times in Counter(case.name for case in CASES).items() if times > 1]
    assert twice == []


@pytest.mark.parametrize("seed", [1, 20260])
def test_every_story_passes_and_together_they_cover_the_table(seed: int) -> None:
    plugs = plug_in("simulator", "reference")
    verdicts = [run_case(case, plugs, seed) for case in CASES]
    wrong = [v.name for v in verdicts if v.status is not Status.PASSED]
    assert wrong == []
    coverage = Coverage.merged(verdict.coverage for verdict in verdicts)
    assert coverage.missed_states == []
    assert coverage.missed_rows == []
    assert coverage.missed_considerations == []
    assert coverage.strange_pairs == []


def test_every_placement_payment_model_card_and_cover_is_told() -> None:
    assert _values(RequestQuote, "placement") >= set(Placement)
    assert _values(Pay, "card") == set(Card)
    assert {case.payment for case in CASES} == set(PaymentModel)
    assert {p.cover for case in CASES for p in case.products.values()} == set(Cover)
    assert _values(FillForm, "sku")


def test_every_market_is_told() -> None:
    markets = {(case.shopper.country, case.shopper.currency) for case in CASES}
    assert markets >= {
        ("US", "USD"),
        ("CA", "CAD"),
        ("GB", "GBP"),
        ("IT", "EUR"),
        ("FR", "EUR"),
        ("ES", "EUR"),
        ("DE", "EUR"),
        ("AU", "AUD"),
    }


def test_every_case_expects_something() -> None:
    def expects(case: Case) -> bool:
        told = [case.expect, *(s.expect for s in case.steps), *(s.refused for s in case.steps)]
        return any(told)

    assert [case.name for case in CASES if not expects(case)] == []


def test_every_file_fits_the_published_schema() -> None:
    """Editors must not mark what the loader accepts."""
    validator = jsonschema.Draft202012Validator(scenario_schema())
    checked = 0
    for path in FILES:
        faults = [fault.message for fault in validator.iter_errors(read(path, path.name).data())]
        assert faults == [], path
        checked += 1
    assert checked == len(FILES)


@pytest.mark.parametrize(
    "steps",
    [
        ["ad_to_cart"],
        [{"pay": {"card": "gold"}}],
        [{"pay": "approved", "book": None}],
        [{"expect": {"offers": 1}}],
        [{"pay": "approved", "expect": {"offer": 1}}],
        [],
    ],
)
def test_the_schema_marks_what_the_loader_refuses(steps: list[object]) -> None:
    validator = jsonschema.Draft202012Validator(scenario_schema())
    products = [{"sku": "A", "name": "A", "price": 1}]
    good = {"scenario": "s", "products": products, "steps": ["pay"]}
    assert validator.is_valid(good)
    assert not validator.is_valid({**good, "steps": steps})
