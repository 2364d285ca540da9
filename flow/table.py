"""The shopper's purchase states, and the one table of legal moves between them.

Everything else derives from this table: machine, random journeys, scenario checking, coverage,
diagrams. How a move is run lives in `machine`; what it does lives in the shop.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

__all__ = [
    "COMMITS",
    "FINAL",
    "INITIAL",
    "ROWS",
    "Branch",
    "Condition",
    "Outcome",
    "Row",
    "State",
    "Step",
    "Trigger",
    "rows_from",
    "triggers_from",
]


class Step(StrEnum):
    """The eight steps of the purchase."""

    BROWSE = "1 browse"
    SELECT = "2 select a product"
    QUOTE = "3 quote"
    CHOOSE = "4 choose cover"
    PAY = "5 pay"
    COLLECT = "6 collect"
    BOOK = "7 book"
    CONFIRM = "8 confirm"


class Branch(StrEnum):
    """Where a journey leaves the straight road."""

    NO_OFFER = "sold without an offer"
    CHANGE_OF_MIND = "change of mind"
    ABANDONED = "abandonment"
    PAYMENT_REFUSED = "payment refused"
    PAYMENT_PENDING = "payment pending at the insurer"
    BOOKING_REFUSED = "booking refused"
    OPT_OUT = "opt-out"
    IN_STORE = "in-store"
    CANCELLATION = "cancellation"
    MODIFICATION = "modification"
    RENEWAL = "renewal"
    INSTALMENTS = "instalments"


class State(StrEnum):
    """Where a shopper stands."""

    BROWSING = "browsing"
    VIEWING = "viewing"
    IN_CART = "in_cart"
    OFFERED = "offered"
    COVERED = "covered"
    DECLINED = "declined"
    CHALLENGED = "challenged"
    PAYMENT_REFUSED = "payment_refused"
    PAID = "paid"
    COLLECTED = "collected"
    PENDING = "pending"
    BOOKED = "booked"
    BOOKING_REFUSED = "booking_refused"
    COVER_REFUNDED = "cover_refunded"
    DOCUMENTED = "documented"
    COMPLETED = "completed"
    OPTED_OUT = "opted_out"
    CLOSED = "closed"
    AT_PORTAL = "at_portal"
    FORM_FILLED = "form_filled"
    CANCELLED = "cancelled"
    PARTLY_CANCELLED = "partly_cancelled"
    CANCELLATION_PREVIEWED = "cancellation_previewed"
    CANCELLATION_REFUNDED = "cancellation_refunded"
    REFUNDED = "refunded"
    MODIFICATION_QUOTED = "modification_quoted"
    MODIFICATION_SETTLED = "modification_settled"
    RENEWAL_OFFERED = "renewal_offered"
    ABANDONED = "abandoned"


class Trigger(StrEnum):
    """What a shopper, or the shop on the shopper's behalf, does. Names the Shop's method."""

    VIEW_PRODUCT = "view_product"
    KEEP_SHOPPING = "keep_shopping"
    OPEN_CART = "open_cart"
    ADD_TO_CART = "add_to_cart"
    REMOVE_FROM_CART = "remove_from_cart"
    CHANGE_QUANTITY = "change_quantity"
    REQUEST_QUOTE = "request_quote"
    CHOOSE_COVER = "choose_cover"
    DECLINE_COVER = "decline_cover"
    CHANGE_MIND = "change_mind"
    PAY = "pay"
    ANSWER_CHALLENGE = "answer_challenge"
    COLLECT = "collect"
    BOOK = "book"
    RESERVE = "reserve"
    CONFIRM_PAYMENT = "confirm_payment"
    OPT_OUT = "opt_out"
    RECEIVE_DOCUMENTS = "receive_documents"
    SEND_INVOICE = "send_invoice"
    RESEND_DOCUMENTS = "resend_documents"
    OPEN_PORTAL = "open_portal"
    FILL_FORM = "fill_form"
    CANCEL = "cancel"
    PREVIEW_CANCELLATION = "preview_cancellation"
    KEEP_COVER = "keep_cover"
    REFUND = "refund"
    CONFIRM_CANCELLATION = "confirm_cancellation"
    CORRECT_DETAILS = "correct_details"
    QUOTE_MODIFICATION = "quote_modification"
    SETTLE_DIFFERENCE = "settle_difference"
    CONFIRM_MODIFICATION = "confirm_modification"
    DISCARD_MODIFICATION = "discard_modification"
    PAY_INSTALMENT = "pay_instalment"
    QUOTE_RENEWAL = "quote_renewal"
    ACCEPT_RENEWAL = "accept_renewal"
    DECLINE_RENEWAL = "decline_renewal"
    ABANDON = "abandon"


class Condition(StrEnum):
    """What must hold before a move. Each value names a field of `machine.Facts`."""

    CART_FILLED = "cart_filled"
    OPEN_OFFER = "open_offer"
    PAGE_OFFER = "page_offer"
    ALREADY_OFFERED = "already_offered"
    COVER_CHOSEN = "cover_chosen"
    OPT_OUT_DUE = "opt_out_due"
    IN_STORE = "in_store"
    INSURER_CHARGES = "insurer_charges"
    MONEY_COLLECTED = "money_collected"
    LIVE_POLICY = "live_policy"
    PRICE_DIFFERS = "price_differs"
    INSTALMENT_DUE = "instalment_due"
    RENEWABLE = "renewable"


class Outcome(StrEnum):
    """What came of an act, where that decides the next state."""

    DONE = "done"
    APPROVED = "approved"
    REFUSED = "refused"
    CHALLENGED = "challenged"
    ALL = "all"
    SOME = "some"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One transition: a trigger fired in `source` leads to `dest`.

    Its conditions (`when` all true, `unless` all false) must hold before the act; its `outcome`
    is what the act must have come to.
    """

    trigger: Trigger
    source: State
    dest: State
    part: Step | Branch
    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    outcome: Outcome = Outcome.DONE
    name: str = field(init=False)
    """A stable name: `pay: covered -> paid (approved)`."""

    def __post_init__(self) -> None:
        tail = "" if self.outcome is Outcome.DONE else f" ({self.outcome})"
        name = f"{self.trigger}: {self.source} -> {self.dest}{tail}"
        object.__setattr__(self, "name", name)


def _rows(
    trigger: Trigger,
    sources: State | Iterable[State],
    dest: State,
    part: Step | Branch,
    *,
    when: Condition | tuple[Condition, ...] = (),
    unless: Condition | tuple[Condition, ...] = (),
    outcome: Outcome = Outcome.DONE,
) -> list[Row]:
    """One row per source."""
    return [
        Row(
            trigger=trigger,
            source=source,
            dest=dest,
            part=part,
            when=(when,) if isinstance(when, Condition) else when,
            unless=(unless,) if isinstance(unless, Condition) else unless,
            outcome=outcome,
        )
        for source in ([sources] if isinstance(sources, State) else sources)
    ]


S, T, C, O = State, Trigger, Condition, Outcome  # noqa: E741 - a table wants narrow columns

INITIAL = S.BROWSING
_PAYABLE = (S.COVERED, S.DECLINED, S.PAYMENT_REFUSED, S.FORM_FILLED)
_LEAVABLE = (
    S.BROWSING,
    S.VIEWING,
    S.IN_CART,
    S.OFFERED,
    S.COVERED,
    S.DECLINED,
    S.CHALLENGED,
    S.PAYMENT_REFUSED,
    S.AT_PORTAL,
    S.FORM_FILLED,
)

# One row a line, so that the table reads as a table.
# fmt: off
ROWS: tuple[Row, ...] = tuple(
    row
    for rows in (
        # 1 and 2: browsing, product page, cart
        _rows(T.VIEW_PRODUCT, S.BROWSING, S.VIEWING, Step.SELECT),
        _rows(T.KEEP_SHOPPING, [S.VIEWING, S.IN_CART], S.BROWSING, Step.BROWSE),
        _rows(T.KEEP_SHOPPING, [S.COVERED, S.DECLINED], S.BROWSING, Step.BROWSE, when=C.PAGE_OFFER),
        _rows(T.OPEN_CART, S.BROWSING, S.IN_CART, Step.SELECT, when=C.CART_FILLED,
              unless=C.OPEN_OFFER),
        _rows(T.OPEN_CART, S.BROWSING, S.OFFERED, Step.QUOTE, when=C.OPEN_OFFER),
        _rows(T.ADD_TO_CART, [S.BROWSING, S.VIEWING, S.IN_CART], S.IN_CART, Step.SELECT,
              unless=C.OPEN_OFFER),
        _rows(T.CHANGE_QUANTITY, S.IN_CART, S.IN_CART, Step.SELECT),
        _rows(T.REMOVE_FROM_CART, S.IN_CART, S.IN_CART, Step.SELECT, outcome=O.SOME),
        _rows(T.REMOVE_FROM_CART, S.IN_CART, S.BROWSING, Step.SELECT, outcome=O.NONE),
        # 3: the quote, and what changes it
        _rows(T.REQUEST_QUOTE, S.VIEWING, S.OFFERED, Step.QUOTE, unless=C.ALREADY_OFFERED),
        _rows(T.REQUEST_QUOTE, S.IN_CART, S.OFFERED, Step.QUOTE),
        _rows(T.ADD_TO_CART, S.OFFERED, S.OFFERED, Step.QUOTE, unless=C.PAGE_OFFER),
        _rows(T.CHANGE_QUANTITY, S.OFFERED, S.OFFERED, Step.QUOTE),
        _rows(T.REMOVE_FROM_CART, S.OFFERED, S.OFFERED, Step.QUOTE, outcome=O.SOME),
        _rows(T.REMOVE_FROM_CART, S.OFFERED, S.BROWSING, Step.QUOTE, outcome=O.NONE),
        # 4: the choice
        _rows(T.CHOOSE_COVER, S.OFFERED, S.COVERED, Step.CHOOSE),
        _rows(T.DECLINE_COVER, S.OFFERED, S.DECLINED, Step.CHOOSE, outcome=O.NONE),
        _rows(T.DECLINE_COVER, S.OFFERED, S.COVERED, Step.CHOOSE, outcome=O.SOME),
        _rows(T.CHANGE_MIND, [S.COVERED, S.DECLINED], S.OFFERED, Branch.CHANGE_OF_MIND),
        _rows(T.CHANGE_MIND, S.PAYMENT_REFUSED, S.OFFERED, Branch.CHANGE_OF_MIND,
              when=C.OPEN_OFFER),
        # 5: payment
        _rows(T.PAY, _PAYABLE, S.PAID, Step.PAY, outcome=O.APPROVED),
        _rows(T.PAY, _PAYABLE, S.CHALLENGED, Step.PAY, outcome=O.CHALLENGED),
        _rows(T.PAY, _PAYABLE, S.PAYMENT_REFUSED, Branch.PAYMENT_REFUSED, outcome=O.REFUSED),
        _rows(T.PAY, S.IN_CART, S.PAID, Branch.NO_OFFER, outcome=O.APPROVED),
        _rows(T.PAY, S.IN_CART, S.CHALLENGED, Branch.NO_OFFER, outcome=O.CHALLENGED),
        _rows(T.PAY, S.IN_CART, S.PAYMENT_REFUSED, Branch.NO_OFFER, outcome=O.REFUSED),
        _rows(T.ANSWER_CHALLENGE, S.CHALLENGED, S.PAID, Step.PAY, outcome=O.APPROVED),
        _rows(T.ANSWER_CHALLENGE, S.CHALLENGED, S.PAYMENT_REFUSED, Branch.PAYMENT_REFUSED,
              outcome=O.REFUSED),
        # 6 and 7: collection and booking
        _rows(T.COLLECT, S.PAID, S.COLLECTED, Step.COLLECT),
        _rows(T.BOOK, S.COLLECTED, S.BOOKED, Step.BOOK, when=C.COVER_CHOSEN, outcome=O.APPROVED),
        _rows(T.BOOK, S.COLLECTED, S.BOOKING_REFUSED, Branch.BOOKING_REFUSED, when=C.COVER_CHOSEN,
              outcome=O.REFUSED),
        _rows(T.REFUND, S.BOOKING_REFUSED, S.COVER_REFUNDED, Branch.BOOKING_REFUSED),
        _rows(T.SEND_INVOICE, S.COVER_REFUNDED, S.CLOSED, Branch.BOOKING_REFUSED,
              unless=C.OPT_OUT_DUE),
        _rows(T.RESERVE, S.PAID, S.PENDING, Branch.PAYMENT_PENDING, when=C.COVER_CHOSEN,
              unless=(C.IN_STORE, C.INSURER_CHARGES)),
        _rows(T.COLLECT, S.PENDING, S.PENDING, Branch.PAYMENT_PENDING, unless=C.MONEY_COLLECTED),
        _rows(T.CONFIRM_PAYMENT, S.PENDING, S.BOOKED, Branch.PAYMENT_PENDING,
              when=C.MONEY_COLLECTED),
        # 8: documents, confirmation, invoice
        _rows(T.RECEIVE_DOCUMENTS, S.BOOKED, S.DOCUMENTED, Step.CONFIRM),
        _rows(T.SEND_INVOICE, S.DOCUMENTED, S.COMPLETED, Step.CONFIRM, unless=C.OPT_OUT_DUE),
        _rows(T.RESEND_DOCUMENTS, S.COMPLETED, S.COMPLETED, Step.CONFIRM, when=C.LIVE_POLICY),
        # sold without an offer; opted out
        _rows(T.SEND_INVOICE, S.COLLECTED, S.CLOSED, Branch.NO_OFFER,
              unless=(C.OPEN_OFFER, C.COVER_CHOSEN)),
        _rows(T.OPT_OUT, S.COLLECTED, S.OPTED_OUT, Branch.OPT_OUT, when=C.OPT_OUT_DUE,
              unless=C.COVER_CHOSEN),
        _rows(T.OPT_OUT, S.BOOKED, S.BOOKED, Branch.OPT_OUT, when=C.OPT_OUT_DUE),
        _rows(T.OPT_OUT, S.DOCUMENTED, S.DOCUMENTED, Branch.OPT_OUT, when=C.OPT_OUT_DUE),
        _rows(T.OPT_OUT, S.COVER_REFUNDED, S.COVER_REFUNDED, Branch.OPT_OUT, when=C.OPT_OUT_DUE),
        _rows(T.SEND_INVOICE, S.OPTED_OUT, S.CLOSED, Branch.OPT_OUT),
        # in-store: the associate fills the portal's form; payment and booking follow on the spot
        _rows(T.OPEN_PORTAL, S.BROWSING, S.AT_PORTAL, Branch.IN_STORE, unless=C.CART_FILLED),
        _rows(T.FILL_FORM, S.AT_PORTAL, S.FORM_FILLED, Branch.IN_STORE),
        # cancellation: in one step, or preview, refund, confirm
        _rows(T.CANCEL, S.COMPLETED, S.CANCELLED, Branch.CANCELLATION, when=C.LIVE_POLICY,
              outcome=O.ALL),
        _rows(T.CANCEL, S.COMPLETED, S.PARTLY_CANCELLED, Branch.CANCELLATION, when=C.LIVE_POLICY,
              outcome=O.SOME),
        _rows(T.REFUND, S.CANCELLED, S.REFUNDED, Branch.CANCELLATION),
        _rows(T.REFUND, S.PARTLY_CANCELLED, S.COMPLETED, Branch.CANCELLATION),
        _rows(T.PREVIEW_CANCELLATION, S.COMPLETED, S.CANCELLATION_PREVIEWED, Branch.CANCELLATION,
              when=C.LIVE_POLICY),
        _rows(T.KEEP_COVER, S.CANCELLATION_PREVIEWED, S.COMPLETED, Branch.CANCELLATION),
        _rows(T.REFUND, S.CANCELLATION_PREVIEWED, S.CANCELLATION_REFUNDED, Branch.CANCELLATION),
        _rows(T.PREVIEW_CANCELLATION, S.CANCELLATION_REFUNDED, S.CANCELLATION_REFUNDED,
              Branch.CANCELLATION),
        _rows(T.CONFIRM_CANCELLATION, S.CANCELLATION_REFUNDED, S.REFUNDED, Branch.CANCELLATION,
              outcome=O.ALL),
        _rows(T.CONFIRM_CANCELLATION, S.CANCELLATION_REFUNDED, S.COMPLETED, Branch.CANCELLATION,
              outcome=O.SOME),
        # modification
        _rows(T.CORRECT_DETAILS, S.COMPLETED, S.COMPLETED, Branch.MODIFICATION, when=C.LIVE_POLICY),
        _rows(T.QUOTE_MODIFICATION, S.COMPLETED, S.MODIFICATION_QUOTED, Branch.MODIFICATION,
              when=C.LIVE_POLICY),
        _rows(T.SETTLE_DIFFERENCE, S.MODIFICATION_QUOTED, S.MODIFICATION_SETTLED,
              Branch.MODIFICATION, when=C.PRICE_DIFFERS),
        _rows(T.CONFIRM_MODIFICATION, S.MODIFICATION_QUOTED, S.COMPLETED, Branch.MODIFICATION,
              unless=C.PRICE_DIFFERS),
        _rows(T.CONFIRM_MODIFICATION, S.MODIFICATION_SETTLED, S.COMPLETED, Branch.MODIFICATION),
        _rows(T.DISCARD_MODIFICATION, S.MODIFICATION_QUOTED, S.COMPLETED, Branch.MODIFICATION),
        # instalments and renewal
        _rows(T.PAY_INSTALMENT, S.COMPLETED, S.COMPLETED, Branch.INSTALMENTS,
              when=C.INSTALMENT_DUE),
        _rows(T.QUOTE_RENEWAL, S.COMPLETED, S.RENEWAL_OFFERED, Branch.RENEWAL, when=C.RENEWABLE),
        _rows(T.ACCEPT_RENEWAL, S.RENEWAL_OFFERED, S.COMPLETED, Branch.RENEWAL),
        _rows(T.DECLINE_RENEWAL, S.RENEWAL_OFFERED, S.COMPLETED, Branch.RENEWAL),
        # leaving before anything is paid
        _rows(T.ABANDON, _LEAVABLE, S.ABANDONED, Branch.ABANDONED),
    )
    for row in rows
)
# fmt: on

FINAL = frozenset(State) - {row.source for row in ROWS}
"""States from which nothing leads on."""

COMMITS = frozenset(
    {
        Trigger.PAY,
        Trigger.ANSWER_CHALLENGE,
        Trigger.COLLECT,
        Trigger.BOOK,
        Trigger.RESERVE,
        Trigger.CONFIRM_PAYMENT,
        Trigger.OPT_OUT,
        Trigger.CANCEL,
        Trigger.CONFIRM_CANCELLATION,
        Trigger.REFUND,
        Trigger.CONFIRM_MODIFICATION,
        Trigger.SETTLE_DIFFERENCE,
        Trigger.PAY_INSTALMENT,
        Trigger.ACCEPT_RENEWAL,
        Trigger.DECLINE_RENEWAL,
    }
)
"""Triggers that commit somebody to money or cover: done twice they would cost somebody."""


@cache
def rows_from(state: State, trigger: Trigger | None = None) -> tuple[Row, ...]:
    """The rows that leave a state, of one trigger or of all."""
    return tuple(row for row in ROWS if row.source is state and trigger in (None, row.trigger))


@cache
def triggers_from(state: State) -> tuple[Trigger, ...]:
    """Triggers that some row allows in a state, in the table's order."""
    return tuple(dict.fromkeys(row.trigger for row in rows_from(state)))
