"""What tests of the dashboard share: a visitor who has signed in, and a partner's calls."""

from __future__ import annotations

import pytest

from pytest_purchaseflow import PurchaseflowServer, PurchaseflowWorld
from tests.dashboard.visitor import Visitor
from tests.server.client import Client, client_of


@pytest.fixture
def visitor(purchaseflow_server: PurchaseflowServer) -> Visitor:
    """Signed in."""
    visitor = Visitor(purchaseflow_server.url)
    assert visitor.sign_in().status == 303
    return visitor


@pytest.fixture
def client(purchaseflow: PurchaseflowWorld) -> Client:
    """Calls into this test's world."""
    return client_of(purchaseflow)
