"""The door of the portal: who may see which page, signing in and out, and the page behind it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlencode

from flow.portal.asked import ROOT, Asked, Moved, Reply, Shown
from flow.portal.assortment import Assortment
from flow.portal.draft import CustomerForm, Form, ProductForm
from flow.portal.places import NoSuchPlace, Places
from flow.portal.sale import Stage
from flow.portal.selling import Counter
from flow.portal.sessions import Session, Sessions
from flow.portal.stores import Stores

__all__ = ["Entrance", "View"]

View = Callable[[Session, Asked], Reply]

_WHY = {
    "first": "",
    "idle": "You were signed out after a long pause. Your work is kept: sign in to go on.",
    "ended": "You are not signed in, or the world you were in has begun anew. Sign in to go on.",
    "out": "You are signed out. Your unfinished sales are kept for you.",
    "world": "You were signed in to another world. Sign in to this one.",
}
_KEEP = "/keep"
_SALE = re.compile(rf"{ROOT}/sales/([^/]+)/")
_KEPT: dict[str, type[Form]] = {"product": ProductForm, "customer": CustomerForm}
"""Pages of which what was typed is kept, even when it comes too late."""


class Entrance:
    """Lets associates in.

    Args:
        places: the worlds.
        stores: who may sign in.
        assortment: what can be chosen from in the forms.
    """

    def __init__(self, places: Places, stores: Stores, assortment: Assortment) -> None:
        self.places = places
        self.stores = stores
        self.assortment = assortment
        self.sessions = Sessions()

    def guarded(self, view: View) -> Callable[[Asked], Reply]:
        """A view for those who are signed in, one act at a time."""

        def answer(asked: Asked) -> Reply:
            world, _, token = asked.cookie.rpartition("~")
            session = self.sessions.find(token)
            if session is None:
                why = "ended" if token else "first"
                return _to_sign_in(asked, why, world)
            is_ours = asked.method != "POST" or session.trusts(asked.field("csrf"))
            now = session.place.now()
            with session.desk.lock:
                if session.is_idle(now):
                    if is_ours:
                        keep_typed(session, asked)
                    if not asked.path.endswith(_KEEP):  # nobody sees what that is answered
                        self.sessions.close(session)
                    return _to_sign_in(asked, "idle", world)
                if asked.query.get("world", world) != session.place.name:
                    return _to_sign_in(asked, "world", world)
                if not is_ours:
                    return Shown(template="portal/forged.html", status=403)
                session.seen = now
                return view(session, asked)

        return answer

    def show_sign_in(self, asked: Asked) -> Reply:
        """The form. World and next page come with the address."""
        world, _, _ = asked.cookie.rpartition("~")
        typed = {"world": asked.query.get("world", world), "next": asked.query.get("next", "")}
        return _sign_in_page(typed, {}, _WHY.get(asked.query.get("why", ""), ""))

    def sign_in(self, asked: Asked) -> Reply:
        """Check numbers and PIN; only then is a world entered, or made."""
        typed = asked.typed
        names = {"store": "Enter the store number", "associate": "Enter your associate number"}
        names["pin"] = "Enter your PIN"
        faults = {name: text for name, text in names.items() if not typed.get(name, "").strip()}
        if faults:
            return _sign_in_page(typed, faults)
        given = [typed[name].strip() for name in names]
        found = self.stores.sign_in(*given)
        if found is None:
            text = "Store number, associate number and PIN do not fit together"
            return _sign_in_page(typed, {"pin": text})
        try:
            place = self.places.enter(typed.get("world", "").strip())
        except NoSuchPlace as error:
            return _sign_in_page(typed, {"world": str(error)})
        session = self.sessions.open(Counter(place, *found, self.assortment))
        wanted = _safe(typed.get("next", ""))
        sale = _SALE.match(wanted)
        if sale is not None and sale[1] not in session.desk.sales:
            wanted = f"{ROOT}/?gone=1"
        return Moved(wanted, cookie=f"{place.name}~{session.token}")

    def sign_out(self, session: Session, asked: Asked) -> Reply:
        """End the session; the desk is kept."""
        self.sessions.close(session)
        return Moved(f"{ROOT}/sign-in?why=out", cookie=f"{session.place.name}~")

    def show_home(self, session: Session, asked: Asked) -> Reply:
        """What is unfinished, and what can be begun."""
        sales = list(session.desk.sales.values())
        return Shown(
            template="portal/home.html",
            values={
                "gone": "gone" in asked.query,
                "open_sales": [sale for sale in reversed(sales) if sale.is_unfinished],
                "issued": [sale for sale in reversed(sales) if sale.stage is Stage.ISSUED][:5],
            },
        )


def keep_typed(session: Session, asked: Asked) -> None:
    """Keep what was typed into a form of a sale, without acting on it."""
    sale = session.desk.sales.get(asked.ids.get("sale", ""))
    page = asked.ids.get("page", "")
    if sale is not None and page in _KEPT and page in sale.pages:
        sale.typed[page] = {name: asked.field(name)[:1000] for name in _KEPT[page].model_fields}


def _to_sign_in(asked: Asked, why: str, world: str) -> Moved:
    wanted = asked.path.removesuffix(_KEEP)
    given = {"why": why, "next": wanted, "world": asked.query.get("world", world)}
    query = {name: text for name, text in given.items() if text and text != f"{ROOT}/"}
    return Moved(f"{ROOT}/sign-in?{urlencode(query)}")


def _safe(path: str) -> str:
    """A page of the portal; never another site's."""
    inside = path.startswith(f"{ROOT}/") and path.isascii() and path.isprintable()
    return path if inside and "\\" not in path and "/.." not in path else f"{ROOT}/"


def _sign_in_page(typed: dict[str, str], faults: dict[str, str], why: str = "") -> Shown:
    shown = {name: typed.get(name, "") for name in ("store", "associate", "world", "next")}
    status = 422 if faults else 200
    values = {"typed": shown, "faults": faults, "why": why}
    return Shown(template="portal/sign_in.html", values=values, status=status)
