"""What many tests need: a journey on a shop and a backend, and a short way to walk it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flow.acts import ACTS, AtOnce, Taking
from flow.backends.base import Backend
from flow.backends.faulty import Fault, FaultKind, FaultyBackend
from flow.backends.observed import ObservedBackend
from flow.backends.simulator import SimulatorBackend
from flow.chance import Dice
from flow.effects import TRACKED
from flow.journey import Journey
from flow.machine import Facts
from flow.orders import SECOND, Orders
from flow.promises.every import check
from flow.promises.promise import Breach
from flow.shopper import Cover, PaymentModel, Product, Shopper
from flow.shops.base import Shop, Visit
from flow.shops.reference import ReferenceShop
from flow.table import Condition, State, Trigger
from flow.trace import StepRecord
from models import Operation

LAPTOP = Product(sku="LAPTOP", name="Laptop", category="computers", price=Decimal(1200))
TABLET = Product(sku="TABLET", name="Tablet", category="electronics", price=Decimal(300))
KETTLE = Product(
    sku="KETTLE",
    name="Kettle",
    category="appliances",
    price=Decimal(80),
    cover=Cover.EXTENDED_WARRANTY,
)
PRODUCTS = {product.sku: product for product in (LAPTOP, TABLET, KETTLE)}

T = Trigger
Move = Trigger | tuple[Trigger, dict[str, Any]]

TO_CART: list[Move] = [(T.ADD_TO_CART, {"sku": "LAPTOP"}), (T.ADD_TO_CART, {"sku": "TABLET"})]
TO_OFFER: list[Move] = [*TO_CART, T.REQUEST_QUOTE]
TO_COLLECTED: list[Move] = [*TO_OFFER, T.CHOOSE_COVER, T.PAY, T.COLLECT]
TO_BOOKED: list[Move] = [*TO_COLLECTED, T.BOOK]
TO_COMPLETED: list[Move] = [*TO_BOOKED, T.RECEIVE_DOCUMENTS, T.SEND_INVOICE]
TO_DECLINED: list[Move] = [*TO_OFFER, T.DECLINE_COVER, T.PAY, T.COLLECT]


def tracked(facts: Facts) -> frozenset[Condition]:
    """Those of the facts that hold and whose changes `flow.effects` lists."""
    return frozenset(condition for condition in TRACKED if getattr(facts, condition))


def taking(move: Move) -> Taking:
    """A move as it is taken."""
    trigger, given = move if isinstance(move, tuple) else (move, {})
    return Taking(trigger, ACTS[trigger].model_validate(given))


class Walk:
    """A journey being walked, with every promise it broke on the way."""

    def __init__(
        self,
        *,
        shop: Callable[[Backend, Dice], Shop] = ReferenceShop,
        backend: Backend | None = None,
        shopper: Shopper | None = None,
        payment: PaymentModel = PaymentModel.SINGLE,
        seed: int = 1,
    ) -> None:
        self.backend = backend or SimulatorBackend(seed=seed)
        self.faulty = FaultyBackend(self.backend)
        observed = ObservedBackend(self.faulty)
        visit = Visit(shopper=shopper or Shopper(), products=PRODUCTS, payment=payment)
        self.shop = shop(observed, Dice(seed))
        self.journey = Journey(self.shop, observed, visit, auditor=self.backend)
        self.orders = Orders(self.journey)
        self.breaches: list[Breach] = []
        self._known: set[tuple[str, str]] = set()

    def go(self, *moves: Move) -> Walk:
        """Take moves; each has to be possible."""
        for move in moves:
            record = self.try_(move)
            assert record.has_moved, f"{record.trigger}: {record.error}"
        return self

    def try_(self, move: Move) -> StepRecord:
        """Try a move, whatever comes of it."""
        taken = taking(move)
        record = self.journey.take(taken.trigger, taken.act)
        self.breaches += check(self.journey.history, known=self._known)
        return record

    def try_beside(self, move: Move) -> StepRecord:
        """Try a move in the customer's other order."""
        taken = taking(move)
        other = self.orders[SECOND]
        record = other.take(taken.trigger, taken.act)
        self.breaches += check(other.history, known=self._known)
        return record

    def try_both(self, first: Move, second: Move, turns: str = "12") -> list[StepRecord]:
        """Try two moves at once."""
        records = []
        for record in self.journey.take_both(AtOnce(taking(first), taking(second), turns)):
            self.breaches += check(self.journey.history, known=self._known)
            records.append(record)
        return records

    def wait(self, **time: float) -> Walk:
        """Let time pass."""
        self.journey.wait(timedelta(**time))
        return self

    def fail(self, operation: Operation, kind: FaultKind, times: int = 1) -> Walk:
        """Let the wire fail at the next calls of an operation."""
        self.faulty.arm(Fault(operation=operation, kind=kind, times=times))
        return self

    @property
    def state(self) -> State:
        """Where the shopper stands."""
        return self.journey.state

    @property
    def broken(self) -> set[str]:
        """Names of the promises that were broken."""
        return {breach.promise for breach in self.breaches}
