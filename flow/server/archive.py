"""The documents that links in answers lead to: certificate and policy wording, by HTTP.

The same paths as at the insurer's own host, `/{locale}/coi/{id}.pdf?security_token=…` and
`/{locale}/pds/{id}`; and below `/documents/{partner}/{world}`, so that a link can name a world.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qs, unquote

from flow.documents.certificate import certificate_of, certificate_sheet, reader_of
from flow.documents.wording import wording_sheet
from flow.pages.rendering import render
from flow.paper.page import to_html
from flow.paper.pdf import to_pdf
from flow.paper.sheet import Sheet
from flow.server.asgi import Receive, Scope, Send, headers_of
from flow.server.tenants import Tenant, Tenants
from flow.server.threads import in_thread
from flow.simulator.insurer import WORLD_HEADER
from flow.simulator.world import World

__all__ = ["SEGMENT", "UNNAMED", "Archive", "is_document", "site_of"]

SEGMENT = "documents"
UNNAMED = "-"
"""How a path names the world that has no name."""

_PATH = re.compile(
    r"(?:/documents/(?P<partner>[^/]+)/(?P<world>[^/]+))?"
    r"/[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*"
    r"/(?P<kind>coi|pds)/(?P<number>[A-Za-z0-9-]{1,64})(?P<pdf>\.pdf)?"
)
_UNKNOWN = {
    "coi": "There is no booking of that number, or the security_token of the link is not its own.",
    "pds": "There is no package or offer of that number, or no such policy in it.",
}
_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),  # the address holds the token
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; img-src data:"),
)


def is_document(path: str) -> bool:
    """Whether a path is one of the insurer's web pages that are served here."""
    return ("/coi/" in path or "/pds/" in path) and _PATH.fullmatch(path) is not None


def site_of(base: Callable[[], str], partner: str, world: str) -> str:
    """Where links of a world's answers point when they are to lead here."""
    return f"{base()}/{SEGMENT}/{partner}/{world or UNNAMED}"


class _Missing(Exception):
    """There is no such document; says why, as far as whoever asks may know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a link asks for. `partner` and `world` are None where it does not say."""

    kind: str
    number: str
    pdf: bool
    partner: str | None
    world: str | None
    token: str
    policy_type: str | None


class Archive:
    """Shows documents of all worlds of a server.

    Args:
        tenants: the worlds.
    """

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["method"] not in ("GET", "HEAD"):
            await _respond(scope, send, 405, b"text/plain", b"Documents can only be read.\n")
            return
        try:
            wanted = _read(scope)
            sheet = self._sheet(wanted)
        except _Missing as missing:
            page = render("documents/missing.html", reason=str(missing)).encode()
            await _respond(scope, send, 404, b"text/html; charset=utf-8", page)
            return
        if wanted.pdf:  # in a thread, for others are not to wait for it
            body = await in_thread(partial(to_pdf, sheet))
            await _respond(scope, send, 200, b"application/pdf", body, name=wanted.number)
        else:
            page = to_html(sheet).encode()
            await _respond(scope, send, 200, b"text/html; charset=utf-8", page)

    def _sheet(self, wanted: _Wanted) -> Sheet:
        """The document that is asked for.

        Raises:
            _Missing: there is none, or its token is another; which of both is not told.
        """
        find = _certificate if wanted.kind == "coi" else _wording
        found = [
            (tenant, sheet)
            for tenant in self._asked(wanted)
            if (sheet := find(tenant.world, wanted)) is not None
        ]
        usual = [sheet for tenant, sheet in found if not tenant.name]
        if len(usual) == 1 or len(found) == 1:
            return (usual or [sheet for _, sheet in found])[0]
        if found:
            msg = "Several worlds have it; add world=NAME to the link"
            if wanted.kind == "coi":  # its token opened each of them
                names = sorted({tenant.name or UNNAMED for tenant, _ in found})
                msg += f", one of: {', '.join(names)}"
            raise _Missing(msg)
        raise _Missing(_UNKNOWN[wanted.kind])

    def _asked(self, wanted: _Wanted) -> Iterable[Tenant]:
        for tenant in self._tenants.all():
            if wanted.partner in (None, tenant.partner) and wanted.world in (None, tenant.name):
                yield tenant


def _read(scope: Scope) -> _Wanted:
    path, query = scope["path"], parse_qs(scope["query_string"].decode("latin-1"))
    found = _PATH.fullmatch(path)
    if found is None:
        msg = "The simulated insurer shows certificates and policy wordings only."
        raise _Missing(msg)

    def given(name: str) -> str | None:
        return query[name][-1] if name in query else None

    world = found["world"] or given("world") or headers_of(scope).get(WORLD_HEADER)
    return _Wanted(
        kind=found["kind"],
        number=found["number"],
        pdf=found["pdf"] is not None,
        partner=found["partner"] or given("partner"),
        world="" if world == UNNAMED else None if world is None else unquote(world),
        token=given("security_token") or "",
        policy_type=given("policy_type"),
    )


def _certificate(world: World, wanted: _Wanted) -> Sheet | None:
    package = world.packages.get(wanted.number)
    if package is None or package.policyholder is None:
        return None
    if not hmac.compare_digest(package.security_token.encode(), wanted.token.encode()):
        return None
    return certificate_sheet(certificate_of(world, package), reader_of(package))


def _wording(world: World, wanted: _Wanted) -> Sheet | None:
    """Of a package, or of an offer that was made; of one policy type if the link names it."""
    package = world.packages.get(wanted.number)
    offer = world.offers.made.get(wanted.number)
    quotes = package.made if package is not None else offer.quotes if offer is not None else []
    kinds = [one for one in quotes if wanted.policy_type in (None, one.policy.slug)]
    if not kinds:
        return None
    country = package.country if package is not None else offer.country if offer else ""
    return wording_sheet(world, wanted.number, kinds, package=package, country=country)


def _headers(kind: bytes, body: bytes, name: str) -> Iterator[tuple[bytes, bytes]]:
    yield (b"content-type", kind)
    yield (b"content-length", b"%d" % len(body))
    if name:
        yield (b"content-disposition", f'inline; filename="{name}.pdf"'.encode())
    yield from _HEADERS


async def _respond(
    scope: Scope, send: Send, status: int, kind: bytes, body: bytes, *, name: str = ""
) -> None:
    headers = list(_headers(kind, body, name))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    sent = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": sent})
