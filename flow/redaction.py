"""What must not be written anywhere: card numbers, card codes and secrets in JSON and in texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

__all__ = ["HIDDEN", "without_cards", "without_secrets"]

HIDDEN = "***"
_SECRET_KEYS = {
    *("number", "cardnumber", "pan"),
    *("cvc", "cvc2", "cvv", "cvv2", "securitycode"),
    *("apisecret", "secret", "password"),
}
"""Without their underscores, in small letters."""
_LARGEST_COUNT = 1000
"""A `number` up to this is an instalment's, not a card's."""
_SHORTEST, _LONGEST = 13, 19
_SEPARATORS = " \u00a0\u2009\u202f_./\u2010-\u2015-"
_UUID = r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}"
_RUN = re.compile(rf"(?P<uuid>{_UUID})|(?<![0-9])[0-9](?:[{_SEPARATORS}]{{0,2}}[0-9]){{12,}}")
"""Digits that may hold a card's; what is written like a UUID is one."""
_PART = re.compile("[0-9]+")
_ISSUED = re.compile(
    "3[47][0-9]{13}|3(?:0|[689])[0-9]{12}|35[0-9]{14}"  # American Express, Diners Club, JCB
    "|4[0-9]{12}(?:[0-9]{3}){0,2}"  # Visa
    "|(?:5[0-9]|2[2-7])[0-9]{14}|6[0-9]{15,18}"  # Mastercard; Maestro, Discover, UnionPay
)
"""How the numbers of cards begin, with their lengths: an IMEI has a check digit, too."""
_DOUBLED = "0246813579"


def without_secrets(node: Any) -> Any:
    """The same JSON with card numbers, card codes and secrets blanked out.

    A card is known by its name, or by its digits wherever they stand.
    """
    if isinstance(node, dict):
        return {
            without_cards(name): HIDDEN if _is_secret(name, value) else without_secrets(value)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [without_secrets(value) for value in node]
    return without_cards(node)


def without_cards(value: Any) -> Any:
    """A text, or number, without card numbers; other digits stay, be they as many."""
    if isinstance(value, str):
        return _RUN.sub(_covered, value) if len(value) >= _SHORTEST else value
    if isinstance(value, int | float) and value >= 10 ** (_SHORTEST - 1):
        return HIDDEN if value == value // 1 and _is_card(f"{value:.0f}") else value
    return value


def _covered(run: re.Match[str]) -> str:
    """A run of digits without the cards in it: a count or a date may stand beside them."""
    text, shown, after = run[0], "", 0
    if run["uuid"]:
        return text
    parts = list(_PART.finditer(text))
    for place, part in enumerate(parts):
        if part.start() < after:
            continue
        end = next(_ends(text, parts, place), None)
        if end is not None:
            shown += text[after : part.start()] + HIDDEN
            after = end
    return shown + text[after:]


def _ends(text: str, parts: list[re.Match[str]], place: int) -> Iterator[int]:
    """Where a card ends that begins with this part."""
    digits = ""
    for part in parts[place:]:
        digits += part[0]
        if len(digits) > _LONGEST:
            return
        if _is_card(digits):
            yield part.end()


def _is_card(digits: str) -> bool:
    """Whether these are a card's: of a known issuer, and right by their check digit (Luhn)."""
    if _ISSUED.fullmatch(digits) is None:
        return False
    doubled = sum(int(_DOUBLED[int(digit)]) for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[-1::-2]))) % 10 == 0


def _is_secret(name: str, value: Any) -> bool:
    if not isinstance(value, str | int | float):
        return False
    plain = name.replace("_", "").lower()
    if plain not in _SECRET_KEYS:
        return False
    return not (plain == "number" and isinstance(value, int) and value <= _LARGEST_COUNT)
