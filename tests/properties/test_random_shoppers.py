"""Random shoppers, drawn and shrunk by Hypothesis: whatever they do, every promise holds.

The machine is the one that developers subclass; here it runs on the simulator, and over HTTP.
"""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from flow.backends.base import Backend
from flow.backends.http import HttpBackend, HttpTransport
from flow.chance import Dice
from flow.effects import facts_after
from flow.explorer.machine import ShopperMachine
from flow.explorer.personas import find_personas
from flow.shops.base import Observation, Shop
from flow.shops.reference import ReferenceShop
from flow.signature import Credentials
from flow.table import ROWS, Trigger
from pytest_purchaseflow import PurchaseflowServer
from tests.kit import tracked


class RandomShopper(ShopperMachine):
    """A shopper whose facts change only as `flow.effects` says they can."""

    @invariant()
    def facts_change_as_the_effects_say(self) -> None:
        steps = self.stage.journey.history.steps if hasattr(self, "stage") else []
        record = steps[-1] if steps else None
        if record is not None and record.row is not None and record.facts is not None:
            after = tracked(self.stage.journey.order.facts())
            assert after in set(facts_after(record.row, tracked(record.facts))), record.row.name


TestRandomShopper = RandomShopper.TestCase


def test_random_shoppers_keep_every_promise_over_http(
    purchaseflow_server: PurchaseflowServer,
) -> None:
    world = purchaseflow_server.world()
    transport = HttpTransport(
        purchaseflow_server.url,
        Credentials(purchaseflow_server.api_key, purchaseflow_server.api_secret),
        sleep=lambda seconds: None,
    )

    class OverHttp(ShopperMachine):
        def make_backend(self, seed: int) -> Backend:
            world.reset(seed=seed)
            return HttpBackend(
                transport,
                partner=world.partner,
                control_token=purchaseflow_server.control_token,
                world=world.name,
            )

    own = settings(max_examples=8, stateful_step_count=25, deadline=None, derandomize=True)
    run_state_machine_as_test(OverHttp, settings=own)
    transport.close()


class ForgetsOptOut(ReferenceShop):
    def opt_out(self, act: object) -> Observation:
        return self.report()


def test_a_careless_shop_is_found_and_shrunk() -> None:
    class Careless(ShopperMachine):
        personas = find_personas("decliner")

        def make_shop(self, backend: Backend, seed: int) -> Shop:
            return ForgetsOptOut(backend, Dice(seed))

    own = settings(max_examples=300, stateful_step_count=30, deadline=None, derandomize=True)
    with pytest.raises(AssertionError, match="declined_offers_are_opted_out_once"):
        run_state_machine_as_test(Careless, settings=own)


def test_every_trigger_is_reachable_by_some_row() -> None:
    assert {row.trigger for row in ROWS} == set(Trigger)
