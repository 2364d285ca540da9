"""The file of stores: read whole, or refused with the place at fault and no PIN."""

from __future__ import annotations

from pathlib import Path

import pytest

from flow.errors import ConfigInvalid
from flow.portal.stores import KNOWN_STORES, read_stores
from flow.shopper import PaymentModel

GOOD = """
[[store]]
number = "12"
name = "Old Town"
country = "DE"
payment = "split"
[[store.associate]]
number = "A-1"
name = "Kim"
pin = "998877"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "stores.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_its_associates_can_sign_in_and_nobody_else(tmp_path: Path) -> None:
    stores = read_stores(written(tmp_path, GOOD))
    found = stores.sign_in("12", "A-1", "998877")
    assert found is not None
    assert (found[0].payment, found[1].name) == (PaymentModel.SPLIT, "Kim")
    assert stores.sign_in("12", "A-1", "998878") is None
    assert stores.sign_in("1001", "7", "2468") is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "store"),
        ("nonsense", "file"),
        (GOOD.replace('"DE"', '"Germany"'), "store.0.country"),
        (GOOD.replace("split", "cash"), "store.0.payment"),
        (GOOD.replace("998877", "99x"), "store.0.associate.0.pin"),
        (GOOD + GOOD, "store"),
        (GOOD.replace("name", "nmae"), "store.0"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_without_a_pin(
    tmp_path: Path, text: str, place: str
) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        read_stores(written(tmp_path, text))
    assert caught.value.setting.startswith(place)
    assert "99x" not in str(caught.value)
    assert "998877" not in str(caught.value)


def test_there_is_a_known_store_for_each_way_to_pay() -> None:
    assert all(KNOWN_STORES.of_payment(model) is not None for model in PaymentModel)
