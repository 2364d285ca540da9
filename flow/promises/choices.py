"""Promises about choices: what is declined is never booked, and reported once."""

from __future__ import annotations

from collections.abc import Iterator

from flow.order import Offer
from flow.promises.evidence import status
from flow.promises.promise import Part, promise
from flow.table import State
from flow.trace import History
from models import Operation

__all__ = [
    "chosen_offers_are_never_opted_out",
    "declined_offers_are_opted_out_once",
    "declined_offers_never_become_policies",
]


@promise(Part.STATEMENTS, Part.OFFERS, Part.POLICIES, certain=True)
def declined_offers_never_become_policies(history: History) -> Iterator[str]:
    """What was not chosen is never booked."""
    chosen = {line.sku for line in history.order.chosen_lines}
    for policy in history.order.policies.values():
        if policy.sku not in chosen:
            yield f"cover for {policy.sku} was not chosen, and a policy exists"
    for ref, offer in history.order.offers.items():
        if offer.is_declined and status(history, ref) in ("CONFIRMED", "PENDING_PAYMENT"):
            yield f"package {ref} was declined, and is booked"


@promise(Part.STATEMENTS, Part.CALLS, Part.OFFERS, Part.PLACE, certain=True)
def declined_offers_are_opted_out_once(history: History) -> Iterator[str]:
    """Once the products are bought, a package of which nothing was chosen is opted out, once."""
    accepted: dict[str, set[str]] = {}
    calls = [exchange for step in history.steps for exchange in step.exchanges]
    for number, exchange in enumerate(calls):
        if exchange.asked.operation is Operation.OPT_OUT and exchange.was_accepted:
            keys = accepted.setdefault(exchange.asked.ids["ins"], set())
            keys.add(exchange.asked.key or f"call {number}")
    for package, keys in accepted.items():
        if len(keys) > 1:
            yield f"package {package} was opted out {len(keys)} times"
    if history.state not in (State.OPTED_OUT, State.COMPLETED, State.CLOSED):
        return
    for ref, offer in history.order.offers.items():
        if not _is_due(offer):
            continue
        stated = status(history, ref)
        if not offer.opted_out:
            yield f"package {ref} was declined, and the shop has not opted out"
        elif stated is not None and stated != "OPTED_OUT":
            yield f"package {ref} was opted out by the shop and is {stated} at the insurer"


def _is_due(offer: Offer) -> bool:
    return offer.is_declined and not offer.fast


@promise(Part.STATEMENTS, Part.OFFERS, certain=True)
def chosen_offers_are_never_opted_out(history: History) -> Iterator[str]:
    """A package of which something was chosen is not reported as declined."""
    for ref, offer in history.order.offers.items():
        if offer.chosen and (offer.opted_out or status(history, ref) == "OPTED_OUT"):
            yield f"cover was chosen from package {ref}, and it was opted out"
