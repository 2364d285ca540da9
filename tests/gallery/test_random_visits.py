"""Whatever a shopper does before a defect, what comes of it is a finding and never a crash."""

from __future__ import annotations

import random
from typing import Any

import pytest

from flow.backends.base import Backend
from flow.backends.faulty import FaultKind
from flow.chance import Dice
from flow.gallery.catalogue import DEFECTS
from flow.gallery.defect import Defect
from flow.shopper import PaymentModel, Shopper
from flow.shops.base import Shop
from flow.table import Trigger
from models import Operation
from tests.kit import PRODUCTS, T, Walk

MARKETS = [("GB", "GBP"), ("IT", "EUR"), ("CA", "CAD"), ("GB", "JPY")]
SKUS = sorted(PRODUCTS)
WRITES = [o for o in Operation if not o.value.startswith("get")]


def visit(dice: random.Random, defect: Defect | None, *, steps: int = 40) -> Walk:
    """A random shopper before a defect, or before the right pair."""
    seed = dice.randrange(1000)
    country, currency = dice.choice(MARKETS)

    def make_shop(backend: Backend, _: Dice) -> Shop:
        assert defect is not None
        return defect.make_shop(backend, seed)

    given: dict[str, Any] = (
        {} if defect is None else {"shop": make_shop, "backend": defect.make_backend(seed)}
    )
    walk = Walk(
        shopper=Shopper(country=country, currency=currency),
        payment=dice.choice(list(PaymentModel)),
        seed=seed,
        **given,
    )
    for _ in range(steps):
        if dice.random() < 0.1:
            walk.wait(hours=dice.choice([1, 50, 24 * 10, 24 * 32]))
        if dice.random() < 0.15:
            walk.fail(dice.choice(WRITES), dice.choice(list(FaultKind)), dice.randint(1, 3))
        allowed = [t for t in walk.journey.allowed() if t is not T.ABANDON]
        if not allowed:
            break
        trigger = dice.choice(allowed)
        walk.try_((trigger, _act(dice, trigger)))
    return walk


def _act(dice: random.Random, trigger: Trigger) -> dict[str, Any]:
    items = dice.choice(["all", [dice.choice(SKUS)]])
    match trigger:
        case T.ADD_TO_CART | T.CHANGE_QUANTITY | T.FILL_FORM:
            return {"sku": dice.choice(SKUS), "quantity": dice.randint(1, 3)}
        case T.VIEW_PRODUCT | T.REMOVE_FROM_CART:
            return {"sku": dice.choice(SKUS)}
        case T.CHOOSE_COVER:
            plan = dice.choice([{}, {}, {"plan": "1year-monthly"}])
            return {"items": items, **plan}
        case T.DECLINE_COVER:
            return {"items": items}
        case T.PAY:
            return {"card": dice.choice(["approved", "approved", "challenge_passed", "declined"])}
        case T.CANCEL | T.PREVIEW_CANCELLATION:
            reason = dice.choice([{}, {"reason": "sold"}, {"reason": "broken"}])
            return {"items": items, "return_products": dice.random() < 0.5, **reason}
        case T.QUOTE_MODIFICATION:
            return {"sku": dice.choice(SKUS), "price": dice.choice([50, 700, 2000])}
        case T.CORRECT_DETAILS:
            return dice.choice([{"city": "Leeds"}, {"phone": "+441632960000"}])
        case _:
            return {}


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_random_visit_ends_in_findings_and_not_in_tracebacks(defect: Defect) -> None:
    dice = random.Random(defect.name)
    for _ in range(15):
        steps = visit(dice, defect).journey.history.steps
        assert [step.error for step in steps if "raised" in (step.error or "")] == []


def test_a_random_visit_to_the_right_pair_breaks_nothing() -> None:
    dice = random.Random(7)
    for _ in range(150):
        walk = visit(dice, None)
        steps = walk.journey.history.steps
        assert walk.breaches == []
        assert [step.error for step in steps if "raised" in (step.error or "")] == []
