"""Shops that are wrong when the wire is: silence, throttling, retries and their keys."""

from __future__ import annotations

from flow import acts
from flow.backends.base import Backend
from flow.backends.relay import RelayBackend
from flow.chance import Dice
from flow.errors import BackendRefused, BackendSilent
from flow.order import PolicyHeld
from flow.shops.base import Observation
from flow.shops.reference import ReferenceShop
from flow.table import Outcome
from models import Booking, InstantBooking
from models.instalments import Instalment
from models.money import Money

__all__ = [
    "AsksAgainWithoutLooking",
    "ChargesThePartAgain",
    "ChargesTheRenewalAgain",
    "SendsNoKeyInStore",
    "TakesSilenceForDone",
    "TakesSilenceForNo",
    "TakesThrottlingForNo",
    "UsesOneKeyForAll",
]


class TakesSilenceForDone(ReferenceShop):
    """A booking without an answer is taken as made: paid cover that may not exist."""

    def book(self, act: acts.Act) -> Observation:
        try:
            return super().book(act)
        except BackendSilent:
            return self.report(Outcome.APPROVED)


class TakesSilenceForNo(ReferenceShop):
    """A booking without an answer is taken as refused: cover that exists is refunded."""

    def book(self, act: acts.Act) -> Observation:
        try:
            return super().book(act)
        except BackendSilent:
            return self.report(Outcome.REFUSED)


class TakesThrottlingForNo(ReferenceShop):
    """Too many calls are taken as a refusal: the customer is sent away without cover."""

    def book(self, act: acts.Act) -> Observation:
        try:
            return super().book(act)
        except BackendRefused:  # what is refused for good was an outcome already
            return self.report(Outcome.REFUSED)


class _WithoutKeys(RelayBackend):
    def instant_booking(self, request: InstantBooking, *, key: str | None = None) -> Booking:
        return self.inner.instant_booking(request)


class SendsNoKeyInStore(ReferenceShop):
    """The store's portal books without a key, so a booking whose answer was lost is made twice."""

    def __init__(self, backend: Backend, dice: Dice | None = None) -> None:
        super().__init__(_WithoutKeys(backend), dice)


class AsksAgainWithoutLooking(ReferenceShop):
    """A booking unanswered for days is asked for again unseen, after its key was forgotten."""

    def _mine(self) -> Booking | None:
        return None


class UsesOneKeyForAll(ReferenceShop):
    """One key serves for all calls of a kind in an order, so the second of them is refused."""

    def key(self, *parts: str) -> str:
        return super().key(*parts[:1])


class ChargesThePartAgain(ReferenceShop):
    """An instalment whose report was not answered is charged again with the next try."""

    def _charged_part(self, policy: PolicyHeld) -> tuple[Instalment, Money]:
        self._parts.pop(policy.quote_id, None)
        return super()._charged_part(policy)


class ChargesTheRenewalAgain(ReferenceShop):
    """A renewal whose confirmation was not answered is charged again with the next try."""

    def accept_renewal(self, act: acts.Act) -> Observation:
        self._renewal_charged = False
        return super().accept_renewal(act)
