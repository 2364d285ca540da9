"""The insurer's door over HTTP: paths, headers, bodies, signatures, worlds, keys, limits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_purchaseflow import PurchaseflowServer, PurchaseflowWorld
from tests.server.client import (
    BOOKING,
    DATE,
    HOLDER,
    ITEM,
    QUOTE,
    Client,
    Served,
    client_of,
    served,
    signature,
    steer,
)

RECORDED = {
    "content-type": "application/json",
    "x-ratelimit-limit": "-1",
    "x-ratelimit-remaining": "-1",
    "x-ratelimit-reset": "1568836675",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
REFUSED = {"type": "auth_error", "message": "You do not have permission to access this url"}


@pytest.mark.parametrize("prefix", ["/x", "/xcover", "/api/v2", ""])
@pytest.mark.parametrize("slash", ["/", ""])
def test_every_prefix_and_both_slash_forms_are_served(
    client: Client, prefix: str, slash: str
) -> None:
    """All of them are in the wild: contract section 0."""
    reply = client.call("GET", client.path(f"bookings{slash}", prefix))
    assert (reply.status, reply.body["count"]) == (200, 0)


@pytest.mark.parametrize("path", ["/y/partners/RETLR/bookings/", "/x/x/partners/RETLR/bookings/"])
def test_another_prefix_is_not_found(client: Client, path: str) -> None:
    reply = client.call("GET", path)
    assert (reply.status, reply.body) == (404, {"type": "api_error", "message": "Not found."})


def test_every_answer_carries_the_recorded_headers(client: Client) -> None:
    for reply in (client.call("POST", "quotes/", QUOTE), client.call("POST", "quotes/", {})):
        assert RECORDED.items() <= reply.headers.items()
        assert reply.headers["allow"] == "GET, POST, DELETE, OPTIONS"


def test_a_booking_lived_through_has_the_recorded_success_codes(client: Client) -> None:
    """Clients compare the codes exactly: contract section 1."""
    package = client.quote()
    path, body = client.booking_of(package)
    pending = {**body, "require_payment_confirmation": True}
    quotes = f"quotes/{package['id']}/"
    calls = [
        ("GET", quotes, None, 200),
        ("PATCH", quotes, {"currency": "EUR"}, 200),
        ("POST", f"{quotes}add/", {"request": [ITEM]}, 201),
        ("POST", path, pending, 200),
        ("PUT", f"{path}confirm", {}, 201),
        ("GET", path, None, 200),
        ("POST", f"{path}send_email", {}, 202),
        ("POST", f"{path}cancel", {"preview": False}, 200),
    ]
    assert [client.call(*call[:3]).status for call in calls] == [call[3] for call in calls]


def test_202_and_204_have_no_body(client: Client) -> None:
    sent = client.call("POST", f"bookings/{client.book()['id']}/send_email", {})
    assert (sent.status, sent.content, sent.headers["content-length"]) == (202, b"", "0")
    gone = client.call("POST", f"bookings/{client.quote()['id']}/opt_out", {})
    assert (gone.status, gone.content) == (204, b"")
    assert not {"content-length", "transfer-encoding", "content-type"} & gone.headers.keys()


def test_json_is_compact_and_utf_8_is_not_escaped(client: Client) -> None:
    content = client.call("POST", "quotes/", QUOTE).content
    assert b'"status":"RECEIVED","currency":"GBP"' in content
    assert "£".encode() in content


@pytest.mark.parametrize("body", [b"null", b"{}", b"no JSON", b"[" * 1000])
def test_a_get_may_have_any_body(client: Client, body: bytes) -> None:
    """The Python client sends `null`, the PHP client `{}`."""
    assert client.call("GET", "bookings/", content=body).status == 200


def test_head_answers_as_get_without_a_body(client: Client) -> None:
    got, head = client.call("GET", "bookings/"), client.call("HEAD", "bookings/")
    assert (head.status, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(got.content))
    assert head.headers["allow"] == "GET, HEAD, OPTIONS"
    assert client.call("HEAD", "instant_booking/").status == 405


def test_options_tells_what_is_allowed(client: Client) -> None:
    reply = client.call("OPTIONS", "instant_booking/")
    assert (reply.status, reply.headers["allow"]) == (200, "POST, OPTIONS")


def test_a_method_that_is_not_served_is_405_with_allow(client: Client) -> None:
    reply = client.call("DELETE", "bookings/")
    assert reply.status == 405
    assert reply.body == {"type": "api_error", "message": 'Method "DELETE" not allowed.'}
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS"


def test_malformed_json_is_refused_in_the_recorded_words(client: Client) -> None:
    """recordings/offers-api/err-malformed.json."""
    reply = client.call("POST", "quotes/", content=b'{"not_json"')
    text = "JSON parse error - unexpected end of data: line 1 column 12 (char 11)"
    assert (reply.status, reply.body) == (400, {"type": "validation_error", "message": text})
    assert reply.headers["allow"] == "GET, POST, DELETE, OPTIONS"


def test_a_body_that_is_too_long_is_413_and_the_connection_goes_on(client: Client) -> None:
    reply = client.call("POST", "quotes/", content=b" " * 3_000_000)
    assert (reply.status, reply.body["type"]) == (413, "validation_error")
    both = client.request("POST", "quotes/", b" " * 3_000_000)
    both += client.request("GET", "bookings/", b"", "Connection: close")
    told = client.raw(both, shut=False)
    assert told.index(b"HTTP/1.1 413") < told.index(b"HTTP/1.1 200")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "\x7f"])
def test_a_body_that_says_it_is_something_else_is_415(client: Client, kind: str) -> None:
    content = client.request("POST", "quotes/", b"{}").replace(b"application/json", kind.encode())
    if kind == "\x7f":
        assert b" 400 " in client.raw(content, shut=False).split(b"\r\n")[0]
        return
    reply = client.call("POST", "quotes/", content=b"{}", headers={"Content-Type": kind})
    assert reply.status == 415
    assert reply.body["message"] == f'Unsupported media type "{kind}" in request.'


@pytest.mark.parametrize(
    "kind",
    ["application/json; charset=utf-8", "Application/JSON", "application/problem+json", None],
)
def test_json_by_any_of_its_names_is_read(client: Client, kind: str | None) -> None:
    reply = client.call("POST", "quotes/", QUOTE, headers={"Content-Type": kind})
    assert reply.status == 201


SIGNED = f"date: {DATE}"
URL_SAFE = signature("test-secret", SIGNED).replace("%2B", "-").replace("%2F", "_")
PLAIN = signature("test-secret", SIGNED).replace("%2B", "+").replace("%2F", "/")


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"secret": "wrong"}, 403, REFUSED["message"]),
        ({"key": "nobody"}, 401, "The API key is not known."),
        ({"algorithm": "hmac-md5"}, 401, "The signature algorithm is not supported."),
        ({"signature": URL_SAFE + "-"}, 403, "Signature string does not match!"),
        ({"signature": PLAIN.replace("%3D", "=")}, 403, "Signature string does not match!"),
        ({"signature": ""}, 401, "Authentication credentials were not provided."),
    ],
)
def test_a_signature_that_does_not_hold_is_refused(
    client: Client, changes: dict[str, str], status: int, message: str
) -> None:
    """Wrong secret: recordings/offers-api/err-bad-signature.json. A bad body changes nothing."""
    headers: dict[str, str | None] = {"Authorization": client.authorization(**changes)}
    reply = client.call("POST", "quotes/", content=b"{", headers=headers)
    assert (reply.status, reply.body) == (status, {"type": "auth_error", "message": message})
    assert RECORDED.items() <= reply.headers.items()


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"Authorization": None}, "Authentication credentials were not provided."),
        ({"Authorization": "Basic dGVzdA=="}, "Authentication credentials were not provided."),
        ({"Date": None}, "The Date header is missing."),
        ({"X-Api-Key": "another"}, "The API key is not known."),
    ],
)
def test_what_is_missing_or_contradicts_itself_is_401(
    client: Client, headers: dict[str, str | None], message: str
) -> None:
    reply = client.call("GET", "bookings/", headers=headers)
    assert (reply.status, reply.body["message"]) == (401, message)


def test_x_api_key_may_be_sent_beside_the_signature(client: Client) -> None:
    assert client.call("GET", "bookings/", headers={"X-Api-Key": client.key}).status == 200


def test_the_target_may_be_signed_without_its_query(client: Client) -> None:
    """As the official Python client does."""
    path = client.path("bookings/", "/xcover")
    text = f"(request-target): get {path}\ndate: {DATE}"
    own = f'keyId="{client.key}",algorithm="hmac-sha512",headers="(request-target) date"'
    header = f'Signature {own},signature="{signature(client.secret, text)}"'
    assert client.call("GET", f"{path}?limit=1", headers={"Authorization": header}).status == 200
    other = client.path("bookings/", "/x")
    assert client.call("GET", other, headers={"Authorization": header}).body == REFUSED


def test_sha_1_is_accepted_and_the_journal_warns(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    headers: dict[str, str | None] = {"Authorization": client.authorization(algorithm="hmac-sha1")}
    assert client.call("GET", "bookings/", headers=headers).status == 200
    client.ok("GET", "bookings/")
    told = [entry["signature"] for entry in purchaseflow.journal()]
    assert [one["verdict"] for one in told] == ["deprecated", "valid"]
    assert "SHA-1" in told[0]["warning"]
    assert told[1]["warning"] is None


def test_without_a_window_a_date_of_any_age_will_do(client: Client) -> None:
    """Staging answered calls whose Date was ten hours off."""
    assert client.call("GET", "bookings/").status == 200


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with two partners, a date window that DATE is outside of, and a limit."""
    file = tmp_path_factory.mktemp("partners") / "partners.toml"
    file.write_text(
        '[[partner]]\ncode = "AAAAA"\napi_key = "key-a"\napi_secret_env = "SECRET_OF_A"\n'
        '[[partner]]\ncode = "BBBBB"\napi_key = "key-b"\napi_secret = "secret-b"\nrate_limit = 2\n',
        encoding="utf-8",
    )
    at = "--at", "2026-01-15T09:00:00Z"
    with served("--no-log", "--partners", str(file), *at, SECRET_OF_A="secret-a") as own:
        yield own


def test_partners_have_keys_of_their_own(strict: Served) -> None:
    mine = Client(strict.url, key="key-a", secret="secret-a", partner="AAAAA")
    assert mine.call("GET", "bookings/").status == 200
    theirs = Client(strict.url, key="key-a", secret="secret-a", partner="BBBBB")
    reply = theirs.call("GET", "bookings/")
    assert (reply.status, reply.body) == (403, REFUSED)
    nobody = Client(strict.url, key="key-a", secret="secret-a", partner="CCCCC")
    assert nobody.call("GET", "bookings/").status == 404


def test_a_package_of_another_partner_does_not_exist(strict: Served) -> None:
    mine = Client(strict.url, key="key-a", secret="secret-a", partner="AAAAA")
    world = {"x-purchaseflow-world": "apart"}
    theirs = Client(strict.url, "key-b", "secret-b", "BBBBB", headers=world)
    reply = theirs.call("GET", f"quotes/{mine.quote()['id']}/")
    assert (reply.status, reply.body["message"]) == (404, "Quote package does not exist")


def test_too_many_calls_are_429_until_the_worlds_clock_goes_on(strict: Served) -> None:
    """Recorded words; the clock stands still, so real time does not help."""
    client = Client(strict.url, key="key-b", secret="secret-b", partner="BBBBB")
    left = [client.call("GET", "bookings/").headers["x-ratelimit-remaining"] for _ in range(2)]
    assert left == ["1", "0"]
    reply = client.call("GET", "bookings/")
    assert (reply.status, reply.headers["retry-after"]) == (429, "1")
    text = "Request was throttled. Expected available in 1 second."
    assert reply.body["message"] == text
    assert reply.headers["x-ratelimit-limit"] == "2"
    steer(strict.url, "POST", "/clock?partner=BBBBB", content=b'{"seconds": 1}')
    assert client.call("GET", "bookings/").status == 200


def test_outside_a_window_a_date_is_stale() -> None:
    with served("--no-log", "--date-window", "60") as own:
        reply = Client(own.url).call("GET", "bookings/")
        odd = "Thu, 99999999999999999999 Jan 2026 00:00:00 GMT"
        text = signature("test-secret", f"date: {odd}")
        header = f'Signature keyId="test-key",algorithm="hmac-sha512",signature="{text}"'
        nonsense = Client(own.url).call(
            "GET", "bookings/", headers={"Date": odd, "Authorization": header}
        )
    assert (reply.status, nonsense.status) == (403, 403)
    assert reply.body["message"] == "The Date header is too far from the present."


def test_with_checks_off_everybody_may_call(tmp_path: Path) -> None:
    with served("--no-log", "--no-check", "--partner", "RETLR") as own:
        client = Client(own.url)
        unsigned: dict[str, str | None] = {"Authorization": None, "Date": None}
        assert client.call("GET", "bookings/", headers=unsigned).status == 200
        wrong: dict[str, str | None] = {"Authorization": client.authorization(secret="x")}
        assert client.call("GET", "bookings/", headers=wrong).status == 200
        assert Client(own.url, partner="OTHER").call("GET", "bookings/").status == 404
        key: dict[str, str | None] = {"X-Api-Key": "any@aside", "Authorization": None}
        made = client.call("POST", "quotes/", QUOTE, headers=key).body["id"]
        assert client.call("GET", f"quotes/{made}/").status == 404
        world = {"x-purchaseflow-world": "aside"}
        assert Client(own.url, headers=world).call("GET", f"quotes/{made}/").status == 200


def test_worlds_by_key_and_by_header_are_apart(purchaseflow_server: PurchaseflowServer) -> None:
    one, two = purchaseflow_server.world(), purchaseflow_server.world()
    path = f"quotes/{client_of(one).quote()['id']}/"
    named = Client(purchaseflow_server.url, headers={"x-purchaseflow-world": one.name})
    found = [
        caller.call("GET", path).status
        for caller in (client_of(one), named, client_of(two), Client(purchaseflow_server.url))
    ]
    assert found == [200, 200, 404, 404]
    one.delete()
    two.delete()


def test_the_same_seed_gives_two_worlds_the_same_bytes(
    purchaseflow_server: PurchaseflowServer,
) -> None:
    worlds = [purchaseflow_server.world(seed=5), purchaseflow_server.world(seed=5)]
    one, two = (client_of(world).call("POST", "instant_booking/", BOOKING) for world in worlds)
    assert one.content == two.content


def test_a_repeated_key_is_409_with_the_same_bytes(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    """Contract section 3: for 48 hours, by the world's clock."""
    path, body = client.booking_of(client.quote())
    key: dict[str, str | None] = {"X-Idempotency-Key": "k"}
    first = client.call("POST", path, body, headers=key)
    again = client.call("POST", path, body, headers=key)
    assert (first.status, again.status) == (200, 409)
    assert again.content == first.content
    purchaseflow.advance(hours=47.9)
    assert client.call("POST", path, body, headers=key).content == first.content
    purchaseflow.advance(hours=0.2)
    assert client.call("POST", path, body, headers=key).status == 422
    replayed = [entry["idempotency"]["replayed"] for entry in purchaseflow.journal()]
    assert replayed == [False, False, True, True, False]


def test_a_replayed_opt_out_is_409_without_a_body(client: Client) -> None:
    path = f"bookings/{client.quote()['id']}/opt_out"
    key: dict[str, str | None] = {"X-Idempotency-Key": "k"}
    assert client.call("POST", path, {}, headers=key).status == 204
    again = client.call("POST", path, {}, headers=key)
    assert (again.status, again.content, again.headers["content-length"]) == (409, b"", "0")


def test_a_key_with_another_body_is_refused(client: Client) -> None:
    path, body = client.booking_of(client.quote())
    key: dict[str, str | None] = {"X-Idempotency-Key": "k"}
    assert client.call("POST", path, body, headers=key).status == 200
    other = {**body, "policyholder": {**HOLDER, "first_name": "Bea"}}
    reply = client.call("POST", path, other, headers=key)
    assert reply.status == 422
    assert reply.body["errors"] == ["This idempotency key was used for another request"]


def test_a_key_whose_first_call_is_running_is_423(
    client: Client, purchaseflow: PurchaseflowWorld
) -> None:
    """Documented; another key is not held up."""
    path, body = client.booking_of(client.quote())
    key: dict[str, str | None] = {"X-Idempotency-Key": "k"}
    purchaseflow.fault("slow", "create_booking", times=1, seconds=0.4)
    statuses: list[int] = []
    first = threading.Thread(
        target=lambda: statuses.append(client.call("POST", path, body, headers=key).status)
    )
    first.start()
    while purchaseflow.control("GET", "/faults")["world"]:  # until the first call is in
        pass
    second = client.call("POST", path, body, headers=key)
    first.join()
    assert (second.status, second.body["type"]) == (423, "api_error")
    assert statuses == [200]
    assert client.call("POST", path, body, headers=key).status == 409


def test_secrets_are_not_in_the_journal(client: Client, purchaseflow: PurchaseflowWorld) -> None:
    card = {
        "number": "4111111111111111",
        "cvc": "987",
        "expiryMonth": "12",
        "expiryYear": "2030",
        "holderName": "Ann Lee",
    }
    client.call("POST", "customer-tokens", {"creditCard": card}, headers={"X-Api-Key": client.key})
    client.call("POST", "customer-tokens?cvc=987", content=b"{4111 1111 1111 1111, cvc: 987")
    text = str(purchaseflow.journal())
    assert text.count("'create_token'") == 2
    for secret in (
        card["number"],
        "4111 1111",
        *("'987'", "cvc=987", "cvc: 987"),  # a time or a port may hold these digits
        signature(client.secret, SIGNED),
        client.secret,
    ):
        assert secret not in text
