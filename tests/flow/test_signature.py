"""Signatures: the vectors that clients publish, what may be listed, and every verdict."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from flow.server.partners import Partner, Partners
from flow.signature import (
    TARGET,
    Credentials,
    Verdict,
    authorization,
    check,
    http_date,
    is_within,
    read_claim,
    sign,
    signed_text,
)

NEW_YEAR = "Tue, 01 Jan 2019 00:00:00 GMT"
OWN = Credentials("abcd", "efgh")
SHA512 = "f6RnwuCiDBJiAgi7fbc4cXEeKF%2BPKiIA%2BQbKVHqQmu3KHemhLg2wV5FDceUEbzPurmnqQi5H7W9Ot1om0o7W3A%3D%3D"  # noqa: E501


@pytest.mark.parametrize(
    ("secret", "date", "algorithm", "published"),
    [
        ("efgh", NEW_YEAR, "hmac-sha512", SHA512),
        ("efgh", NEW_YEAR, "hmac-sha1", "N%2BMCbEVhvCMWdhqmtxxva5%2BVHt4%3D"),
        (
            "test_api_secret",
            "Sun, 29 Aug 2021 12:07:26 GMT",
            "hmac-sha256",
            "bfxytCfvFqito27v0%2FKcN1jBJsgnCReimKXdAWwoi0k%3D",
        ),
    ],
)
def test_the_published_vectors_come_out(
    secret: str, date: str, algorithm: str, published: str
) -> None:
    """From the clients' own tests: contract section 2."""
    assert sign(secret, f"date: {date}", algorithm) == published


def test_the_usual_header_lists_no_headers() -> None:
    header = authorization(OWN, "GET", "/x", {"date": NEW_YEAR})
    assert header == f'Signature keyId="abcd",algorithm="hmac-sha512",signature="{SHA512}"'


def test_method_and_path_are_signed_when_listed() -> None:
    headers = {"date": NEW_YEAR}
    names = (TARGET, "date")
    text = signed_text(names, "GET", "/xcover/partners/LLODT/bookings/", headers)
    assert text == (f"(request-target): get /xcover/partners/LLODT/bookings/\ndate: {NEW_YEAR}")
    header = authorization(OWN, "GET", "/a", headers, names=names)
    claim = read_claim(header)
    assert claim is not None
    assert claim.headers == names
    assert check(claim, "efgh", "GET", "/a", headers) is Verdict.VALID
    assert check(claim, "efgh", "POST", "/a", headers) is Verdict.WRONG
    assert check(claim, "efgh", "GET", "/b", headers) is Verdict.WRONG


def test_listed_headers_that_are_missing_are_skipped() -> None:
    """Clients leave them out of what they sign, and list them all the same."""
    headers = {"date": NEW_YEAR, "digest": "d"}
    text = signed_text(("host", "digest", "date"), "GET", "/", headers)
    assert text == f"digest: d\ndate: {NEW_YEAR}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Bearer x",
        "Signature",
        'Signature keyId="a"',
        'Signature signature="a"',
        "\x00",
        "é" * 9,
    ],
)
def test_what_is_no_signature_with_a_key_is_no_claim(text: str) -> None:
    assert read_claim(text) is None


def _verdict(
    header: str | None = None,
    *,
    code: str = "RETLR",
    date: str | None = NEW_YEAR,
    window: float | None = None,
    checks: bool = True,
    more: dict[str, str] | None = None,
) -> Verdict:
    gate = Partners([Partner(code="RETLR", credentials=OWN)], checks=checks, window=window)
    headers = {} if date is None else {"date": date}
    given = authorization(OWN, "GET", "/p", headers) if header is None else header
    return gate.admit(
        code, "GET", "/p", {**headers, "authorization": given, **(more or {})}
    ).verdict


def _claimed(**changes: str) -> str:
    own = {"keyId": "abcd", "algorithm": "hmac-sha512", "signature": SHA512, **changes}
    return "Signature " + ",".join(f'{name}="{value}"' for name, value in own.items())


def _every_verdict() -> dict[Verdict, Verdict]:
    other = sign("efgh", f"date: {NEW_YEAR}", "hmac-sha1")
    return {
        Verdict.VALID: _verdict(),
        Verdict.DEPRECATED: _verdict(_claimed(algorithm="hmac-sha1", signature=other)),
        Verdict.UNCHECKED: _verdict("nonsense", checks=False),
        Verdict.MISSING: _verdict("Basic abc"),
        Verdict.UNSUPPORTED: _verdict(_claimed(algorithm="hmac-md5")),
        Verdict.UNKNOWN_KEY: _verdict(_claimed(keyId="other")),
        Verdict.UNDATED: _verdict(_claimed(), date=None),
        Verdict.WRONG: _verdict(_claimed(signature=sign("wrong", f"date: {NEW_YEAR}"))),
        Verdict.MISENCODED: _verdict(_claimed(signature="a-_b")),
        Verdict.STALE: _verdict(window=60),
        Verdict.FOREIGN: _verdict(code="OTHER"),
    }


def test_every_verdict_can_be_reached() -> None:
    found = _every_verdict()
    assert found == {verdict: verdict for verdict in Verdict}
    accepted = {verdict for verdict in Verdict if verdict.is_accepted}
    assert accepted == {Verdict.VALID, Verdict.DEPRECATED, Verdict.UNCHECKED}


@pytest.mark.parametrize(
    "signature",
    [
        SHA512.replace("%2B", "-"),
        SHA512.replace("%2B", "+").replace("%3D", "="),
        SHA512[:-1],
        "%FF%00",
        "%zz",
        "ü",
        "a",
    ],
)
def test_what_is_not_percent_encoded_base64_is_misencoded(signature: str) -> None:
    """URL-safe base64 is refused, as documented."""
    assert _verdict(_claimed(signature=signature)) is Verdict.MISENCODED


def test_another_key_in_x_api_key_is_not_the_key_that_signed() -> None:
    assert _verdict(more={"x-api-key": "abcd"}) is Verdict.VALID
    assert _verdict(more={"x-api-key": "other"}) is Verdict.UNKNOWN_KEY


def test_a_date_is_within_its_window_on_both_sides() -> None:
    noon = datetime(2026, 1, 15, 12, tzinfo=UTC)
    for seconds in (-60, 60):
        assert is_within(http_date(noon + timedelta(seconds=seconds)), 60, noon)
        assert not is_within(http_date(noon + timedelta(seconds=seconds * 1.1)), 60, noon)
    assert is_within("Thu, 15 Jan 2026 12:00:00", 1, noon)


@pytest.mark.parametrize(
    "date",
    [
        "",
        "soon",
        "Thu, 99999999999999999999 Jan 2026 12:00:00 GMT",
        "Thu, 15 Jan 2026 12:00:00 +99999999999999999999",
        "Thu, 15 Jan 99999 12:00:00 GMT",
        "Thu, 15 Jan 2026 12:00:00 +9999",
    ],
)
def test_nonsense_is_never_within_a_window(date: str) -> None:
    assert not is_within(date, 1e12, datetime(2026, 1, 15, 12, tzinfo=UTC))


def test_a_secret_is_not_printed() -> None:
    assert "efgh" not in repr(OWN)
