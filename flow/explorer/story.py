"""A journey as data: who shops for what, and every move in order. It can be played and filed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from flow.acts import Act, AtOnce, Taking
from flow.backends.faulty import Fault
from flow.orders import FIRST
from flow.shopper import PaymentModel, Product, Shopper
from flow.suite.grammar import Attempt
from flow.table import Trigger

__all__ = ["Ending", "Move", "Story"]


class Ending(StrEnum):
    """How a move ended, where that has to be said in a file."""

    MOVED = "moved"
    REFUSED_BY_INSURER = "insurer"
    REFUSED_BY_SHOP = "shop"
    REFUSED_BY_FLOW = "flow"
    SILENT = "silent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One thing that happens: exactly one of trigger, at_once, wait, fault and attempt is set.

    Attributes:
        order: which of the customer's orders it is about.
        ending: how it ended when it was played.
        expected: how it ends with the right shop and insurer, where that is something else.
    """

    trigger: Trigger | None = None
    act: Act = field(default_factory=Act)
    at_once: AtOnce | None = None
    wait: timedelta | None = None
    fault: Fault | None = None
    attempt: Attempt | None = None
    order: int = FIRST
    ending: Ending = Ending.MOVED
    expected: Ending | None = None

    @property
    def is_step(self) -> bool:
        """Whether the journey records it: a wait and a fault are none of its steps."""
        return not (self.wait or self.fault)

    @property
    def kind(self) -> str:
        """What sort of thing happens, in a few words."""
        if self.at_once is not None:
            return f"{self.at_once.first.trigger} and {self.at_once.second.trigger} at once"
        if self.attempt is not None:
            return f"attempt {self.attempt.call}"
        return str(self.trigger or ("fault" if self.fault else "wait"))

    @property
    def acts(self) -> tuple[Act, ...]:
        """What the shopper gives: twice where two acts are made at once."""
        both = self.at_once
        return (self.act,) if both is None else (both.first.act, both.second.act)

    def yaml(self) -> str:
        """The step as it should go, for a scenario file."""
        told, beside = self._told(), [*self._beside()]
        if not beside:
            return told
        return "\n    ".join((told if ":" in told else f"{told}:", *beside))

    def _told(self) -> str:
        """What is done, with what it is given."""
        if self.wait is not None:
            return f"wait: {_duration(self.wait)}"
        if self.fault is not None:
            times = f", times: {self.fault.times}" if self.fault.times > 1 else ""
            return f"fault: {{on: {self.fault.operation}, kind: {self.fault.kind}{times}}}"
        if self.attempt is not None:
            return f"attempt: {_flow(self.attempt.model_dump(mode='json', exclude_unset=True))}"
        if self.at_once is not None:
            both = ", ".join(_taking(one) for one in (self.at_once.first, self.at_once.second))
            return f"at_once: [{both}]"
        assert self.trigger is not None
        return _taking(Taking(self.trigger, self.act))

    def _beside(self) -> Iterator[str]:
        """What stands below it: turns, whose order it is, and how it should end."""
        if self.at_once is not None:
            yield f"turns: {self.at_once.turns}"
        if self.order != FIRST:
            yield f"order: {self.order}"
        if self.at_once is not None and self.expected:
            yield "refused: flow"
        if self.trigger is None:
            return
        ending = self.expected or self.ending
        if ending is Ending.SILENT:
            yield "silent: true"
        elif ending not in (Ending.MOVED, Ending.FAILED):
            yield f"refused: {ending}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A journey that can be played again.

    Attributes:
        seed: of the backend's identifiers and the shop's.
    """

    shopper: Shopper
    products: dict[str, Product]
    payment: PaymentModel
    moves: tuple[Move, ...]
    seed: int

    @property
    def steps(self) -> int:
        """Moves that are steps of the journey: without waits and faults."""
        return sum(len(move.acts) for move in self.moves if move.is_step)

    @property
    def faults(self) -> int:
        """Faults in it."""
        return sum(1 for move in self.moves if move.fault)

    def yaml(self, *, scenario: str, about: str, tags: list[str]) -> str:
        """The story as a scenario file."""
        return "\n".join(self._lines(scenario, about, tags)) + "\n"

    def _lines(self, scenario: str, about: str, tags: list[str]) -> Iterator[str]:
        yield f"scenario: {json.dumps(scenario, ensure_ascii=False)}"
        yield f"about: {json.dumps(about, ensure_ascii=False)}"
        yield f"tags: [{', '.join(tags)}]"
        yield f"shopper: {_flow(self.shopper.model_dump(mode='json', exclude_unset=True))}"
        if self.payment is not PaymentModel.SINGLE:
            yield f"payment: {self.payment}"
        yield "products:"
        for product in self.products.values():
            yield f"  - {_flow(product.model_dump(mode='json', exclude_unset=True))}"
        yield "steps:"
        for move in self.moves:
            if move.attempt is None or move.expected is None:
                yield f"  - {move.yaml()}"


def _taking(taking: Taking) -> str:
    given = taking.act.model_dump(mode="json", exclude_unset=True)
    return f"{taking.trigger}: {_flow(given)}" if given else str(taking.trigger)


def _flow(value: Any) -> str:
    """JSON, which is YAML too; keys without quotes, as people write them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(child) for child in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _duration(time: timedelta) -> str:
    days, rest = divmod(int(time.total_seconds()), 86400)
    if not rest:
        return f"{days} days"
    hours, left = divmod(int(time.total_seconds()), 3600)
    return f"{hours} hours" if not left else f"{int(time.total_seconds())} seconds"
