"""The request that servers are measured with: a signed request for quotes, each one different."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import quote

from flow.simulator.insurer import Insurer
from models import Call

__all__ = ["CREATED", "KEY", "PARTNER", "PATH", "SECRET", "answer", "reading", "template"]

PARTNER = "RETLR"
KEY = "benchmark-key"
SECRET = "benchmark-secret"
PATH = f"/xcover/partners/{PARTNER}/quotes/"
CREATED = 201

_DATE = "Thu, 15 Jan 2026 09:00:00 GMT"
_PRICE, _NUMBER = 1200.5, 123456789


def template(secret: str = SECRET) -> bytes:
    """The request's bytes, with places for four digits of a price and nine of a number.

    No two requests are the same, so no answer can be kept for the next one.
    """
    body = json.dumps(_body(), separators=(",", ":"))
    head = _head("POST", PATH, secret, "Content-Type: application/json", _length(body))
    places = (head + body).replace("%", "%%").replace(str(_NUMBER), "%(number)09d")
    return places.replace(str(_PRICE), "%(price)04d.5").encode()


def reading(ins: str) -> bytes:
    """A signed request for a package that was stored."""
    return _head("GET", f"{PATH}{ins}/", SECRET).encode()


def answer() -> bytes:
    """What the simulated insurer answers: the body that peers hand out unchanged."""
    created = Insurer(seed=1).answer(Call(method="POST", path=PATH, body=_body()))
    if created.status != CREATED:
        message = f"the insurer answered {created.status}: {created.body}"
        raise ValueError(message)
    return json.dumps(created.body, separators=(",", ":"), ensure_ascii=False).encode()


def _body() -> dict[str, object]:
    product = {
        "policy_type": "product_insurance",
        "policy_type_version": 1,
        "policy_start_date": "2026-01-16T00:00:00Z",
        "category": "electronics",
        "price": _PRICE,
        "name": f"Laptop {_NUMBER}",
        "quantity": 1,
    }
    return {
        "request": [product],
        "currency": "GBP",
        "customer_country": "GB",
        "customer_language": "en",
    }


def _head(method: str, path: str, secret: str, *more: str) -> str:
    made = hmac.new(secret.encode(), f"date: {_DATE}".encode(), hashlib.sha512).digest()
    signature = quote(base64.b64encode(made).decode(), safe="")
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept: application/json",
        f"Date: {_DATE}",
        f"X-Api-Key: {KEY}",
        f'Authorization: Signature keyId="{KEY}",algorithm="hmac-sha512",signature="{signature}"',
    ]
    return "\r\n".join([*lines, *more, "", ""])


def _length(body: str) -> str:
    return f"Content-Length: {len(body)}"
