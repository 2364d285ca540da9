"""Shops that are wrong when two things go on at once: a double click, two tabs, two orders."""

from __future__ import annotations

from flow import acts
from flow.backends.base import Backend
from flow.chance import Dice
from flow.shops.base import Observation, Visit
from flow.shops.reference import ReferenceShop

__all__ = [
    "ChargesADoubleClickTwice",
    "NumbersOrdersByCustomer",
    "RefundsADoubleClickTwice",
    "ServesTwoTabsAtOnce",
]


class ChargesADoubleClickTwice(ReferenceShop):
    """A payment form that is sent twice is charged twice."""

    def pay(self, act: acts.Pay) -> Observation:
        self.payment = None
        return super().pay(act)


class NumbersOrdersByCustomer(ReferenceShop):
    """Two orders of one customer go by one number, so that one is taken for the other."""

    def welcome(self, visit: Visit) -> None:
        super().welcome(visit)
        self.order_id = visit.shopper.email


class RefundsADoubleClickTwice(ReferenceShop):
    """A refund that is asked for twice is paid out twice."""

    def refund(self, act: acts.Act) -> Observation:
        due = dict(self._due)
        observation = super().refund(act)
        self._due = due
        return observation


class _NoLock:
    """Lets everybody in."""

    def acquire(self, *, blocking: bool = True) -> bool:
        return True

    def release(self) -> None:
        pass


class ServesTwoTabsAtOnce(ReferenceShop):
    """Without a lock on the order, a second act finds it half done by the first."""

    def __init__(self, backend: Backend, dice: Dice | None = None) -> None:
        super().__init__(backend, dice)
        self._counter = _NoLock()
