"""What the shipped catalogue sells to a shop: where, which cover, and how it is paid."""

from __future__ import annotations

from functools import cache

from flow.shopper import Cover, PaymentModel

__all__ = ["Sale", "markets_sold"]

Sale = tuple[str, str, Cover, PaymentModel]
"""Country, currency, cover offered, payment model."""


@cache
def markets_sold() -> tuple[Sale, ...]:
    """Every market with its own currency, each cover sold there, each payment model."""
    from flow.simulator.catalogue import default_catalogue  # late: the file takes time to read

    return tuple(
        (country, market.currency, cover, payment)
        for cover in Cover
        if (policy := default_catalogue().policy(cover, 1)) is not None
        for country, market in policy.markets.items()
        for payment in PaymentModel
    )
