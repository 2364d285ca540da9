"""The shapes of the insurer's identifiers, as recorded (contract section 6.0)."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

__all__ = [
    "CANCELLATION_ID",
    "CODE_ALPHABET",
    "INS_ALPHABET",
    "INS_NUMBER",
    "RENEWAL_ID",
    "TOKEN",
    "UPDATE_ID",
    "UUID",
    "CancellationId",
    "CountryCode",
    "CurrencyCode",
    "InsNumber",
    "RenewalId",
    "Token",
    "UpdateId",
    "Uuid",
]

INS_ALPHABET = "346789ABCDEFGHJKLMNPQRTUVWXY"
"""Letters and digits of the 2021 INS numbers: no 0 1 2 5 I O S Z."""
CODE_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

INS_NUMBER = r"[A-Z0-9]{5}-[A-Z0-9]{5}-INS"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
UPDATE_ID = r"(?:[A-Za-z0-9]{5}-){3}UPD"
CANCELLATION_ID = r"(?:[A-Za-z0-9]{5}-){3}CCL"
RENEWAL_ID = r"(?:[A-Za-z0-9]{5}-){2,3}(?:REN|UPD)"
TOKEN = r"(?:[A-Za-z0-9]{5}-){3}[A-Za-z0-9]{5}"

InsNumber = Annotated[str, StringConstraints(pattern=rf"^{INS_NUMBER}$")]
"""Id of a quote package and of the booking made from it: `UPJJB-DAJM9-INS`."""
Uuid = Annotated[str, StringConstraints(pattern=rf"^{UUID}$")]
"""Id of a quote (of the policy, once booked), of an insured person or an instalment."""
UpdateId = Annotated[str, StringConstraints(pattern=rf"^{UPDATE_ID}$")]
"""Id of a quoted modification: three groups and `-UPD`."""
CancellationId = Annotated[str, StringConstraints(pattern=rf"^{CANCELLATION_ID}$")]
"""Id of a previewed cancellation: three groups and `-CCL`."""
RenewalId = Annotated[str, StringConstraints(pattern=rf"^{RENEWAL_ID}$")]
"""Id of a quoted renewal: `-REN` in 2019, `-UPD` in the documentation since 2021."""
Token = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")]
"""Security or sign-up token: four groups of five. Captures may hold redacted ones."""

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2, capital letters."""
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217, capital letters."""
