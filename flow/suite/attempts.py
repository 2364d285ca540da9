"""Illegal attempts: calls sent straight to the insurer, made of what a journey knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flow.backends.base import Backend
from flow.journey import Journey
from flow.suite.grammar import Attempt
from models import (
    AddQuotes,
    CancelBooking,
    CreateBooking,
    DeleteQuotes,
    Modification,
    ModifyBooking,
    Operation,
    OptOut,
    PolicyholderDetails,
    QuoteToBook,
    QuoteToCancel,
    QuoteToModify,
    RecordInstalments,
    Renewal,
    SendEmail,
    UpdateQuotes,
)
from models.cancellations import Cancellation

__all__ = ["UNKNOWN_PACKAGE", "NothingToAttempt", "prepare"]

UNKNOWN_PACKAGE = "AAAAA-AAAAA-INS"
UNKNOWN_QUOTE = "00000000-0000-4000-8000-000000000000"
_UNKNOWN_IDS = {
    Operation.CONFIRM_MODIFICATION: "AAAAA-AAAAA-AAAAA-UPD",
    Operation.CONFIRM_CANCELLATION: "AAAAA-AAAAA-AAAAA-CCL",
    Operation.CONFIRM_RENEWAL: "AAAAA-AAAAA-AAAAA-UPD",
}


class NothingToAttempt(Exception):
    """The journey knows no package or id that the attempt needs."""


class _Maker:
    """Builds requests from a journey's history."""

    def __init__(self, journey: Journey, attempt: Attempt) -> None:
        self.journey = journey
        self.attempt = attempt

    @property
    def ins(self) -> str:
        """The package meant."""
        known = list(
            dict.fromkeys(ref for step in self.journey.history.steps for ref in step.after)
        )
        if self.attempt.package == "unknown":
            return UNKNOWN_PACKAGE
        if not known:
            msg = "no package was made before this step"
            raise NothingToAttempt(msg)
        return known[0] if self.attempt.package == "first" else known[-1]

    @property
    def quotes(self) -> list[str]:
        """Ids of the quotes meant, deleted ones included."""
        if self.attempt.items == "unknown" or self.attempt.package == "unknown":
            return [UNKNOWN_QUOTE]
        seen: dict[str, str] = {}
        for step in self.journey.history.steps:
            for offer in step.observation.offers if step.observation else ():
                if offer.ref == self.ins:
                    seen |= {line.quote_id: line.sku for line in offer.lines}
            for policy in step.observation.policies if step.observation else ():
                if policy.package == self.ins:
                    seen[policy.quote_id] = policy.sku
        items = self.attempt.items
        chosen = [quote for quote, sku in seen.items() if items == "all" or sku in items]
        if not chosen:
            msg = "no quote was made for these products before this step"
            raise NothingToAttempt(msg)
        return chosen

    def last_id(self, model: type[Any], name: str) -> str:
        """The last update, cancellation or renewal id that the insurer gave."""
        if self.attempt.id == "unknown":
            return _UNKNOWN_IDS[self.attempt.call]
        for step in reversed(self.journey.history.steps):
            for exchange in reversed(step.exchanges):
                found = getattr(exchange.reply, name, None)
                if isinstance(exchange.reply, model) and found is not None:
                    return str(found)
        msg = f"the insurer gave no {name} before this step"
        raise NothingToAttempt(msg)

    def holder(self) -> PolicyholderDetails:
        shopper = self.journey.shopper
        return PolicyholderDetails(
            first_name=shopper.first_name,
            last_name=shopper.last_name,
            email=shopper.email,
            country=shopper.country,
        )


_Send = Callable[[Backend], object]


def _update_quotes(maker: _Maker) -> _Send:
    ins, changes = maker.ins, [{"quote_id": quote, "quantity": 2} for quote in maker.quotes]
    request = UpdateQuotes.model_validate({"request": changes})
    return lambda backend: backend.update_quotes(ins, request)


def _add_quotes(maker: _Maker) -> _Send:
    item = {
        "policy_type": "product_insurance",
        "policy_type_version": 1,
        "category": "electronics",
        "price": 100,
        "name": "Something else",
    }
    ins, request = maker.ins, AddQuotes.model_validate({"request": [item]})
    return lambda backend: backend.add_quotes(ins, request)


def _delete_quotes(maker: _Maker) -> _Send:
    ins, named = maker.ins, [{"id": quote} for quote in maker.quotes]
    request = DeleteQuotes.model_validate({"quotes": named})
    return lambda backend: backend.delete_quotes(ins, request)


def _create_booking(maker: _Maker) -> _Send:
    ins, named = maker.ins, [QuoteToBook(id=quote) for quote in maker.quotes]
    request = CreateBooking(quotes=named, policyholder=maker.holder())
    return lambda backend: backend.create_booking(ins, request)


def _change(maker: _Maker) -> ModifyBooking:
    fields = {"serial_number": "SN-1"}
    return ModifyBooking(
        quotes=[QuoteToModify(id=quote, update_fields=fields) for quote in maker.quotes]
    )


def _modify_booking(maker: _Maker) -> _Send:
    ins, request = maker.ins, _change(maker)
    return lambda backend: backend.modify_booking(ins, request)


def _quote_modification(maker: _Maker) -> _Send:
    ins, request = maker.ins, _change(maker)
    return lambda backend: backend.quote_modification(ins, request)


def _confirm_modification(maker: _Maker) -> _Send:
    ins, update = maker.ins, maker.last_id(Modification, "update_id")
    return lambda backend: backend.confirm_modification(ins, update)


def _cancel_booking(maker: _Maker) -> _Send:
    ins, request = maker.ins, CancelBooking()
    if maker.attempt.items != "all":
        request = CancelBooking(quotes=[QuoteToCancel(id=quote) for quote in maker.quotes])
    return lambda backend: backend.cancel_booking(ins, request)


def _confirm_cancellation(maker: _Maker) -> _Send:
    ins, cancellation = maker.ins, maker.last_id(Cancellation, "cancellation_id")
    return lambda backend: backend.confirm_cancellation(ins, cancellation)


def _record_instalments(maker: _Maker) -> _Send:
    paid = {
        "payment_attempted_date": "2026-01-15T09:00:00Z",
        "payment_status": "PAID",
        "instalment_number": 2,
    }
    named = [{"id": quote, **paid} for quote in maker.quotes]
    ins, request = maker.ins, RecordInstalments.model_validate({"quotes": named})
    return lambda backend: backend.record_instalments(ins, request)


def _send_email(maker: _Maker) -> _Send:
    event = maker.attempt.event
    ins, request = maker.ins, SendEmail(event=event) if event is not None else SendEmail()
    return lambda backend: backend.send_email(ins, request)


def _confirm_renewal(maker: _Maker) -> _Send:
    ins, renewal = maker.ins, maker.last_id(Renewal, "renewal_id")
    return lambda backend: backend.confirm_renewal(ins, renewal)


def _plain(ask: Callable[[Backend, str], object]) -> Callable[[_Maker], _Send]:
    """An operation that takes a package and nothing else."""

    def make(maker: _Maker) -> _Send:
        ins = maker.ins
        return lambda backend: ask(backend, ins)

    return make


_MAKERS: dict[Operation, Callable[[_Maker], _Send]] = {
    Operation.UPDATE_QUOTES: _update_quotes,
    Operation.ADD_QUOTES: _add_quotes,
    Operation.DELETE_QUOTES: _delete_quotes,
    Operation.OPT_OUT: _plain(lambda backend, ins: backend.opt_out(ins, OptOut())),
    Operation.CREATE_BOOKING: _create_booking,
    Operation.CONFIRM_BOOKING: _plain(lambda backend, ins: backend.confirm_booking(ins)),
    Operation.GET_QUOTES: _plain(lambda backend, ins: backend.get_quotes(ins)),
    Operation.GET_BOOKING: _plain(lambda backend, ins: backend.get_booking(ins)),
    Operation.GET_INSTALMENTS: _plain(lambda backend, ins: backend.get_instalments(ins)),
    Operation.MODIFY_BOOKING: _modify_booking,
    Operation.QUOTE_MODIFICATION: _quote_modification,
    Operation.CONFIRM_MODIFICATION: _confirm_modification,
    Operation.CANCEL_BOOKING: _cancel_booking,
    Operation.CONFIRM_CANCELLATION: _confirm_cancellation,
    Operation.RECORD_INSTALMENTS: _record_instalments,
    Operation.SEND_EMAIL: _send_email,
    Operation.QUOTE_RENEWAL: _plain(lambda backend, ins: backend.quote_renewal(ins)),
    Operation.CONFIRM_RENEWAL: _confirm_renewal,
    Operation.DECLINE_RENEWAL: _plain(lambda backend, ins: backend.decline_renewal(ins)),
}


def prepare(journey: Journey, attempt: Attempt) -> _Send:
    """The call to make, ready for a backend.

    Raises:
        NothingToAttempt: there is nothing yet to attempt it with.
    """
    return _MAKERS[attempt.call](_Maker(journey, attempt))
