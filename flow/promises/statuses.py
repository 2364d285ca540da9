"""The promise of the two witnesses: the insurer's status fits the state of the journey."""

from __future__ import annotations

from collections.abc import Iterator

from flow.order import Offer
from flow.promises.evidence import status
from flow.promises.promise import Part, promise
from flow.table import State
from flow.trace import History

__all__ = [
    "insurer_and_table_agree",
]


@promise(Part.STATEMENTS, Part.OFFERS, Part.POLICIES, Part.PLACE, certain=True)
def insurer_and_table_agree(history: History) -> Iterator[str]:
    """The insurer's status of each package is the one that the journey's state implies."""
    for ref, offer in history.order.offers.items():
        stated = status(history, ref)
        if stated is None:
            continue
        expected = _implied(history, ref, offer)
        if expected is not None and stated not in expected:
            wanted = " or ".join(sorted(expected))
            yield f"package {ref} is {stated} at the insurer, {history.state} implies {wanted}"


def _implied(history: History, ref: str, offer: Offer) -> set[str] | None:
    """Statuses that fit; None where the table implies none."""
    if offer.opted_out:
        return {"OPTED_OUT"}
    held = [policy for policy in history.order.policies.values() if policy.package == ref]
    if not held:
        return {"RECEIVED"}
    if history.state is State.PENDING:
        return {"PENDING_PAYMENT"}
    return {"CONFIRMED"} if any(policy.live for policy in held) else {"CANCELLED"}
