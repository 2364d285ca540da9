"""Signing in: the control token opens the dashboard, and stands in no page, cookie or address."""

from __future__ import annotations

import pytest

from pytest_purchaseflow import PurchaseflowServer
from tests.dashboard.visitor import Visitor

PATHS = ("", "journey", "outbox", "mail", "webhooks", "controls", "flow", "strangers", "nowhere")


@pytest.fixture
def stranger(purchaseflow_server: PurchaseflowServer) -> Visitor:
    return Visitor(purchaseflow_server.url)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_shown_to_a_stranger(stranger: Visitor, path: str) -> None:
    page = stranger.ask("GET", path)
    assert page.status == 303
    assert page.headers["location"].startswith("/dashboard/sign-in")
    assert page.html == ""


def test_changes_are_announced_to_nobody_who_has_not_signed_in(stranger: Visitor) -> None:
    assert stranger.ask("GET", "live").status == 401
    stranger.cookie = "purchaseflow_dashboard=guessed"
    assert stranger.ask("GET", "live").status == 401


@pytest.mark.parametrize("token", ["", "wrong", "test-toke", "test-token-", "tést"])
def test_another_token_is_told_beside_its_field(stranger: Visitor, token: str) -> None:
    page = stranger.sign_in(token)
    assert page.status == 403
    assert "That is not the control token of this server." in page.text
    assert 'aria-describedby="token-problem"' in page.html
    assert "set-cookie" not in page.headers


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(stranger: Visitor) -> None:
    cookie = stranger.sign_in().headers["set-cookie"]
    assert {"HttpOnly", "Path=/dashboard", "SameSite=strict"} <= set(cookie.split("; "))
    assert "test-token" not in cookie


def test_two_browsers_have_two_sessions(purchaseflow_server: PurchaseflowServer) -> None:
    cookies = set()
    for _ in range(2):
        visitor = Visitor(purchaseflow_server.url)
        visitor.sign_in()
        cookies.add(visitor.cookie)
    assert len(cookies) == 2


def test_the_way_back_is_kept(stranger: Visitor) -> None:
    asked = stranger.ask("GET", "outbox", partner="RETLR", world="a b").headers["location"]
    page = stranger.ask("POST", asked, {"token": "test-token"})
    assert page.headers["location"] == "/dashboard/outbox?partner=RETLR&world=a+b"


@pytest.mark.parametrize(
    "then", ["https://evil.test/", "//evil.test/", "/dashboard//evil.test", "/x", "\\\\evil.test"]
)
def test_the_way_back_leads_nowhere_else(stranger: Visitor, then: str) -> None:
    page = stranger.ask("POST", "sign-in", {"token": "test-token"}, then=then)
    assert page.headers["location"] == "/dashboard/"


def test_signing_out_ends_the_session_even_for_a_kept_cookie(visitor: Visitor) -> None:
    kept = visitor.cookie
    seal = visitor.see("").seal
    assert visitor.ask("POST", "sign-out", {"seal": seal}).status == 303
    visitor.cookie = kept
    assert visitor.ask("GET", "").status == 303


def test_another_page_cannot_sign_anybody_out(visitor: Visitor) -> None:
    visitor.ask("POST", "sign-out", {"seal": "guessed"})
    assert visitor.ask("GET", "").status == 200


def test_a_page_lets_nothing_in_from_elsewhere(visitor: Visitor) -> None:
    headers = visitor.see("").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "'unsafe-inline'" not in headers["content-security-policy"].partition("style-src")[0]
    assert headers["cache-control"] == "no-store"


def test_what_is_not_there_is_said_so(visitor: Visitor) -> None:
    assert visitor.ask("GET", "nowhere").status == 404
    assert visitor.ask("GET", "journey", id="none").status == 404
    assert visitor.ask("GET", "mail", number="7").status == 404
    assert visitor.ask("GET", "/dashboard").headers["location"] == "/dashboard/"


def test_looking_makes_no_world(visitor: Visitor) -> None:
    for path in ("", "controls", "outbox", "webhooks", "flow", "journey"):
        visitor.ask("GET", path, partner="RETLR", world="never-made", id="x")
    assert "never-made" not in visitor.see("").text
