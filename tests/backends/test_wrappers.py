"""Wrappers pass every operation on, note it, or fail as told."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from flow.backends.base import Backend
from flow.backends.faulty import Fault, FaultKind, FaultyBackend
from flow.backends.guarded import GuardedBackend
from flow.backends.observed import ObservedBackend
from flow.backends.relay import RelayBackend
from flow.backends.simulator import SimulatorBackend
from flow.backends.wire import WireBackend
from flow.errors import BackendRefused, BackendSilent, BackendUnclear
from models import Booking, CreateQuotes, Operation, OptOut
from models.endpoints import OFFERS

METHODS = [name for name in vars(Backend) if not name.startswith("_") and name != "controls"]
REQUEST = CreateQuotes.model_validate(
    {
        "request": [
            {
                "policy_type": "product_insurance",
                "policy_type_version": 1,
                "category": "phones",
                "price": 500,
                "name": "Phone",
            }
        ],
        "currency": "GBP",
        "customer_country": "GB",
    }
)


class Echo:
    """Answers with what it was asked."""

    controls = None

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: (name, args, kwargs)


def test_the_protocol_has_a_method_per_operation() -> None:
    """The offers API is answered by the insurer and not yet asked for by any backend."""
    asked = {operation.value for operation in set(Operation) - OFFERS}
    assert set(METHODS) == asked | {"fast_quote"}


@pytest.mark.parametrize("method", METHODS)
def test_a_relay_passes_on_what_it_was_given(method: str) -> None:
    relay = RelayBackend(Echo())
    signature = inspect.signature(getattr(RelayBackend, method))
    given = {name: f"<{name}>" for name in signature.parameters if name != "self"}
    name, args, kwargs = getattr(relay, method)(**given)
    assert name == method
    assert sorted((*args, *kwargs.values())) == sorted(given.values())


@pytest.mark.parametrize("kind", [WireBackend, RelayBackend])
@pytest.mark.parametrize("method", METHODS)
def test_backends_have_the_protocol_s_signatures(kind: type, method: str) -> None:
    ours = inspect.signature(getattr(kind, method))
    assert str(ours) == str(inspect.signature(getattr(Backend, method)))


def test_an_observed_backend_notes_calls_and_refusals() -> None:
    backend = ObservedBackend(SimulatorBackend())
    package = backend.create_quotes(REQUEST)
    with pytest.raises(BackendRefused):
        backend.get_booking(package.id)
    made, refused = backend.take()
    assert made.was_accepted
    assert made.reply is package
    assert refused.was_refused
    assert refused.asked.ids == {"ins": package.id}
    assert backend.take() == ()


@pytest.mark.parametrize(
    ("kind", "error", "arrives"),
    [
        (FaultKind.CALL_LOST, BackendSilent, False),
        (FaultKind.UNAVAILABLE, BackendSilent, False),
        (FaultKind.THROTTLED, BackendRefused, False),
        (FaultKind.ANSWER_LOST, BackendSilent, True),
    ],
)
def test_faults_fail_before_or_after_the_insurer_has_acted(
    kind: FaultKind, error: type[Exception], arrives: bool
) -> None:
    inner = SimulatorBackend()
    backend = FaultyBackend(inner)
    package = backend.create_quotes(REQUEST)
    backend.arm(Fault(operation=Operation.OPT_OUT, kind=kind))
    with pytest.raises(error):
        backend.opt_out(package.id, OptOut())
    assert (inner.get_quotes(package.id).status == "OPTED_OUT") is arrives
    assert backend.armed == []


def test_a_call_sent_twice_reaches_the_insurer_twice() -> None:
    backend = FaultyBackend(SimulatorBackend())
    package = backend.create_quotes(REQUEST)
    backend.arm(Fault(operation=Operation.OPT_OUT, kind=FaultKind.SENT_TWICE))
    with pytest.raises(BackendRefused):
        backend.opt_out(package.id, OptOut())


def test_a_fault_waits_for_its_operation() -> None:
    backend = FaultyBackend(SimulatorBackend())
    backend.arm(Fault(operation=Operation.OPT_OUT, kind=FaultKind.CALL_LOST, times=2))
    package = backend.create_quotes(REQUEST)
    for _ in range(2):
        with pytest.raises(BackendSilent):
            backend.opt_out(package.id, OptOut())
    backend.opt_out(package.id, OptOut())


@pytest.mark.parametrize("error", [RuntimeError, SystemExit])
def test_a_backend_that_raises_or_quits_is_named(error: type[BaseException]) -> None:
    """A plugged backend may not end the run."""

    class Quits(SimulatorBackend):
        def get_booking(self, ins: str) -> Booking:
            raise error("enough")

    expected = f"Quits.get_booking raised {error.__name__}: enough"
    with pytest.raises(BackendUnclear, match=expected):
        GuardedBackend(Quits()).get_booking("AAAAA-AAAAA-INS")
