"""The insurer's official Python client, unmodified, against the server: every method it has."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests
import trustme
from xcover import XCover  # type: ignore[import-untyped]
from xcover.config import XCoverConfig  # type: ignore[import-untyped]
from xcover.exceptions import XCoverHttpException  # type: ignore[import-untyped]

from pytest_purchaseflow import PurchaseflowServer, PurchaseflowWorld
from tests.remote import serving
from tests.simulator.door import HOLDER, item

QUOTE = {"request": [item()], "currency": "GBP", "customer_country": "GB"}
INSTANT = {"request": [item()], "currency": "GBP", "policyholder": HOLDER}


def _client(world: PurchaseflowWorld, **config: Any) -> Any:
    whole = {
        "partner_code": world.partner,
        "base_url": world.base_url,
        "auth_api_key": world.api_key,
        "auth_api_secret": world.api_secret,
        "http_timeout": 20,
        "retry_backoff_factor": 0,
        **config,
    }
    return XCover(XCoverConfig(**whole))


@pytest.fixture
def client(purchaseflow: PurchaseflowWorld) -> Any:
    return _client(purchaseflow)


def _book(client: Any, package: Any, **changes: Any) -> Any:
    quotes = [
        {"id": quote["id"], **changes.pop("quote", {})} for quote in package["quotes"].values()
    ]
    return client.create_booking(
        package["id"], {"quotes": quotes, "policyholder": HOLDER, **changes}
    )


def _change(booking: Any, price: float) -> Any:
    return {"quotes": [{"id": booking["quotes"][0]["id"], "update_fields": {"price": price}}]}


def _paid(booking: Any) -> Any:
    attempt = {"payment_attempted_date": "2026-02-15T09:00:00Z", "payment_status": "PAID"}
    return {"quotes": [{"id": booking["quotes"][0]["id"], "instalment_number": 2, **attempt}]}


def _create_quote(client: Any) -> None:
    assert client.create_quote(QUOTE)["total_price"] == 89.6


def _get_quote(client: Any) -> None:
    package = client.create_quote(QUOTE)
    assert client.get_quote(package["id"]) == package


def _update_quote(client: Any) -> None:
    package = client.create_quote(QUOTE)
    changes = {"request": [{"quote_id": package["quotes"]["0"]["id"], "price": 500}]}
    assert client.update_quote(package["id"], changes)["total_price"] == 44.8
    assert client.get_quote(package["id"])["total_price"] == 44.8


def _add_quotes(client: Any) -> None:
    package = client.create_quote(QUOTE)
    assert len(client.add_quotes(package["id"], {"request": [item(), item()]})["quotes"]) == 3


def _delete_quotes(client: Any) -> None:
    package = client.create_quote({**QUOTE, "request": [item(), item(price=500)]})
    gone = {"quotes": [{"id": package["quotes"]["0"]["id"]}]}
    assert list(client.delete_quotes(package["id"], gone)["quotes"]) == ["1"]


def _opt_out(client: Any) -> None:
    ins = client.create_quote(QUOTE)["id"]
    assert client.opt_out(ins) is True
    assert client.get_quote(ins)["status"] == "OPTED_OUT"


def _create_booking(client: Any) -> None:
    booking = _book(client, client.create_quote(QUOTE))
    assert (booking["status"], booking["total_price"]) == ("CONFIRMED", 89.6)


def _instant_booking(client: Any) -> None:
    booking = client.instant_booking(INSTANT)
    assert client.get_quote(booking["id"])["status"] == booking["status"] == "CONFIRMED"


def _get_booking(client: Any) -> None:
    booking = client.instant_booking(INSTANT)
    read = client.get_booking(booking["id"], params={"language": "en"})
    assert booking.items() <= read.items()
    assert read["partner"]["id"] == "RETLR"


def _list_bookings(client: Any) -> None:
    ids = [client.instant_booking(INSTANT)["id"] for _ in range(3)]
    page = client.list_bookings(params={"limit": 1, "offset": 1})
    assert (page["count"], [row["id"] for row in page["results"]]) == (3, [ids[1]])
    assert client.list_bookings()["count"] == 3


def _confirm_booking(client: Any) -> None:
    pending = _book(client, client.create_quote(QUOTE), require_payment_confirmation=True)
    assert pending["status"] == "PENDING_PAYMENT"
    assert client.confirm_booking(pending["id"])["status"] == "CONFIRMED"


def _trigger_email(client: Any) -> None:
    assert client.trigger_email(client.instant_booking(INSTANT)["id"]) is True


def _booking_modification(client: Any) -> None:
    booking = client.instant_booking(INSTANT)
    assert (
        client.booking_modification(booking["id"], _change(booking, 1500))["total_price"] == 134.4
    )


def _booking_modification_quote(client: Any) -> None:
    booking = client.instant_booking(INSTANT)
    priced = client.booking_modification_quote(booking["id"], _change(booking, 1500))
    assert priced["total_price_diff"] == 44.8
    assert client.get_booking(booking["id"])["total_price"] == 89.6


def _confirm_booking_modification(client: Any) -> None:
    booking = client.instant_booking(INSTANT)
    priced = client.booking_modification_quote(booking["id"], _change(booking, 1500))
    done = client.confirm_booking_modification(booking["id"], priced["update_id"])
    assert done["total_price"] == 134.4


def _cancel_booking(client: Any) -> None:
    ins = client.instant_booking(INSTANT)["id"]
    assert client.cancel_booking(ins)["total_refund"] == 89.6
    assert client.get_booking(ins)["status"] == "CANCELLED"


def _confirm_booking_cancellation(client: Any) -> None:
    ins = client.instant_booking(INSTANT)["id"]
    preview = client.cancel_booking(ins, {"preview": True})
    assert client.get_booking(ins)["status"] == "CONFIRMED"
    done = client.confirm_booking_cancellation(ins, preview["cancellation_id"])
    assert done["total_refund"] == preview["total_refund"] == 89.6
    assert client.get_booking(ins)["status"] == "CANCELLED"


def _quote_for_renewal(client: Any) -> None:
    renewal = client.quote_for_renewal(client.instant_booking(INSTANT)["id"])
    assert renewal["quotes"][0]["status"] == "RECEIVED"


def _renewal_confirmation(client: Any) -> None:
    ins = client.instant_booking(INSTANT)["id"]
    renewal = client.quote_for_renewal(ins)["renewal_id"]
    statuses = [quote["status"] for quote in client.renewal_confirmation(ins, renewal)["quotes"]]
    assert statuses == ["RENEWED", "CONFIRMED"]


def _renewal_opt_out(client: Any) -> None:
    ins = client.instant_booking(INSTANT)["id"]
    client.quote_for_renewal(ins)
    assert client.renewal_opt_out(ins) is True


def _in_parts(client: Any) -> Any:
    return _book(client, client.create_quote(QUOTE), quote={"instalment_plan": "1year-monthly"})


def _get_instalments(client: Any) -> None:
    (schedule,) = client.get_instalments(_in_parts(client)["id"])["quotes"]
    assert schedule["next_payment"]["number"] == 2


def _update_instalment_payment_status(client: Any) -> None:
    booking = _in_parts(client)
    assert client.update_instalment_payment_status(booking["id"], _paid(booking)) is True
    (schedule,) = client.get_instalments(booking["id"])["quotes"]
    assert schedule["next_payment"]["number"] == 3


Use = Callable[[Any], None]
WORKING: dict[str, Use] = {
    use.__name__[1:]: use
    for use in (
        _create_quote,
        _get_quote,
        _update_quote,
        _add_quotes,
        _delete_quotes,
        _opt_out,
        _create_booking,
        _instant_booking,
        _get_booking,
        _list_bookings,
        _confirm_booking,
        _trigger_email,
        _booking_modification,
        _booking_modification_quote,
        _confirm_booking_modification,
        _cancel_booking,
        _confirm_booking_cancellation,
        _quote_for_renewal,
        _renewal_confirmation,
        _renewal_opt_out,
        _get_instalments,
        _update_instalment_payment_status,
    )
}


@pytest.mark.parametrize("method", WORKING)
def test_each_method_does_what_it_says(method: str, client: Any) -> None:
    WORKING[method](client)


def _cancelled(client: Any) -> str:
    ins: str = client.instant_booking(INSTANT)["id"]
    client.cancel_booking(ins)
    return ins


REFUSED: dict[str, tuple[int, Use]] = {
    "create_quote": (422, lambda c: c.create_quote({"request": []})),
    "get_quote": (404, lambda c: c.get_quote("AAAAA-AAAAA-INS")),
    "update_quote": (422, lambda c: c.update_quote(_cancelled(c), {"currency": "EUR"})),
    "add_quotes": (422, lambda c: c.add_quotes(_cancelled(c), {"request": [item()]})),
    "delete_quotes": (422, lambda c: c.delete_quotes(c.create_quote(QUOTE)["id"], {"quotes": []})),
    "opt_out": (422, lambda c: c.opt_out(c.create_quote(QUOTE)["id"], {"reason": "dear"})),
    "create_booking": (422, lambda c: c.create_booking(c.create_quote(QUOTE)["id"], {})),
    "instant_booking": (422, lambda c: c.instant_booking(QUOTE)),
    "get_booking": (404, lambda c: c.get_booking(c.create_quote(QUOTE)["id"])),
    "confirm_booking": (422, lambda c: c.confirm_booking(c.instant_booking(INSTANT)["id"])),
    "trigger_email": (
        422,
        lambda c: c.trigger_email(c.instant_booking(INSTANT)["id"], {"event": "BOOKING_CANCELLED"}),
    ),
    "booking_modification": (422, lambda c: c.booking_modification(_cancelled(c), {})),
    "booking_modification_quote": (422, lambda c: c.booking_modification_quote(_cancelled(c), {})),
    "confirm_booking_modification": (
        404,
        lambda c: c.confirm_booking_modification(c.instant_booking(INSTANT)["id"], "no-UPD"),
    ),
    "cancel_booking": (422, lambda c: c.cancel_booking(_cancelled(c))),
    "confirm_booking_cancellation": (
        404,
        lambda c: c.confirm_booking_cancellation(c.instant_booking(INSTANT)["id"], "no-CCL"),
    ),
    "quote_for_renewal": (422, lambda c: c.quote_for_renewal(_cancelled(c))),
    "renewal_confirmation": (
        404,
        lambda c: c.renewal_confirmation(c.instant_booking(INSTANT)["id"], "no-UPD"),
    ),
    "renewal_opt_out": (404, lambda c: c.renewal_opt_out(c.instant_booking(INSTANT)["id"])),
    "get_instalments": (404, lambda c: c.get_instalments("AAAAA-AAAAA-INS")),
    "update_instalment_payment_status": (
        422,
        lambda c: c.update_instalment_payment_status(c.instant_booking(INSTANT)["id"], {}),
    ),
}


@pytest.mark.parametrize("method", REFUSED)
def test_each_refusal_is_an_error_of_the_client(method: str, client: Any) -> None:
    status, use = REFUSED[method]
    with pytest.raises(XCoverHttpException, match=rf"^{status} Client Error"):
        use(client)


def test_no_method_is_left_out() -> None:
    """Reading a list is the only call that has nothing to refuse."""
    methods = {name for name, _ in inspect.getmembers(XCover, inspect.isfunction)}
    own = {name for name in methods if name[0] != "_"} - {"call", "call_partner_endpoint"}
    assert own == set(WORKING)
    assert own - set(REFUSED) == {"list_bookings"}


def test_an_email_is_sent_again(purchaseflow: PurchaseflowWorld, client: Any) -> None:
    client.trigger_email(client.instant_booking(INSTANT)["id"])
    assert [mail["event"] for mail in purchaseflow.outbox()] == ["BOOKING_CREATED"] * 2


def _keys(world: PurchaseflowWorld) -> list[tuple[str, str | None]]:
    return [
        (call["operation"], call["request"]["headers"].get("x-idempotency-key"))
        for call in world.journal()
    ]


def test_the_client_sends_a_key_with_all_but_reading_and_quoting(
    purchaseflow: PurchaseflowWorld, client: Any
) -> None:
    package = client.create_quote(QUOTE)
    _book(client, package)
    client.get_booking(package["id"])
    client.cancel_booking(package["id"])
    (quote, none), (book, one), (read, no), (cancel, other) = _keys(purchaseflow)
    assert (quote, book, read, cancel) == (
        "create_quotes",
        "create_booking",
        "get_booking",
        "cancel_booking",
    )
    assert none is no is None
    assert one != other
    assert {UUID(one).version, UUID(other).version} == {4}


def test_a_repeated_key_books_once_and_the_client_takes_the_answer_for_an_error(
    purchaseflow: PurchaseflowWorld, client: Any
) -> None:
    """What a shop has to know about this client (contract section 10)."""
    own = {"x-idempotency-key": "one-key"}
    booking = client.instant_booking(INSTANT, headers=dict(own))
    with pytest.raises(XCoverHttpException, match=r"^409 Client Error"):
        client.instant_booking(INSTANT, headers=dict(own))
    assert client.list_bookings()["count"] == 1
    answer = purchaseflow.journal("instant_booking")[1]["answer"]
    assert (answer["status"], answer["body"]) == (409, booking)


def test_a_key_for_another_body_is_refused(client: Any) -> None:
    own = {"x-idempotency-key": "one-key"}
    client.instant_booking(INSTANT, headers=dict(own))
    with pytest.raises(XCoverHttpException, match=r"^422"):
        client.instant_booking({**INSTANT, "request": [item(price=5)]}, headers=dict(own))
    assert client.list_bookings()["count"] == 1


@pytest.mark.parametrize("algorithm", ["hmac-sha256", "hmac-sha384", "hmac-sha512", None])
@pytest.mark.parametrize("headers", ["date", "(request-target) date", "(request-target) date etag"])
def test_every_way_the_client_can_sign_is_accepted(
    algorithm: str | None, headers: str, purchaseflow: PurchaseflowWorld
) -> None:
    """It leaves out a listed header it does not send, `etag` here, and so does the server."""
    client = _client(purchaseflow, auth_algorithm=algorithm, headers=headers)
    assert client.list_bookings(params={"limit": 5})["count"] == 0
    assert purchaseflow.journal()[0]["signature"]["verdict"] == "valid"


def test_a_wrong_secret_and_an_unknown_key_are_errors(purchaseflow: PurchaseflowWorld) -> None:
    with pytest.raises(XCoverHttpException, match=r"^403"):
        _client(purchaseflow, auth_api_secret="wrong").create_quote(QUOTE)
    with pytest.raises(XCoverHttpException, match=r"^401"):
        _client(purchaseflow, auth_api_key="nobody").create_quote(QUOTE)


@pytest.mark.parametrize("prefix", ["/x/", "/xcover/", "/api/v2/", "/"])
def test_every_base_address_works(prefix: str, purchaseflow: PurchaseflowWorld) -> None:
    client = _client(purchaseflow, base_url=purchaseflow.server.url + prefix)
    assert client.create_quote(QUOTE)["status"] == "RECEIVED"


def test_the_raw_call_gets_the_whole_answer(client: Any) -> None:
    answer = client.call("POST", "partners/RETLR/quotes/", QUOTE, headers={"x-custom-header": "a"})
    assert (answer.status_code, answer.reason) == (201, "Created")
    assert answer.headers["x-ratelimit-limit"] == "-1"


def test_keys_name_worlds(purchaseflow: PurchaseflowWorld, client: Any) -> None:
    """The client can set no world header in its settings; its key says which world it is."""
    client.instant_booking(INSTANT)
    other = purchaseflow.server.world()
    assert _client(other).list_bookings()["count"] == 0
    other.delete()


@pytest.fixture(scope="module")
def tls_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[PurchaseflowServer, str]]:
    """A server over TLS, and the certificate of who vouches for it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    own = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    own.private_key_pem.write_to_path(str(folder / "key.pem"))
    for blob in own.cert_chain_pems:
        blob.write_to_path(str(folder / "own.pem"), append=True)
    options = ("--tls-certificate", str(folder / "own.pem"), "--tls-key", str(folder / "key.pem"))
    with serving(*options) as (server, _):
        yield server, str(folder / "ca.pem")


@pytest.fixture
def tls(
    tls_server: tuple[PurchaseflowServer, str], monkeypatch: pytest.MonkeyPatch
) -> PurchaseflowWorld:
    """A world over TLS. The client looks at no variable for certificates, only at the bundle."""
    server, authority = tls_server
    monkeypatch.setenv("SSL_CERT_FILE", authority)
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", authority)
    return server.world()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "unavailable"},
        {"kind": "unavailable", "status": 503},
        {"kind": "unavailable", "status": 504},
        {"kind": "throttled", "retry_after": 0},
        {"kind": "call_lost"},
    ],
    ids=["502", "503", "504", "429", "lost"],
)
def test_failures_are_tried_again_with_the_same_key_and_book_once(
    fault: dict[str, Any], tls: PurchaseflowWorld
) -> None:
    tls.fault(operation="instant_booking", times=2, **fault)
    client = _client(tls)
    assert client.instant_booking(INSTANT)["status"] == "CONFIRMED"
    assert client.list_bookings()["count"] == 1
    keys = {key for operation, key in _keys(tls) if operation == "instant_booking"}
    assert len(tls.journal("instant_booking")) == 3
    assert len(keys) == 1


def test_throttling_is_waited_for_as_long_as_it_says(tls: PurchaseflowWorld) -> None:
    tls.fault("throttled", "instant_booking", times=1, retry_after=1)
    waited: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("urllib3.util.retry.time.sleep", waited.append)
        assert _client(tls).instant_booking(INSTANT)["status"] == "CONFIRMED"
    assert waited == [1]


def test_an_answer_that_was_lost_comes_back_as_the_409_the_client_complains_of(
    tls: PurchaseflowWorld,
) -> None:
    tls.fault("answer_lost", "instant_booking", times=1)
    client = _client(tls)
    with pytest.raises(XCoverHttpException, match=r"^409"):
        client.instant_booking(INSTANT)
    assert client.list_bookings()["count"] == 1


def test_an_answer_cut_short_is_not_tried_again_though_it_is_booked(
    tls: PurchaseflowWorld,
) -> None:
    tls.fault("truncated", "instant_booking", times=1)
    client = _client(tls)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.instant_booking(INSTANT)
    assert client.list_bookings()["count"] == 1


def test_a_lasting_outage_is_an_error_after_six_tries(tls: PurchaseflowWorld) -> None:
    tls.fault("unavailable", "instant_booking")
    with pytest.raises(XCoverHttpException, match="too many 502 error responses"):
        _client(tls).instant_booking(INSTANT)
    assert len(tls.journal("instant_booking")) == 6


def test_quotes_are_not_tried_again_by_themselves(tls: PurchaseflowWorld) -> None:
    tls.fault("unavailable", "create_quotes", times=1)
    client = _client(tls)
    with pytest.raises(XCoverHttpException, match=r"^502 Server Error"):
        client.create_quote(QUOTE)
    assert client.create_quote(QUOTE)["status"] == "RECEIVED"


def test_a_running_call_is_an_error_that_is_not_tried_again(tls: PurchaseflowWorld) -> None:
    """423 is not on the client's list (contract section 1)."""
    tls.fault("unavailable", "instant_booking", status=423, times=1)
    with pytest.raises(XCoverHttpException, match=r"^423 Client Error"):
        _client(tls).instant_booking(INSTANT)
    assert len(tls.journal("instant_booking")) == 1
