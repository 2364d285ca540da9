from __future__ import annotations

from pathlib import Path

import pytest

from flow.errors import ConfigInvalid
from flow.simulator.catalogue import default_catalogue, load_catalogue

GOOD = Path(__file__).parents[2] / "flow" / "simulator" / "catalogue.yaml"


def test_the_shipped_catalogue_sells_what_it_should() -> None:
    types = {policy.type for policy in default_catalogue().policies}
    assert types == {"product_insurance", "extended_warranty", "event_ticket_protection"}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("rates:", "ratings:", "rates"),
        ("currency: USD", "currency: XTS", "XTS"),
        ("term_months: 12", "term_months: a year", "term_months"),
        ("policies:", "policies: [", "is not YAML"),
        ("refund: pro_rata", "refund: generous", "refund"),
        ("      anywhere:\n        currency: EUR", "      anywhere:\n        currency: XTS", "XTS"),
        ("2f90c003", "2f90c002", "used twice"),
        ("      en:\n", "      en-gb:\n", "no English texts"),
        (
            "          retail-protection-3y: {title: Drei",
            "          other: {title: Drei",
            "no 'de' texts",
        ),
    ],
)
def test_a_fault_in_a_catalogue_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    path = tmp_path / "catalogue.yaml"
    path.write_text(GOOD.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigInvalid, match=fault) as caught:
        load_catalogue(path)
    assert str(path) in str(caught.value)


def test_a_missing_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match="cannot be read"):
        load_catalogue(tmp_path / "none.yaml")
