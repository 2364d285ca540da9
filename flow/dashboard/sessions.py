"""Dashboard: who has signed in. A browser holds a session's name, never the token itself."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

__all__ = ["COOKIE", "Session", "Sessions"]

COOKIE = "purchaseflow_dashboard"
_MOST = 100
"""How many are signed in at a time; one more signs the first one out."""


def _draw() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in.

    Attributes:
        name: what its cookie holds.
        seal: what its forms carry, so that no other page can send one.
    """

    name: str = field(default_factory=_draw, repr=False)
    seal: str = field(default_factory=_draw, repr=False)

    def sealed(self, given: str) -> bool:
        """Whether a form came from a page of this session."""
        return hmac.compare_digest(given.encode(), self.seal.encode())


class Sessions:
    """All that are signed in, until they sign out or the server ends.

    Args:
        token: of the control API: who has it may steer there, and here.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._open: OrderedDict[str, Session] = OrderedDict()

    def sign_in(self, token: str) -> Session | None:
        """A new session; None when the token is another."""
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return None
        session = Session()
        self._open[session.name] = session
        if len(self._open) > _MOST:
            self._open.popitem(last=False)
        return session

    def find(self, name: str | None) -> Session | None:
        """The session of that name, if it is open."""
        return None if name is None else self._open.get(name)

    def sign_out(self, session: Session) -> None:
        """End it."""
        self._open.pop(session.name, None)
