"""The error bodies the insurer sends (contract section 7), and the texts that were recorded."""

from __future__ import annotations

from typing import Any

from models.base import Reply

__all__ = ["REQUIRED", "UNEXPECTED", "Problem", "refusal_texts"]

REQUIRED = "This field is required."
UNEXPECTED = "Unexpected field"


class Problem(Reply):
    """A refusal, in either version of the envelope.

    `errors` has one of the recorded shapes: field to list of texts, field to one text (unknown
    fields), the same nested, a plain list of texts for a business rule; with the offers API also
    one entry per product that could not be priced (err-missing-field#1). The second version, which
    the offers API speaks on demand, has a list of entries with `details`, and `metadata`.
    """

    type: str = "api_error"
    message: str = ""
    errors: dict[str, Any] | list[Any] | None = None
    code: str | None = None
    error_id: str | None = None
    metadata: dict[str, Any] | None = None


def refusal_texts(problem: Problem) -> list[str]:
    """All sentences of a refusal, flattened, the message first; nested fields by dotted path."""
    texts = [problem.message] if problem.message else []
    texts.extend(_flatten(problem.errors, ""))
    return texts


def _flatten(node: object, path: str) -> list[str]:
    if isinstance(node, dict):
        return [
            text
            for key, value in node.items()
            for text in _flatten(value, f"{path}.{key}" if path else str(key))
        ]
    if isinstance(node, list):
        return [text for value in node for text in _flatten(value, path)]
    if node is None:
        return []
    return [f"{path}: {node}" if path else str(node)]
