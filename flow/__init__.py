"""purchaseflow: a stateful simulator of the purchase flow of a shop that sells cover. Unofficial.

What a developer needs is here; each name is loaded when it is first used.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flow.acts import ACTS
    from flow.backends.base import Backend, Controls
    from flow.backends.faulty import Fault, FaultKind, FaultyBackend
    from flow.backends.observed import ObservedBackend
    from flow.backends.relay import RelayBackend
    from flow.backends.simulator import SimulatorBackend
    from flow.backends.wire import NoAnswer, Transport, WireBackend
    from flow.chance import Clock, Dice
    from flow.coverage import Coverage
    from flow.errors import (
        BackendError,
        BackendRefused,
        BackendSilent,
        BackendUnclear,
        BackendUnreachable,
        FlowError,
        IllegalMove,
        ScenarioInvalid,
        ShopRefused,
        UsageError,
    )
    from flow.journey import Journey
    from flow.ledger import Entry, Kind, Ledger, Party, Purpose
    from flow.order import Invoice, InvoiceLine, Offer, OfferLine, PolicyHeld, RefundNotice
    from flow.promises.every import PROMISES
    from flow.promises.promise import Breach
    from flow.shopper import Card, Cover, PaymentModel, Placement, Product, Shopper
    from flow.shops.base import Observation, Shop, ShopAdapter, Visit
    from flow.shops.reference import ReferenceShop
    from flow.simulator.insurer import Insurer
    from flow.table import ROWS, Outcome, State, Trigger

_HOMES = {
    "flow.acts": ("ACTS",),
    "flow.backends.base": ("Backend", "Controls"),
    "flow.backends.faulty": ("Fault", "FaultKind", "FaultyBackend"),
    "flow.backends.observed": ("ObservedBackend",),
    "flow.backends.relay": ("RelayBackend",),
    "flow.backends.simulator": ("SimulatorBackend",),
    "flow.backends.wire": ("NoAnswer", "Transport", "WireBackend"),
    "flow.chance": ("Clock", "Dice"),
    "flow.coverage": ("Coverage",),
    "flow.errors": (
        "BackendError",
        "BackendRefused",
        "BackendSilent",
        "BackendUnclear",
        "BackendUnreachable",
        "FlowError",
        "IllegalMove",
        "ScenarioInvalid",
        "ShopRefused",
        "UsageError",
    ),
    "flow.journey": ("Journey",),
    "flow.ledger": ("Entry", "Kind", "Ledger", "Party", "Purpose"),
    "flow.order": ("Invoice", "InvoiceLine", "Offer", "OfferLine", "PolicyHeld", "RefundNotice"),
    "flow.promises.every": ("PROMISES",),
    "flow.promises.promise": ("Breach",),
    "flow.shopper": ("Card", "Cover", "PaymentModel", "Placement", "Product", "Shopper"),
    "flow.shops.base": ("Observation", "Shop", "ShopAdapter", "Visit"),
    "flow.shops.reference": ("ReferenceShop",),
    "flow.simulator.insurer": ("Insurer",),
    "flow.table": ("ROWS", "Outcome", "State", "Trigger"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ACTS",
    "PROMISES",
    "ROWS",
    "Backend",
    "BackendError",
    "BackendRefused",
    "BackendSilent",
    "BackendUnclear",
    "BackendUnreachable",
    "Breach",
    "Card",
    "Clock",
    "Controls",
    "Cover",
    "Coverage",
    "Dice",
    "Entry",
    "Fault",
    "FaultKind",
    "FaultyBackend",
    "FlowError",
    "IllegalMove",
    "Insurer",
    "Invoice",
    "InvoiceLine",
    "Journey",
    "Kind",
    "Ledger",
    "NoAnswer",
    "Observation",
    "ObservedBackend",
    "Offer",
    "OfferLine",
    "Outcome",
    "Party",
    "PaymentModel",
    "Placement",
    "PolicyHeld",
    "Product",
    "Purpose",
    "ReferenceShop",
    "RefundNotice",
    "RelayBackend",
    "ScenarioInvalid",
    "Shop",
    "ShopAdapter",
    "ShopRefused",
    "Shopper",
    "SimulatorBackend",
    "State",
    "Transport",
    "Trigger",
    "UsageError",
    "Visit",
    "WireBackend",
]


def _refuse_foreign_models() -> None:
    """Fail at once when another package called `models` would take ours' place."""
    found = importlib.util.find_spec("models")
    ours = Path(__file__).resolve().parents[1]
    origin = found.origin if found is not None else None
    if origin is not None and Path(origin).resolve().parents[1] == ours:
        return
    where = f"at {origin}" if origin else "nowhere"
    msg = (
        f"purchaseflow needs its own package 'models' beside 'flow' in {ours}, and Python finds "
        f"one {where}: run purchaseflow in a virtual environment of its own, and from a folder "
        "that has no models of its own."
    )
    raise ImportError(msg)


_refuse_foreign_models()


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        msg = f"module 'flow' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(home), name)
