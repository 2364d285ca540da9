from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.desk import HOLDER, Desk, errors, item

STATUS = "Status change not allowed for QuotePackage in status {}"


def test_booking_confirms_the_chosen_quotes_only() -> None:
    desk = Desk()
    package = desk.quote(item(), item(price=500))
    booking = desk.book(package, "1")
    assert [quote["id"] for quote in booking["quotes"]] == [package["quotes"]["1"]["id"]]
    assert booking["status"] == "CONFIRMED"
    assert booking["total_price"] == package["quotes"]["1"]["price"]
    left = desk.ok("GET", f"quotes/{package['id']}/")["quotes"]["0"]
    assert left["status"] == "RECEIVED"


def test_a_region_left_out_is_the_quote_s_and_a_null_stays_null() -> None:
    """Contract section 6.2; null was recorded in 2021."""
    desk = Desk()
    quoted = desk.quote(customer_region="London")
    assert desk.book(quoted)["policyholder"]["region"] == "London"
    other = desk.quote(customer_region="London")
    assert (
        desk.book(other, policyholder={**HOLDER, "region": None})["policyholder"]["region"] is None
    )


def test_a_pending_booking_is_confirmed_by_put() -> None:
    desk = Desk()
    package = desk.quote()
    pending = desk.book(package, require_payment_confirmation=True)
    assert (pending["status"], pending["quotes"][0]["confirmed_at"]) == ("PENDING_PAYMENT", None)
    assert pending["quotes"][0]["can_be_cancelled"] is False
    assert desk.outbox() == []
    answer = desk.call("PUT", f"bookings/{package['id']}/confirm", {})
    assert (answer.status, answer.body["status"]) == (201, "CONFIRMED")
    assert len(desk.outbox()) == 1
    again = desk.call("PUT", f"bookings/{package['id']}/confirm", {})
    assert errors(again) == [STATUS.format("CONFIRMED")]


@pytest.mark.parametrize("state", ["CONFIRMED", "OPTED_OUT", "CANCELLED", "PENDING_PAYMENT"])
def test_only_a_received_package_can_be_booked(state: str) -> None:
    desk = Desk()
    package = desk.quote()
    if state == "OPTED_OUT":
        desk.ok("POST", f"bookings/{package['id']}/opt_out", {})
    else:
        desk.book(package, require_payment_confirmation=state == "PENDING_PAYMENT")
    if state == "CANCELLED":
        desk.ok("POST", f"bookings/{package['id']}/cancel", {})
    body = {"quotes": [{"id": package["quotes"]["0"]["id"]}], "policyholder": HOLDER}
    before = desk.ok("GET", f"quotes/{package['id']}/")
    assert errors(desk.call("POST", f"bookings/{package['id']}/", body)) == [STATUS.format(state)]
    assert desk.ok("GET", f"quotes/{package['id']}/") == before


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"quotes": [{"id": "nope"}]}, "quotes"),
        ({"quotes": []}, "quotes"),
        ({"policyholder": {}}, "policyholder"),
        ({"policyholder": {**HOLDER, "phone": "0123"}}, "policyholder"),
        ({"policyholder": {**HOLDER, "email": "nowhere"}}, "policyholder"),
        ({"customer_token_id": "made-up"}, "customer_token_id"),
        ({"discount": 5}, "discount"),
    ],
)
def test_bad_bookings_are_refused_and_book_nothing(changes: dict[str, Any], where: str) -> None:
    desk = Desk()
    package = desk.quote()
    body = {
        "quotes": [{"id": package["quotes"]["0"]["id"]}],
        "policyholder": HOLDER,
        **changes,
    }
    assert where in errors(desk.call("POST", f"bookings/{package['id']}/", body))
    assert desk.ok("GET", f"quotes/{package['id']}/")["status"] == "RECEIVED"


def test_the_phone_is_refused_in_the_recorded_words() -> None:
    desk = Desk()
    booking = desk.book(desk.quote())
    answer = desk.call("PATCH", f"bookings/{booking['id']}/", {"policyholder": {"phone": "12"}})
    text = 'The phone number should start with "+" character'
    assert errors(answer) == {"policyholder": {"phone": [text]}}


def test_a_quote_of_two_days_can_be_booked_and_one_of_31_not() -> None:
    desk = Desk()
    young, old = desk.quote(), desk.quote()
    desk.wait(days=2)
    assert desk.book(young)["status"] == "CONFIRMED"
    desk.wait(days=29)
    body = {"quotes": [{"id": old["quotes"]["0"]["id"]}], "policyholder": HOLDER}
    (text,) = errors(desk.call("POST", f"bookings/{old['id']}/", body))
    assert "older than 30 days" in text


def test_instant_booking_quotes_and_books_or_keeps_nothing() -> None:
    desk = Desk()
    body = {"request": [item()], "currency": "GBP", "policyholder": HOLDER}
    booking = desk.ok("POST", "instant_booking/", body)
    assert booking["status"] == "CONFIRMED"
    assert booking["total_price"] == 89.6
    bad = {**body, "request": [item(), item(policy_type="pets")]}
    assert desk.call("POST", "instant_booking/", bad).status == 422
    assert len(desk.insurer.world("RETLR").packages) == 1


def test_a_token_that_is_charged_and_one_that_is_declined() -> None:
    desk = Desk()
    card = {"number": "4242424242424242", "expiryMonth": 1, "expiryYear": 2030, "cvc": "1"}
    customer = {"email": "ann@shop.test"}

    def token(number: str) -> str:
        given = {"customer": customer, "creditCard": {**card, "number": number, "holderName": "A"}}
        made: str = desk.ok("POST", "customer-tokens", given)["data"]["id"]
        return made

    good = desk.book(desk.quote(), customer_token_id=token("4242424242424242"))
    assert good["status"] == "CONFIRMED"
    package = desk.quote()
    body = {
        "quotes": [{"id": package["quotes"]["0"]["id"]}],
        "policyholder": HOLDER,
        "customer_token_id": token("4000000000009987"),
    }
    refused = errors(desk.call("POST", f"bookings/{package['id']}/", body))
    assert refused == ["The payment was declined by the card issuer"]


def test_only_get_shows_partner_and_language() -> None:
    desk = Desk(partner="AB1CD")
    made = desk.book(desk.quote(customer_language="fr"))
    read = desk.ok("GET", f"bookings/{made['id']}/")
    assert read.keys() - made.keys() == {"partner", "customer_language"}
    assert (read["partner"]["id"], read["customer_language"]) == ("AB1CD", "fr")


def test_a_package_that_is_not_booked_has_no_booking() -> None:
    desk = Desk()
    assert desk.call("GET", f"bookings/{desk.quote()['id']}/").status == 404


def test_bookings_are_listed_newest_first_with_links_to_their_neighbours() -> None:
    desk = Desk()
    ids = [desk.book(desk.quote())["id"] for _ in range(5)]
    desk.quote()
    page = desk.ok("GET", "bookings/?limit=2&offset=2")
    assert page["count"] == 5
    assert [row["id"] for row in page["results"]] == [ids[2], ids[1]]
    assert page["next"].endswith("/partners/RETLR/bookings/?limit=2&offset=4")
    assert page["previous"].endswith("/partners/RETLR/bookings/?limit=2")
    assert desk.ok("GET", "bookings/?limit=2&offset=4")["next"] is None
    first = desk.ok("GET", "bookings/")
    assert (first["previous"], len(first["results"])) == (None, 5)


@pytest.mark.parametrize("query", ["limit=-1", "limit=abc", "offset=-5", "limit=0", "limit=९"])
def test_nonsense_in_paging_counts_as_not_given(query: str) -> None:
    desk = Desk()
    desk.book(desk.quote())
    assert len(desk.ok("GET", f"bookings/?{query}")["results"]) == 1
