"""The certificate of insurance behind `coi` links: who is covered, for what, at what price.

The real one was never recorded; what it says is taken from the booking. # our choice
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flow.paper.reader import Reader, instant
from flow.paper.sheet import Facts, Part, Sheet, Table
from flow.simulator.records import Package, QuoteRecord
from flow.simulator.world import World
from models.money import Money
from models.quotes import PackageStatus, QuoteStatus

__all__ = ["Certificate", "CertifiedPolicy", "certificate_of", "certificate_sheet", "reader_of"]

_DETAILS = (
    ("name", "Product"),
    ("event_name", "Event"),
    ("description", "Description"),
    ("category", "Category"),
    ("brand", "Brand"),
    ("model", "Model"),
    ("quantity", "Pieces"),
    ("serial_number", "Serial number"),
    ("receipt_number", "Receipt number"),
)
"""Fields of a policy that tell what is insured, and how they are called in print."""

_MARKS = {
    PackageStatus.CANCELLED: "CANCELLED: this booking gives no cover any more",
    PackageStatus.PENDING_PAYMENT: "NOT IN FORCE: the payment was not confirmed yet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedPolicy:
    """One policy of the booking. Amounts are in the booking's currency.

    Attributes:
        details: what is insured, label and value.
        taxes: each tax with its label; some are finer than the minor unit.
        paid: what was paid so far: the price, or the instalments until now.
    """

    id: str
    name: str
    status: QuoteStatus
    start: datetime
    end: datetime
    underwriter: str
    details: tuple[tuple[str, str], ...]
    cover: Money
    premium: Money
    taxes: tuple[tuple[str, Decimal], ...]
    tax: Money
    price: Money
    paid: Money
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A booking, as its holder reads it. `total` is the price of what is in force."""

    number: str
    status: PackageStatus
    seller: str
    holder: str
    email: str
    country: str
    reference: str
    issued: datetime
    policies: tuple[CertifiedPolicy, ...]
    total: Money


def certificate_of(world: World, package: Package) -> Certificate:
    """What the certificate of a booking says, as the booking stands."""
    holder = package.policyholder or {}
    live = [
        Money(quote.priced.price, package.currency) for quote in package.policies if quote.is_live
    ]
    return Certificate(
        number=package.id,
        status=package.status,
        seller=str(world.profile.get("title") or world.partner),
        holder=f"{holder.get('first_name') or ''} {holder.get('last_name') or ''}".strip(),
        email=str(holder.get("email") or ""),
        country=package.country,
        reference=package.partner_transaction_id or "",
        issued=package.updated_at,
        policies=tuple(_policy(quote, package.currency) for quote in package.policies),
        total=Money.sum(live, package.currency),
    )


def _policy(quote: QuoteRecord, currency: str) -> CertifiedPolicy:
    priced = quote.priced
    return CertifiedPolicy(
        id=quote.id,
        name=quote.policy.name,
        status=quote.status,
        start=quote.start,
        end=quote.end,
        underwriter=quote.policy.underwriter.name,
        details=_details(quote.fields),
        cover=Money(priced.cover, currency),
        premium=Money(priced.premium, currency),
        taxes=tuple((rule.label, amount) for rule, amount in priced.taxes),
        tax=Money(priced.tax, currency),
        price=Money(priced.price, currency),
        paid=Money(quote.paid_so_far(), currency),
        cancelled_at=quote.cancelled_at,
    )


def _details(fields: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (label, str(fields[name])) for name, label in _DETAILS if fields.get(name) not in (None, "")
    )


def reader_of(package: Package) -> Reader:
    """The policyholder."""
    return Reader(package.language, package.country)


def certificate_sheet(certificate: Certificate, reader: Reader) -> Sheet:
    """The certificate as a document."""
    return Sheet(
        title="Certificate of insurance",
        number=certificate.number,
        issuer=certificate.policies[0].underwriter if certificate.policies else certificate.seller,
        at=certificate.issued,
        mark=_MARKS.get(certificate.status, ""),
        language=reader.language,
        parts=(
            _holder(certificate),
            *(part for one in certificate.policies for part in _told(one, reader)),
            _prices(certificate, reader),
        ),
    )


def _holder(certificate: Certificate) -> Part:
    rows = (
        ("Name", certificate.holder),
        ("E-mail", certificate.email),
        ("Country", certificate.country),
        ("Booking", certificate.number),
        ("Status", certificate.status.value),
        ("Sold by", certificate.seller),
        ("Your order", certificate.reference),
        ("As of", instant(certificate.issued)),
    )
    return Facts(heading="Policyholder", rows=tuple(row for row in rows if row[1]))


def _told(policy: CertifiedPolicy, reader: Reader) -> tuple[Part, ...]:
    rows = [
        ("Policy number", policy.id),
        ("Status", policy.status.value),
        *policy.details,
        ("Cover begins", instant(policy.start)),
        ("Cover ends", instant(policy.end)),
        ("Insured value", reader.money(policy.cover)),
        ("Paid so far", reader.money(policy.paid)),
        ("Underwriter", policy.underwriter),
    ]
    if policy.cancelled_at is not None:
        rows.insert(2, ("Cancelled", instant(policy.cancelled_at)))
    return (Facts(heading=policy.name, rows=tuple(rows)),)


def _prices(certificate: Certificate, reader: Reader) -> Part:
    """Every policy's premium, taxes and price; the total counts what is in force."""
    rows: list[tuple[str, ...]] = []
    for policy in certificate.policies:
        currency = policy.price.currency
        taxes = ", ".join(
            f"{label} {reader.amount(amount, currency)}" for label, amount in policy.taxes
        )
        product = dict(policy.details).get("Product") or policy.name
        what = f"{product} ({taxes})" if taxes else product
        amounts = (policy.premium, policy.tax, policy.price)
        rows.append((what, *(reader.money(amount) for amount in amounts)))
    total = ("In force", "", "", reader.money(certificate.total))
    return Table(
        heading="Price",
        columns=("Policy", "Premium", "Tax", "Price"),
        rows=tuple(rows),
        sums=(total,),
    )
