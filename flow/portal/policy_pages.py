"""The pages after a sale: policies looked up, seen, and cancelled."""

from __future__ import annotations

from flow.errors import BackendError
from flow.portal.asked import ROOT, Asked, Moved, Reply, Shown
from flow.portal.asking import notice_of
from flow.portal.policies import STALE, Cancelling, confirm, find, load, preview
from flow.portal.sale import Sale
from flow.portal.sessions import Session, Sessions
from models import Booking

__all__ = ["Policies"]


class Policies:
    """Look-up and cancellation. Refunds are given by whoever took the money.

    Args:
        sessions: where sales of this portal are found again.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def search(self, session: Session, asked: Asked) -> Reply:
        """Note what is looked for: a customer's e-mail address belongs into no web address."""
        session.desk.query = asked.field("words").strip()[:200]
        return Moved(f"{ROOT}/policies")

    def show_found(self, session: Session, asked: Asked) -> Reply:
        """The form, and what was found."""
        words, fault, notice = session.desk.query, "", None
        found: list[Booking] = []
        if words == "":
            fault = "Enter a policy number such as ABCDE-12345-INS, or the customer's e-mail"
        elif words is not None:
            try:
                found = find(session.place, words)
            except BackendError as error:
                notice = notice_of(error, "Look again in a moment.")
        values = {"words": words, "found": found, "notice": notice}
        faults = {"words": fault} if fault else {}
        return Shown(template="portal/policies.html", values={**values, "faults": faults})

    def show_policy(self, session: Session, asked: Asked) -> Reply:
        """A booking as the insurer states it now, with its documents and e-mails."""
        number = asked.ids["number"]
        try:
            booking = load(session.place, number)
        except BackendError as error:
            notice = notice_of(error, "Nothing was changed.")
            return Shown(
                template="portal/away.html",
                values={"notice": notice, "back": asked.path},
                status=502,
            )
        if booking is None:
            return Shown(template="portal/unknown.html", status=404)
        under_way = session.desk.cancelling.get(number)
        open_notice = under_way.notice if under_way is not None and under_way.is_open else None
        mails = [mail for mail in session.place.outbox() if mail.booking == booking.id]
        values = {"booking": booking, "mails": mails, "notice": open_notice}
        return Shown(template="portal/booking.html", values=values)

    def ask_for_preview(self, session: Session, asked: Asked) -> Reply:
        """What would be refunded. Nothing ends by it."""
        number, chosen = asked.ids["number"], asked.form.get("policy", [])
        where = f"{ROOT}/policies/{number}"
        before = session.desk.cancelling.get(number)
        if before is not None and before.is_open:
            return Moved(f"{where}/cancellation")  # finish the one that was not answered
        if not chosen:
            return Moved(f"{where}?choose=1")
        try:
            under_way = preview(session.place, number, chosen)
        except BackendError as error:
            notice = notice_of(error, "Nothing was cancelled.")
            return Shown(
                template="portal/away.html", values={"notice": notice, "back": where}, status=502
            )
        session.desk.cancelling[number] = under_way
        return Moved(f"{where}/cancellation")

    def show_cancellation(self, session: Session, asked: Asked) -> Reply:
        """The refund, before it is final and after."""
        number = asked.ids["number"]
        under_way = session.desk.cancelling.get(number)
        if under_way is None:
            return Moved(f"{ROOT}/policies/{number}")
        sale = self._sale_of(session, number)
        values = {"number": number, "cancelling": under_way, "sale": sale}
        insurer_pays = session.counter.insurer_charges
        return Shown(
            template="portal/cancellation.html", values={**values, "insurer_pays": insurer_pays}
        )

    def finish(self, session: Session, asked: Asked) -> Reply:
        """Make it final, once, and give the refund back to the card where it came from one."""
        number = asked.ids["number"]
        under_way = session.desk.cancelling.get(number)
        where = Moved(f"{ROOT}/policies/{number}/cancellation")
        if under_way is None or under_way.done:
            return where
        if asked.field("cancellation") != under_way.id:
            under_way.notice = STALE
            return where
        if confirm(session.place, number, under_way):
            self._give_back(session, number, under_way)
        return where

    def _give_back(self, session: Session, number: str, under_way: Cancelling) -> None:
        sale = self._sale_of(session, number)
        if sale is None or sale.payment is None or session.counter.insurer_charges:
            return
        sale.give_back(under_way.refunds, under_way.currency)

    def _sale_of(self, session: Session, number: str) -> Sale | None:
        """The sale that made a booking, at any desk of the store."""
        for desk in self._sessions.colleagues(session):
            for sale in list(desk.sales.values()):
                if sale.booking is not None and sale.booking.id == number:
                    return sale
        return None
