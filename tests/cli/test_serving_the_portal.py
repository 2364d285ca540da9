"""What `purchaseflow serve` says of the portal, whom it lets in, what its calls leave behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flow.backends.http import HttpTransport
from flow.cli.main import run_command
from flow.errors import PlugInvalid
from flow.portal.stores import KNOWN_STORES, read_stores
from flow.shops.tablet import OverHttp, Tablet
from pytest_purchaseflow import PurchaseflowWorld
from tests.portal.conftest import Associate
from tests.server.client import Client, Served, served

STORES = """
[[store]]
number = "12"
name = "Old Town"
country = "DE"
[[store.associate]]
number = "A-1"
name = "Kim"
pin = "998877"
"""


def ended(own: Served) -> tuple[str, str]:
    """End a server; all that it printed after its first line."""
    process = own.process
    process.terminate()
    assert process.stdout is not None
    assert process.stderr is not None
    return process.stdout.read(), process.stderr.read()


def test_known_values_are_printed_and_let_one_in() -> None:
    with served("--no-log") as own:
        tablet = Tablet(OverHttp(HttpTransport(own.url, None)))
        tablet.sign_in(KNOWN_STORES.store[0])
        assert tablet.page.mark("page") == "home"
        out, _ = ended(own)
    assert f"portal        {own.url}/portal/" in out
    assert "store 1001 (GB, single), associate 7, PIN 2468" in out


def test_stores_of_ones_own_replace_them_and_keep_their_pins(tmp_path: Path) -> None:
    file = tmp_path / "stores.toml"
    file.write_text(STORES, encoding="utf-8")
    with served("--no-log", "--stores", str(file)) as own:
        tablet = Tablet(OverHttp(HttpTransport(own.url, None)))
        tablet.sign_in(read_stores(file).store[0])
        tablet.send("new-sale")
        assert tablet.page.forms["product"].fields["currency"] == ["EUR"]
        with pytest.raises(PlugInvalid, match="do not fit together"):
            tablet.sign_in(KNOWN_STORES.store[0])
        out, told = ended(own)
    assert f"portal        {own.url}/portal/" in out
    assert "998877" not in out + told
    assert "2468" not in out


def test_a_wrong_file_of_stores_ends_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "stores.toml"
    file.write_text(STORES.replace("DE", "Deutschland"), encoding="utf-8")
    assert run_command(["serve", "--port", "0", "--stores", str(file)]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"error: {file}: store.0.country: ")
    assert len(told.splitlines()) == 1


def test_where_strangers_can_come_there_is_no_portal_with_known_pins() -> None:
    keys = ("--api-key", "k", "--api-secret", "s", "--control-token", "t")
    with served("--no-log", "--host", "0.0.0.0", *keys) as own:
        address = own.url.replace("0.0.0.0", "127.0.0.1")
        assert Client(address).call("GET", "/portal/").status == 404
        out, _ = ended(own)
    assert "portal        closed: name stores and associates of your own with --stores" in out
    assert "2468" not in out


def test_a_sale_is_seen_in_the_journal_and_counts_as_traffic(
    purchaseflow: PurchaseflowWorld, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dashboard, or `coverage --journal`, reads it like any partner's."""
    Associate(purchaseflow).sign_in().sell()
    entries = purchaseflow.journal()
    assert [entry["operation"] for entry in entries] == ["create_quotes", "instant_booking"]
    assert {entry["signature"]["verdict"] for entry in entries} == {"unchecked"}
    file = tmp_path / "journal.json"
    file.write_text(json.dumps(entries), encoding="utf-8")
    assert run_command(["coverage", "--journal", str(file), "-v"]) == 0
    assert "seen in traffic" in capsys.readouterr().out
