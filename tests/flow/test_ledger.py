from __future__ import annotations

from flow.ledger import Entry, Kind, Ledger, Party, Purpose
from models.money import Money


def _entry(kind: Kind, purpose: Purpose, amount: str, party: Party = Party.SHOP) -> Entry:
    return Entry(kind=kind, purpose=purpose, amount=Money.of(amount, "GBP"), sku="A", party=party)


def test_totals_are_kept_by_kind_purpose_and_party() -> None:
    ledger = Ledger()
    ledger.write(
        [
            _entry(Kind.CHARGED, Purpose.PRODUCTS, "1200"),
            _entry(Kind.CHARGED, Purpose.COVER, "100.80"),
            _entry(Kind.COLLECTED, Purpose.COVER, "100.80", Party.INSURER),
        ]
    )
    assert ledger.total(Kind.CHARGED, "GBP") == Money.of("1300.80", "GBP")
    assert ledger.total(Kind.CHARGED, "GBP", purpose=Purpose.COVER) == Money.of("100.80", "GBP")
    assert ledger.total(Kind.COLLECTED, "GBP", party=Party.SHOP) == Money.zero("GBP")
    assert ledger.total(Kind.CHARGED, "EUR") == Money.zero("EUR")
    assert ledger.currencies() == {"GBP"}
    assert len(ledger.about(Kind.CHARGED, Purpose.COVER, "A")) == 1
    assert ledger.about(Kind.CHARGED, Purpose.COVER, "B") == []
