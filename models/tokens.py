"""Card tokens of the dual payment model: the insurer charges, the shop never sees it.

Contract section 9. The answer holds `data.id`; everything else in it is our choice.
"""

from __future__ import annotations

from models.base import Reply, Request
from models.bookings import Email

__all__ = ["CreateToken", "CreditCard", "Customer", "CustomerToken", "TokenData"]


class Customer(Request):
    """Whose card it is."""

    email: Email


class CreditCard(Request):
    """A card to tokenise. Numbers here are test numbers, never real ones."""

    number: str
    expiryMonth: int  # noqa: N815 - the wire's own spelling
    expiryYear: int  # noqa: N815 - the wire's own spelling
    cvc: str
    holderName: str  # noqa: N815 - the wire's own spelling


class CreateToken(Request):
    """Tokenise a card without charging it."""

    customer: Customer
    creditCard: CreditCard  # noqa: N815 - the wire's own spelling


class TokenData(Reply):
    """The token's id, to be sent as `customer_token_id` when booking."""

    id: str


class CustomerToken(Reply):
    """A tokenised card."""

    data: TokenData
