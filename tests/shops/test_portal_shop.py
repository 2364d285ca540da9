"""The shop that fills the portal's forms: judged by the shipped suites and by random shoppers."""

from __future__ import annotations

import pytest

from flow.acts import Act, FillForm, Pay
from flow.backends.simulator import SimulatorBackend
from flow.cli.main import run_command
from flow.errors import ShopRefused
from flow.shopper import Product, Shopper
from flow.shops.base import Visit
from flow.shops.page import read_page
from flow.shops.portal import PortalShop
from flow.shops.tablet import Fetched, Line
from flow.table import Outcome
from pytest_purchaseflow import PurchaseflowServer

IN_STORE = ["run", "--shop", "portal", "--tags", "in-store"]
EXPLORE = ["explore", "--shop", "portal", "--personas", "in-store-customer", "--faults", "0.3"]


def test_in_store_scenarios_pass_at_the_portal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(IN_STORE) == 0
    assert "20 scenarios: 20 passed" in capsys.readouterr().out


def test_random_customers_find_nothing_wrong_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command([*EXPLORE, "--journeys", "120"]) == 0
    assert "120 journeys" in capsys.readouterr().out


@pytest.fixture
def address(purchaseflow_server: PurchaseflowServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A real server, with the keys that it wants."""
    server = purchaseflow_server
    monkeypatch.setenv("PURCHASEFLOW_API_KEY", server.api_key)
    monkeypatch.setenv("PURCHASEFLOW_API_SECRET", server.api_secret)
    monkeypatch.setenv("PURCHASEFLOW_CONTROL_TOKEN", server.control_token)
    monkeypatch.setenv("PURCHASEFLOW_PARTNER", server.partner)
    return server.url


def test_they_pass_at_a_servers_own_portal_faults_included(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command([*IN_STORE, "--backend", address]) == 0
    assert "20 scenarios: 20 passed" in capsys.readouterr().out


def test_random_customers_find_nothing_wrong_there_either(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command([*EXPLORE, "--journeys", "40", "--backend", address]) == 0
    assert "40 journeys" in capsys.readouterr().out


def welcomed(shopper: Shopper, **product: object) -> PortalShop:
    shop = PortalShop(SimulatorBackend())
    own = {"sku": "S", "name": "Watch", "category": "phones", "price": 100, **product}
    shop.welcome(Visit(shopper=shopper, products={"S": Product.model_validate(own)}))
    shop.open_portal(Act())
    return shop


def test_what_the_form_does_not_know_is_refused_by_the_shop() -> None:
    shop = welcomed(Shopper(country="BR", currency="USD"))
    with pytest.raises(ShopRefused, match="Choose the country"):
        shop.fill_form(FillForm(sku="S"))


def test_an_unlisted_category_is_sold_as_something_else() -> None:
    shop = welcomed(Shopper(), category="kites")
    (offer,) = shop.fill_form(FillForm(sku="S")).offers
    assert str(offer.total) == "£8.96"


class Dearer:
    """A portal that says it took more than it should."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def fetch(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Fetched:
        status, given, content = self._line.fetch(method, target, headers, body)
        return status, given, content.replace(b'data-taken="112.32"', b'data-taken="113.00"')


def test_a_portal_that_takes_another_amount_is_found_out() -> None:
    """The shop reads what the page says: it does not believe its own arithmetic."""
    shop = welcomed(Shopper())
    shop.fill_form(FillForm(sku="S"))
    assert shop.pay(Pay()).outcome is Outcome.APPROVED
    shop._tablet._line = Dearer(shop._tablet._line)
    with pytest.raises(ShopRefused, match=r"took £113\.00 and not £112\.32"):
        shop.collect(Act())


def test_a_page_is_read_as_its_forms_marks_and_faults() -> None:
    page = read_page(
        '<div data-page="x"><div data-trouble="silent" data-status="0"><p>No &amp; no</p></div>'
        '<form id="f" action="/a"><input name="t" value="1"><select name="s"><option value="a">A'
        '<option value="b" selected>B</select><input type="radio" name="r" value="1">'
        '<input type="radio" name="r" value="2" checked></form><p class="fault">Wrong</p></div>'
    )
    assert page.mark("page") == "x"
    assert next(page.marked("trouble"))["text"] == "No & no"
    assert page.forms["f"].fields == {"t": ["1"], "s": ["b"], "r": ["2"]}
    assert page.forms["f"].choices == {"s": ["a", "b"], "r": ["1", "2"]}
    assert page.faults == ["Wrong"]
