"""Letters that turn a text round: closed where what people typed ends, or made visible."""

from __future__ import annotations

import re

__all__ = ["closed", "visible"]

_LETTERS = re.compile("[\u202a-\u202e\u2066-\u2069\n\r\u2029]")
_CLOSERS = {
    **dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c"),
    **dict.fromkeys("\u2066\u2067\u2068", "\u2069"),
}
"""What ends an embedding or override, and what ends an isolate."""
_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


def closed(text: str) -> str:
    """The same text, with everything closed that it leaves open: what follows is not turned."""
    found = _LETTERS.findall(text)
    if not found:
        return text
    waiting: list[str] = []
    for letter in found:
        if letter in _CLOSERS:
            waiting.append(_CLOSERS[letter])
        elif letter in "\n\r\u2029":  # a paragraph's end closes all
            waiting.clear()
        elif letter == "\u2069" and letter in waiting:
            while waiting.pop() != letter:
                pass
        elif waiting and waiting[-1] == letter:
            waiting.pop()
    return text + "".join(reversed(waiting))


def visible(text: str) -> str:
    """The same text, with letters that nobody can see written as JSON escapes them."""
    return _UNSEEN.sub(lambda letter: f"\\u{ord(letter[0]):04x}", text)
