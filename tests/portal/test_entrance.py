"""Who gets into the portal, for how long, and what becomes of their work when they are out."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from flow.errors import PlugInvalid
from flow.portal.stores import KNOWN_STORES, Store
from flow.portal.stores import Associate as Person
from tests.portal.conftest import CUSTOMER, FORM, Associate


def test_a_wrong_pin_lets_nobody_in_and_makes_no_world(associate: Associate) -> None:
    person = Person(number="7", name="Robin", pin="1111")
    forged = Store(number="1001", name="High Street", country="GB", associate=[person])
    associate.tablet._world = "never-made"
    with pytest.raises(PlugInvalid, match="do not fit together"):
        associate.tablet.sign_in(forged)
    assert "1111" not in associate.html
    worlds = [one["world"] for one in associate.world.control("GET", "/worlds")]
    assert "never-made" not in worlds


@pytest.mark.parametrize("missing", ["store", "associate", "pin"])
def test_an_empty_field_is_told_of(associate: Associate, missing: str) -> None:
    associate.tablet._get("/portal/sign-in")
    typed = {"store": "1001", "associate": "7", "pin": "2468", missing: " "}
    associate.tablet._post(associate.tablet.page.forms["sign-in"], typed)
    assert associate.status == 422
    assert [fault.split()[0] for fault in associate.tablet.page.faults] == ["Enter"]
    assert "2468" not in associate.html


def test_a_world_that_cannot_be_is_told_beside_its_field(associate: Associate) -> None:
    associate.tablet._world = "no such world!"
    with pytest.raises(PlugInvalid, match="up to 64 letters"):
        associate.tablet.sign_in(KNOWN_STORES.store[0])


@pytest.mark.parametrize(
    "path",
    ["/portal/", "/portal/policies", "/portal/sales/x/product", "/portal/policies/A-B-INS"],
)
def test_nothing_is_shown_before_signing_in(newcomer: Callable[[], Associate], path: str) -> None:
    someone = newcomer()
    someone.line.fetch("GET", path, {}, b"")
    assert someone.status == 303
    to = urlsplit(someone.line.last[1]["location"])
    assert to.path == "/portal/sign-in"
    assert parse_qs(to.query).get("next", ["/portal/"]) == [path]


@pytest.mark.parametrize(
    "where", ["//evil.test/", "https://evil.test/portal/", "/portal/../x", "/portal/\\evil", "/x/"]
)
def test_signing_in_leads_nowhere_but_into_the_portal(associate: Associate, where: str) -> None:
    fields = {"store": "1001", "associate": "7", "pin": "2468", "next": where}
    assert associate.post("/portal/sign-in", fields)[0] == 303
    assert associate.line.last[1]["location"] == "/portal/"


def test_the_cookie_is_for_this_portal_and_no_script(associate: Associate) -> None:
    fields = {"store": "1001", "associate": "7", "pin": "2468"}
    associate.post("/portal/sign-in", fields)
    cookie = associate.line.last[1]["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/portal"} <= set(cookie.split("; "))


def test_pages_are_kept_by_nobody_and_framed_by_nobody(associate: Associate) -> None:
    headers = associate.line.last[1]
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("token", ["", "of-somebody-else"])
def test_a_form_without_the_sessions_own_token_does_nothing(
    associate: Associate, token: str
) -> None:
    associate.to_payment().pay()
    form = associate.tablet.page.forms["issue"]
    assert associate.post(form.action, {"wish": "issue", "csrf": token})[0] == 403
    assert associate.calls("instant_booking") == []


@pytest.mark.parametrize("origin", ["http://evil.test", "null"])
def test_a_form_from_another_site_does_nothing(associate: Associate, origin: str) -> None:
    associate.to_payment().pay()
    associate.line.more = {"origin": origin}
    associate.tablet.send("issue")
    assert associate.status == 403
    assert associate.calls("instant_booking") == []


def test_a_long_pause_ends_the_session_and_keeps_the_work(associate: Associate) -> None:
    associate.to_customer()
    sale = associate.sale
    form = associate.tablet.page.forms["customer"]
    associate.world.advance(hours=13)
    typed = {**CUSTOMER, "csrf": form.fields["csrf"][0]}
    assert associate.post(form.action, typed)[0] == 303
    to = associate.line.last[1]["location"]
    assert parse_qs(urlsplit(to).query)["next"] == [f"{sale}/customer"]
    associate.tablet._get(to)
    assert "after a long pause" in associate.html
    associate.tablet._enter()
    assert associate.tablet.path == f"{sale}/customer"
    fields = associate.tablet.page.forms["customer"].fields
    assert {name: fields[name] for name in CUSTOMER} == {n: [v] for n, v in CUSTOMER.items()}
    assert associate.tablet.page.faults == []


def test_a_payment_sent_too_late_charges_nothing(associate: Associate) -> None:
    associate.to_payment()
    form = associate.tablet.page.forms["payment"]
    associate.world.advance(hours=13)
    fields = {name: values[0] for name, values in form.fields.items()}
    card = {"method": "card", "card_number": "4242424242424242", "expiry": "12/40", "cvc": "123"}
    assert associate.post(form.action, {**fields, **card})[0] == 303
    associate.tablet.open(f"{associate.sale}/payment")
    assert (associate.at, associate.stage) == ("payment", "open")
    assert "42424242" not in associate.html.split("Test cards")[0].replace(" ", "")


def test_a_world_that_begins_anew_ends_session_and_sales(associate: Associate) -> None:
    associate.to_payment()
    sale = associate.sale
    associate.world.reset(seed=1)
    associate.get(f"{sale}/payment")
    assert associate.status == 303
    assert "why=ended" in associate.line.last[1]["location"]
    associate.tablet.open(f"{sale}/payment")
    assert (associate.status, associate.at) == (200, "home")
    assert "The sale that you were in is gone with its world" in associate.html


def test_an_address_with_another_world_asks_to_sign_in_there(associate: Associate) -> None:
    associate.get("/portal/?world=elsewhere")
    assert associate.status == 303
    to = parse_qs(urlsplit(associate.line.last[1]["location"]).query)
    assert (to["why"], to["world"]) == (["world"], ["elsewhere"])
    associate.get(f"/portal/?world={associate.world.name}")
    assert associate.status == 200


def test_what_is_kept_by_itself_after_a_long_pause_leaves_the_reason_to_the_next_page(
    associate: Associate,
) -> None:
    associate.to_customer()
    form = associate.tablet.page.forms["customer"]
    associate.world.advance(hours=13)
    typed = {**CUSTOMER, "csrf": form.fields["csrf"][0]}
    associate.post(f"{form.action}/keep", typed)
    associate.get(f"{associate.sale}/customer")
    assert "why=idle" in associate.line.last[1]["location"]


def test_a_deleted_world_ends_the_session_too(associate: Associate) -> None:
    associate.world.delete()
    associate.get("/portal/")
    assert associate.status == 303


def test_whoever_signs_out_is_out_and_finds_their_work_again(associate: Associate) -> None:
    sale = associate.to_customer().sale
    cookie = associate.tablet.cookie
    page = associate.tablet.page
    associate.post("/portal/sign-out", {"csrf": page.forms["customer"].fields["csrf"][0]})
    associate.line.fetch("GET", "/portal/", {"cookie": cookie}, b"")
    assert associate.status == 303
    associate.sign_in()
    assert f'href="{sale}/customer"' in associate.html


def test_desks_of_others_stay_closed(
    associate: Associate, newcomer: Callable[[], Associate]
) -> None:
    sale = associate.to_payment().sale
    other = newcomer().sign_in(1)
    other.tablet.open(f"{sale}/payment")
    assert other.status == 404


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"", 415),
        (FORM, b"a=" + b"x" * 70_000, 413),
        (FORM, b"&".join(b"a=%d" % n for n in range(200)), 400),
    ],
)
def test_what_is_no_form_is_refused(
    associate: Associate, kind: str, body: bytes, status: int
) -> None:
    headers = {"cookie": associate.tablet.cookie, "content-type": kind}
    associate.line.fetch("POST", "/portal/sales", headers, body)
    assert (associate.status, "nothing was done" in associate.html) == (status, True)


@pytest.mark.parametrize("path", ["/portal/nothing", "/portal/sales/x/nothing", "/portal/%00"])
def test_an_unknown_page_says_so(associate: Associate, path: str) -> None:
    associate.tablet.open(path)
    assert (associate.status, associate.at) == (404, "unknown")
