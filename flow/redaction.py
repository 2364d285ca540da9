"""What must not be written anywhere: card numbers, card codes and secrets in JSON."""

from __future__ import annotations

from typing import Any

__all__ = ["HIDDEN", "without_secrets"]

HIDDEN = "***"
_SECRET_KEYS = {"cvc", "number", "api_secret", "secret", "password"}
_LARGEST_COUNT = 1000
"""A `number` up to this is an instalment's, not a card's."""


def without_secrets(node: Any) -> Any:
    """The same JSON with card numbers, card codes and secrets blanked out."""
    if isinstance(node, dict):
        return {
            name: HIDDEN if _is_secret(name, value) else without_secrets(value)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [without_secrets(value) for value in node]
    return node


def _is_secret(name: str, value: Any) -> bool:
    if name not in _SECRET_KEYS or not isinstance(value, str | int | float):
        return False
    return not (name == "number" and isinstance(value, int) and value <= _LARGEST_COUNT)
