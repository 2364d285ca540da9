"""The shop's papers against the ledger, to the cent, in every shipped scenario."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from flow.backends.base import Backend
from flow.billing.bill import Bill, BillKind, bill_sheet, bills_of
from flow.billing.confirmation import confirmation_sheet
from flow.billing.letters import bill_letter, confirmation_letter
from flow.billing.sale import Sale, sale_of
from flow.ledger import Kind, Party
from flow.paper.page import to_html
from flow.paper.pdf import to_pdf
from flow.plugs import plug_in
from flow.shopper import PaymentModel, Product, Shopper
from flow.suite.filing import Folder
from flow.suite.grammar import Case
from flow.suite.loader import load
from flow.suite.runner import Plugs, run_case
from flow.suite.shipped import shipped_suites
from flow.trace import History
from models.money import Money
from tests.kit import PRODUCTS, TO_COMPLETED, TO_DECLINED, Move, T, Walk
from tests.paper.reading import attached, flat, message_of, text_of


def _sale(walk: Walk, *moves: Move) -> Sale:
    walk.go(*moves)
    sale = sale_of(walk.journey.history, "0000FFFF")
    assert sale is not None
    return sale


def _money(sale: Sale, amount: Money) -> str:
    return flat(sale.reader.money(amount))


def _amounts(bill: Bill) -> tuple[Money, Money, Money]:
    zero = Money.zero(bill.total.currency)
    return (
        sum((line.net for line in bill.lines), zero),
        sum((line.tax for line in bill.lines), zero),
        sum((line.gross for line in bill.lines), zero),
    )


@pytest.mark.parametrize("payment", PaymentModel)
def test_the_invoice_is_for_what_the_shop_charged(payment: PaymentModel) -> None:
    walk = Walk(payment=payment)
    sale = _sale(walk, *TO_COMPLETED)
    (invoice,) = bills_of(sale)
    ledger = walk.journey.history.ledger
    shops = None if payment is not PaymentModel.DUAL else Party.SHOP
    assert invoice.total == ledger.total(Kind.CHARGED, "GBP", party=shops)
    assert invoice.total == ledger.total(Kind.INVOICED, "GBP")
    text = text_of(to_pdf(bill_sheet(sale, invoice)))
    assert f"Total {_money(sale, invoice.total - invoice.total_tax)}" in text
    assert _money(sale, invoice.total) in text
    assert ("Cover was charged by the insurer" in text) is (payment is PaymentModel.DUAL)


@pytest.mark.parametrize("payment", PaymentModel)
def test_the_confirmation_totals_all_that_was_paid_and_names_the_policies(
    payment: PaymentModel,
) -> None:
    walk = Walk(payment=payment)
    sale = _sale(walk, *TO_COMPLETED)
    text = text_of(to_pdf(confirmation_sheet(sale)))
    charged = walk.journey.history.ledger.total(Kind.CHARGED, "GBP")
    assert sale.paid() == charged == Money.of("1627.68", "GBP")
    assert f"Total {_money(sale, charged)}" in text
    for policy in walk.journey.order.policies.values():
        assert policy.quote_id in text.replace(" ", "")
        assert policy.package in text


def test_papers_of_a_purchase_without_cover_are_for_its_products() -> None:
    sale = _sale(Walk(), *TO_DECLINED, T.OPT_OUT, T.SEND_INVOICE)
    (invoice,) = bills_of(sale)
    assert invoice.total == Money.of(1500, "GBP")
    assert sale.order_number == "0000FFFF"


def test_each_refund_has_a_credit_note_with_its_share_of_the_tax() -> None:
    moves = [
        *TO_COMPLETED,
        (T.CANCEL, {"items": ["LAPTOP"], "return_products": True}),
        T.REFUND,
    ]
    sale = _sale(Walk(), *moves)
    invoice, credit = bills_of(sale)
    assert credit.kind is BillKind.CREDIT
    assert credit.about == invoice.number
    assert credit.total == Money.of("1300.80", "GBP")
    assert credit.total_tax == Money.of("210.80", "GBP")  # 200.00 on the laptop, 10.80 on cover
    text = text_of(to_pdf(bill_sheet(sale, credit)))
    assert f"Invoice {invoice.number}" in text
    assert "£1,300.80" in text


def test_what_is_charged_later_has_a_further_invoice() -> None:
    change = (T.QUOTE_MODIFICATION, {"sku": "LAPTOP", "price": 1500})
    sale = _sale(Walk(), *TO_COMPLETED, change, T.SETTLE_DIFFERENCE, T.CONFIRM_MODIFICATION)
    _, further = bills_of(sale)
    assert further.kind is BillKind.FURTHER
    assert further.total == Money.of("25.20", "GBP")
    assert further.total_tax == Money.of("2.70", "GBP")


def test_under_dual_payment_the_shop_credits_no_cover() -> None:
    sale = _sale(Walk(payment=PaymentModel.DUAL), *TO_COMPLETED, T.CANCEL, T.REFUND)
    assert [bill.kind for bill in bills_of(sale)] == [BillKind.INVOICE]


def test_the_confirmation_is_as_of_its_day() -> None:
    """A cancellation a week later does not change what was confirmed."""
    walk = Walk()
    before = to_pdf(confirmation_sheet(_sale(walk, *TO_COMPLETED)))
    walk.wait(days=7).go(T.CANCEL, T.REFUND)
    assert to_pdf(confirmation_sheet(_sale(walk))) == before


def test_hostile_products_and_names_are_text_in_every_paper(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    title = "<script>alert('x')</script> & \"Lämpchen\" 山田"
    laptop = Product(sku="LAPTOP", name=title, category="computers", price=Decimal(1200))
    monkeypatch.setitem(PRODUCTS, "LAPTOP", laptop)
    shopper = Shopper(first_name="Ann\r\nBcc: evil@x.test", last_name="</td><h1>")
    sale = _sale(Walk(shopper=shopper), *TO_COMPLETED)
    (invoice,) = bills_of(sale)
    for sheet in (confirmation_sheet(sale), bill_sheet(sale, invoice)):
        assert title in text_of(to_pdf(sheet))
        assert "<script" not in to_html(sheet)
        assert "</td><h1>" not in to_html(sheet)
    message = message_of(confirmation_letter(sale, invoice).to_bytes())
    assert message["Bcc"] is None
    assert [a.addr_spec for a in message["To"].addresses] == [shopper.email]


def test_the_shops_e_mail_brings_confirmation_and_invoice() -> None:
    sale = _sale(Walk(), *TO_COMPLETED, T.CANCEL, T.REFUND)
    invoice, credit = bills_of(sale)
    message = message_of(confirmation_letter(sale, invoice).to_bytes())
    papers = attached(message)
    assert papers["confirmation.pdf"] == to_pdf(confirmation_sheet(sale))
    assert papers[f"{invoice.number}.pdf"] == to_pdf(bill_sheet(sale, invoice))
    told = message_of(bill_letter(sale, credit).to_bytes())
    assert told["Subject"] == f"Credit note {credit.number}"
    assert list(attached(told)) == [f"{credit.number}.pdf"]


def test_amounts_are_in_the_form_of_the_customers_country() -> None:
    shopper = Shopper(country="DE", currency="EUR", language="de")
    sale = _sale(Walk(shopper=shopper), *TO_COMPLETED)
    (invoice,) = bills_of(sale)
    assert "1.200,00 €" in text_of(to_pdf(bill_sheet(sale, invoice)))


class _Keeping(Folder):
    """Keeps the history of a case instead of files."""

    histories: dict[str, History]

    def fill(self, histories: Sequence[History]) -> None:
        for number, history in enumerate(histories, start=1):
            self.histories[f"{self.path}, order {number}"] = history


@pytest.fixture(scope="module")
def histories() -> dict[str, History]:
    """Every shipped scenario, played."""
    kept: dict[str, History] = {}

    def file(case: Case, seed: int, backend: Backend) -> Folder:
        folder = _Keeping(Path(f"{case.file}:{case.name}:{case.number}"), "0", None)
        folder.histories = kept
        return folder

    usual = plug_in("simulator", "reference")
    plugs = Plugs(backend=usual.backend, shop=usual.shop, filing=file)
    for case in load([shipped_suites()]).cases:
        run_case(case, plugs, seed=1)
    return kept


def _sales(histories: dict[str, History]) -> Iterator[tuple[str, Sale, History]]:
    for name, history in histories.items():
        sale = sale_of(history, "0")
        if sale is not None:
            yield name, sale, history


def test_in_every_shipped_scenario_the_bills_are_what_the_ledger_says(
    histories: dict[str, History],
) -> None:
    """Invoices less credit notes are what the shop charged and did not give back."""
    compared = 0
    for name, sale, history in _sales(histories):
        bills, currency, zero = bills_of(sale), sale.currency, Money.zero(sale.currency)
        billed = sum((b.total for b in bills if b.kind is not BillKind.CREDIT), zero)
        credited = sum((b.total for b in bills if b.kind is BillKind.CREDIT), zero)
        own = Party.SHOP if history.order.payment is PaymentModel.DUAL else None
        ledger = history.ledger
        charged = ledger.total(Kind.CHARGED, currency, party=own)
        refunded = ledger.total(Kind.REFUNDED, currency, party=own)
        assert billed - credited == charged - refunded, name
        compared += 1
    assert compared > 150


def test_in_every_shipped_scenario_net_and_tax_add_up(histories: dict[str, History]) -> None:
    credits = 0
    for name, sale, _ in _sales(histories):
        for bill in bills_of(sale):
            net, tax, gross = _amounts(bill)
            assert net + tax == gross == bill.total, name
            assert tax == bill.total_tax, name
            assert all(line.gross.is_rounded and line.tax.is_rounded for line in bill.lines), name
            credits += bill.kind is BillKind.CREDIT
    assert credits > 30
