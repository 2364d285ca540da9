"""The pages of a sale: product, offers, customer, payment, challenge, policy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flow.cards import CARD_NUMBERS
from flow.errors import BackendError
from flow.portal.asked import ROOT, Asked, Moved, Reply, Shown
from flow.portal.asking import notice_of
from flow.portal.draft import CustomerForm, Form, Frame, PaymentForm, ProductForm, read
from flow.portal.entrance import keep_typed
from flow.portal.sale import Notice, Sale, Stage, Trouble
from flow.portal.sessions import Session
from flow.shopper import Card

__all__ = ["act", "begin", "keep", "leave", "show"]

F = TypeVar("F", bound=Form)

_OUTCOMES = {
    Card.APPROVED: "approved",
    Card.DECLINED: "declined",
    Card.INSUFFICIENT_FUNDS: "not enough money on it",
    Card.TIMEOUT: "the bank does not answer in time; nothing is charged",
    Card.CHALLENGE_PASSED: "the customer's bank asks, and they pass",
    Card.CHALLENGE_FAILED: "the customer's bank asks, and they fail",
    Card.COVER_DECLINED: "approved for the product; the insurer's own provider refuses it",
}
_TEST_CARDS = [
    (" ".join(number[at : at + 4] for at in range(0, 16, 4)), _OUTCOMES[card])
    for card, number in CARD_NUMBERS.items()
]


def begin(session: Session, asked: Asked) -> Reply:
    """A new sale; one that nobody has typed into yet serves again."""
    sales = session.desk.sales
    for sale in sales.values():
        if sale.stage is Stage.OPEN and not sale.typed:
            return _to(sale)
    sale = Sale(id=session.place.new_id(), begun=session.place.now())
    sales[sale.id] = sale
    return _to(sale)


def show(session: Session, asked: Asked) -> Reply:
    """A page of a sale; one that cannot be seen now leads to where the sale stands."""
    sale, page = session.desk.sales.get(asked.ids["sale"]), asked.ids["page"]
    if sale is None or page not in _ACTS:
        return _unknown()
    if page not in sale.pages:
        return _to(sale, came_back=sale.stage is not Stage.OPEN)
    there = session.counter.assortment
    values: dict[str, object] = {
        "sale": sale,
        "page": page,
        "typed": sale.typed.get(page) or _fresh(session, page),
        "faults": sale.faults.get(page, {}),
        "came_back": "back" in asked.query,
        "assortment": there,
        "countries": [(code, market.name) for code, market in there.markets.items()],
        "currencies": [(code, code) for code in there.currencies],
        "covers": [
            ("all", "All of them"),
            *((key, one.label) for key, one in there.wanted.items()),
        ],
        "market": _market(session, sale),
        "other_card": page == "payment" and sale.stage is Stage.REFUSED,
        "insurer_charges": session.counter.insurer_charges,
        "total": session.counter.amount(sale) if sale.product is not None else None,
        "test_cards": _TEST_CARDS,
        "mails": _mails(session, sale),
        "today": session.place.now().date().isoformat(),
    }
    return Shown(template=f"portal/{page}.html", values=values)


def act(session: Session, asked: Asked) -> Reply:
    """What a form of a sale asks for, if that can still be done; then where the sale stands."""
    sale, page = session.desk.sales.get(asked.ids["sale"]), asked.ids["page"]
    if sale is None or page not in _ACTS:
        return _unknown()
    if page not in sale.pages:
        return _to(sale)  # a second tap: the first one has done it
    sale.notice = None
    return _ACTS[page](session, sale, asked)


def keep(session: Session, asked: Asked) -> Reply:
    """Keep what is being typed, in case the page is left or loaded again."""
    keep_typed(session, asked)
    return None


def leave(session: Session, asked: Asked) -> Reply:
    """The customer leaves before anything was charged: nothing is owed, and nothing is kept."""
    sale = session.desk.sales.get(asked.ids["sale"])
    if sale is not None and sale.stage in (Stage.OPEN, Stage.CHALLENGED):
        del session.desk.sales[sale.id]
    return Moved(f"{ROOT}/")


# What each page's form does


def _take_product(session: Session, sale: Sale, asked: Asked) -> Reply:
    form = _read(ProductForm, session, sale, "product", asked)
    if form is None:
        return _to(sale, "product")
    sale.product = form
    try:
        session.counter.quote(sale)
    except BackendError as error:
        sale.notice = notice_of(error, "Nothing is lost, and nothing was bought.")
        sale.product, sale.offers, sale.chosen = None, [], None
        return _to(sale, "product")
    _check_customer(session, sale)
    return _to(sale, "offers")


def _check_customer(session: Session, sale: Sale) -> None:
    """Ask for the customer again where another country wants more of them: an address."""
    if sale.customer is None:
        return
    given = sale.customer.model_dump()
    sale.customer, sale.faults["customer"] = read(CustomerForm, given, _frame(session, sale))


def _take_offer(session: Session, sale: Sale, asked: Asked) -> Reply:
    chosen = next((one for one in sale.offers if one.quote_id == asked.field("offer")), None)
    if chosen is None:
        sale.faults["offers"] = {"offer": "Choose one of the offers"}
        return _to(sale, "offers")
    sale.faults.pop("offers", None)
    sale.changes += sale.chosen != chosen
    sale.chosen = chosen
    return _to(sale, "customer")


def _take_customer(session: Session, sale: Sale, asked: Asked) -> Reply:
    form = _read(CustomerForm, session, sale, "customer", asked)
    if form is None:
        return _to(sale, "customer")
    sale.changes += sale.customer != form
    sale.customer = form
    return _to(sale, "policy" if sale.stage is Stage.REFUSED else "payment")


def _take_payment(session: Session, sale: Sale, asked: Asked) -> Reply:
    if asked.field("attempt") != str(sale.attempts):
        return _to(sale)  # a second tap, or a page from before the last card
    if sale.stage is Stage.REFUSED:
        return _take_other_card(session, sale, asked)
    try:
        if session.counter.renew_offer(sale):
            return _to(sale)
        if asked.field("changes") != str(sale.changes):
            text = "This sale was changed since that page was shown, and nothing was charged."
            sale.notice = Notice(trouble=Trouble.STALE, text=text)
            return _to(sale, "payment")
        form = _read(PaymentForm, session, sale, "payment", asked)
        if form is None:
            return _to(sale, "payment")
        session.counter.pay(sale, form)
    except BackendError as error:
        sale.notice = notice_of(error, "Nothing was charged.")
    return _to(sale)


def _take_other_card(session: Session, sale: Sale, asked: Asked) -> Reply:
    """A card that the insurer may charge instead of the one that was refused there."""
    form = _read(PaymentForm, session, sale, "payment", asked)
    if form is None:
        return _to(sale, "payment")
    try:
        session.counter.exchange_card(sale, form)
    except BackendError as error:
        sale.notice = notice_of(error, "The first card is still the one to be charged.")
        return _to(sale, "payment")
    session.counter.issue(sale)
    return _to(sale)


def _take_challenge(session: Session, sale: Sale, asked: Asked) -> Reply:
    session.counter.answer_challenge(sale)
    return _to(sale)


def _take_policy(session: Session, sale: Sale, asked: Asked) -> Reply:
    wish = asked.field("wish")
    if wish == "issue" and sale.stage in (Stage.PAID, Stage.REFUSED):
        session.counter.issue(sale)
    if wish == "give_back" and sale.stage is Stage.REFUSED:
        session.counter.give_back(sale)
    return _to(sale)


_ACTS: dict[str, Callable[[Session, Sale, Asked], Reply]] = {
    "product": _take_product,
    "offers": _take_offer,
    "customer": _take_customer,
    "payment": _take_payment,
    "challenge": _take_challenge,
    "policy": _take_policy,
}


def _read(form: type[F], session: Session, sale: Sale, page: str, asked: Asked) -> F | None:
    """The form, when nothing is wrong with it; what was typed is kept, but for the card."""
    kept = ("method", "receipt") if form is PaymentForm else tuple(form.model_fields)
    sale.typed[page] = {name: asked.field(name) for name in kept}
    made, sale.faults[page] = read(form, asked.typed, _frame(session, sale))
    return made


def _frame(session: Session, sale: Sale) -> Frame:
    market = _market(session, sale)
    return Frame(
        assortment=session.counter.assortment,
        now=session.place.now(),
        needs_address=bool(getattr(market, "needs_address", False)),
        takes_till=not session.counter.insurer_charges,
    )


def _market(session: Session, sale: Sale) -> object:
    there = session.counter.assortment.markets
    country = session.counter.store.country if sale.product is None else sale.product.country
    return there.get(country)


def _fresh(session: Session, page: str) -> dict[str, str]:
    """What a form shows before anything was typed."""
    if page != "product":
        return {"method": "card"} if page == "payment" else {}
    there, country = session.counter.assortment, session.counter.store.country
    market = there.markets.get(country)
    return {
        "country": country if market else "",
        "currency": market.currency if market else "",
        "quantity": "1",
        "purchase_date": session.place.now().date().isoformat(),
        "cover": "all",
    }


def _mails(session: Session, sale: Sale) -> list[object]:
    booking = sale.booking
    if booking is None:
        return []
    return [mail for mail in session.place.outbox() if mail.booking == booking.id]


def _to(sale: Sale, page: str | None = None, *, came_back: bool = False) -> Moved:
    mark = "?back=1" if came_back else ""
    return Moved(f"{ROOT}/sales/{sale.id}/{page or sale.at}{mark}")


def _unknown() -> Reply:
    return Shown(template="portal/unknown.html", status=404)
