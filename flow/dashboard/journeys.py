"""Dashboard: a world's journal as journeys, each the calls about one package, offer or key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from flow.server.journal import Entry
from flow.server.tenants import Tenant, Tenants
from flow.simulator.insurer import KEY_HEADER
from flow.simulator.world import World
from models.endpoints import Operation, find

__all__ = ["LOOSE", "Journey", "Journeys"]

LOOSE = "other-calls"
"""The journey of calls that are about no package: lists, cards, methods that are not allowed."""

_NAMED_BY_ANSWER = {
    Operation.CREATE_QUOTES,
    Operation.INSTANT_BOOKING,
    Operation.CREATE_OFFER,
    Operation.CONFIRM_OFFER,
}
_NAMING = ("id", "fast_quote_id")
_MOST_READ = 200_000
"""How many calls are remembered as read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """The calls about one purchase, as far as they name the same thing.

    Attributes:
        name: the package's id, or the offer's, or the first call's number.
        ids: everything its calls are named by.
        entries: its calls, oldest first; none when it was made without any, as by seeding.
    """

    tenant: Tenant
    name: str
    ids: frozenset[str]
    entries: tuple[Entry, ...]

    @property
    def last(self) -> int:
        """The number of its latest call; 0 without any."""
        return self.entries[-1].number if self.entries else 0

    @property
    def alias(self) -> str:
        """A name that tells nothing: its first call's number."""
        return f"call-{self.entries[0].number}" if self.entries else self.name

    @property
    def stamp(self) -> tuple[str, str, str, int, int]:
        """Which one it is, and how far it has come."""
        return (self.tenant.partner, self.tenant.name, self.name, self.last, len(self.entries))

    @property
    def status(self) -> str:
        """Where it stands at the insurer, now; without a package, how its last call ended."""
        return self._held(self.tenant.world) or self._ended()

    def _held(self, world: World) -> str | None:
        for name in sorted(self.ids):
            if name in world.packages:
                return world.packages[name].status.value
        for name in sorted(self.ids):
            if name in world.offers.made:
                return "OPTED_OUT" if world.offers.made[name].opted_out else "OFFERED"
        return None

    def _ended(self) -> str:
        if self.name == LOOSE or not self.entries:
            return "NO PACKAGE"
        status = self.entries[-1].status
        if status is None:
            return "NO ANSWER"
        return "REFUSED" if status >= 400 and status != 409 else "DONE"


class Journeys:
    """Journeys of a server's worlds; a world is gathered again only when something has changed."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants
        self._gathered: dict[tuple[str, str], tuple[object, list[Journey]]] = {}
        self._read: dict[int, frozenset[str] | None] = {}

    def of(self, tenants: Iterable[Tenant]) -> list[Journey]:
        """The journeys of these worlds, those with the latest calls first."""
        self._tidy()
        found = [journey for tenant in tenants for journey in self._gather(tenant)]
        return sorted(found, key=lambda journey: journey.last, reverse=True)

    def find(self, tenant: Tenant, name: str) -> Journey | None:
        """The journey that goes by that name, or is about something of that id."""
        gathered = self._gather(tenant)
        exact = (one for one in gathered if name in (one.name, one.alias))
        return next(exact, None) or next((one for one in gathered if name in one.ids), None)

    def _tidy(self) -> None:
        """Forget what belongs to worlds that are gone, and to calls of long ago."""
        for key in [key for key in self._gathered if self._tenants.find(*key) is None]:
            del self._gathered[key]
        if len(self._read) > _MOST_READ:
            self._read.clear()

    def _gather(self, tenant: Tenant) -> list[Journey]:
        entries = tuple(tenant.journal)
        last = entries[-1].number if entries else 0
        stamp = (tenant.world, last, len(entries), tuple(tenant.world.packages))
        key = (tenant.partner, tenant.name)
        known = self._gathered.get(key)
        if known is None or not _same(known[0], stamp):
            known = self._gathered[key] = (stamp, list(self._journeys(tenant, entries)))
        return known[1]

    def _journeys(self, tenant: Tenant, entries: tuple[Entry, ...]) -> Iterator[Journey]:
        named = [(entry, self._names(entry)) for entry in entries]
        loose = tuple(entry for entry, names in named if names is None)
        seen: set[str] = set()
        for names, own in _grouped([(entry, names) for entry, names in named if names]):
            ids = frozenset(name[1:] for name in names if name[0] == _ID)
            seen |= ids
            yield Journey(tenant=tenant, name=_name(ids, own[0]), ids=ids, entries=tuple(own))
        if loose:
            yield Journey(tenant=tenant, name=LOOSE, ids=frozenset(), entries=loose)
        for ins in reversed([ins for ins in tenant.world.packages if ins not in seen]):
            yield Journey(tenant=tenant, name=ins, ids=frozenset({ins}), entries=())

    def _names(self, entry: Entry) -> frozenset[str] | None:
        if entry.number not in self._read:
            self._read[entry.number] = _names(entry)
        return self._read[entry.number]


def _same(one: Any, other: Any) -> bool:
    """Worlds are told apart by identity: comparing their contents would take its time."""
    return one[0] is other[0] and one[1:] == other[1:]


_ID, _KEY, _CALL = "i", "k", "c"


def _names(entry: Entry) -> frozenset[str] | None:
    """What a call is named by: ids, its key, or itself; None when it is about no package."""
    route = find("GET" if entry.method == "HEAD" else entry.method, entry.path)
    if route is None or route.endpoint is None:
        return None
    operation, ids = route.endpoint.operation, route.ids
    if operation in (Operation.LIST_BOOKINGS, Operation.CREATE_TOKEN):
        return None
    names = {_ID + ids[name] for name in ("ins", "offer") if name in ids}
    if operation in _NAMED_BY_ANSWER:
        names |= {_ID + name for name in _answered(entry.answer)}
    if route.endpoint.keyed and KEY_HEADER in entry.headers:
        names.add(_KEY + entry.headers[KEY_HEADER])
    return frozenset(names or {f"{_CALL}{entry.number}"})


def _answered(answer: bytes | None) -> list[str]:
    if answer is None:
        return []
    body = orjson.loads(answer)
    if not isinstance(body, dict):
        return []
    return [body[name] for name in _NAMING if isinstance(body.get(name), str)]


def _name(ids: frozenset[str], first: Entry) -> str:
    """The package's id, else the first id there is, else the call's own number."""
    if not ids:
        return f"call-{first.number}"
    return min(ids, key=lambda name: (not name.endswith("-INS"), name))


def _grouped(calls: list[tuple[Entry, frozenset[str]]]) -> list[tuple[set[str], list[Entry]]]:
    """Calls that share a name belong together, and so do all that one call has names of."""
    leaders: dict[str, str] = {}

    def leader(name: str) -> str:
        while (above := leaders.setdefault(name, name)) != name:
            leaders[name] = leaders[above]
            name = above
        return name

    for _, names in calls:
        first, *others = names
        for other in others:
            leaders[leader(other)] = leader(first)
    groups: dict[str, tuple[set[str], list[Entry]]] = {}
    for entry, names in calls:
        ids, own = groups.setdefault(leader(next(iter(names))), (set(), []))
        ids.update(names)
        own.append(entry)
    return list(groups.values())
