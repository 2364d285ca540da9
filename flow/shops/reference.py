"""A correct integration, and the documentation of what correct means.

Floor by floor: `counter` (one act at a time), `desk` (keys, retries, reports), `quoting` (offers in
step with the cart), `checkout` (money, then cover), `cancelling`, `aftersales` (both stay in step).
"""

from __future__ import annotations

from flow.shops.aftersales import AftersalesDesk
from flow.shops.base import Shop, Visit

__all__ = ["ReferenceShop"]


class ReferenceShop(AftersalesDesk):
    """A shop that does everything the contract asks of an integration.

    Args:
        backend: the insurer it sells for.
        dice: where order numbers and idempotency keys come from.
    """

    def another_session(self, visit: Visit) -> Shop:
        """The same customer again: another order, with an id and keys of its own."""
        session = type(self)(self.backend, self.dice)
        session.welcome(visit)
        return session
