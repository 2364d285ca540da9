"""Asks the insurer itself, past the shop: what it holds, what it should not, what time it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flow.backends.base import Backend, Controls
from flow.backends.guarded import GuardedBackend
from flow.chance import EPOCH
from flow.errors import BackendError, FlowError, PlugInvalid, described
from flow.order import Order
from flow.trace import Statement
from models import Mail

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

    def now(self) -> datetime:
        """The insurer's present instant; the same one always where its clock cannot be seen.

        Raises:
            PlugInvalid: its clock cannot be read.
        """
        controls = self.controls
        if controls is None:
            return EPOCH
        try:
            now: object = controls.now()
        except (FlowError, KeyboardInterrupt):
            raise
        except BaseException as error:  # a plugged backend's may raise anything
            reason = f"its clock cannot be read: now raised {described(error)}"
            raise self._unusable(reason) from error
        if not isinstance(now, datetime):
            reason = f"its clock cannot be read: now returned {type(now).__name__}, not a datetime"
            raise self._unusable(reason)
        return now

    def wait(self, time: timedelta) -> None:
        """Let time pass at the insurer.

        Raises:
            PlugInvalid: its clock cannot be moved.
        """
        if self.controls is None:
            reason = "its clock cannot be moved; leave `wait` steps to a simulated insurer"
            raise self._unusable(reason)
        try:
            self.controls.advance(time)
        except (FlowError, KeyboardInterrupt):
            raise
        except BaseException as error:
            reason = f"its clock did not move: advance raised {described(error)}"
            raise self._unusable(reason) from error

    def outbox(self) -> Sequence[Mail]:
        """The e-mails that the insurer has sent, oldest first.

        Raises:
            PlugInvalid: it does not show them.
        """
        if self.controls is None:
            reason = "its e-mails cannot be seen"
            raise self._unusable(reason)
        return self.controls.outbox()

    def _unusable(self, reason: str) -> PlugInvalid:
        return PlugInvalid(kind="backend", name=self.name, reason=reason)

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
