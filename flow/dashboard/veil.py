"""Dashboard: what must not be seen on a page: keys, tokens, signatures, and cards in any form."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode

from flow.redaction import HIDDEN, without_cards
from flow.server.journal import Entry
from models.base import Json
from models.endpoints import Operation

__all__ = ["Veil"]

_SHORTEST = 4
"""A secret of fewer letters would be found in every other word."""
_TOLD_BY = re.compile(r"key|token|secret|signature|password|card|cvc", re.IGNORECASE)
_OF_A_CERTIFICATE = "security_token"
"""It opens what the page tells anyway, and stands in links that are to be followed."""
_SCHEMES = re.compile(r"[A-Za-z]+")
_SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    quote,
    quote_plus,
    functools.partial(quote, safe=""),
)
"""How a secret can stand in a path or a query."""
_CARD_TOKEN = "customer_token_id"


class Veil:
    """Hides what nobody is to read off a page, wherever in a call it stands.

    Args:
        secrets: of this server: the control token, partners' keys and secrets.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        long = [one for one in secrets if len(one) >= _SHORTEST]
        spelt = {way(one) for one in long for way in _SPELLINGS}
        found = sorted(spelt, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, found))) if found else None

    def text(self, text: str) -> str:
        """A text without cards and the server's secrets."""
        plain = _without_cards(text)
        return plain if self._pattern is None else self._pattern.sub(HIDDEN, plain)

    def cover(self, node: Any, cards: frozenset[str] = frozenset()) -> Any:
        """The same JSON without secrets, and without those card tokens."""
        if isinstance(node, dict):
            return {
                self.text(name): HIDDEN if name == _CARD_TOKEN else self.cover(value, cards)
                for name, value in node.items()
            }
        if isinstance(node, list):
            return [self.cover(value, cards) for value in node]
        if not isinstance(node, str):
            return without_cards(node)
        for token in cards:
            node = node.replace(token, HIDDEN)
        return self.text(node)

    def shown(self, entry: Entry) -> Json:
        """A journal's entry, as it may be looked at."""
        raw = entry.shown()
        cards = frozenset(_card_tokens(raw))
        request, answer = raw["request"], raw["answer"]
        if entry.operation == Operation.CREATE_TOKEN and isinstance(answer["body"], dict):
            answer = {**answer, "body": HIDDEN}
        return {
            **raw,
            "request": {
                "method": self.text(request["method"]),
                "path": self.text(request["path"]),
                "query": self.text(_covered_query(request["query"])),
                "headers": self.cover(_covered_headers(request["headers"])),
                "body": self.cover(request["body"], cards),
            },
            "answer": {**answer, "body": self.cover(answer["body"], cards)},
            "idempotency": self.cover(raw["idempotency"]),
        }


def _card_tokens(entry: Json) -> Iterable[str]:
    """Tokens that a call pays with; a refusal may name them in a sentence."""
    body = entry["request"]["body"]
    token = body.get(_CARD_TOKEN) if isinstance(body, dict) else None
    if isinstance(token, str) and len(token) >= _SHORTEST:
        yield token


def _covered_headers(headers: dict[str, str]) -> dict[str, str]:
    """A signature's header keeps its scheme: the key in it says who called, and is no page's."""
    shown = {
        name: HIDDEN if _TOLD_BY.search(name) and "idempotency" not in name else value
        for name, value in headers.items()
    }
    if "authorization" in shown:
        scheme = _SCHEMES.match(shown["authorization"])
        shown["authorization"] = f"{scheme[0]} {HIDDEN}" if scheme else HIDDEN
    return shown


def _without_cards(text: str) -> str:
    """In an address a card can be spelt so that only a server reads it."""
    covered = str(without_cards(text))
    plain = unquote(covered) if "%" in covered else covered
    uncovered = str(without_cards(plain))
    return covered if uncovered == plain else uncovered


def _covered_query(query: str) -> str:
    if query == HIDDEN or not query:
        return query
    pairs = parse_qsl(query, keep_blank_values=True)
    shown = [
        (without_cards(name), HIDDEN if _is_told(name) else without_cards(value))
        for name, value in pairs
    ]
    return urlencode(shown, safe="*") if shown else query


def _is_told(name: str) -> bool:
    """Whether a query's word says that a secret follows."""
    return name != _OF_A_CERTIFICATE and _TOLD_BY.search(name) is not None
