"""What tests of the server share: connections, a listener, a partner's calls over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import urllib3

from pytest_purchaseflow import PurchaseflowWorld
from tests.remote import RemoteDoor
from tests.server.client import Client, client_of
from tests.server.listener import Listener, listening


@pytest.fixture
def client(purchaseflow: PurchaseflowWorld) -> Client:
    """Calls into this test's world; the key names it."""
    return client_of(purchaseflow)


@pytest.fixture(scope="module")
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(maxsize=100) as pool:
        yield pool


@pytest.fixture
def door(purchaseflow: PurchaseflowWorld, pool: urllib3.PoolManager) -> RemoteDoor:
    """The partner's calls in this test's world."""
    return RemoteDoor(purchaseflow, pool)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as listener:
        yield listener
