"""HTTP Signatures as the insurer uses them: HMAC over the Date header (contract section 2).

Both sides are here: what a client signs, what a server checks, and the insurer's own webhooks.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from urllib.parse import quote, unquote

__all__ = [
    "ALGORITHMS",
    "TARGET",
    "Claim",
    "Credentials",
    "Verdict",
    "authorization",
    "check",
    "http_date",
    "is_within",
    "read_claim",
    "sign",
    "signed_text",
]

TARGET = "(request-target)"
"""The pseudo-header for method and path, without query string."""

ALGORITHMS = {
    "hmac-sha256": "sha256",
    "hmac-sha384": "sha384",
    "hmac-sha512": "sha512",
    "hmac-sha1": "sha1",  # deprecated, still named in the documentation
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """An API key and its secret; the secret is not printed."""

    key: str
    secret: str

    def __repr__(self) -> str:
        """The key alone."""
        return f"Credentials({self.key!r}, ***)"


class Verdict(StrEnum):
    """What the check of a signature came to."""

    VALID = "valid"
    DEPRECATED = "deprecated"
    """Valid, and made with SHA-1."""
    UNCHECKED = "unchecked"
    """Checking is turned off."""
    MISSING = "missing"
    """No Authorization header, or not a signature."""
    UNSUPPORTED = "unsupported"
    """An algorithm that is none of the four."""
    UNKNOWN_KEY = "unknown_key"
    UNDATED = "undated"
    """No Date header, though the signature is to cover one."""
    WRONG = "wrong"
    MISENCODED = "misencoded"
    """URL-safe base64, or base64 that was not percent-encoded."""
    STALE = "stale"
    """The Date is outside the window, where one is set."""
    FOREIGN = "foreign"
    """Valid, for another partner."""

    @property
    def is_accepted(self) -> bool:
        """Whether the call may go on."""
        return self in (Verdict.VALID, Verdict.DEPRECATED, Verdict.UNCHECKED)


@dataclass(frozen=True, slots=True)
class Claim:
    """What an Authorization header says; `headers` lists what was signed, in order."""

    key: str
    algorithm: str
    signature: str
    headers: tuple[str, ...] = ("date",)


_USUAL = re.compile(r'Signature keyId="([^"]+)",algorithm="([^"]*)",signature="([^"]+)"')
_SCHEME = re.compile(r"\s*Signature\s+", re.IGNORECASE)
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


def read_claim(text: str) -> Claim | None:
    """The claim of an Authorization header; None when it is not a signature with a key."""
    usual = _USUAL.fullmatch(text)  # what clients send; anything else is read with patience
    if usual is not None:
        return Claim(usual[1], usual[2].lower(), usual[3])
    scheme = _SCHEME.match(text)
    if scheme is None:
        return None
    given = dict(_PARAMETER.findall(text, scheme.end()))
    if not given.get("keyId") or not given.get("signature"):
        return None
    names = tuple(given.get("headers", "date").lower().split()) or ("date",)
    return Claim(
        given["keyId"], given.get("algorithm", "").lower(), given["signature"], headers=names
    )


def signed_text(names: tuple[str, ...], method: str, path: str, headers: Mapping[str, str]) -> str:
    """The string to sign. Listed headers that the request lacks are skipped, as clients do.

    Args:
        names: lower-case header names, and `TARGET`.
        path: as sent, prefix included, query string left out.
        headers: lower-case names to values.
    """
    if names == ("date",):
        return f"date: {headers.get('date', '')}"
    lines = []
    for name in names:
        if name == TARGET:
            lines.append(f"{TARGET}: {method.lower()} {path}")
        elif name in headers:
            lines.append(f"{name}: {headers[name]}")
    return "\n".join(lines)


def sign(secret: str, text: str, algorithm: str = "hmac-sha512") -> str:
    """The signature of a text: HMAC with the secret's UTF-8 bytes, base64, percent-encoded."""
    digest = hmac.digest(secret.encode(), text.encode(), ALGORITHMS[algorithm])
    return quote(base64.b64encode(digest), safe="")


def authorization(
    credentials: Credentials,
    method: str,
    path: str,
    headers: Mapping[str, str],
    *,
    algorithm: str = "hmac-sha512",
    names: tuple[str, ...] = ("date",),
) -> str:
    """The Authorization header for a request; `headers` is left out of it for `date` alone."""
    text = signed_text(names, method, path, headers)
    listed = "" if names == ("date",) else f'headers="{" ".join(names)}",'
    signature = sign(credentials.secret, text, algorithm)
    return (
        f'Signature keyId="{credentials.key}",algorithm="{algorithm}",'
        f'{listed}signature="{signature}"'
    )


def check(claim: Claim, secret: str, method: str, path: str, headers: Mapping[str, str]) -> Verdict:
    """Whether a claim was made with this secret, for this request.

    URL-safe base64 is refused, as documented; base64 that was not percent-encoded too, which
    the documentation asks for. # the latter was not recorded: our choice
    """
    name = ALGORITHMS.get(claim.algorithm)
    if name is None:
        return Verdict.UNSUPPORTED
    if "date" in claim.headers and not headers.get("date"):
        return Verdict.UNDATED
    text = signed_text(claim.headers, method, path, headers)
    right = binascii.b2a_base64(hmac.digest(secret.encode(), text.encode(), name), newline=False)
    if not _MISENCODED.isdisjoint(claim.signature):
        return Verdict.MISENCODED
    given = claim.signature.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=")
    if "%" in given:
        given = unquote(given)
    if not hmac.compare_digest(right, given.encode("utf-8", "replace")):
        return Verdict.WRONG if _BASE64.fullmatch(given) else Verdict.MISENCODED
    return Verdict.DEPRECATED if name == "sha1" else Verdict.VALID


_MISENCODED = frozenset("-_+/=")
"""What a percent-encoded signature in the usual base64 does not hold."""
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def http_date(moment: datetime) -> str:
    """`Thu, 04 Nov 2021 18:07:11 GMT`: how a Date header prints an instant."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def is_within(date: str, seconds: float, now: datetime) -> bool:
    """Whether a Date header is at most so many seconds away from an instant."""
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return False
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return abs((now - moment).total_seconds()) <= seconds
