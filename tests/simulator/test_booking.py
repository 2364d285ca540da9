from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.door import HOLDER, Door, errors, item

STATUS = "Status change not allowed for QuotePackage in status {}"


def test_booking_confirms_the_chosen_quotes_only() -> None:
    door = Door()
    package = door.quote(item(), item(price=500))
    booking = door.book(package, "1")
    assert [quote["id"] for quote in booking["quotes"]] == [package["quotes"]["1"]["id"]]
    assert booking["status"] == "CONFIRMED"
    assert booking["total_price"] == package["quotes"]["1"]["price"]
    left = door.ok("GET", f"quotes/{package['id']}/")["quotes"]["0"]
    assert left["status"] == "RECEIVED"


def test_a_region_left_out_is_the_quote_s_and_a_null_stays_null() -> None:
    """Contract section 6.2; null was recorded in 2021."""
    door = Door()
    quoted = door.quote(customer_region="London")
    assert door.book(quoted)["policyholder"]["region"] == "London"
    other = door.quote(customer_region="London")
    assert (
        door.book(other, policyholder={**HOLDER, "region": None})["policyholder"]["region"] is None
    )


def test_a_pending_booking_is_confirmed_by_put() -> None:
    door = Door()
    package = door.quote()
    pending = door.book(package, require_payment_confirmation=True)
    assert (pending["status"], pending["quotes"][0]["confirmed_at"]) == ("PENDING_PAYMENT", None)
    assert pending["quotes"][0]["can_be_cancelled"] is False
    assert door.outbox() == []
    answer = door.call("PUT", f"bookings/{package['id']}/confirm", {})
    assert (answer.status, answer.body["status"]) == (201, "CONFIRMED")
    assert len(door.outbox()) == 1
    again = door.call("PUT", f"bookings/{package['id']}/confirm", {})
    assert errors(again) == [STATUS.format("CONFIRMED")]


@pytest.mark.parametrize("state", ["CONFIRMED", "OPTED_OUT", "CANCELLED", "PENDING_PAYMENT"])
def test_only_a_received_package_can_be_booked(state: str) -> None:
    door = Door()
    package = door.quote()
    if state == "OPTED_OUT":
        door.ok("POST", f"bookings/{package['id']}/opt_out", {})
    else:
        door.book(package, require_payment_confirmation=state == "PENDING_PAYMENT")
    if state == "CANCELLED":
        door.ok("POST", f"bookings/{package['id']}/cancel", {})
    body = {"quotes": [{"id": package["quotes"]["0"]["id"]}], "policyholder": HOLDER}
    before = door.ok("GET", f"quotes/{package['id']}/")
    assert errors(door.call("POST", f"bookings/{package['id']}/", body)) == [STATUS.format(state)]
    assert door.ok("GET", f"quotes/{package['id']}/") == before


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
    door = Door()
    package = door.quote()
    body = {
        "quotes": [{"id": package["quotes"]["0"]["id"]}],
        "policyholder": HOLDER,
        **changes,
    }
    assert where in errors(door.call("POST", f"bookings/{package['id']}/", body))
    assert door.ok("GET", f"quotes/{package['id']}/")["status"] == "RECEIVED"


def test_the_phone_is_refused_in_the_recorded_words() -> None:
    door = Door()
    booking = door.book(door.quote())
    answer = door.call("PATCH", f"bookings/{booking['id']}/", {"policyholder": {"phone": "12"}})
    text = 'The phone number should start with "+" character'
    assert errors(answer) == {"policyholder": {"phone": [text]}}


def test_a_quote_of_two_days_can_be_booked_and_one_of_31_not() -> None:
    door = Door()
    young, old = door.quote(), door.quote()
    door.wait(days=2)
    assert door.book(young)["status"] == "CONFIRMED"
    door.wait(days=29)
    body = {"quotes": [{"id": old["quotes"]["0"]["id"]}], "policyholder": HOLDER}
    (text,) = errors(door.call("POST", f"bookings/{old['id']}/", body))
    assert "older than 30 days" in text


def test_instant_booking_quotes_and_books_or_keeps_nothing() -> None:
    door = Door()
    body = {"request": [item()], "currency": "GBP", "policyholder": HOLDER}
    booking = door.ok("POST", "instant_booking/", body)
    assert booking["status"] == "CONFIRMED"
    assert booking["total_price"] == 89.6
    bad = {**body, "request": [item(), item(policy_type="pets")]}
    assert door.call("POST", "instant_booking/", bad).status == 422
    assert len(door.insurer.world("RETLR").packages) == 1


def test_a_token_that_is_charged_and_one_that_is_declined() -> None:
    door = Door()
    card = {"number": "4242424242424242", "expiryMonth": 1, "expiryYear": 2030, "cvc": "1"}
    customer = {"email": "ann@shop.test"}

    def token(number: str) -> str:
        given = {"customer": customer, "creditCard": {**card, "number": number, "holderName": "A"}}
        made: str = door.ok("POST", "customer-tokens", given)["data"]["id"]
        return made

    good = door.book(door.quote(), customer_token_id=token("4242424242424242"))
    assert good["status"] == "CONFIRMED"
    package = door.quote()
    body = {
        "quotes": [{"id": package["quotes"]["0"]["id"]}],
        "policyholder": HOLDER,
        "customer_token_id": token("4000000000009987"),
    }
    refused = errors(door.call("POST", f"bookings/{package['id']}/", body))
    assert refused == ["The payment was declined by the card issuer"]


def test_only_get_shows_partner_and_language() -> None:
    door = Door(partner="AB1CD")
    made = door.book(door.quote(customer_language="fr"))
    read = door.ok("GET", f"bookings/{made['id']}/")
    assert read.keys() - made.keys() == {"partner", "customer_language"}
    assert (read["partner"]["id"], read["customer_language"]) == ("AB1CD", "fr")


def test_a_package_that_is_not_booked_has_no_booking() -> None:
    door = Door()
    assert door.call("GET", f"bookings/{door.quote()['id']}/").status == 404


def test_bookings_are_listed_newest_first_with_links_to_their_neighbours() -> None:
    door = Door()
    ids = [door.book(door.quote())["id"] for _ in range(5)]
    door.quote()
    page = door.ok("GET", "bookings/?limit=2&offset=2")
    assert page["count"] == 5
    assert [row["id"] for row in page["results"]] == [ids[2], ids[1]]
    assert page["next"].endswith("/partners/RETLR/bookings/?limit=2&offset=4")
    assert page["previous"].endswith("/partners/RETLR/bookings/?limit=2")
    assert door.ok("GET", "bookings/?limit=2&offset=4")["next"] is None
    first = door.ok("GET", "bookings/")
    assert (first["previous"], len(first["results"])) == (None, 5)


@pytest.mark.parametrize("query", ["limit=-1", "limit=abc", "offset=-5", "limit=0", "limit=९"])
def test_nonsense_in_paging_counts_as_not_given(query: str) -> None:
    door = Door()
    door.book(door.quote())
    assert len(door.ok("GET", f"bookings/?{query}")["results"]) == 1
