"""Asks the insurer itself, past the shop: what it holds of an order, and what it should not."""

from __future__ import annotations

from collections.abc import Mapping

from flow.backends.base import Backend, Controls
from flow.backends.guarded import GuardedBackend
from flow.errors import BackendError
from flow.order import Order
from flow.trace import Statement

__all__ = ["Auditor"]

_LATEST = 20
"""How many bookings are looked through for one that should not be there."""


_NONE: Mapping[str, Statement] = {}
"""What is stated of no package."""


class Auditor:
    """One who sees what no shop can hide.

    Args:
        backend: the insurer, without any injected faults.
        asks: whether to ask at all.
    """

    def __init__(self, backend: Backend, *, asks: bool = True) -> None:
        self._backend = backend if isinstance(backend, GuardedBackend) else GuardedBackend(backend)
        self._asks = asks

    @property
    def name(self) -> str:
        """The backend's class, for messages."""
        return type(self._backend.inner).__name__

    @property
    def controls(self) -> Controls | None:
        """Clock and outbox of a simulated insurer."""
        return self._backend.controls

    def statements(self, order: Order) -> Mapping[str, Statement]:
        """What the insurer holds of every package that the order has to do with.

        Of no package it is the same nothing each time, so that nothing has changed.
        """
        if not self._asks:
            return _NONE
        booked = {policy.package for policy in order.policies.values()}
        quoted = {ref for ref, offer in order.offers.items() if not offer.fast}
        statements: dict[str, Statement] = {}
        for ref in sorted(booked | quoted):
            statement = self._statement(ref, booked=ref in booked)
            if statement is not None:
                statements[ref] = statement
        return statements or _NONE

    def strangers(self, order: Order) -> tuple[str, ...]:
        """Bookings under this order's transaction id that the shop has not reported.

        A retry that bought twice shows here, even when the first answer was lost.
        """
        if not self._asks:
            return ()
        known = {policy.package for policy in order.policies.values()}
        try:
            latest = self._backend.list_bookings(limit=_LATEST).results
        except BackendError:
            return ()
        listed = {booking.id: booking for booking in latest}
        try:
            own = [listed.get(ref) or self._backend.get_booking(ref) for ref in sorted(known)]
        except BackendError:
            return ()
        mine = {booking.partner_transaction_id for booking in own} - {None}
        return tuple(
            booking.id
            for booking in latest
            if booking.partner_transaction_id in mine and booking.id not in known
        )

    def _statement(self, ref: str, *, booked: bool) -> Statement | None:
        try:
            if booked:
                return Statement.of_booking(self._backend.get_booking(ref))
            return Statement.of_package(self._backend.get_quotes(ref))
        except BackendError:
            return None
        except Exception:  # a plugged one may state what cannot be read: nothing, that is
            return None
