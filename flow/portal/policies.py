"""After the sale: policies found again, and cancelled with the refund seen before it is final."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from flow.errors import BackendError, BackendRefused
from flow.portal.asking import ask, notice_of
from flow.portal.places import Place
from flow.portal.sale import Notice, Trouble
from flow.portal.selling import bookings
from models import Booking, CancelBooking, QuoteStatus
from models.money import Money

__all__ = ["Cancelling", "confirm", "find", "load", "preview"]


@dataclass(slots=True)
class Cancelling:
    """A cancellation under way.

    Attributes:
        id: what the insurer calls the preview; one-time, and part of the idempotency key.
        refunds: by policy, as previewed, then as done.
        done: it is final, and `refund` is to be given back, once.
    """

    id: str
    refunds: dict[str, Money]
    before: str
    currency: str
    done: bool = False
    unsure: bool = False
    notice: Notice | None = field(default=None)

    @property
    def is_open(self) -> bool:
        """Whether it was asked for and not answered: it has to be finished before anything else."""
        return self.unsure and not self.done

    @property
    def refund(self) -> Money:
        """All of it."""
        return Money.sum(self.refunds.values(), self.currency)


def load(place: Place, number: str) -> Booking | None:
    """The booking of that number, as the insurer states it now; None where there is none.

    Raises:
        BackendError: it does not answer, or is busy.
    """
    try:
        return ask(partial(place.backend.get_booking, number))
    except BackendRefused as refusal:
        if refusal.is_busy:
            raise
        return None


def find(place: Place, words: str) -> list[Booking]:
    """Bookings of a policy number or an e-mail address.

    Raises:
        BackendError: the insurer does not answer, or is busy.
    """
    if "@" in words:
        wanted = words.casefold()
        found = bookings(place)
        return [one for one in found if (one.policyholder.email or "").casefold() == wanted]
    if not words.isascii() or not words.replace("-", "").isalnum():
        return []  # no number looks like that
    booking = load(place, words.upper())
    return [] if booking is None else [booking]


def preview(place: Place, number: str, policies: list[str]) -> Cancelling:
    """What a cancellation of these policies would give back; nothing is cancelled.

    Raises:
        BackendError: the insurer refuses, or does not answer.
    """
    request = CancelBooking.model_validate(
        {"preview": True, "quotes": [{"id": policy} for policy in policies]}
    )
    reply = ask(partial(place.backend.cancel_booking, number, request))
    return Cancelling(
        id=reply.cancellation_id or "",
        refunds={one.id: Money(one.refund_value, reply.currency) for one in reply.quotes},
        before=reply.confirm_before or "",
        currency=reply.currency,
    )


def confirm(place: Place, number: str, under_way: Cancelling) -> bool:
    """Make it final, and whether it is. After silence, look before asking again.

    The refund is given when the insurer has confirmed, for what is given cannot be taken back;
    the documentation has it the other way round. Our choice.
    """
    under_way.notice = None
    try:
        if under_way.unsure and _has_ended(place, number, under_way):
            under_way.done = True
            return True
        key = f"confirm:{under_way.id}"
        attempt = partial(place.backend.confirm_cancellation, number, under_way.id, key=key)
        reply = ask(attempt, unsure=partial(setattr, under_way, "unsure", True))
    except BackendError as error:
        under_way.notice = notice_of(
            error,
            "The cover may have been cancelled or not, and nothing was given back yet. Ask again: "
            "the portal looks first.",
        )
    else:
        under_way.refunds = {
            one.id: Money(one.refund_value, reply.currency)
            for one in reply.quotes
            if one.id in under_way.refunds
        }
        under_way.done = True
    return under_way.done


def _has_ended(place: Place, number: str, under_way: Cancelling) -> bool:
    booking = ask(partial(place.backend.get_booking, number))
    stated = {policy.id: policy.status for policy in booking.quotes}
    return all(stated.get(policy) is QuoteStatus.CANCELLED for policy in under_way.refunds)


STALE = Notice(
    trouble=Trouble.STALE,
    text="That page was from before, and nothing was done. This is how the policy stands now.",
)
"""For a form that was sent twice, or from a page that is no longer true."""
