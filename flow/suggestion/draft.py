"""A journey that may be worth a scenario; it is played before it is suggested."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from flow.acts import ACTS
from flow.backends.faulty import Fault, FaultyBackend
from flow.backends.observed import ObservedBackend
from flow.backends.simulator import SimulatorBackend
from flow.chance import Dice
from flow.coverage import Coverage
from flow.journey import Journey
from flow.roads import PRODUCTS, Move
from flow.shopper import PaymentModel, Product, Shopper
from flow.shops.base import Visit
from flow.shops.reference import ReferenceShop
from flow.table import State
from flow.trace import Result, StepRecord

__all__ = ["Draft", "Played", "play"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Who shops for what, and every move; `fault` strikes in the last of them."""

    moves: tuple[Move, ...]
    shopper: Shopper = field(default_factory=Shopper)
    payment: PaymentModel = PaymentModel.SINGLE
    products: Mapping[str, Product] = field(default_factory=lambda: PRODUCTS)
    fault: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What a draft came to with the simulated insurer and the reference shop."""

    last: StepRecord
    state: State
    coverage: Coverage


def play(draft: Draft) -> Played | None:
    """Play it to its end; None when a move leads nowhere, the last one of a fault aside."""
    backend = SimulatorBackend(seed=1)
    faulty = FaultyBackend(backend, sleep=lambda seconds: None)
    observed = ObservedBackend(faulty)
    visit = Visit(shopper=draft.shopper, products=dict(draft.products), payment=draft.payment)
    journey = Journey(ReferenceShop(observed, Dice(1)), observed, visit, audit=False)
    for number, move in enumerate(draft.moves, start=1):
        is_last = number == len(draft.moves)
        if move.days:
            journey.wait(timedelta(days=move.days))
        if is_last and draft.fault is not None:
            faulty.arm(draft.fault)
        record = journey.take(move.trigger, ACTS[move.trigger].model_validate(move.given))
        if not record.has_moved and not (is_last and draft.fault and _is_told(record)):
            return None
    if faulty.armed:
        return None
    coverage = Coverage()
    coverage.add_journey(journey.history)
    return Played(last=record, state=journey.state, coverage=coverage)


def _is_told(record: StepRecord) -> bool:
    """Whether a scenario can say how the step ended."""
    return record.result in (Result.SILENT, Result.REFUSED)
