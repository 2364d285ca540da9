"""A defect on show: its name, what a customer would feel of it, and the broken pair that has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from flow.backends.base import Backend
from flow.backends.relay import RelayBackend
from flow.backends.simulator import SimulatorBackend
from flow.chance import Dice
from flow.shops.base import Shop
from flow.shops.reference import ReferenceShop

__all__ = ["Defect", "Side", "insurer_defect", "shop_defect"]


class Side(StrEnum):
    """Who is broken; the other side is right."""

    SHOP = "shop"
    INSURER = "insurer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One thing done wrong.

    Attributes:
        name: a code for lists and commands: `books-twice-on-retry`.
        about: what it does wrong and what a customer would feel, in one sentence.
        make_backend: the insurer for a seed.
        make_shop: the shop for a backend and a seed.
    """

    name: str
    about: str
    side: Side
    make_backend: Callable[[int], Backend]
    make_shop: Callable[[Backend, int], Shop]


def insurer_defect(wrong: type[RelayBackend]) -> Defect:
    """A wrong wrapper around the simulated insurer, before the reference shop."""
    return Defect(
        name=_code(wrong),
        about=_sentence(wrong),
        side=Side.INSURER,
        make_backend=lambda seed: wrong(SimulatorBackend(seed=seed)),
        make_shop=lambda backend, seed: ReferenceShop(backend, Dice(seed)),
    )


def shop_defect(wrong: type[ReferenceShop]) -> Defect:
    """A wrong integration, before the simulated insurer."""
    return Defect(
        name=_code(wrong),
        about=_sentence(wrong),
        side=Side.SHOP,
        make_backend=lambda seed: SimulatorBackend(seed=seed),
        make_shop=lambda backend, seed: wrong(backend, Dice(seed)),
    )


def _code(wrong: type) -> str:
    """The class's name in kebab case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", wrong.__name__).lower()


def _sentence(wrong: type) -> str:
    return " ".join((wrong.__doc__ or "").split())
