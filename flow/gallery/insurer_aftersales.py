"""Insurers that are wrong about a policy's later life: changes, instalments, renewals, letters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flow.backends.base import Backend, Controls
from flow.backends.relay import RelayBackend
from models import (
    Booking,
    Instalments,
    Mail,
    Modification,
    ModifyBooking,
    Renewal,
)
from models.money import format_amount, round_amount

__all__ = [
    "AppliesPricedChanges",
    "BillsThePriceAsAnInstalment",
    "ChangesAtAnotherPrice",
    "DescribesOnlyTheFirstPolicy",
    "DropsCorrections",
    "ForgetsTheRenewalDiscount",
    "HidesCheaperChanges",
    "RenewsWhatIsDeclined",
    "SendsNoDocuments",
]


class AppliesPricedChanges(RelayBackend):
    """Asking what a change would cost makes it."""

    def quote_modification(
        self, ins: str, request: ModifyBooking, *, key: str | None = None
    ) -> Modification:
        priced = self.inner.quote_modification(ins, request, key=key)
        self.inner.modify_booking(ins, request)
        return priced


class ChangesAtAnotherPrice(RelayBackend):
    """A change is made at a tenth more than it was priced at."""

    def confirm_modification(
        self, ins: str, update: str, *, key: str | None = None
    ) -> Modification:
        reply = self.inner.confirm_modification(ins, update, key=key)

        def dearer(policy: Any) -> dict[str, Any]:
            return {"price": round_amount(policy.price * Decimal("1.1"), reply.currency)}

        quotes = [policy.model_copy(update=dearer(policy)) for policy in reply.quotes]
        return reply.model_copy(update={"quotes": quotes})


class HidesCheaperChanges(RelayBackend):
    """A change that makes cover cheaper is priced without its minus sign, and charged."""

    def quote_modification(
        self, ins: str, request: ModifyBooking, *, key: str | None = None
    ) -> Modification:
        reply = self.inner.quote_modification(ins, request, key=key)
        difference = abs(reply.total_price_diff)
        printed = format_amount(difference, reply.currency)
        return reply.model_copy(
            update={"total_price_diff": difference, "total_price_diff_formatted": printed}
        )


class DropsCorrections(RelayBackend):
    """A corrected address or phone number is answered and not kept."""

    def modify_booking(
        self, ins: str, request: ModifyBooking, *, key: str | None = None
    ) -> Modification:
        return self.inner.modify_booking(ins, ModifyBooking(quotes=request.quotes), key=key)


class BillsThePriceAsAnInstalment(RelayBackend):
    """The next part of cover paid monthly is stated at the price of the whole year."""

    def get_instalments(self, ins: str) -> Instalments:
        reply = self.inner.get_instalments(ins)
        quotes = []
        for schedule in reply.quotes:
            part = schedule.next_payment
            if part is not None:
                parts = schedule.payment_schedule
                whole = sum((each.total_amount for each in parts), Decimal(0))
                part = part.model_copy(update={"total_amount": whole})
            quotes.append(schedule.model_copy(update={"next_payment": part}))
        return reply.model_copy(update={"quotes": quotes})


class ForgetsTheRenewalDiscount(RelayBackend):
    """The next term is offered a tenth cheaper than it is renewed at."""

    def quote_renewal(self, ins: str, *, key: str | None = None) -> Renewal:
        reply = self.inner.quote_renewal(ins, key=key)

        def cheaper(term: Any) -> dict[str, Any]:
            return {"price": round_amount(term.price * Decimal("0.9"), reply.currency)}

        quotes = [term.model_copy(update=cheaper(term)) for term in reply.quotes]
        return reply.model_copy(update={"quotes": quotes})


class RenewsWhatIsDeclined(RelayBackend):
    """A renewal that the customer declined begins all the same."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._offered: dict[str, str] = {}

    def quote_renewal(self, ins: str, *, key: str | None = None) -> Renewal:
        reply = self.inner.quote_renewal(ins, key=key)
        self._offered[ins] = reply.renewal_id
        return reply

    def confirm_renewal(self, ins: str, renewal: str, *, key: str | None = None) -> Booking:
        self._offered.pop(ins, None)
        return self.inner.confirm_renewal(ins, renewal, key=key)

    def decline_renewal(self, ins: str, *, key: str | None = None) -> None:
        renewal = self._offered.pop(ins, None)
        if renewal is not None:
            self.inner.confirm_renewal(ins, renewal)


class _Outbox:
    """The controls of the insurer, with other e-mails in its outbox."""

    def __init__(self, inner: Controls, most: int) -> None:
        self._inner = inner
        self._most = most

    def now(self) -> datetime:
        return self._inner.now()

    def advance(self, by: timedelta) -> None:
        self._inner.advance(by)

    def outbox(self) -> Sequence[Mail]:
        most = self._most
        mails = self._inner.outbox()
        return [m.model_copy(update={"policies": m.policies[:most]}) for m in mails if most]


class SendsNoDocuments(RelayBackend):
    """No e-mail ever leaves: the customer holds a policy and has nothing to show for it."""

    @property
    def controls(self) -> Controls | None:
        controls = self.inner.controls
        return None if controls is None else _Outbox(controls, 0)


class DescribesOnlyTheFirstPolicy(RelayBackend):
    """The policy documents of several products describe the first of them only."""

    @property
    def controls(self) -> Controls | None:
        controls = self.inner.controls
        return None if controls is None else _Outbox(controls, 1)
