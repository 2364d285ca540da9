"""Dashboard: e-mails of the insurer's outbox, as text, and as they are sent where that is known."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from flow.dashboard.timeline import moment
from flow.dashboard.veil import Veil
from flow.server.tenants import Tenant

__all__ = ["MailShown", "Sent", "mails_of", "read_sent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailShown:
    """An entry of an outbox; `number` counts from 1, oldest first."""

    number: int
    partner: str
    world: str
    sent_at: str
    to: str
    subject: str
    booking: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An e-mail as it goes out: its parts, and the names of what is attached."""

    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attached: tuple[str, ...]


def mails_of(tenant: Tenant, veil: Veil) -> list[MailShown]:
    """A world's outbox, the latest first."""
    numbered = list(enumerate(tenant.world.outbox, start=1))
    return [_shown(tenant, number, mail, veil) for number, mail in reversed(numbered)]


def _shown(tenant: Tenant, number: int, raw: Mapping[str, Any], veil: Veil) -> MailShown:
    mail = veil.cover(dict(raw))
    return MailShown(
        number=number,
        partner=tenant.partner,
        world=tenant.name,
        sent_at=moment(str(mail.get("sent_at", ""))),
        to=str(mail.get("to", "")),
        subject=str(mail.get("subject", "")),
        booking=str(mail.get("booking", "")),
        text=_written(mail),
    )


def _written(mail: Mapping[str, Any]) -> str:
    lines = []
    for policy in mail.get("policies") or []:
        lines += [
            str(policy.get("name", "")),
            f"  price  {policy.get('price_formatted', '')}",
            f"  cover  {policy.get('start', '')} to {policy.get('end') or 'no end'}",
            f"  policy {policy.get('id', '')}",
            "",
        ]
    lines += [f"{name}: {mail[name]}" for name in ("certificate", "wording") if mail.get(name)]
    return "\n".join(lines)


def read_sent(message: bytes, veil: Veil) -> Sent:
    """Read a MIME message."""
    mail = email.message_from_bytes(message, policy=email.policy.default)
    return Sent(
        headers=tuple(
            (name, veil.text(str(value)))
            for name, value in mail.items()
            if name.lower() in ("from", "to", "cc", "subject", "date")
        ),
        text=_part(mail, "plain", veil),
        html=_part(mail, "html", veil),
        attached=tuple(part.get_filename() or "unnamed" for part in mail.iter_attachments()),
    )


def _part(mail: EmailMessage, kind: str, veil: Veil) -> str | None:
    part = mail.get_body((kind,))
    return None if part is None else veil.text(str(part.get_content()))
