"""A shop whose in-store sales go through the portal's real forms; all else is the reference shop's.

What the portal does not do (invoices, modifications, one-step cancellations, sales online) the
reference shop does; it is told what the portal's pages show, and nothing else.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from flow import acts
from flow.backends.base import Backend
from flow.backends.faulty import Fault, FaultyBackend
from flow.backends.http import HttpBackend, HttpControls, HttpTransport
from flow.cards import CARD_NUMBERS
from flow.chance import Dice
from flow.errors import BackendRefused, BackendSilent, ShopRefused
from flow.ledger import Kind, Party, Purpose
from flow.order import CartLine, Offer, OfferLine, PolicyHeld
from flow.portal.stores import KNOWN_STORES
from flow.shopper import Card, Placement, Shopper
from flow.shops.base import Observation, Shop, Visit
from flow.shops.reference import ReferenceShop
from flow.shops.tablet import InProcess, OverHttp, Tablet
from flow.table import Outcome
from models import Problem
from models.money import Money

__all__ = ["PortalShop"]

_ADDRESS = {"address1": "1 Test Street", "city": "Testville", "region": "NSW", "postcode": "2000"}
"""For markets that want one: a shopper of a scenario has none."""


class PortalShop(ReferenceShop):
    """Sells in the store through the portal.

    Args:
        backend: the insurer. A purchaseflow server's own portal is used, over HTTP, where this
            leads to one; else one of the same make in front of the backend, in process.
        dice: where order numbers and idempotency keys come from.
    """

    def __init__(self, backend: Backend, dice: Dice | None = None) -> None:
        super().__init__(backend, dice)
        self._faults: _Carried | None = None
        server = _server_behind(backend)
        self._is_remote = server is not None
        if server is None:
            self._tablet = Tablet(InProcess(backend, self.dice.uuid))
            return
        transport, controls, world = server
        self._tablet = Tablet(OverHttp(transport), world)
        faulty = _inside(backend, FaultyBackend)
        self._faults = None if faulty is None else _Carried(faulty, controls)

    def another_session(self, visit: Visit) -> Shop:
        """Another order of the same customer is placed online: the associate has one desk."""
        session = ReferenceShop(self.backend, self.dice)
        session.welcome(visit)
        return session

    def _forget(self) -> None:
        super()._forget()
        self._at_portal = False
        self._sale = ""  # the path of the sale under way

    # What happens at the portal

    def open_portal(self, act: acts.Act) -> Observation:
        """Sign in, in a store where cover is paid for as in this visit, and begin a sale."""
        store = KNOWN_STORES.of_payment(self.visit.payment)
        if store is None:
            msg = f"no store takes {self.visit.payment} payments"
            raise ShopRefused(msg)
        self._at_portal = True
        self._tablet.sign_in(store)
        self._send("new-sale")
        self._sale = self._tablet.path.rpartition("/")[0]
        return self.report()

    def fill_form(self, act: acts.FillForm) -> Observation:
        """Product, offer and customer, page by page, up to the one for the payment."""
        line = CartLine(self._product(act.sku), act.quantity)
        product = line.product
        self._tablet.open(f"{self._sale}/product")
        term = "" if product.term_months is None else f":{product.term_months}"
        self._fill(
            "product",
            country=self.visit.shopper.country,
            category=self._category(product.category),
            name=product.name,
            price=str(product.price),
            currency=self.currency,
            quantity=str(act.quantity),
            cover=self._kind(f"{product.cover.value}{term}", product.cover.value),
        )
        self._keep_offers(line)
        if not self.offers:
            return self.report()
        (offer,) = self.offers.values()
        self._fill("offers", offer=offer.lines[0].quote_id)
        self._fill("customer", **_person(self.visit.shopper, self._tablet))
        return self.report()

    def pay(self, act: acts.Pay) -> Observation:
        """Type the card's number into the portal; an offer that was too old is taken anew."""
        if not self._at_portal or not self.offers:
            return super().pay(act)
        self._tablet.open(f"{self._sale}/payment")
        card = {"method": "card", "card_number": CARD_NUMBERS[act.card]}
        self._fill("payment", **card, expiry="12/40", cvc="123")
        if self._tablet.page.mark("trouble") == "renewed":
            self._renew()
            self._fill("payment", **card, expiry="12/40", cvc="123")
        self._note_payment(act.card)
        return self._came_to()

    def answer_challenge(self, act: acts.Act) -> Observation:
        """The customer answers their bank."""
        if not self._at_portal or not self.offers or self.payment is None:
            return super().answer_challenge(act)
        self._tablet.open(f"{self._sale}/challenge")
        self._send("challenge")
        self.provider.finish_challenge(self.payment)
        return self._came_to()

    def collect(self, act: acts.Act) -> Observation:
        """The portal takes the money at once: see how much it has taken."""
        if not self._at_portal or not self.offers or self.payment is None:
            return super().collect(act)
        self._tablet.open(f"{self._sale}/policy")
        taken = Money(Decimal(self._tablet.page.mark("taken")), self.currency)
        if taken != self.payment.amount:
            msg = f"the portal took {taken} and not {self.payment.amount}"
            raise ShopRefused(msg)
        return super().collect(act)

    def book(self, act: acts.Act) -> Observation:
        """Have the portal issue the policy."""
        if not self._at_portal or not self.offers:
            return super().book(act)
        self._tablet.open(f"{self._sale}/policy")
        if self._tablet.page.mark("stage") != "issued":
            self._send("issue")
        page = self._tablet.page
        if page.mark("stage") == "refused":
            return self.report(Outcome.REFUSED)
        self._raise_trouble("instant_booking")
        if not self.policies:  # a second tap finds it done, and notes nothing twice
            self._hold_policies()
        return self.report(Outcome.APPROVED)

    def refund(self, act: acts.Act) -> Observation:
        """Cover that could not be issued goes back at the portal; any other as everywhere."""
        if self._at_portal and self.offers and not self.policies:
            self._tablet.open(f"{self._sale}/policy")
            self._send("give-back", wish="give_back")
            if self._tablet.page.mark("stage") != "closed":
                msg = "the portal did not close the sale"
                raise ShopRefused(msg)
        return super().refund(act)

    def abandon(self, act: acts.Act) -> Observation:
        """The customer leaves: the associate gives the sale up."""
        if self._at_portal:
            self._tablet.open(f"{self._sale}/payment")  # or where it stands
            self._send("leave")
        return super().abandon(act)

    # How pages become what a shop reports

    def _send(self, form: str, **values: str) -> None:
        if self._faults is None:
            self._tablet.send(form, **values)
            return
        with self._faults:
            self._tablet.send(form, **values)

    def _fill(self, form: str, **values: str) -> None:
        """Send a form that has to be accepted.

        Raises:
            ShopRefused: it has a field at fault, or does not know a choice.
            BackendSilent, BackendRefused: the page tells of the insurer's silence or refusal.
        """
        self._send(form, **values)
        self._raise_trouble("portal")
        if self._tablet.page.faults:
            raise ShopRefused(" ".join(self._tablet.page.faults))

    def _raise_trouble(self, operation: str) -> None:
        """What a notice on the page means to a journey."""
        for notice in self._tablet.page.marked("trouble"):
            text, status = notice.get("text", ""), int(notice.get("status", "0"))
            if notice["trouble"] == "silent":
                raise BackendSilent(operation, text)
            if notice["trouble"] in ("busy", "refused") and status:
                raise BackendRefused(operation, status, Problem(message=text))

    def _category(self, name: str) -> str:
        """As the form knows it; what it does not list is something else, at the usual rate."""
        known = self._tablet.page.forms["product"].choices.get("category", [])
        return name if name in known else "other"

    def _kind(self, exact: str, usual: str) -> str:
        """The kind of cover the form knows for it; the shortest term where none is named."""
        known = self._tablet.page.forms["product"].choices.get("cover", [])
        if exact in known or ":" in exact:
            return exact
        return next((one for one in known if one.startswith(usual)), exact)

    def _keep_offers(self, line: CartLine) -> None:
        self.cart = {line.product.sku: line}
        self.offers = {}
        for shown in self._tablet.page.marked("offer"):
            self._keep_offer(shown, line.product.sku)

    def _keep_offer(self, shown: dict[str, str], sku: str) -> None:
        price, tax, premium = (
            Money(Decimal(shown[name]), self.currency) for name in ("price", "tax", "premium")
        )
        offered = OfferLine(quote_id=shown["quote"], sku=sku, price=price, tax=tax, premium=premium)
        self.offers[shown["offer"]] = Offer(
            ref=shown["offer"],
            placement=Placement.CART,
            lines=(offered,),
            total=price,
            chosen=frozenset({offered.quote_id}),
            fast=True,
        )

    def _renew(self) -> None:
        """The portal has priced the offer anew, and charged nothing."""
        (sku,) = self.cart
        for offer in list(self.offers.values()):
            self.withdraw(offer)
        self._keep_offer(next(self._tablet.page.marked("offer")), sku)

    def _note_payment(self, card: Card) -> None:
        """Keep a book of what the portal asked the card for."""
        ((offer, line),) = self.lines()
        self.charged_cover = {line.quote_id: self.first_payment(offer, line)}
        amount = self._product_total(line.sku)
        if not self.insurer_charges:
            amount += line.price
        self.payment = self.provider.authorise(card, amount)

    def _came_to(self) -> Observation:
        """How the portal says the payment went."""
        outcome = {"challenged": Outcome.CHALLENGED, "paid": Outcome.APPROVED}.get(
            self._tablet.page.mark("stage"), Outcome.REFUSED
        )
        expected = self._paid()
        if expected.outcome is not outcome:
            msg = f"the portal says {outcome}, and the card {expected.outcome}"
            raise ShopRefused(msg)
        return expected

    def _hold_policies(self) -> None:
        """Keep the policies that the page shows, and note what was booked."""
        page = self._tablet.page
        package = page.mark("policy")
        if self._is_remote:  # its calls pass unseen: look once, so that the journey looks too
            self.ask(partial(self.backend.get_booking, package))
        ((offer, line),) = self.lines()
        self._booked.add(offer.ref)
        for shown in page.marked("held"):
            price = Money(Decimal(shown["price"]), self.currency)
            self.policies[shown["held"]] = PolicyHeld(
                quote_id=shown["held"],
                package=package,
                sku=line.sku,
                price=price,
                due=price,
                renewable=shown["renewable"] == "yes",
            )
            kinds = (Kind.BOOKED, Kind.CHARGED, Kind.COLLECTED)
            for kind in kinds if self.insurer_charges else kinds[:1]:
                insurer, cover = Party.INSURER, Purpose.COVER
                self.write(kind, cover, price, line.sku, party=insurer, quote=shown["held"])


def _person(shopper: Shopper, tablet: Tablet) -> dict[str, str]:
    """The shopper, in the fields that the form has."""
    known = {
        "first_name": shopper.first_name,
        "last_name": shopper.last_name,
        "email": shopper.email,
        "phone": shopper.phone or "",
        **_ADDRESS,
    }
    if shopper.region:
        known["region"] = shopper.region
    fields = tablet.page.forms["customer"].fields
    return {name: value for name, value in known.items() if name in fields}


# The server behind a backend, and its faults


def _inside(backend: Any, kind: type[Any]) -> Any:
    """The wrapper or backend of that kind, through whatever is around it; None without one."""
    while backend is not None and not isinstance(backend, kind):
        backend = getattr(backend, "inner", None)
    return backend


def _server_behind(backend: Backend) -> tuple[HttpTransport, HttpControls, str] | None:
    """A purchaseflow server, if calls go to one directly: the way to it, and the world there."""
    http = _inside(backend, HttpBackend)
    if http is None or not isinstance(http.transport, HttpTransport):
        return None
    controls = http.controls
    if not isinstance(controls, HttpControls):
        return None
    return http.transport, controls, http.headers.get("x-purchaseflow-world", "")


class _Carried:
    """Faults that a journey has armed on its own wire, carried to the server for one request.

    The portal's calls begin there and never pass that wire. What did not strike comes back.
    """

    def __init__(self, faulty: FaultyBackend, controls: HttpControls) -> None:
        self._faulty = faulty
        self._controls = controls
        self._armed: dict[int, Fault] = {}

    def __enter__(self) -> None:
        for fault in self._faulty.armed:
            rule = {"kind": fault.kind, "operation": fault.operation, "times": 1}
            number = self._controls.call("POST", "/faults", rule)["number"]
            self._armed[number] = fault

    def __exit__(self, *raised: object) -> None:
        if not self._armed:
            return
        left = {rule["number"] for rule in self._controls.call("GET", "/faults")["world"]}
        for number, fault in self._armed.items():
            if number not in left:
                self._faulty.disarm(fault)
        for number in self._armed.keys() & left:  # others' faults stay armed
            self._controls.call("DELETE", f"/faults/{number}")
        self._armed = {}
