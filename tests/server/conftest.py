"""A client in a world of its own."""

from __future__ import annotations

import pytest

from pytest_purchaseflow import PurchaseflowWorld
from tests.server.client import Client, client_of


@pytest.fixture
def client(purchaseflow: PurchaseflowWorld) -> Client:
    """Calls into this test's world; the key names it."""
    return client_of(purchaseflow)
