"""A random shopper as a Hypothesis state machine, to subclass and run under one's own pytest.

Hypothesis draws and shrinks; what can happen comes from the same walker as `explore`.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import ClassVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from flow import machine
from flow.acts import ACTS
from flow.backends.base import Backend
from flow.backends.faulty import Fault, FaultKind
from flow.errors import IllegalMove
from flow.explorer.personas import PERSONAS, Persona
from flow.explorer.stage import Stage, Trouble
from flow.explorer.story import Move
from flow.explorer.walker import Walker
from flow.shops.base import Shop
from flow.suite.runner import Plugs
from flow.table import FINAL, Trigger
from flow.trace import Result
from models import Operation

__all__ = ["ShopperMachine"]

_CHANCE = st.integers(0, 2**32 - 1).map(random.Random)
"""Evenly spread, unlike Hypothesis's own `randoms`, which likes the edges: a shopper of edges only
waits. What shrinks is the number of steps."""
_KINDS = [kind for kind in FaultKind if kind is not FaultKind.SENT_TWICE]


class ShopperMachine(RuleBasedStateMachine):
    """One shopper; each rule is something that can happen to them.

    Subclass it, say what to test with `make_backend` and `make_shop`, add rules and invariants
    of your own, and give its `TestCase` to pytest:

        class MyShopper(ShopperMachine):
            def make_shop(self, backend, seed):
                return MyShop(backend)

        TestMyShopper = MyShopper.TestCase

    Attributes:
        personas: the kinds of shoppers that are drawn.
        stage: where the journey is played: `stage.journey` holds state, order and history.
        troubles: what should not have been; any fails the test.
    """

    personas: ClassVar[tuple[Persona, ...]] = PERSONAS
    stage: Stage

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[Trouble] = []

    def make_backend(self, seed: int) -> Backend:
        """The insurer: a simulated one unless overridden."""
        from flow.backends.simulator import SimulatorBackend

        return SimulatorBackend(seed=seed)

    def make_shop(self, backend: Backend, seed: int) -> Shop:
        """The shop: the reference shop unless overridden."""
        from flow.chance import Dice
        from flow.shops.reference import ReferenceShop

        return ReferenceShop(backend, Dice(seed))

    @initialize(dice=_CHANCE, persona=st.integers(0, 1000), seed=st.integers(0, 9))
    def a_shopper_enters(self, dice: random.Random, persona: int, seed: int) -> None:
        """Somebody with inclinations, in a market, with products to choose from."""
        self.persona = self.personas[persona % len(self.personas)]
        walker = Walker(dice, self.persona)
        shopper = walker.shopper()
        self.stage = Stage(
            Plugs(self.make_backend, self.make_shop),
            shopper=shopper,
            products=walker.products(shopper.currency),
            payment=walker.payment(),
            seed=seed,
        )

    @rule(dice=_CHANCE)
    def the_shopper_goes_on(self, dice: random.Random) -> None:
        """Whatever they are drawn to next, or a call that the insurer has to refuse."""
        for move in Walker(dice, self.persona).next_moves(self.stage):
            self._make(move)

    @rule(trigger=st.sampled_from(Trigger))
    def the_shopper_tries_what_is_not_allowed(self, trigger: Trigger) -> None:
        """The flow refuses it, and nothing moves."""
        journey = self.stage.journey
        if journey.state in FINAL:
            return
        try:
            machine.check(trigger, journey.state, journey.order.facts())
        except IllegalMove:
            needed = {"sku": "SKU-1", "quantity": 1}
            fields = ACTS[trigger].model_fields
            given = {name: value for name, value in needed.items() if name in fields}
            before = journey.state
            _, record, _ = self.stage.make(Move(trigger=trigger, act=ACTS[trigger](**given)))
            assert record is not None
            assert record.result is Result.ILLEGAL
            assert journey.state is before

    @rule(hours=st.sampled_from([1, 25, 24 * 15, 24 * 32, 24 * 200]))
    def time_passes(self, hours: int) -> None:
        """At the insurer, where it can be moved."""
        if self.stage.journey.controls is not None:
            self._make(Move(wait=timedelta(hours=hours)))

    @rule(
        operation=st.sampled_from(Operation),
        kind=st.sampled_from(_KINDS),
        times=st.integers(1, 3),
    )
    def the_wire_fails(self, operation: Operation, kind: FaultKind, times: int) -> None:
        """At the next calls of an operation."""
        self._make(Move(fault=Fault(operation=operation, kind=kind, times=times)))

    @invariant()
    def nothing_is_wrong(self) -> None:
        """Every promise is kept, and neither side failed."""
        told = "; ".join(f"{one.code}: {one.detail}" for one in self.troubles)
        assert not self.troubles, told

    def _make(self, move: Move) -> None:
        note(f"    {move.yaml()}")
        _, _, troubles = self.stage.make(move)
        self.troubles += troubles
