"""Links of answers lead to documents on the server, to whoever has the whole link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from pytest_purchaseflow import PurchaseflowServer, PurchaseflowWorld
from tests.paper.reading import text_of
from tests.server.client import QUOTE, Client, Reply, client_of, served

AT = ("--at", "2026-01-15T09:00:00Z")


def _get(url: str, target: str, *, method: str = "GET", world: str | None = None) -> Reply:
    """A browser's request: no signature, nothing but the path and perhaps a world."""
    anybody = Client(url)
    names = dict.fromkeys(anybody.signed())
    header = {"x-purchaseflow-world": world} if world else {}
    return anybody.call(method, target, headers={**names, **header})


def _target(link: str) -> str:
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@pytest.fixture
def booking(client: Client) -> Any:
    return client.book()


def test_the_path_of_a_recorded_link_leads_to_the_document(
    purchaseflow: PurchaseflowWorld, booking: Any
) -> None:
    """The host is the insurer's; the path, with its token, is served here too."""
    url, world = purchaseflow.server.url, purchaseflow.name
    assert booking["coi"]["pdf"].startswith("https://xcover.test/en/coi/")
    pdf = _get(url, _target(booking["coi"]["pdf"]), world=world)
    page = _get(url, _target(booking["coi"]["url"]) + f"&world={world}")
    wording = _get(url, _target(booking["pds_url"]) + f"?world={world}")
    assert (pdf.status, pdf.headers["content-type"]) == (200, "application/pdf")
    assert booking["id"] in text_of(pdf.content)
    assert (page.status, wording.status) == (200, 200)
    assert booking["id"].encode() in page.content
    assert "What is covered" in wording.content.decode()


def test_the_wording_of_one_policy_and_of_a_package_only_quoted(
    purchaseflow: PurchaseflowWorld, client: Client
) -> None:
    package = client.quote()
    (quote,) = package["quotes"].values()
    url, world = purchaseflow.server.url, purchaseflow.name
    link = _target(quote["pds_url"])
    assert _get(url, link, world=world).status == 200
    assert _get(url, link.replace("product_insurance_v1", "other_v1"), world=world).status == 404
    pdf = _get(url, f"/en/pds/{package['id']}.pdf", world=world)
    assert "Policy wording" in text_of(pdf.content)


def test_without_the_whole_link_nothing_is_shown(
    purchaseflow: PurchaseflowWorld, client: Client, booking: Any
) -> None:
    """A wrong token, none, another booking's, and a number that does not exist look alike."""
    link, token = _target(booking["coi"]["pdf"]), booking["security_token"]
    other = client.ok("POST", "quotes/", QUOTE)
    wrong = [
        link.replace(token, "x" * len(token)),
        link.replace(token, ""),
        link.partition("?")[0],
        link.replace(booking["id"], other["id"]),
        link.replace(booking["id"], "AAAAA-BBBBB-INS"),
        f"/en/coi/{other['id']}.pdf?security_token={other['security_token']}",
        link.replace(token, "%00%ff%F0%9F%98%80"),
    ]
    answers = [_get(purchaseflow.server.url, one, world=purchaseflow.name) for one in wrong]
    assert {reply.status for reply in answers} == {404}
    assert len({reply.content for reply in answers}) == 1
    assert b"No such document" in answers[0].content
    assert b"Ann" not in answers[0].content


def test_a_world_is_asked_for_its_own_documents(
    purchaseflow_server: PurchaseflowServer, purchaseflow: PurchaseflowWorld, booking: Any
) -> None:
    other = purchaseflow_server.world(seed=5)
    link = _target(booking["coi"]["pdf"])
    assert _get(purchaseflow_server.url, link, world=other.name).status == 404
    own = f"/documents/RETLR/{purchaseflow.name}{link}"
    assert _get(purchaseflow_server.url, own).status == 200
    assert (
        _get(purchaseflow_server.url, f"/documents/OTHER/{purchaseflow.name}{link}").status == 404
    )
    other.delete()


def test_when_several_worlds_have_it_the_page_says_how_to_choose(
    purchaseflow_server: PurchaseflowServer,
) -> None:
    """Worlds of one seed give out the same numbers and tokens."""
    with served(*AT) as server:
        alone = PurchaseflowServer(server.url)
        one, two = (alone.world(name, seed=3) for name in ("one", "two"))
        booking = client_of(one).book()
        assert client_of(two).book()["id"] == booking["id"]
        link = _target(booking["coi"]["pdf"])
        unsaid = _get(server.url, link)
        assert unsaid.status == 404
        assert b"one of: one, two" in unsaid.content
        tokenless = _get(server.url, _target(booking["pds_url"]))
        assert b"Several worlds have it" in tokenless.content
        assert b"one of" not in tokenless.content, "who has no token learns no names"
        assert _get(server.url, f"{link}&world=two").status == 200


def test_what_a_document_is_sent_with_keeps_its_token_private(
    purchaseflow: PurchaseflowWorld, booking: Any
) -> None:
    reply = _get(purchaseflow.server.url, _target(booking["coi"]["url"]), world=purchaseflow.name)
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["content-security-policy"].startswith("default-src 'none'")
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_documents_are_read_only_and_head_tells_their_length(
    purchaseflow: PurchaseflowWorld, booking: Any
) -> None:
    url, link, world = purchaseflow.server.url, _target(booking["coi"]["pdf"]), purchaseflow.name
    head, whole = _get(url, link, method="HEAD", world=world), _get(url, link, world=world)
    assert head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))
    assert _get(url, link, method="POST", world=world).status == 405
    assert _get(url, link, world=world).content == whole.content


@pytest.mark.parametrize(
    "path",
    ["/documents", "/documents/", "/documents/RETLR/-/en/account", "/documents/../en/coi/x"],
)
def test_what_is_no_document_has_a_page_that_says_so(
    purchaseflow_server: PurchaseflowServer, path: str
) -> None:
    reply = _get(purchaseflow_server.url, path)
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b"certificates and policy wordings only" in reply.content


def test_the_insurers_own_paths_stay_the_insurers(client: Client) -> None:
    """A path that only looks like a document's is answered by the door, as JSON."""
    reply = client.call("GET", "/x/partners/RETLR/bookings/coi/")
    assert reply.headers["content-type"] == "application/json"
    assert client.call("GET", "/english-or-not/coi/A").headers["content-type"] == "application/json"


@pytest.fixture(scope="module")
def here() -> Iterator[str]:
    """A server whose links lead to itself."""
    with served(*AT, "--public-url", "auto") as server:
        yield server.url


@pytest.mark.parametrize("world", ["", "shop-7.b_c"])
def test_with_a_public_url_every_link_of_an_answer_can_be_followed(here: str, world: str) -> None:
    key = f"test-key@{world}" if world else "test-key"
    booking = Client(here, key=key).book()
    links = [booking["coi"]["url"], booking["coi"]["pdf"], booking["pds_url"]]
    links += [quote["pds_url"] for quote in booking["quotes"]]
    for link in links:
        assert link.startswith(f"{here}/documents/RETLR/")
        assert _get(here, _target(link)).status == 200, link
    account = _get(here, _target(booking["account_url"]))
    assert account.status == 404
    assert b"certificates and policy wordings only" in account.content


def test_with_a_public_url_links_of_offers_can_be_followed(here: str) -> None:
    client = Client(here)
    body = {
        "customer": {"currency": "GBP", "country": "GB", "language": "en"},
        "partner": {},
        "context": {
            "purchase_date": "2026-01-15",
            "product": {"retail_value": 900, "quantity": 1},
        },
    }
    offer = client.ok("POST", "offers/", body)
    link = offer["products"][0]["details"]["pds_url"]
    assert link.startswith(f"{here}/documents/RETLR/-/en/pds/")
    page = _get(here, _target(link))
    assert page.status == 200
    assert "Repairs after the maker&#39;s guarantee" in page.content.decode()


def test_a_public_url_may_be_another_address_than_the_servers() -> None:
    with served(*AT, "--public-url", "https://cover.shop.test:8443/sandbox/") as server:
        booking = Client(server.url).book()
    base = "https://cover.shop.test:8443/sandbox/documents/RETLR/-/en/coi/"
    assert booking["coi"]["pdf"].startswith(base)
