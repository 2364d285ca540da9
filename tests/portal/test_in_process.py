"""The portal in front of a backend, without a server: what only a wrong or a blind one shows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from flow.backends.base import Backend, Controls
from flow.backends.relay import RelayBackend
from flow.backends.simulator import SimulatorBackend
from flow.chance import Dice
from flow.portal.assortment import Assortment
from flow.portal.places import SinglePlace
from flow.portal.selling import Counter
from flow.portal.sessions import MOST_SESSIONS, Sessions
from flow.portal.stores import KNOWN_STORES
from flow.shops.tablet import InProcess, Tablet
from flow.simulator.catalogue import default_catalogue
from models import Booking, InstantBooking
from tests.portal.conftest import CARD, CUSTOMER, LAPTOP


class Overcharging(RelayBackend):
    """Books at a pound more than it quoted."""

    def instant_booking(self, request: InstantBooking, *, key: str | None = None) -> Booking:
        booked = super().instant_booking(request, key=key)
        dearer = booked.total_price + Decimal(1)
        return booked.model_copy(update={"total_price": dearer})


class Blind(RelayBackend):
    """Shows neither clock nor outbox, as a real insurer does not."""

    @property
    def controls(self) -> Controls | None:
        return None


def line_to(backend: Backend) -> InProcess:
    return InProcess(backend, Dice(1).uuid)


def sold(line: InProcess) -> Tablet:
    """A tablet that shows a policy."""
    tablet = Tablet(line)
    tablet.sign_in(KNOWN_STORES.store[0])
    tablet.send("new-sale")
    tablet.send("product", **LAPTOP, cover="product_insurance")
    tablet.send("offers", offer=next(tablet.page.marked("quote"))["quote"])
    tablet.send("customer", **CUSTOMER)
    tablet.send("payment", **CARD, card_number="4242424242424242")
    tablet.send("issue")
    return tablet


def page_of(line: InProcess, tablet: Tablet) -> str:
    return line.fetch("GET", tablet.path, {"cookie": tablet.cookie}, b"")[2].decode()


@pytest.mark.parametrize("kind", [SimulatorBackend, lambda: Overcharging(SimulatorBackend())])
def test_a_booking_at_another_price_than_shown_is_told(kind: Any) -> None:
    line = line_to(kind())
    tablet = sold(line)
    assert tablet.page.mark("stage") == "issued"
    warned = "£100.80 was shown" in page_of(line, tablet)
    assert warned is (kind is not SimulatorBackend)


def test_an_insurer_whose_outbox_cannot_be_seen_is_no_trouble() -> None:
    line = line_to(Blind(SimulatorBackend()))
    tablet = sold(line)
    assert tablet.page.mark("stage") == "issued"
    assert "None can be seen yet" in page_of(line, tablet)


def test_the_same_seed_gives_the_same_sale() -> None:
    first, again = (sold(line_to(SimulatorBackend(seed=7))) for _ in range(2))
    assert (first.path, first.page.mark("policy")) == (again.path, again.page.mark("policy"))


def test_the_oldest_sessions_make_room() -> None:
    store = KNOWN_STORES.store[0]
    place = SinglePlace(SimulatorBackend(), Dice(1).uuid)
    counter = Counter(place, store, store.associate[0], Assortment.of(default_catalogue()))
    sessions = Sessions()
    first, second = sessions.open(counter), sessions.open(counter)
    for _ in range(MOST_SESSIONS - 1):
        sessions.open(counter)
    assert sessions.find(first.token) is None
    assert sessions.find(second.token) is second


def test_what_can_be_chosen_follows_from_the_catalogue() -> None:
    there = Assortment.of(default_catalogue())
    assert list(there.wanted)[:2] == ["product_insurance", "extended_warranty:12"]
    assert there.wanted["extended_warranty:36"].label == "Extended Warranty, 3 years"
    assert {code for code, market in there.markets.items() if market.needs_address} == {
        "AU",
        "CA",
        "US",
    }
    assert "event_ticket_protection" not in {one.policy_type for one in there.wanted.values()}
