"""An associate at a real server's portal, over sockets, in a world of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from flow.backends.http import HttpTransport
from flow.portal.stores import KNOWN_STORES
from flow.shops.tablet import Fetched, OverHttp, Tablet
from pytest_purchaseflow import PurchaseflowWorld

__all__ = ["Associate"]

FORM = "application/x-www-form-urlencoded"
LAPTOP = {"category": "computers", "name": "Laptop 15", "price": "1200.00"}
CUSTOMER = {"first_name": "Maya", "last_name": "Lind", "email": "maya@shopper.test"}
APPROVED = "4242 4242 4242 4242"
CARD = {"method": "card", "expiry": "12/40", "cvc": "123"}


class Overheard:
    """A line that remembers what came last."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._line = OverHttp(HttpTransport(url, None))
        self.more: dict[str, str] = {}
        self.last: Fetched = (0, {}, b"")
        self.replies: list[Fetched] = []

    def fetch(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Fetched:
        self.last = self._line.fetch(method, target, {**headers, **self.more}, body)
        self.replies.append(self.last)
        return self.last


class Associate:
    """Sells at the portal: the steps of a sale, and looks at what the page and the insurer say."""

    def __init__(self, world: PurchaseflowWorld) -> None:
        self.world = world
        self.line = Overheard(world.server.url)
        self.tablet = Tablet(self.line, world.name)

    def sign_in(self, store: int = 0) -> Associate:
        """As the first associate of the first, second or third well-known store."""
        self.tablet.sign_in(KNOWN_STORES.store[store])
        return self

    @property
    def html(self) -> str:
        return self.line.last[2].decode()

    @property
    def words(self) -> str:
        """The page's text as people read it."""
        return unescape(self.html)

    @property
    def status(self) -> int:
        return self.line.last[0]

    @property
    def at(self) -> str:
        """Which page it is."""
        return self.tablet.page.mark("page")

    @property
    def stage(self) -> str:
        return self.tablet.page.mark("stage")

    @property
    def trouble(self) -> dict[str, str]:
        """The notice on the page; empty where there is none."""
        return next(self.tablet.page.marked("trouble"), {})

    @property
    def sale(self) -> str:
        """The path of the sale under way."""
        return self.tablet.path.rpartition("/")[0]

    def post(self, path: str, fields: Mapping[str, Sequence[str]]) -> Fetched:
        """A form sent as it is, past the page, and nothing followed."""
        headers = {"cookie": self.tablet.cookie, "content-type": FORM}
        return self.line.fetch("POST", path, headers, urlencode(fields, doseq=True).encode())

    def get(self, path: str) -> Fetched:
        """A page, and nothing followed."""
        return self.line.fetch("GET", path, {"cookie": self.tablet.cookie}, b"")

    def begin(self) -> Associate:
        self.tablet.open("/portal/")
        self.tablet.send("new-sale")
        return self

    def to_offers(self, cover: str = "product_insurance", **product: str) -> Associate:
        self.begin()
        self.tablet.send("product", **{**LAPTOP, "cover": cover, **product})
        return self

    def to_customer(self, **product: str) -> Associate:
        self.to_offers(**product)
        self.tablet.send("offers", offer=next(self.tablet.page.marked("quote"))["quote"])
        return self

    def to_payment(self, **customer: str) -> Associate:
        self.to_customer()
        self.tablet.send("customer", **{**CUSTOMER, **customer})
        return self

    def pay(self, number: str = APPROVED) -> Associate:
        self.tablet.send("payment", **CARD, card_number=number)
        return self

    def issue(self) -> Associate:
        self.tablet.send("issue")
        return self

    def sell(self, **customer: str) -> str:
        """A whole sale; the policy's number."""
        self.to_payment(**customer).pay().issue()
        assert self.stage == "issued", self.html
        return self.tablet.page.mark("policy")

    def calls(self, operation: str) -> list[dict[str, Any]]:
        """Calls of that operation in the world's journal."""
        return self.world.journal(operation)

    def bookings(self) -> int:
        """How many the insurer holds, by its e-mails: one for each that was made."""
        return sum(mail["event"] == "BOOKING_CREATED" for mail in self.world.outbox())


@pytest.fixture
def associate(purchaseflow: PurchaseflowWorld) -> Associate:
    """One who has signed in, in a world with a clock that stands still."""
    purchaseflow.reset(seed=1)
    return Associate(purchaseflow).sign_in()


@pytest.fixture
def newcomer(purchaseflow: PurchaseflowWorld) -> Callable[[], Associate]:
    """Others in the same world, who have not signed in yet."""
    return lambda: Associate(purchaseflow)
