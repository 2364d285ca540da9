"""Policies found again at the portal, and cancelled once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pytest_purchaseflow import PurchaseflowServer
from tests.portal.conftest import Associate


def look_up(associate: Associate, words: str) -> Associate:
    associate.tablet.open("/portal/policies")
    associate.tablet.send("search", words=words)
    return associate


def to_refund(associate: Associate, number: str) -> Associate:
    associate.tablet.open(f"/portal/policies/{number}")
    associate.tablet.send("preview")
    return associate


def status_of(associate: Associate, number: str) -> str:
    """As the insurer's own record has it, by a page asked for afresh."""
    associate.tablet.open(f"/portal/policies/{number}")
    return associate.tablet.page.mark("status")


@pytest.mark.parametrize("spelled", [str.upper, str.lower, "  {}  ".format])
def test_a_policy_is_found_by_its_number(
    associate: Associate, spelled: Callable[[str], str]
) -> None:
    number = associate.sell()
    assert f'href="/portal/policies/{number}"' in look_up(associate, spelled(number)).html


def test_a_customers_policies_are_found_by_their_email(associate: Associate) -> None:
    own = {associate.sell(), associate.sell()}
    other = associate.sell(email="other@shopper.test")
    page = look_up(associate, "Maya@Shopper.TEST").html
    assert all(f'href="/portal/policies/{number}"' in page for number in own)
    assert other not in page
    assert "maya" not in associate.tablet.path.lower()


@pytest.mark.parametrize("words", ["AAAAA-BBBBB-INS", "nobody@shopper.test", "<b>", "../x", "%"])
def test_what_is_not_there_is_said_kindly(associate: Associate, words: str) -> None:
    look_up(associate, words)
    assert (associate.status, "Nothing found" in associate.html) == (200, True)


def test_an_empty_search_is_told_beside_the_field(associate: Associate) -> None:
    look_up(associate, "  ")
    assert associate.tablet.page.faults == [
        "Enter a policy number such as ABCDE-12345-INS, or the customer's e-mail"
    ]


def test_another_worlds_policy_is_not_found(
    associate: Associate, purchaseflow_server: PurchaseflowServer
) -> None:
    elsewhere = purchaseflow_server.world()
    number = Associate(elsewhere).sign_in().sell()
    assert "Nothing found" in look_up(associate, number).html
    elsewhere.delete()


def test_a_silent_insurer_is_told_of_in_a_search(associate: Associate) -> None:
    associate.world.fault("unavailable", "list_bookings", times=3)
    assert look_up(associate, "maya@shopper.test").trouble["trouble"] == "silent"
    assert "Nothing found" not in associate.html


def test_seeing_the_refund_ends_nothing(associate: Associate) -> None:
    number = associate.sell()
    to_refund(associate, number)
    assert (associate.at, associate.tablet.page.mark("refund")) == ("cancellation", "100.8")
    assert status_of(associate, number) == "CONFIRMED"


def test_a_confirmed_cancellation_ends_the_cover_and_pays_back(associate: Associate) -> None:
    number = associate.sell()
    to_refund(associate, number).tablet.send("confirm")
    assert associate.tablet.page.mark("done") == "yes"
    assert "£100.80 went back to the customer's card" in associate.words
    assert status_of(associate, number) == "CANCELLED"
    assert "preview" not in associate.tablet.page.forms


def test_a_second_tap_cancels_and_refunds_nothing_more(associate: Associate) -> None:
    number = associate.sell()
    form = to_refund(associate, number).tablet.page.forms["confirm"]
    associate.tablet.send("confirm")
    associate.tablet.page.forms["confirm"] = form
    associate.tablet.send("confirm")
    assert associate.tablet.page.mark("done") == "yes"
    assert len(associate.calls("confirm_cancellation")) == 1


def test_a_form_of_an_older_preview_does_nothing(associate: Associate) -> None:
    number = associate.sell()
    old = to_refund(associate, number).tablet.page.forms["confirm"]
    to_refund(associate, number)
    associate.tablet.page.forms["confirm"] = old
    associate.tablet.send("confirm")
    assert associate.trouble["trouble"] == "stale"
    assert associate.calls("confirm_cancellation") == []


def test_after_a_lost_answer_the_cancellation_is_looked_for(associate: Associate) -> None:
    number = associate.sell()
    to_refund(associate, number)
    associate.world.fault("answer_lost", "confirm_cancellation", times=3)
    associate.tablet.send("confirm")
    assert (associate.tablet.page.mark("done"), associate.trouble["trouble"]) == ("no", "silent")
    assert "nothing was given back yet" in associate.html
    associate.world.advance(days=3)
    associate.tablet.open(f"/portal/policies/{number}/cancellation")
    associate.tablet.send("confirm")
    assert associate.tablet.page.mark("done") == "yes"
    assert len(associate.calls("confirm_cancellation")) == 3


def test_an_unanswered_cancellation_is_finished_before_another_is_seen(
    associate: Associate,
) -> None:
    number = associate.sell()
    to_refund(associate, number)
    associate.world.fault("call_lost", "confirm_cancellation", times=3)
    associate.tablet.send("confirm")
    to_refund(associate, number)
    assert associate.trouble["trouble"] == "silent"
    assert sum(1 for call in associate.calls("cancel_booking")) == 1


def test_a_refund_that_no_longer_holds_is_seen_anew(associate: Associate) -> None:
    number = associate.sell()
    to_refund(associate, number)
    for _ in range(3):
        associate.world.advance(hours=10)
        associate.tablet.open(f"/portal/policies/{number}/cancellation")
    associate.tablet.send("confirm")
    assert (associate.tablet.page.mark("done"), associate.trouble["trouble"]) == ("no", "refused")
    assert status_of(associate, number) == "CONFIRMED"
    to_refund(associate, number).tablet.send("confirm")
    assert associate.tablet.page.mark("done") == "yes"


def test_one_of_several_policies_can_be_chosen(associate: Associate) -> None:
    """A booking made elsewhere may hold more than one."""
    item = {"policy_type": "product_insurance", "policy_type_version": 1, "category": "phones"}
    holder = {"first_name": "A", "last_name": "B", "email": "ab@shop.test", "country": "GB"}
    request = [{**item, "price": 100, "name": "Phone"}, {**item, "price": 200, "name": "Watch"}]
    booking = {"currency": "GBP", "customer_country": "GB", "policyholder": holder}
    associate.world.seed({"bookings": [{**booking, "request": request}]})
    (mail,) = associate.world.outbox()
    associate.tablet.open(f"/portal/policies/{mail['booking']}")
    phone, watch = associate.tablet.page.forms["preview"].fields["policy"]
    associate.tablet.send("preview", policy=watch)
    associate.tablet.send("confirm")
    assert "this sale was not made at this portal" in associate.html
    associate.tablet.open(f"/portal/policies/{mail['booking']}")
    stated = {mark["held"]: mark["status"] for mark in associate.tablet.page.marked("held")}
    assert stated == {phone: "CONFIRMED", watch: "CANCELLED"}


def test_what_was_paid_at_the_till_goes_back_at_the_till(associate: Associate) -> None:
    associate.to_payment()
    associate.tablet.send("payment", method="till", receipt="R-77")
    number = associate.issue().tablet.page.mark("policy")
    to_refund(associate, number).tablet.send("confirm")
    assert "is to be given back at the till, receipt R-77" in associate.html
