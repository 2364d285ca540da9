"""Clock and faults as forms: they steer, say what is wrong beside the field, and lose nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pytest_purchaseflow import PurchaseflowServer, PurchaseflowWorld
from tests.dashboard.visitor import Page, Visitor
from tests.server.client import Client, steer


def _wrong(page: Page, field: str) -> str | None:
    """What is said beside a field."""
    found = re.search(rf'id="{field}-wrong" role="alert">([^<]*)<', page.html)
    return None if found is None else found[1]


def _value(page: Page, field: str) -> str:
    found = re.search(rf'<input id="{field}"[^>]*? value="([^"]*)"', page.html)
    assert found is not None
    return found[1]


def test_time_passes(visitor: Visitor, purchaseflow: PurchaseflowWorld) -> None:
    page = visitor.send("advance", purchaseflow.name, days="31", hours="1.5", minutes="")
    assert page.status == 303
    assert purchaseflow.now() == "2026-02-15T10:30:00+00:00"
    assert visitor.ask("GET", page.headers["location"]).text.count("2026-02-15 10:30:00 UTC") == 1


def test_a_clock_is_set_let_run_and_stopped(
    visitor: Visitor, purchaseflow: PurchaseflowWorld
) -> None:
    def is_frozen() -> Any:
        return purchaseflow.control("GET", "/clock")["frozen"]

    assert visitor.send("set", purchaseflow.name, set="2027-03-01T12:00:00Z").status == 303
    assert purchaseflow.now() == "2027-03-01T12:00:00+00:00"
    assert visitor.send("run", purchaseflow.name).status == 303
    assert is_frozen() is False
    assert visitor.send("stop", purchaseflow.name).status == 303
    assert is_frozen() is True


def test_a_fault_makes_the_next_call_fail_and_is_taken_back(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    arm = {"kind": "unavailable", "operation": "create_quotes", "status": "503", "times": "2"}
    assert visitor.send("arm", purchaseflow.name, scope="world", **arm).status == 303
    assert client.call("POST", "quotes/", {}).status == 503
    page = visitor.see("controls", partner="RETLR", world=purchaseflow.name)
    assert "unavailable create_quotes times 2, status 503 1 Take back" in page.text
    number = re.findall(r'id="rule-world-(\d+)"', page.html)[0]
    assert visitor.send("disarm", purchaseflow.name, scope="world", number=number).status == 303
    assert client.quote()["status"] == "RECEIVED"


def test_all_faults_of_a_world_are_taken_back(
    visitor: Visitor, client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    for kind in ("call_lost", "unavailable"):
        visitor.send("arm", purchaseflow.name, scope="world", kind=kind)
    assert visitor.send("calm", purchaseflow.name).status == 303
    assert client.quote()["status"] == "RECEIVED"


def test_a_fault_of_the_whole_server_is_armed_and_taken_back(
    visitor: Visitor, purchaseflow: PurchaseflowWorld, purchaseflow_server: PurchaseflowServer
) -> None:
    # `create_token` is called by no other test of this file.
    arm = {"kind": "unavailable", "operation": "create_token", "times": ""}
    assert visitor.send("arm", purchaseflow.name, scope="server", **arm).status == 303
    page = visitor.see("controls", partner="RETLR", world=purchaseflow.name)
    assert "Armed on the whole server" in page.text
    number = re.findall(r'id="rule-server-(\d+)"', page.html)[-1]
    assert visitor.send("disarm", purchaseflow.name, scope="server", number=number).status == 303
    reply = steer(purchaseflow_server.url, "GET", "/faults", world=purchaseflow.name)
    assert reply.body == {"world": [], "server": []}


@pytest.mark.parametrize(
    ("action", "fields", "at"),
    [
        ("advance", {"days": "soon", "hours": "2"}, "days"),
        ("advance", {"days": "1", "hours": "-2"}, "hours"),
        ("advance", {"days": "", "hours": " "}, "days"),
        ("advance", {"days": "inf"}, "days"),
        ("advance", {"days": "9" * 30}, "days"),
        ("set", {"set": "tomorrow"}, "set"),
        ("set", {"set": "2026-01-15T09:00:00"}, "set"),
        ("set", {"set": ""}, "set"),
        ("arm", {"kind": "slow", "times": "many"}, "times"),
        ("arm", {"kind": "slow", "times": "0"}, "times"),
        ("arm", {"kind": "slow", "probability": "2"}, "probability"),
        ("arm", {"kind": "unavailable", "status": "200"}, "status"),
        ("arm", {"kind": "slow", "seconds": "1e9"}, "seconds"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(
    visitor: Visitor, purchaseflow: PurchaseflowWorld, action: str, fields: dict[str, str], at: str
) -> None:
    before = purchaseflow.control("GET", "/clock")
    page = visitor.send(action, purchaseflow.name, **fields)
    assert page.status == 422
    assert _wrong(page, f"{action}-{at}")
    for name, value in fields.items():
        if name != "kind":
            assert _value(page, f"{action}-{name}") == value
    assert purchaseflow.control("GET", "/clock") == before
    assert purchaseflow.control("GET", "/faults")["world"] == []


def test_a_leap_past_the_calendar_is_told_and_not_done(
    visitor: Visitor, purchaseflow: PurchaseflowWorld
) -> None:
    page = visitor.send("advance", purchaseflow.name, days="99999")
    assert page.status == 422
    assert "a clock goes from 1900 to 2200" in page.text


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("arm", {"kind": "no such"}),
        ("arm", {"kind": "slow", "operation": "no such"}),
        ("arm", {"kind": "slow", "scope": "everywhere"}),
        ("disarm", {"number": "77", "scope": "world"}),
        ("disarm", {"number": "../clock"}),
        ("explode", {}),
        ("", {}),
    ],
)
def test_a_form_of_ones_own_making_is_refused_in_words(
    visitor: Visitor, purchaseflow: PurchaseflowWorld, action: str, fields: dict[str, str]
) -> None:
    page = visitor.send(action, purchaseflow.name, **fields)
    assert 400 <= page.status < 500
    assert 'role="alert"' in page.html
    assert purchaseflow.control("GET", "/faults")["world"] == []


@pytest.mark.parametrize("seal", [None, "", "guessed"])
def test_a_form_from_elsewhere_changes_nothing(
    visitor: Visitor, purchaseflow: PurchaseflowWorld, seal: str | None
) -> None:
    before = purchaseflow.now()
    form = {"action": "advance", "days": "1", **({} if seal is None else {"seal": seal})}
    page = visitor.ask("POST", "controls", form, partner="RETLR", world=purchaseflow.name)
    assert page.status == 403
    assert "Nothing was changed." in page.text
    assert purchaseflow.now() == before


def test_anothers_seal_opens_nothing(
    visitor: Visitor, purchaseflow: PurchaseflowWorld, purchaseflow_server: PurchaseflowServer
) -> None:
    other = Visitor(purchaseflow_server.url)
    other.sign_in()
    form = {"action": "advance", "days": "1", "seal": other.see("").seal}
    place = {"partner": "RETLR", "world": purchaseflow.name}
    assert visitor.ask("POST", "controls", form, **place).status == 403


def test_a_stranger_steers_nothing(
    purchaseflow_server: PurchaseflowServer, purchaseflow: PurchaseflowWorld
) -> None:
    before = purchaseflow.now()
    form = {"action": "advance", "days": "1"}
    stranger = Visitor(purchaseflow_server.url)
    page = stranger.ask("POST", "controls", form, partner="RETLR", world=purchaseflow.name)
    assert page.headers["location"].startswith("/dashboard/sign-in")
    assert purchaseflow.now() == before


@pytest.mark.parametrize("place", [{"partner": "NOBODY"}, {"world": "no world"}])
def test_a_world_that_cannot_be_is_said_so(visitor: Visitor, place: dict[str, str]) -> None:
    page = visitor.see("controls", **place)
    assert "This server has no such partner or world name." in page.text
    form = {"action": "advance", "days": "1", "seal": page.seal}
    assert visitor.ask("POST", "controls", form, **place).status in (400, 404)


def test_a_form_that_is_too_long_is_none(visitor: Visitor) -> None:
    page = visitor.ask("POST", "controls", {"seal": "x" * 100_000})
    assert page.status == 403
