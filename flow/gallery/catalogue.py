"""Everything on show, in the order in which it is listed: insurers first, then shops."""

from __future__ import annotations

import difflib
from types import ModuleType

from flow.backends.relay import RelayBackend
from flow.errors import UsageError
from flow.gallery import (
    insurer_aftersales,
    insurer_bookings,
    insurer_cancellations,
    insurer_quotes,
    shop_aftersales,
    shop_checkout,
    shop_clicks,
    shop_retries,
)
from flow.gallery.defect import Defect, insurer_defect, shop_defect
from flow.shops.reference import ReferenceShop

__all__ = ["DEFECTS", "find"]

_ROOMS = (
    insurer_quotes,
    insurer_bookings,
    insurer_cancellations,
    insurer_aftersales,
    shop_checkout,
    shop_clicks,
    shop_retries,
    shop_aftersales,
)


def _shown(room: ModuleType) -> list[Defect]:
    """A defect for each class that a room shows."""
    defects = []
    for name in room.__all__:
        wrong = getattr(room, name)
        if issubclass(wrong, RelayBackend):
            defects.append(insurer_defect(wrong))
        elif issubclass(wrong, ReferenceShop):
            defects.append(shop_defect(wrong))
    return defects


DEFECTS: tuple[Defect, ...] = tuple(defect for room in _ROOMS for defect in _shown(room))
"""Each with one thing wrong, and everything else right."""


def find(name: str) -> Defect:
    """The defect of that name.

    Raises:
        UsageError: there is none.
    """
    names = [defect.name for defect in DEFECTS]
    if name in names:
        return DEFECTS[names.index(name)]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    msg = f"no defect is called {name!r}{hint}"
    raise UsageError(msg)
