"""The insurer's e-mails as letters: what happened, the policies, the links, the certificate."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from flow.documents.certificate import certificate_of, certificate_sheet, reader_of
from flow.paper.letter import Attachment, Letter, Mailbox, Paragraph
from flow.simulator.records import Package
from flow.simulator.world import World
from models.mails import Mail, MailEvent
from models.money import Money

__all__ = ["letter_of"]

_EVENT_NUMBERS = {
    MailEvent.BOOKING_CREATED: 0,
    MailEvent.BOOKING_UPDATED: 1,
    MailEvent.BOOKING_CANCELLED: 2,
    MailEvent.RENEWAL_CREATED: 0,
}
"""Which of the partner's e-mail settings goes with it (contract section 6.2, partner)."""

_TEXTS = {
    MailEvent.BOOKING_CREATED: "your cover is booked. These are your policies:",
    MailEvent.BOOKING_UPDATED: "your booking was changed. These are your policies now:",
    MailEvent.BOOKING_CANCELLED: "cover was cancelled for these policies:",
    MailEvent.RENEWAL_CREATED: "your cover was renewed. These are the new terms:",
}
_SENDER = "Example Cover <cover@xcover.test>"


def letter_of(
    world: World, mail: Mapping[str, Any], package: Package, refunds: Mapping[str, Decimal]
) -> Letter:
    """The letter that an entry of the outbox stands for.

    Args:
        mail: the entry.
        package: the booking as it stood when it was written.
        refunds: what is paid back, by policy; empty when nothing is told of it.
    """
    told = Mail.from_wire(dict(mail))
    settings = _settings(world, told.event)
    sender, address = parseaddr(str(settings.get("from_email") or _SENDER))
    sheet = certificate_sheet(certificate_of(world, package), reader_of(package))
    attached = settings.get("attach_coi", True)
    return Letter(
        sender=Mailbox(name=sender, address=address),
        to=Mailbox(name=_name(package), address=told.to),
        subject=told.subject,
        domain=urlsplit(world.catalogue.web).hostname or "xcover.test",
        at=datetime.fromisoformat(told.sent_at),
        greeting=f"Dear {_name(package)}, {_TEXTS[told.event]}",
        lines=_lines(told, package, refunds),
        paragraphs=(
            Paragraph("Your certificate of insurance:", told.certificate),
            Paragraph("The policy wording:", told.wording),
        ),
        closing="A simulated insurer, unofficial: nothing here insures anybody.",
        attachments=(Attachment(f"certificate-{package.id}", sheet),) if attached else (),
    )


def _settings(world: World, event: MailEvent) -> Mapping[str, Any]:
    """What the partner has set for such e-mails."""
    for entry in world.profile.get("emails") or ():
        if entry.get("event_name") == _EVENT_NUMBERS[event]:
            found: Mapping[str, Any] = entry
            return found
    return {}


def _name(package: Package) -> str:
    holder = package.policyholder or {}
    return f"{holder.get('first_name') or ''} {holder.get('last_name') or ''}".strip()


def _lines(
    mail: Mail, package: Package, refunds: Mapping[str, Decimal]
) -> tuple[tuple[str, str], ...]:
    reader = reader_of(package)
    lines = [("Booking", mail.booking)]
    for policy in mail.policies:
        price = reader.money(Money.of(policy.price, package.currency))
        lines.append((policy.name, f"{_insured(package, policy.id)}{price}"))
        lines.append(("Policy number", policy.id))
        if policy.id in refunds:
            back = Money.of(refunds[policy.id], package.currency)
            lines.append(("Refund", reader.money(back)))
    return tuple(lines)


def _insured(package: Package, policy: str) -> str:
    quote = package.find(policy)
    name = "" if quote is None else quote.fields.get("name") or quote.fields.get("event_name")
    return f"{name}: " if name else ""
