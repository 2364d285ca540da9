"""Who is signed in, and the desks on which work lies: in memory, ended by a world's reset."""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flow.portal.places import Place
from flow.portal.policies import Cancelling
from flow.portal.sale import Sale
from flow.portal.selling import Counter

__all__ = ["IDLE_HOURS", "Desk", "Session", "Sessions"]

IDLE_HOURS = 12
"""Without a touch for a shift, the associate has to sign in again; the desk is kept."""
MOST_SESSIONS = 1000
"""Of one server; the oldest ones end first."""


@dataclass(slots=True)
class Desk:
    """An associate's work: it outlives the session. `lock` lets one act at a time touch it."""

    sales: dict[str, Sale] = field(default_factory=dict)
    cancelling: dict[str, Cancelling] = field(default_factory=dict)
    query: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class Session:
    """A tablet that somebody has signed in on. `csrf` is in every form that it is shown."""

    token: str
    csrf: str
    counter: Counter
    desk: Desk
    seen: datetime

    @property
    def place(self) -> Place:
        """Its world."""
        return self.counter.place

    def trusts(self, csrf: str) -> bool:
        """Whether a form was made for this session."""
        return hmac.compare_digest(self.csrf.encode(), csrf.encode())

    def is_idle(self, now: datetime) -> bool:
        """Whether it has to be opened anew."""
        return now - self.seen > timedelta(hours=IDLE_HOURS)


class Sessions:
    """All of a portal's. Pages are made on several threads, so it guards itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._desks: dict[tuple[str, str, str], tuple[Place, Desk]] = {}

    def open(self, counter: Counter) -> Session:
        """Sign in. The desk is as the associate left it, unless its world has ended."""
        now = counter.place.now()  # before the lock: a server's clock is asked on another thread
        with self._lock:
            self._forget_ended()
            session = Session(
                token=secrets.token_urlsafe(32),
                csrf=secrets.token_urlsafe(32),
                counter=counter,
                desk=self._desk(counter),
                seen=now,
            )
            self._sessions[session.token] = session
            return session

    def find(self, token: str) -> Session | None:
        """The session of that token, idle or not, while its world lasts."""
        with self._lock:
            session = self._sessions.get(token)
            if session is not None and session.place.has_ended:
                del self._sessions[token]
                return None
            return session

    def close(self, session: Session) -> None:
        """Sign out; the desk is kept."""
        with self._lock:
            self._sessions.pop(session.token, None)

    def colleagues(self, session: Session) -> list[Desk]:
        """All desks of the same store and world, one's own first."""
        own = session.counter
        with self._lock:
            others = [
                desk
                for (world, store, _), (_, desk) in self._desks.items()
                if (world, store) == (own.place.name, own.store.number)
            ]
        return [session.desk, *(desk for desk in others if desk is not session.desk)]

    def _desk(self, counter: Counter) -> Desk:
        key = (counter.place.name, counter.store.number, counter.associate.number)
        if key not in self._desks:
            self._desks[key] = (counter.place, Desk())
        return self._desks[key][1]

    def _forget_ended(self) -> None:
        for key in [key for key, (place, _) in self._desks.items() if place.has_ended]:
            del self._desks[key]
        for token in [t for t, session in self._sessions.items() if session.place.has_ended]:
            del self._sessions[token]
        while len(self._sessions) >= MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
