from __future__ import annotations

from urllib.parse import unquote

import pytest

from models.endpoints import BY_OPERATION, ENDPOINTS, PREFIXES, Operation, find
from tests.conformance import recordings


def test_every_operation_has_one_endpoint() -> None:
    assert [endpoint.operation for endpoint in ENDPOINTS] == list(Operation)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("operation", Operation)
def test_every_path_is_found_under_every_prefix_with_and_without_slash(
    prefix: str, operation: Operation
) -> None:
    """`/xcover`, `/x`, `/api/v2` and none are in the wild, slashes come and go (contract 0)."""
    endpoint = BY_OPERATION[operation]
    ids = {
        "ins": "AAAAA-BBBBB-INS",
        "update": "u",
        "cancellation": "c",
        "renewal": "r",
        "offer": "o",
    }
    path = f"{prefix}/partners/RETLR/{endpoint.fill(**ids)}"
    for form in (path.rstrip("/"), path.rstrip("/") + "/"):
        route = find(endpoint.method, form)
        assert route is not None
        assert route.endpoint is endpoint
        assert route.partner == "RETLR"


@pytest.mark.parametrize("name", ["a/b", "../a", "a?b=c", "a#b", "50%", "%2F", "a b", "é", "{}"])
@pytest.mark.parametrize("operation", Operation)
def test_no_id_leads_to_another_operation(operation: Operation, name: str) -> None:
    endpoint = BY_OPERATION[operation]
    ids = dict.fromkeys(("ins", "update", "cancellation", "renewal", "offer"), name)
    route = find(endpoint.method, f"/x/partners/RETLR/{endpoint.fill(**ids)}")
    assert route is not None
    assert route.endpoint is endpoint
    assert {unquote(one) for one in route.ids.values()} <= {name}


def test_a_known_path_with_another_method_names_no_endpoint_and_its_allow() -> None:
    route = find("PUT", "/x/partners/RETLR/bookings/")
    assert route is not None
    assert route.endpoint is None
    assert route.allow == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "path", ["/", "/x/partners/", "/x/partners/A/nothing/", "/x/partners/A/quotes/a/b/c/", ""]
)
def test_unknown_paths_are_not_found(path: str) -> None:
    assert find("GET", path) is None


def test_allow_and_success_are_as_recorded() -> None:
    recordings.require()
    checked = 0
    for name in recordings.names():
        for exchange in recordings.load(name):
            route = find(exchange.method, exchange.path)
            assert route is not None
            assert route.endpoint is not None
            assert exchange.answered["allow"] == route.allow
            if exchange.status < 300:
                assert exchange.status == route.endpoint.success
                checked += 1
    assert checked >= 45
