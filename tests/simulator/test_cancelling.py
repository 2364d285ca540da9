from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.door import Door, errors, item


def _cancel(door: Door, booking: Any, body: Any = None) -> Any:
    return door.ok("POST", f"bookings/{booking['id']}/cancel", body or {})


def test_inside_cooling_off_everything_is_refunded() -> None:
    door = Door()
    booking = door.book(door.quote())
    door.wait(days=13)
    done = _cancel(door, booking)
    assert done["total_refund"] == booking["total_price"]
    assert done["quotes"][0]["policy_coolingoff_date"][:10] == "2026-01-29"
    assert done["cancellation_id"] is None
    read = door.ok("GET", f"bookings/{booking['id']}/")
    assert (read["status"], read["total_price"]) == ("CANCELLED", 0.0)
    assert read["quotes"][0]["price"] == booking["total_price"], "each quote keeps its price"
    assert read["quotes"][0]["can_be_cancelled"] is False


@pytest.mark.parametrize(("days", "refund"), [(15, 85.91), (73, 71.68), (365 - 1, 0.24)])
def test_after_cooling_off_the_days_left_are_refunded(days: int, refund: float) -> None:
    """Of 89.60 for 365 days: 350/365, 292/365 and one day, rounded down."""
    door = Door()
    booking = door.book(door.quote())
    door.wait(days=days)
    assert _cancel(door, booking)["total_refund"] == refund


def test_cover_that_has_not_begun_is_refunded_whole() -> None:
    door = Door()
    booking = door.book(door.quote(item(policy_start_date="2026-06-01")))
    door.wait(days=100)
    assert _cancel(door, booking)["total_refund"] == booking["total_price"]


def test_a_preview_says_cancelled_and_changes_nothing() -> None:
    door = Door()
    booking = door.book(door.quote())
    before = door.ok("GET", f"bookings/{booking['id']}/")
    seen = _cancel(door, booking, {"preview": True})
    assert seen["status"] == seen["quotes"][0]["status"] == "CANCELLED"
    assert seen["quotes"][0]["cancelled_at"] is None
    assert seen["confirm_before"] > seen["updated_at"]
    assert door.ok("GET", f"bookings/{booking['id']}/") == before
    assert len(door.outbox()) == 1


def test_a_confirmed_preview_counts_from_the_preview() -> None:
    """Contract section 6.3: cancelled_at is the preview's instant, not the confirmation's."""
    door = Door()
    booking = door.book(door.quote())
    preview = _cancel(door, booking, {"preview": True})
    door.wait(hours=23)
    path = f"bookings/{booking['id']}/confirm_cancellation/{preview['cancellation_id']}/"
    done = door.ok("POST", path, {})
    assert done["quotes"][0]["cancelled_at"] == preview["updated_at"]
    assert done["total_refund"] == preview["total_refund"]
    again = errors(door.call("POST", path, {}))
    assert again == ["Status change not allowed for QuotePackage in status CANCELLED"]


def test_a_preview_cannot_be_confirmed_after_a_day() -> None:
    door = Door()
    booking = door.book(door.quote())
    preview = _cancel(door, booking, {"preview": True})
    door.wait(hours=24, seconds=1)
    path = f"bookings/{booking['id']}/confirm_cancellation/{preview['cancellation_id']}/"
    assert "not confirmed in time" in errors(door.call("POST", path, {}))[0]
    assert door.ok("GET", f"bookings/{booking['id']}/")["status"] == "CONFIRMED"


def test_some_policies_can_be_cancelled_one_after_the_other() -> None:
    door = Door()
    package = door.quote(item(), item(price=500))
    booking = door.book(package)
    one, two = (quote["id"] for quote in booking["quotes"])
    named = {"quotes": [{"id": one, "reason_for_cancellation": "returned"}]}
    done = _cancel(door, booking, named)
    assert [quote["id"] for quote in done["quotes"]] == [one]
    assert done["status"] == "CONFIRMED"
    assert done["total_price"] == 44.8
    again = door.call("POST", f"bookings/{booking['id']}/cancel", named)
    assert errors(again) == ["Status change not allowed for Quote in status CANCELLED"]
    assert _cancel(door, booking, {"quotes": [{"id": two}]})["status"] == "CANCELLED"


def test_a_second_cancellation_is_refused_in_the_recorded_words() -> None:
    door = Door()
    booking = door.book(door.quote())
    _cancel(door, booking)
    answer = door.call("POST", f"bookings/{booking['id']}/cancel", {})
    assert errors(answer) == ["Status change not allowed for QuotePackage in status CANCELLED"]


def test_a_reason_at_the_top_is_unexpected() -> None:
    door = Door()
    booking = door.book(door.quote())
    body = {"reason_for_cancellation": "changed my mind"}
    answer = door.call("POST", f"bookings/{booking['id']}/cancel", body)
    assert errors(answer) == {"reason_for_cancellation": "Unexpected field"}


def test_a_policy_that_has_ended_cannot_be_cancelled() -> None:
    door = Door()
    booking = door.book(door.quote())
    door.wait(days=366)
    answer = door.call("POST", f"bookings/{booking['id']}/cancel", {})
    assert errors(answer) == ["No policy of this booking can be cancelled"]


@pytest.mark.parametrize("state", ["RECEIVED", "PENDING_PAYMENT", "OPTED_OUT"])
def test_only_confirmed_bookings_are_cancelled(state: str) -> None:
    door = Door()
    package = door.quote()
    if state == "PENDING_PAYMENT":
        door.book(package, require_payment_confirmation=True)
    if state == "OPTED_OUT":
        door.ok("POST", f"bookings/{package['id']}/opt_out", {})
    answer = door.call("POST", f"bookings/{package['id']}/cancel", {})
    assert errors(answer) == [f"Status change not allowed for QuotePackage in status {state}"]


def test_unknown_ids_are_refused() -> None:
    door = Door()
    booking = door.book(door.quote())
    unknown = door.call("POST", f"bookings/{booking['id']}/cancel", {"quotes": [{"id": "x"}]})
    assert errors(unknown) == {"quotes": [{"id": ["Quote x does not exist."]}]}
    path = f"bookings/{booking['id']}/confirm_cancellation/aaaaa-aaaaa-aaaaa-CCL/"
    assert door.call("POST", path, {}).body["message"] == "Cancellation does not exist"


def test_a_preview_of_one_booking_does_not_cancel_another() -> None:
    door = Door()
    one, two = door.book(door.quote()), door.book(door.quote())
    preview = _cancel(door, one, {"preview": True})
    path = f"bookings/{two['id']}/confirm_cancellation/{preview['cancellation_id']}/"
    assert door.call("POST", path, {}).status == 404


def test_a_preview_of_another_price_is_not_confirmed() -> None:
    """Otherwise more would be given back than was paid."""
    door = Door()
    booking = door.book(door.quote())
    preview = _cancel(door, booking, {"preview": True})
    change = {"quotes": [{"id": booking["quotes"][0]["id"], "update_fields": {"price": 100}}]}
    door.ok("PATCH", f"bookings/{booking['id']}/", change)
    path = f"bookings/{booking['id']}/confirm_cancellation/{preview['cancellation_id']}/"
    assert "has changed since the preview" in errors(door.call("POST", path, {}))[0]


def test_a_preview_is_not_confirmed_after_the_policy_has_ended() -> None:
    door = Door()
    booking = door.book(door.quote())
    door.wait(days=364, hours=20)
    preview = _cancel(door, booking, {"preview": True})
    door.wait(hours=10)
    path = f"bookings/{booking['id']}/confirm_cancellation/{preview['cancellation_id']}/"
    assert "has ended" in errors(door.call("POST", path, {}))[0]
