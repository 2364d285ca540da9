"""Dashboard: its pages, each made anew from what the server holds at that instant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from flow.dashboard.controls import KINDS, OPERATIONS, Filled, fill
from flow.dashboard.filters import ANY_PROMISE, Filters, leaf_of
from flow.dashboard.frame import Frame, page
from flow.dashboard.hearings import Hearings
from flow.dashboard.journeys import LOOSE, Journey, Journeys
from flow.dashboard.mails import mails_of, read_sent
from flow.dashboard.policies import policies_of
from flow.dashboard.scope import Scope, place, world_label
from flow.dashboard.sessions import Session
from flow.dashboard.steering import Steering
from flow.dashboard.timeline import instant, moment, pretty, steps
from flow.dashboard.veil import Veil
from flow.dashboard.visited import visited_by
from flow.server.partners import Partners, is_world_name
from flow.server.tenants import Tenant, Tenants
from flow.testimony.judging import ALL, JUDGED, MEANINGS
from models.quotes import PackageStatus

__all__ = ["PAGES", "Pages"]

_JOURNEYS = 50
_STEPS = 50
_MAILS = 20
_DELIVERIES = 50
_STRANGERS = 50
"""How many of each are on one page."""

_STATUSES = (
    *(status.value for status in PackageStatus),
    "OFFERED",
    "REFUSED",
    "NO ANSWER",
    "NO PACKAGE",
    "DONE",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A journey in the list."""

    journey: Journey
    id: str
    name: str
    href: str
    at: str
    said: str
    broken: tuple[str, ...]
    is_loose: bool


class Pages:
    """Everything that can be looked at, over a server's worlds."""

    def __init__(self, tenants: Tenants, partners: Partners, steering: Steering, veil: Veil):
        self._tenants = tenants
        self._partners = partners
        self._steering = steering
        self._veil = veil
        self._journeys = Journeys(tenants)
        self._hearings = Hearings()

    def _frame(self, request: Request, session: Session, here: str, **more: str | None) -> Frame:
        return Frame(
            tenants=self._tenants,
            scope=Scope.of(request.query_params),
            here=here,
            seal=session.seal,
            more={name: value for name, value in more.items() if value},
        )

    async def journeys(self, request: Request, session: Session) -> Response:
        """All journeys, those with the latest calls first."""
        filters = Filters.of(request.query_params)
        frame = self._frame(request, session, "", status=filters.status, broken=filters.broken)
        found = await self._filtered(frame.scope, filters)
        leaf = leaf_of(found, request.query_params.get("page"), _JOURNEYS)
        return page(
            "journeys.html",
            frame=frame,
            filters=filters,
            leaf=leaf,
            lines=[await self._line(journey) for journey in leaf.rows],
            statuses=_STATUSES,
            promises=sorted(JUDGED),
            all_promises=ALL,
            any_promise=ANY_PROMISE,
            strangers=len(self._tenants.strangers),
        )

    async def _filtered(self, scope: Scope, filters: Filters) -> list[Journey]:
        found = self._journeys.of(scope.tenants(self._tenants))
        if filters.status is not None:
            found = [journey for journey in found if journey.status == filters.status]
        if filters.broken is None:
            return found
        return [
            journey
            for journey, breaches in await self._hearings.of_all(found)
            if filters.wants([breach.promise for breach in breaches])
        ]

    async def _line(self, journey: Journey) -> Line:
        tenant = journey.tenant
        broken = [breach.promise for breach in await self._hearings.breaches(journey)]
        last = journey.entries[-1] if journey.entries else None
        name = self._veil.text(journey.name)
        told = journey.name if name == journey.name else journey.alias
        return Line(
            journey=journey,
            id="-".join(("row", tenant.partner, tenant.name, told)),
            name=name,
            href=_journey_place(tenant, told),
            at="" if last is None else instant(last.at),
            said="" if last is None else self._veil.text(last.operation or last.method),
            broken=tuple(dict.fromkeys(broken)),
            is_loose=journey.name == LOOSE,
        )

    async def journey(self, request: Request, session: Session) -> Response:
        """One journey, call by call."""
        tenant = self._tenant(Scope.of(request.query_params))
        name = request.query_params.get("id", "")
        frame = self._frame(request, session, "journey", id=name)
        journey = None if tenant is None else self._journeys.find(tenant, name)
        if journey is None or tenant is None:
            return _missing(frame, "There is no such journey: its calls may have made room.")
        told = await self._hearings.of(journey)
        leaf = leaf_of(journey.entries, request.query_params.get("page"), _STEPS, last=True)
        begin = (leaf.number - 1) * _STEPS
        before = told[begin - 1] if told and begin else None
        return page(
            "journey.html",
            frame=frame,
            journey=journey,
            name=self._veil.text(journey.name),
            is_loose=journey.name == LOOSE,
            leaf=leaf,
            steps=steps(leaf.rows, told[begin : begin + _STEPS], self._veil, before),
            breaches=[
                (breach, self._veil.text(breach.detail))
                for breach in await self._hearings.breaches(journey)
            ],
            meanings=MEANINGS,
            policies=policies_of(tenant.world, journey.ids),
            mails=[mail for mail in mails_of(tenant, self._veil) if mail.booking in journey.ids],
            now=instant(tenant.world.clock.now()),
        )

    async def outbox(self, request: Request, session: Session) -> Response:
        """The insurer's e-mails."""
        frame = self._frame(request, session, "outbox")
        mails = [
            mail
            for tenant in frame.scope.tenants(self._tenants)
            for mail in mails_of(tenant, self._veil)
        ]
        leaf = leaf_of(mails, request.query_params.get("page"), _MAILS)
        return page("outbox.html", frame=frame, leaf=leaf)

    async def mail(self, request: Request, session: Session) -> Response:
        """One e-mail, as it is sent where the control API knows that, else as it lies there."""
        scope, number = self._meant(request), request.query_params.get("number", "")
        frame = self._frame(request, session, "mail", number=number)
        tenant = self._tenant(scope)
        mails = [] if tenant is None else mails_of(tenant, self._veil)
        mail = next((one for one in mails if str(one.number) == number), None)
        if mail is None:
            return _missing(frame, "There is no such e-mail.")
        asked = await self._steering.ask("GET", f"/outbox/{mail.number}", _named(scope))
        sent = read_sent(asked.content, self._veil) if asked.error is None else None
        return page("mail.html", frame=frame, mail=mail, sent=sent)

    async def webhooks(self, request: Request, session: Session) -> Response:
        """Who listens, and what was delivered to them."""
        frame = self._frame(request, session, "webhooks")
        tenants = frame.scope.tenants(self._tenants)
        deliveries = [
            (tenant, self._veil.cover(one.shown()), pretty(self._veil.cover(one.shown()["body"])))
            for tenant in tenants
            for one in reversed(tenant.webhooks.deliveries)
        ]
        leaf = leaf_of(deliveries, request.query_params.get("page"), _DELIVERIES)
        listeners = [
            (tenant, self._veil.cover({**one.shown(), "key": ""}))
            for tenant in tenants
            for one in tenant.webhooks.subscriptions.values()
        ]
        return page("webhooks.html", frame=frame, leaf=leaf, listeners=listeners, moment=moment)

    async def controls(self, request: Request, session: Session) -> Response:
        """A world's clock and faults."""
        return self._controls(request, session, Filled())

    async def steer(self, request: Request, session: Session, values: Mapping[str, str]) -> Filled:
        """Do what a form of that page asks."""
        return await fill(self._steering, self._meant(request), values)

    def refused(self, request: Request, session: Session, filled: Filled) -> Response:
        """The same page once more, with what was typed and what is wrong with it."""
        return self._controls(request, session, filled)

    def _controls(self, request: Request, session: Session, filled: Filled) -> Response:
        scope = self._meant(request)
        frame = self._frame(request, session, "controls")
        tenant = self._tenant(scope)
        is_known = self._partners.serves(scope.partner or "") and is_world_name(scope.world or "")
        return page(
            "controls.html",
            filled.status,
            frame=frame,
            partner=scope.partner,
            world=world_label(scope.world or ""),
            address=place("controls", **scope.query),
            tenant=tenant,
            is_known=is_known,
            now=None if tenant is None else instant(tenant.world.clock.now()),
            armed=[] if tenant is None else tenant.faults.shown(),
            armed_here=self._tenants.faults.shown(),
            filled=filled,
            kinds=KINDS,
            operations=OPERATIONS,
        )

    async def flow(self, request: Request, session: Session) -> Response:
        """The flow drawn, with what calls show of it."""
        frame = self._frame(request, session, "flow")
        visited = await visited_by(frame.scope.tenants(self._tenants))
        return page("flow.html", frame=frame, visited=visited)

    async def strangers(self, request: Request, session: Session) -> Response:
        """Calls that reached no world: turned away at the gate, or on paths that are none."""
        frame = self._frame(request, session, "strangers")
        entries = list(reversed(list(self._tenants.strangers)))
        leaf = leaf_of(entries, request.query_params.get("page"), _STRANGERS)
        return page(
            "strangers.html", frame=frame, leaf=leaf, steps=steps(leaf.rows, [], self._veil)
        )

    def _meant(self, request: Request) -> Scope:
        """The one world that is steered: the one looked at, else the usual one of the partner."""
        scope = Scope.of(request.query_params)
        return Scope(scope.partner or self._partners.first_code, scope.world or "")

    def _tenant(self, scope: Scope) -> Tenant | None:
        """The world that is named, if there is one; to look makes none."""
        return self._tenants.find(scope.partner or self._partners.first_code, scope.world or "")


PAGES: dict[str, Callable[[Pages, Request, Session], Awaitable[Response]]] = {
    "": Pages.journeys,
    "journey": Pages.journey,
    "outbox": Pages.outbox,
    "mail": Pages.mail,
    "webhooks": Pages.webhooks,
    "controls": Pages.controls,
    "flow": Pages.flow,
    "strangers": Pages.strangers,
}
"""What is at which path below the dashboard."""


def _journey_place(tenant: Tenant, name: str) -> str:
    query = Scope(tenant.partner, tenant.name).query
    return place("journey", **query, id=name)


def _named(scope: Scope) -> dict[str, str]:
    return {"partner": scope.partner or "", "world": scope.world or ""}


def _missing(frame: Frame, text: str) -> Response:
    return page("missing.html", 404, frame=frame, text=text)
