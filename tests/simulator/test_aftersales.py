"""Modifications, instalments, renewals and e-mails."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.door import Door, errors, item


def _change(booking: Any, **fields: Any) -> dict[str, Any]:
    return {"quotes": [{"id": booking["quotes"][0]["id"], "update_fields": fields}]}


def test_contact_details_cost_nothing_and_move_no_timestamp() -> None:
    """booking_modification#2."""
    door = Door()
    booking = door.book(door.quote())
    after = door.ok("PATCH", f"bookings/{booking['id']}/", {"policyholder": {"phone": "+4412"}})
    assert after["policyholder"]["phone"] == "+4412"
    assert after["policyholder"]["first_name"] == "Ann"
    assert after["total_price_diff"] == 0.0
    assert after["updated_at"] == booking["updated_at"]


def test_a_quoted_change_waits_for_its_confirmation() -> None:
    door = Door()
    booking = door.book(door.quote())
    path = f"bookings/{booking['id']}"
    priced = door.ok("PATCH", f"{path}/quote_for_update", _change(booking, price=1500))
    assert priced["total_price_diff"] == priced["quotes"][0]["price_diff"] == 44.8
    assert door.ok("GET", f"{path}/")["total_price"] == 89.6
    answer = door.call("POST", f"{path}/confirm_update/{priced['update_id']}/", {})
    assert answer.status == 201
    assert "update_id" not in answer.body
    assert door.ok("GET", f"{path}/")["total_price"] == 134.4
    again = door.call("POST", f"{path}/confirm_update/{priced['update_id']}/", {})
    assert (again.status, again.body["message"]) == (404, "Update does not exist")


def test_a_change_priced_before_another_one_is_refused() -> None:
    door = Door()
    booking = door.book(door.quote())
    path = f"bookings/{booking['id']}"
    first = door.ok("PATCH", f"{path}/quote_for_update", _change(booking, price=1500))
    second = door.ok("PATCH", f"{path}/quote_for_update", _change(booking, price=2000))
    door.ok("POST", f"{path}/confirm_update/{second['update_id']}/", {})
    answer = door.call("POST", f"{path}/confirm_update/{first['update_id']}/", {})
    assert "has changed since" in errors(answer)[0]
    assert door.ok("GET", f"{path}/")["total_price"] == 179.2


@pytest.mark.parametrize(
    "fields", [{"price": -5}, {"colour": "red"}, {"quantity": 0}, {"term_months": 24}]
)
def test_bad_changes_are_refused_and_change_nothing(fields: dict[str, Any]) -> None:
    door = Door()
    booking = door.book(door.quote())
    before = door.ok("GET", f"bookings/{booking['id']}/")
    answer = door.call("PATCH", f"bookings/{booking['id']}/", _change(booking, **fields))
    assert "quotes" in errors(answer)
    assert door.ok("GET", f"bookings/{booking['id']}/") == before


def test_a_cancelled_booking_is_not_modified() -> None:
    door = Door()
    booking = door.book(door.quote())
    door.ok("POST", f"bookings/{booking['id']}/cancel", {})
    answer = door.call("PATCH", f"bookings/{booking['id']}/", _change(booking, price=5))
    assert errors(answer) == ["Status change not allowed for QuotePackage in status CANCELLED"]


def _in_parts(door: Door) -> Any:
    package = door.quote()
    quote = {"id": package["quotes"]["0"]["id"], "instalment_plan": "1year-monthly"}
    return door.book(package, quotes=[quote])


def test_parts_are_rounded_up_and_the_first_is_paid() -> None:
    """Contract section 6.5: 89.60 / 12 = 7.4667, so 7.47."""
    door = Door()
    booking = _in_parts(door)
    (schedule,) = door.ok("GET", f"bookings/{booking['id']}/instalments/")["quotes"]
    assert len(schedule["payment_schedule"]) == 12
    assert schedule["next_payment"]["number"] == 2
    assert schedule["next_payment"]["total_amount"] == 7.47
    assert schedule["total_amount_paid"] == 7.47
    assert schedule["total_amount_due"] == 82.17
    starts = [part["period_start_date"][:10] for part in schedule["payment_schedule"]]
    assert starts[:3] == ["2026-01-15", "2026-02-15", "2026-03-15"]


def _pay(booking: Any, **fields: Any) -> dict[str, Any]:
    return {
        "quotes": [
            {
                "id": booking["quotes"][0]["id"],
                "payment_attempted_date": "2026-02-15T09:00:00Z",
                "payment_status": "PAID",
                **fields,
            }
        ]
    }


def test_parts_are_paid_by_number_by_id_or_in_turn() -> None:
    door = Door()
    booking = _in_parts(door)
    path = f"bookings/{booking['id']}/instalments/"
    parts = door.ok("GET", path)["quotes"][0]["payment_schedule"]
    for fields in ({"instalment_number": 2}, {"instalment_id": parts[2]["id"]}, {}):
        assert door.call("POST", path, _pay(booking, **fields)).status == 204
    assert door.ok("GET", path)["quotes"][0]["next_payment"]["number"] == 5
    assert door.call("POST", path, _pay(booking, payment_status="UNPAID")).status == 204
    assert door.ok("GET", path)["quotes"][0]["next_payment"]["number"] == 5


@pytest.mark.parametrize(
    "fields",
    [
        {"instalment_number": 13},
        {"instalment_id": "x"},
        {"payment_attempted_date": "soon"},
        {"payment_status": "MAYBE"},
        {"id": "x"},
    ],
)
def test_bad_payments_are_refused(fields: dict[str, Any]) -> None:
    door = Door()
    booking = _in_parts(door)
    answer = door.call("POST", f"bookings/{booking['id']}/instalments/", _pay(booking, **fields))
    assert "quotes" in errors(answer)


def test_a_policy_paid_in_parts_refunds_what_was_paid() -> None:
    door = Door()
    booking = _in_parts(door)
    assert door.ok("POST", f"bookings/{booking['id']}/cancel", {})["total_refund"] == 7.47


def test_without_a_plan_there_is_no_schedule() -> None:
    door = Door()
    booking = door.book(door.quote())
    assert door.ok("GET", f"bookings/{booking['id']}/instalments/")["quotes"] == []
    unknown = door.quote()
    quote = {"id": unknown["quotes"]["0"]["id"], "instalment_plan": "weekly"}
    body = {"quotes": [quote], "policyholder": booking["policyholder"]}
    del body["policyholder"]["allow_updates"]
    answer = door.call("POST", f"bookings/{unknown['id']}/", body)
    assert "instalment_plan" in errors(answer)["quotes"][0]


def test_a_renewal_begins_when_the_policy_ends() -> None:
    door = Door()
    booking = door.book(door.quote())
    path = f"renewals/{booking['id']}"
    offered = door.ok("PATCH", f"{path}/quote_for_renewal/")
    term = offered["quotes"][0]
    assert term["status"] == "RECEIVED"
    assert term["policy_start_date"] == booking["quotes"][0]["policy_end_date"]
    after = door.ok("POST", f"{path}/confirm/{offered['renewal_id']}/", {})
    assert [quote["status"] for quote in after["quotes"]] == ["RENEWED", "CONFIRMED"]
    assert after["total_price"] == term["price"]
    assert door.call("POST", f"{path}/confirm/{offered['renewal_id']}/", {}).status == 404


def test_a_renewal_can_be_declined_once() -> None:
    door = Door()
    booking = door.book(door.quote())
    path = f"renewals/{booking['id']}"
    door.ok("PATCH", f"{path}/quote_for_renewal/")
    assert door.call("POST", f"{path}/opt_out/", {}).status == 204
    assert door.call("POST", f"{path}/opt_out/", {}).status == 404


def test_a_warranty_is_not_renewed() -> None:
    door = Door()
    booking = door.book(door.quote(item(policy_type="extended_warranty")))
    answer = door.call("PATCH", f"renewals/{booking['id']}/quote_for_renewal/")
    assert errors(answer) == ["No policy of this booking can be renewed"]


def test_every_event_leaves_an_email_with_the_policy_details() -> None:
    door = Door()
    booking = door.book(door.quote())
    door.ok("PATCH", f"bookings/{booking['id']}/", _change(booking, price=1500))
    door.ok("POST", f"bookings/{booking['id']}/cancel", {})
    mails = door.outbox()
    assert [mail["event"] for mail in mails] == [
        "BOOKING_CREATED",
        "BOOKING_UPDATED",
        "BOOKING_CANCELLED",
    ]
    assert mails[0]["to"] == "ann@shop.test"
    assert mails[0]["policies"][0]["price_formatted"] == "£89.60"
    assert booking["id"] in mails[0]["certificate"]


def test_emails_are_sent_again_when_they_fit() -> None:
    door = Door()
    booking = door.book(door.quote())
    path = f"bookings/{booking['id']}/send_email"
    assert door.call("POST", path, {}).status == 202
    assert len(door.outbox()) == 2
    early = errors(door.call("POST", path, {"event": "BOOKING_CANCELLED"}))
    assert early == ["BOOKING_CANCELLED email can be only triggered for CANCELLED bookings."]
    assert "event" in errors(door.call("POST", path, {"event": "BIRTHDAY"}))
    quoted = door.quote()
    assert door.call("POST", f"bookings/{quoted['id']}/send_email", {}).status == 422
    assert len(door.outbox()) == 2


def test_a_change_that_names_a_policy_twice_is_refused() -> None:
    door = Door()
    booking = door.book(door.quote())
    body = {"quotes": _change(booking, price=5)["quotes"] + _change(booking, name="X")["quotes"]}
    answer = door.call("PATCH", f"bookings/{booking['id']}/", body)
    assert "is listed twice" in str(errors(answer))


def test_an_ended_policy_is_neither_changed_nor_renewed() -> None:
    door = Door()
    booking = door.book(door.quote())
    path = f"bookings/{booking['id']}"
    priced = door.ok("PATCH", f"{path}/quote_for_update", _change(booking, price=1500))
    offered = door.ok("PATCH", f"renewals/{booking['id']}/quote_for_renewal/")
    door.wait(days=366)
    late = door.call("POST", f"{path}/confirm_update/{priced['update_id']}/", {})
    assert "has ended" in errors(late)[0]
    renewal = f"renewals/{booking['id']}/confirm/{offered['renewal_id']}/"
    assert "has changed since" in errors(door.call("POST", renewal, {}))[0]


def test_a_renewal_priced_before_a_change_is_refused() -> None:
    door = Door()
    booking = door.book(door.quote())
    offered = door.ok("PATCH", f"renewals/{booking['id']}/quote_for_renewal/")
    door.ok("PATCH", f"bookings/{booking['id']}/", _change(booking, price=3000))
    renewal = f"renewals/{booking['id']}/confirm/{offered['renewal_id']}/"
    assert "has changed since" in errors(door.call("POST", renewal, {}))[0]


def test_required_details_cannot_be_emptied() -> None:
    door = Door()
    booking = door.book(door.quote())
    answer = door.call("PATCH", f"bookings/{booking['id']}/", {"policyholder": {"email": None}})
    assert errors(answer) == {"policyholder": {"email": ["This field may not be null."]}}


def test_two_payments_without_a_number_pay_two_parts() -> None:
    door = Door()
    booking = _in_parts(door)
    path = f"bookings/{booking['id']}/instalments/"
    door.ok("POST", path, {"quotes": _pay(booking)["quotes"] * 2})
    assert door.ok("GET", path)["quotes"][0]["next_payment"]["number"] == 4
