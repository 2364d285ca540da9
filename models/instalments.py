"""A policy paid in parts: schedule and payment attempts (contract section 6.5)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from models.base import MOST_ENTRIES, Reply, Request
from models.identifiers import CurrencyCode, Uuid
from models.money import Amount, AmountText

__all__ = [
    "Instalment",
    "InstalmentAttempt",
    "InstalmentSchedule",
    "InstalmentStatus",
    "InstalmentTax",
    "Instalments",
    "RecordInstalments",
]


class InstalmentStatus(StrEnum):
    """Whether a part was paid."""

    PAID = "PAID"
    UNPAID = "UNPAID"


class InstalmentAttempt(Request):
    """One attempt to collect one part; numbers count from 1 (get_instalments#4)."""

    id: str
    payment_attempted_date: str
    payment_status: InstalmentStatus
    instalment_number: int | None = Field(default=None, ge=1)
    instalment_id: str | None = None


class RecordInstalments(Request):
    """Report payment attempts."""

    quotes: list[InstalmentAttempt] = Field(min_length=1, max_length=MOST_ENTRIES)


class InstalmentTaxLine(Reply):
    """One tax of a part. Amounts are texts here; `tax_value` has twenty decimals."""

    tax_code: str
    tax_type: str
    tax_label: str
    tax_value: str
    tax_amount: AmountText
    tax_amount_formatted: str


class InstalmentTax(Reply):
    """Taxes of a part, each rounded up on its own, so parts need not add up."""

    taxes: list[InstalmentTaxLine]
    total_tax: AmountText
    total_tax_formatted: str
    total_amount_without_tax: AmountText
    total_amount_without_tax_formatted: str


class Instalment(Reply):
    """One part."""

    id: Uuid
    number: int
    quote: Uuid
    period_start_date: str
    period_end_date: str
    status: InstalmentStatus
    commission: Amount
    total_amount: Amount
    tax: InstalmentTax
    surcharges: dict[str, Any]
    payment_failures: Any = None


class InstalmentSchedule(Reply):
    """All parts of one policy; `next_payment` is null when none is left."""

    id: Uuid
    next_payment: Instalment | None
    paid_until: str | None
    payment_schedule: list[Instalment]
    total_amount_paid: Amount
    total_amount_due: Amount


class Instalments(Reply):
    """Schedules of a booking (get_instalments#3)."""

    quotes: list[InstalmentSchedule]
    currency: CurrencyCode
