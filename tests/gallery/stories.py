"""For each defect on show, a short story in which it is felt, and the promises it breaks there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flow.backends.faulty import FaultKind
from flow.shopper import PaymentModel, Shopper
from models import Operation
from tests.kit import TO_BOOKED, TO_CART, TO_COLLECTED, TO_COMPLETED, TO_OFFER, Move, T

__all__ = ["STORIES", "Beside", "Fail", "Story", "Twice", "Wait"]


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    time: timedelta


@dataclass(frozen=True)
class Fail:
    """The wire fails."""

    operation: Operation
    kind: FaultKind
    times: int = 1


@dataclass(frozen=True)
class Twice:
    """The same is done twice at once."""

    move: Move
    turns: str = "12"


@dataclass(frozen=True)
class Beside:
    """Something is done in the customer's other order."""

    move: Move


Moves = list[Move | Wait | Fail | Twice | Beside]


@dataclass(frozen=True)
class Story:
    """What happens, to whom, and the promises that it breaks.

    `apart`: the right pair goes another way from somewhere on.
    """

    broken: tuple[str, ...]
    moves: Moves
    shopper: Shopper | None = None
    payment: PaymentModel = PaymentModel.SINGLE
    apart: bool = False


def days(number: int) -> Wait:
    return Wait(timedelta(days=number))


def hours(number: int) -> Wait:
    return Wait(timedelta(hours=number))


def lost(operation: Operation, times: int = 1) -> Fail:
    return Fail(operation, FaultKind.ANSWER_LOST, times)


DOCUMENTS: Moves = [T.RECEIVE_DOCUMENTS, T.SEND_INVOICE]
IN_STORE: Moves = [T.OPEN_PORTAL, (T.FILL_FORM, {"sku": "LAPTOP"}), T.PAY, T.COLLECT]
ONE_LAPTOP: Moves = [(T.ADD_TO_CART, {"sku": "LAPTOP"}), T.REQUEST_QUOTE, T.CHOOSE_COVER]
ONE_OWNED: Moves = [*ONE_LAPTOP, T.PAY, T.COLLECT, T.BOOK, *DOCUMENTS]
TWO_LAPTOPS: Moves = [(T.ADD_TO_CART, {"sku": "LAPTOP", "quantity": 2}), T.REQUEST_QUOTE]
LAPTOP_ONLY: Moves = [*TO_OFFER, (T.CHOOSE_COVER, {"items": ["LAPTOP"]}), T.PAY, T.COLLECT]
SAVING_FOR_IT: Moves = [
    (T.ADD_TO_CART, {"sku": "TABLET"}),
    T.REQUEST_QUOTE,
    (T.CHOOSE_COVER, {"plan": "1year-monthly"}),
    T.PAY,
    T.COLLECT,
    T.BOOK,
    *DOCUMENTS,
]
DECLINED: Moves = [*TO_OFFER, T.DECLINE_COVER, T.PAY, T.COLLECT, T.OPT_OUT]
TWO_PAGES: Moves = [
    (T.VIEW_PRODUCT, {"sku": "LAPTOP"}),
    T.REQUEST_QUOTE,
    T.CHOOSE_COVER,
    T.KEEP_SHOPPING,
    (T.VIEW_PRODUCT, {"sku": "TABLET"}),
    T.REQUEST_QUOTE,
]
CANCEL_LAPTOP: Move = (T.CANCEL, {"items": ["LAPTOP"]})
CHEAPER: Move = (T.QUOTE_MODIFICATION, {"sku": "LAPTOP", "price": 600})
DEARER: Move = (T.QUOTE_MODIFICATION, {"sku": "LAPTOP", "price": 2000})
BOOK_AND_COMPLETE: Moves = [T.BOOK, *DOCUMENTS]
YEN = Shopper(country="GB", currency="JPY")
ITALIAN = Shopper(country="IT", currency="EUR")
CANADIAN = Shopper(country="CA", currency="CAD")
CREATE, INSTANT = Operation.CREATE_BOOKING, Operation.INSTANT_BOOKING
AT_ONCE = ("acts_at_once_come_one_after_another",)
DUAL, SPLIT = PaymentModel.DUAL, PaymentModel.SPLIT

STORIES: dict[str, Story] = {
    # Insurers: quotes
    "quotes-without-tax": Story(("quoted_price_is_stated_price",), [*TO_OFFER]),
    "quotes-each-piece": Story(("every_product_asked_for_is_quoted_once",), TWO_LAPTOPS),
    "totals-without-tax": Story(("package_total_is_sum_of_its_quotes",), [*TO_OFFER]),
    "keeps-the-old-total": Story(
        ("package_total_is_sum_of_its_quotes",),
        [*TO_OFFER, (T.REMOVE_FROM_CART, {"sku": "TABLET"})],
    ),
    "rounds-tax-to-whole-units": Story(("tax_and_premium_add_up",), [*TO_OFFER]),
    "prices-yen-in-sen": Story(("amounts_fit_their_currency",), [*TO_OFFER], YEN),
    "forgets-which-dollar": Story(("printed_amounts_are_exact",), [*TO_OFFER], CANADIAN),
    "adds-again-on-retry": Story(
        ("every_product_asked_for_is_quoted_once",),
        [
            (T.ADD_TO_CART, {"sku": "LAPTOP"}),
            T.REQUEST_QUOTE,
            lost(Operation.ADD_QUOTES),
            (T.ADD_TO_CART, {"sku": "TABLET"}),
        ],
    ),
    # Insurers: bookings
    "answers-busy-and-books": Story(("refused_calls_change_nothing",), [*TO_BOOKED]),
    "books-stale-quotes-anew": Story(
        ("no_charge_without_cover",), [*TO_COLLECTED, days(31), *BOOK_AND_COMPLETE], apart=True
    ),
    "books-twice-on-retry": Story(
        ("one_policy_for_one_purchase",), [*IN_STORE, lost(INSTANT), T.BOOK]
    ),
    "confirms-before-payment": Story(("every_policy_is_in_force",), [*TO_BOOKED]),
    "confirms-unchosen-quotes": Story(("no_policy_unknown_to_the_shop",), [*LAPTOP_ONLY, T.BOOK]),
    "forgets-opt-outs": Story(("insurer_and_table_agree",), DECLINED),
    "hides-the-newest-booking": Story(
        ("one_policy_for_one_purchase",),
        [*IN_STORE, lost(INSTANT, 3), T.BOOK, hours(50), T.BOOK],
    ),
    "loses-policies-on-replay": Story(
        ("no_policy_unknown_to_the_shop",), [*TO_COLLECTED, lost(CREATE), T.BOOK]
    ),
    "loses-the-last-item": Story(("no_charge_without_cover",), [*TO_COMPLETED]),
    "never-leaves-pending": Story(
        ("every_policy_is_in_force", "insurer_and_table_agree"),
        [*TO_OFFER, T.CHOOSE_COVER, T.PAY, T.RESERVE, T.COLLECT, T.CONFIRM_PAYMENT],
    ),
    "raises-the-price-on-booking": Story(("booked_price_is_quoted_price",), [*TO_BOOKED]),
    "refuses-and-books": Story(("refused_calls_change_nothing",), [*TO_BOOKED]),
    "reprices-stale-quotes": Story(
        ("booked_price_is_quoted_price",), [*TO_COLLECTED, days(15), T.BOOK]
    ),
    "sells-on-opt-out": Story(("no_policy_unknown_to_the_shop",), DECLINED),
    "states-bookings-in-home-currency": Story(("amounts_fit_their_currency",), [*TO_BOOKED], YEN),
    # Insurers: cancellations
    "adds-the-fee-to-the-refund": Story(
        ("refund_is_not_above_the_price",), [*TO_COMPLETED, T.CANCEL]
    ),
    "cancels-everything": Story(
        ("only_what_was_asked_is_cancelled",), [*TO_COMPLETED, CANCEL_LAPTOP]
    ),
    "ends-all-cover-of-the-customer": Story(
        ("orders_of_one_customer_stay_apart",),
        [*TO_BOOKED, *(Beside(move) for move in TO_COMPLETED), Beside(T.CANCEL)],
    ),
    "cancels-on-preview": Story(
        ("previews_change_nothing",), [*TO_COMPLETED, T.PREVIEW_CANCELLATION]
    ),
    "cancels-the-other-policy": Story(
        ("only_what_was_asked_is_cancelled",), [*TO_COMPLETED, CANCEL_LAPTOP]
    ),
    "confirms-half-the-refund": Story(
        ("confirmed_refunds_are_previewed",),
        [*TO_COMPLETED, T.PREVIEW_CANCELLATION, T.REFUND, T.CONFIRM_CANCELLATION],
    ),
    "forgets-it-cancelled": Story(
        ("every_policy_is_in_force",),
        [*TO_COMPLETED, lost(Operation.CANCEL_BOOKING), T.CANCEL],
    ),
    "keeps-a-fee-in-cooling-off": Story(
        ("cooling_off_gives_all_back",), [*TO_COMPLETED, days(10), T.CANCEL]
    ),
    "only-pretends-to-cancel": Story(
        ("every_cancelled_policy_has_ended",), [*TO_COMPLETED, T.CANCEL]
    ),
    "refunds-the-old-price": Story(
        ("refund_is_not_above_the_price",),
        [*TO_COMPLETED, CHEAPER, T.SETTLE_DIFFERENCE, T.CONFIRM_MODIFICATION, T.CANCEL],
    ),
    "refunds-unpaid-instalments": Story(
        ("refunds_never_exceed_payments",), [*SAVING_FOR_IT, T.CANCEL, T.REFUND]
    ),
    "stays-confirmed-after-cancellation": Story(
        ("insurer_and_table_agree",), [*TO_COMPLETED, T.CANCEL]
    ),
    # Insurers: after the sale
    "applies-priced-changes": Story(("previews_change_nothing",), [*TO_COMPLETED, DEARER]),
    "bills-the-price-as-an-instalment": Story(
        ("nobody_pays_more_than_the_price",), [*SAVING_FOR_IT, T.PAY_INSTALMENT]
    ),
    "changes-at-another-price": Story(
        ("the_ledger_books_what_is_held", "stated_price_is_known_price"),
        [*TO_COMPLETED, DEARER, T.SETTLE_DIFFERENCE, T.CONFIRM_MODIFICATION],
    ),
    "describes-only-the-first-policy": Story(
        ("documents_reach_the_customer",), [*TO_BOOKED, T.RECEIVE_DOCUMENTS]
    ),
    "drops-corrections": Story(
        ("corrected_details_are_kept",), [*TO_COMPLETED, (T.CORRECT_DETAILS, {"city": "Leeds"})]
    ),
    "forgets-the-renewal-discount": Story(
        ("stated_price_is_known_price",), [*ONE_OWNED, T.QUOTE_RENEWAL, T.ACCEPT_RENEWAL]
    ),
    "hides-cheaper-changes": Story(
        ("the_ledger_books_what_is_held",),
        [*TO_COMPLETED, CHEAPER, T.SETTLE_DIFFERENCE, T.CONFIRM_MODIFICATION],
    ),
    "renews-what-is-declined": Story(
        ("no_policy_unknown_to_the_shop",), [*ONE_OWNED, T.QUOTE_RENEWAL, T.DECLINE_RENEWAL]
    ),
    "sends-no-documents": Story(
        ("documents_reach_the_customer",), [*TO_BOOKED, T.RECEIVE_DOCUMENTS]
    ),
    # Shops: from the offer to the booking
    "books-everything": Story(("declined_offers_never_become_policies",), [*LAPTOP_ONLY, T.BOOK]),
    "books-instead-of-reserving": Story(
        ("insurer_and_table_agree",), [*TO_OFFER, T.CHOOSE_COVER, T.PAY, T.RESERVE]
    ),
    "books-only-the-first-offer": Story(
        ("no_charge_without_cover",),
        [*TWO_PAGES, T.CHOOSE_COVER, T.PAY, T.COLLECT, *BOOK_AND_COMPLETE],
    ),
    "charges-again-after-challenge": Story(
        ("charged_once",),
        [*TO_OFFER, T.CHOOSE_COVER, (T.PAY, {"card": "challenge_passed"}), T.ANSWER_CHALLENGE],
    ),
    "charges-cover-rounded-up": Story(
        ("cover_is_charged_as_it_was_shown",), [*TO_OFFER, T.CHOOSE_COVER, T.PAY]
    ),
    "charges-cover-under-dual-payment": Story(
        ("settlement_follows_the_payment_model", "charged_once"), [*TO_BOOKED], payment=DUAL
    ),
    "charges-one-piece": Story(
        ("products_are_charged_at_their_price",), [*TWO_LAPTOPS, T.CHOOSE_COVER, T.PAY]
    ),
    "charges-price-and-instalments": Story(
        ("nobody_pays_more_than_the_price",), [*SAVING_FOR_IT, T.PAY_INSTALMENT]
    ),
    "charges-twice": Story(("charged_once",), [*TO_OFFER, T.CHOOSE_COVER, T.PAY]),
    "charges-yen-as-sen": Story(
        ("products_are_charged_at_their_price",), [*TO_OFFER, T.CHOOSE_COVER, T.PAY], YEN
    ),
    "collects-twice": Story(("nothing_is_collected_beyond_the_charge",), [*TO_COLLECTED]),
    "deletes-only-its-own-line": Story(
        ("every_product_asked_for_is_quoted_once",),
        [*TO_OFFER, (T.REMOVE_FROM_CART, {"sku": "TABLET"}), T.CHOOSE_COVER],
    ),
    "forgets-to-charge-cover": Story(("no_cover_without_payment",), [*TO_BOOKED]),
    "keeps-the-split": Story(
        ("settlement_follows_the_payment_model",), [*TO_COLLECTED], payment=SPLIT
    ),
    "names-the-associate": Story(
        ("documents_reach_the_customer",), [*IN_STORE, T.BOOK, T.RECEIVE_DOCUMENTS]
    ),
    "never-opts-out": Story(("declined_offers_are_opted_out_once",), DECLINED),
    "opts-out-of-choices": Story(("chosen_offers_are_never_opted_out",), [*TO_COLLECTED]),
    "opts-out-only-the-first": Story(
        ("declined_offers_are_opted_out_once",),
        [
            *TWO_PAGES[:2],
            T.DECLINE_COVER,
            *TWO_PAGES[3:],
            T.DECLINE_COVER,
            T.PAY,
            T.COLLECT,
            T.OPT_OUT,
        ],
    ),
    "settles-products-to-the-insurer": Story(
        ("settlement_follows_the_payment_model",), [*TO_COLLECTED], payment=SPLIT
    ),
    "shows-prices-without-tax": Story(("quoted_price_is_stated_price",), [*TO_OFFER]),
    "writes-bookings-twice": Story(("the_ledger_books_what_is_held",), [*TO_BOOKED]),
    # Shops: when something is done twice at once
    "charges-a-double-click-twice": Story(AT_ONCE, [*ONE_LAPTOP, Twice(T.PAY)]),
    "numbers-orders-by-customer": Story(
        ("one_policy_for_one_purchase",), [*TO_BOOKED, *(Beside(move) for move in TO_BOOKED)]
    ),
    "refunds-a-double-click-twice": Story(AT_ONCE, [*ONE_OWNED, T.CANCEL, Twice(T.REFUND)]),
    "serves-two-tabs-at-once": Story(AT_ONCE, [*ONE_LAPTOP, T.PAY, Twice(T.RESERVE)]),
    # Shops: when the wire fails
    "asks-again-without-looking": Story(
        ("one_policy_for_one_purchase",),
        [*IN_STORE, lost(INSTANT, 3), T.BOOK, hours(50), T.BOOK],
    ),
    "charges-the-part-again": Story(
        ("each_instalment_is_charged_once",),
        [
            *SAVING_FOR_IT,
            lost(Operation.RECORD_INSTALMENTS, 3),
            T.PAY_INSTALMENT,
            T.PAY_INSTALMENT,
        ],
    ),
    "charges-the-renewal-again": Story(
        ("nobody_pays_more_than_the_price",),
        [
            *ONE_OWNED,
            T.QUOTE_RENEWAL,
            lost(Operation.CONFIRM_RENEWAL, 3),
            T.ACCEPT_RENEWAL,
            T.ACCEPT_RENEWAL,
        ],
    ),
    "sends-no-key-in-store": Story(
        ("one_policy_for_one_purchase",), [*IN_STORE, lost(INSTANT), T.BOOK]
    ),
    "takes-silence-for-done": Story(
        ("no_charge_without_cover",),
        [*TO_COLLECTED, Fail(CREATE, FaultKind.CALL_LOST, 3), *BOOK_AND_COMPLETE],
        apart=True,
    ),
    "takes-silence-for-no": Story(
        ("insurer_and_table_agree", "silence_is_no_refusal"),
        [*TO_COLLECTED, lost(CREATE, 3), T.BOOK],
    ),
    "takes-throttling-for-no": Story(
        ("silence_is_no_refusal",),
        [*TO_COLLECTED, Fail(CREATE, FaultKind.THROTTLED, 3), T.BOOK],
        apart=True,
    ),
    "uses-one-key-for-all": Story(
        ("one_key_one_request",),
        [
            (T.ADD_TO_CART, {"sku": "KETTLE"}),
            T.REQUEST_QUOTE,
            *TO_CART,
        ],
    ),
    # Shops: after the sale
    "cancels-only-the-first-booking": Story(
        ("every_cancelled_policy_has_ended",),
        [*TWO_PAGES, T.CHOOSE_COVER, T.PAY, T.COLLECT, *BOOK_AND_COMPLETE, T.CANCEL],
    ),
    "cancels-the-whole-order": Story(
        ("only_what_was_asked_is_cancelled",), [*TO_COMPLETED, CANCEL_LAPTOP]
    ),
    "charges-what-it-owes": Story(
        ("differences_are_the_insurers",), [*TO_COMPLETED, CHEAPER, T.SETTLE_DIFFERENCE]
    ),
    "ends-cover-on-preview": Story(
        ("every_cancelled_policy_has_ended",), [*TO_COMPLETED, T.PREVIEW_CANCELLATION]
    ),
    "ignores-cheaper-changes": Story(("differences_are_the_insurers",), [*TO_COMPLETED, CHEAPER]),
    "invoices-only-products": Story(("invoices_state_what_was_charged",), [*TO_COMPLETED]),
    "invoices-the-insurers-charge": Story(
        ("invoices_state_what_was_charged",), [*TO_COMPLETED], payment=DUAL
    ),
    "invoices-the-whole-price": Story(("invoices_state_what_was_charged",), SAVING_FOR_IT),
    "invoices-to-itself": Story(("invoices_state_what_was_charged",), [*TO_COMPLETED]),
    "keeps-returned-products": Story(
        ("returned_products_are_refunded",),
        [*TO_COMPLETED, (T.CANCEL, {"return_products": True}), T.REFUND],
    ),
    "keeps-the-old-term": Story(
        ("one_policy_for_one_purchase",), [*ONE_OWNED, T.QUOTE_RENEWAL, T.ACCEPT_RENEWAL]
    ),
    "never-refunds": Story(
        ("no_charge_without_cover",),
        [*TO_COLLECTED, days(31), T.BOOK, T.REFUND, T.SEND_INVOICE],
    ),
    "refunds-again-on-confirmation": Story(
        ("refunds_never_exceed_payments",),
        [*TO_COMPLETED, T.PREVIEW_CANCELLATION, T.REFUND, T.CONFIRM_CANCELLATION],
    ),
    "refunds-the-whole-order": Story(
        ("no_cover_without_payment",), [*TO_COMPLETED, CANCEL_LAPTOP, T.REFUND]
    ),
    "refunds-twice": Story(("refunds_never_exceed_payments",), [*TO_COMPLETED, T.CANCEL, T.REFUND]),
    "refunds-without-tax": Story(
        ("cancelled_policies_are_refunded_once",), [*TO_COMPLETED, T.CANCEL, T.REFUND]
    ),
    "rounds-invoiced-tax-apart": Story(("invoices_add_up",), SAVING_FOR_IT, ITALIAN),
}
