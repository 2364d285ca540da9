"""Whatever a plugged shop or insurer does comes out as an error of ours that names its method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flow.acts import Act, ChooseCover
from flow.backends.base import Controls
from flow.backends.relay import RelayBackend
from flow.backends.simulator import SimulatorBackend
from flow.errors import PlugInvalid, ShopRefused
from flow.plugs import plug_in
from flow.shops.base import Observation, Visit
from flow.shops.guarded import GuardedShop
from flow.shops.reference import ReferenceShop
from flow.table import Trigger
from flow.trace import Result
from tests.kit import TO_OFFER, T, Walk


class Odd(BaseException):
    """No Exception at all."""


class Mute(Exception):
    def __str__(self) -> str:
        raise Odd

    __repr__ = __str__


def _raise(error: BaseException) -> Observation:
    raise error


@pytest.mark.parametrize(
    ("does", "told"),
    [
        (lambda seen: _raise(Odd("why not")), "raised Odd: why not (test_guarded.py:"),
        (lambda seen: _raise(Mute()), "raised Mute: (it cannot be told)"),
        (lambda seen: _raise(SystemExit(3)), "raised SystemExit: 3"),
        (lambda seen: _raise(ShopRefused(Mute())), "raised ShopRefused: (it cannot be told)"),
        (lambda seen: iter([seen]), "returned list_iterator, not an Observation"),
        (
            lambda seen: replace(seen, offers=[replace(one, ref=None) for one in seen.offers]),
            "reported what cannot be read: an offer's ref is None, not a text",
        ),
        (
            lambda seen: replace(seen, offers=[replace(one, ref=["R"]) for one in seen.offers]),
            "an offer's ref is ['R'], not a text",
        ),
        (lambda seen: replace(seen, outcome=Mute()), "reported what cannot be read: Odd"),
    ],
)
def test_what_a_shop_does_is_told_with_its_method(
    does: Callable[[Observation], Any], told: str
) -> None:
    class Wild(ReferenceShop):
        def request_quote(self, act: Act) -> Observation:
            return does(super().request_quote(act))  # type: ignore[no-any-return,arg-type]

    record = Walk(shop=Wild).go(*TO_OFFER[:-1]).try_(TO_OFFER[-1])
    assert record.is_defect
    assert (record.error or "").startswith("Wild.request_quote ")
    assert told in (record.error or "")


def test_an_act_and_the_products_are_the_shops_own() -> None:
    """What it sorts or empties is no part of the story that is filed."""

    class Empties(ReferenceShop):
        def welcome(self, visit: Visit) -> None:
            super().welcome(replace(visit, products=dict(visit.products)))
            visit.products.clear()

        def choose_cover(self, act: ChooseCover) -> Observation:
            seen = super().choose_cover(act)
            assert isinstance(act.items, list)
            act.items.clear()
            return seen

    walk = Walk(shop=Empties).go(*TO_OFFER)
    record = walk.try_((T.CHOOSE_COVER, {"items": ["LAPTOP"]}))
    assert record.act.model_dump()["items"] == ["LAPTOP"]
    assert walk.journey.history.products


def test_only_an_interruption_passes() -> None:
    class Interrupted(ReferenceShop):
        def view_product(self, act: Act) -> Observation:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        GuardedShop(Interrupted(SimulatorBackend())).do(Trigger.VIEW_PRODUCT, Act())


class _Broken(RelayBackend):
    @property
    def controls(self) -> Controls | None:
        raise Odd


class _ClockBroken(RelayBackend):
    @property
    def controls(self) -> Controls | None:
        own: Any = self.inner.controls

        class Stopped:
            def __getattr__(self, name: str) -> Any:
                return (lambda: None) if name == "now" else getattr(own, name)

        return Stopped()


@pytest.mark.parametrize(
    ("backend", "told"),
    [
        (_Broken, "backend '_Broken': controls raised Odd"),
        (_ClockBroken, "its clock cannot be read: now returned NoneType, not a datetime"),
    ],
)
def test_controls_that_fail_are_a_clear_error(backend: type[RelayBackend], told: str) -> None:
    walk = Walk(backend=backend(SimulatorBackend()))
    with pytest.raises(PlugInvalid, match=told):
        walk.go(T.OPEN_PORTAL)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("./shops:make", "'./shops' is no module's name; write package.module:factory, such as"),
        ("shops.py:make", "such as 'shops:make'"),
        (":make", "'' is no module's name"),
        ("fails_here:make", "module fails_here fails on import: Odd: at once (fails_here.py:2)"),
    ],
)
def test_a_module_that_is_none_is_told(
    name: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = "class Odd(BaseException): ...\nraise Odd('at once')\n"
    (tmp_path / "fails_here.py").write_text(odd, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PlugInvalid) as caught:
        plug_in("simulator", name)
    assert told in str(caught.value)


def test_a_welcome_that_fails_is_a_clear_error() -> None:
    class Shut(ReferenceShop):
        def welcome(self, visit: Visit) -> None:
            raise Odd

    with pytest.raises(PlugInvalid, match="shop 'Shut': welcome raised Odd"):
        Walk(shop=Shut)


def test_a_shop_that_refuses_is_no_defect() -> None:
    class Closed(ReferenceShop):
        def view_product(self, act: Any) -> Observation:
            msg = "closed on Sundays"
            raise ShopRefused(msg)

    record = Walk(shop=Closed).try_((T.VIEW_PRODUCT, {"sku": "LAPTOP"}))
    assert (record.result, record.error) == (Result.REFUSED, "closed on Sundays")
    assert not record.is_defect
