"""Instalments: the schedule of a policy paid in parts, and recording of payments."""

from __future__ import annotations

from typing import Any

from flow.simulator.checks import parse_instant, read_body
from flow.simulator.records import Package, Part
from flow.simulator.refusal import bad_fields, missing, status_change
from flow.simulator.views import instalments_view
from flow.simulator.world import World
from models.base import Json
from models.instalments import InstalmentAttempt, InstalmentStatus, RecordInstalments
from models.quotes import PackageStatus, QuoteStatus

__all__ = ["get_instalments", "record_instalments"]


def get_instalments(world: World, ins: str) -> Json:
    """All schedules of a booking (get_instalments#3)."""
    package = world.package(ins)
    if package.policyholder is None:
        raise missing("Booking")
    return instalments_view(package)


def record_instalments(world: World, ins: str, body: object) -> None:
    """Note payment attempts; one of a part that is paid already is accepted (get_instalments#4).

    Refusals of others were not recorded: our choice.
    """
    request = read_body(RecordInstalments, body)
    package = world.package(ins)
    if package.status is not PackageStatus.CONFIRMED:
        raise status_change(package.status)
    faults: list[Any] = []
    paid: list[Part] = []
    for attempt in request.quotes:
        try:
            part = _part(package, attempt, paid)
        except ValueError as error:
            faults.append(error.args[0])
            continue
        faults.append({})
        if attempt.payment_status is InstalmentStatus.PAID:
            paid.append(part)
    if any(faults):
        raise bad_fields({"quotes": faults})
    for part in paid:
        part.paid = True


def _part(package: Package, attempt: InstalmentAttempt, taken: list[Part]) -> Part:
    """The part an attempt is about, by number or id; the next unpaid one when neither is given.

    Raises:
        ValueError: `args[0]` holds the faults by field.
    """
    quote = package.find(attempt.id)
    if quote is None or not quote.parts or quote.status is not QuoteStatus.CONFIRMED:
        raise ValueError({"id": [f"Quote {attempt.id} is not paid in instalments."]})
    try:
        parse_instant(attempt.payment_attempted_date)
    except ValueError:
        raise ValueError({"payment_attempted_date": ["Datetime has wrong format."]}) from None
    for part in quote.parts:
        if attempt.instalment_id is not None:
            wanted = part.id == attempt.instalment_id
        elif attempt.instalment_number is not None:
            wanted = part.number == attempt.instalment_number
        else:
            wanted = not part.paid and part not in taken
        if wanted:
            return part
    field = "instalment_id" if attempt.instalment_id is not None else "instalment_number"
    raise ValueError({field: ["There is no such instalment."]})
