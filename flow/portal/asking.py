"""Asking the insurer: three times while there is silence, and what no answer means to people."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flow.errors import BackendError, BackendRefused, BackendSilent
from flow.portal.sale import Notice, Trouble

__all__ = ["ask", "notice_of", "reasons_of", "sentence"]

T = TypeVar("T")

TRIES = 3
"""Once, and twice again: the documentation asks to resend at least twice (contract 10)."""


def ask(attempt: Callable[[], T], *, unsure: Callable[[], None] = lambda: None) -> T:
    """Get a call answered, trying again while there is silence or throttling.

    A call that changes something carries its idempotency key, so that it is done once. `unsure`
    is called when a try may have been carried out unheard.

    Raises:
        BackendSilent: no answer after all tries, or throttled after a try without one.
        BackendRefused: the insurer said no, or asks for another try later.
    """
    silent: BackendSilent | None = None
    for left in reversed(range(TRIES)):
        try:
            return attempt()
        except BackendSilent as silence:
            silent = silence
            unsure()
            if not left:
                raise
        except BackendRefused as refusal:
            if not refusal.is_busy:
                raise
            if not left:
                raise silent or refusal from None
    raise AssertionError  # the last try returns or raises


def notice_of(error: BackendError, meaning: str) -> Notice:
    """What an error means to the associate; `meaning` says what became of their work."""
    if isinstance(error, BackendRefused):
        if error.is_busy:
            text = f"The insurer is busy. {meaning} Try again in a moment."
            return Notice(trouble=Trouble.BUSY, text=text, status=error.status)
        text = f"The insurer says: {' '.join(reasons_of(error))}"
        return Notice(trouble=Trouble.REFUSED, text=text, status=error.status)
    if isinstance(error, BackendSilent):
        return Notice(trouble=Trouble.SILENT, text=f"The insurer does not answer. {meaning}")
    return Notice(
        trouble=Trouble.SILENT, text=f"The insurer's answer cannot be understood. {meaning}"
    )


_SAYS_NOTHING = "An API error occurred."
"""What stands above the reasons in every refusal (contract 7)."""


def reasons_of(refusal: BackendRefused) -> list[str]:
    """What the insurer gives as reasons, each a sentence and once."""
    texts = dict.fromkeys(map(sentence, refusal.texts))
    return [text for text in texts if text != _SAYS_NOTHING] or list(texts)


def sentence(text: str) -> str:
    """A text with a full stop, where it ends without a mark."""
    text = text.strip()
    return text if not text or text[-1] in ".!?" else f"{text}."
