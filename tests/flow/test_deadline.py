"""The deadline of a step: what hangs is told so, and nothing else is."""

from __future__ import annotations

import signal
from contextlib import suppress
from threading import Event, Thread

import pytest

from flow.deadline import Deadline, TimeIsUp

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGALRM"), reason="this machine has no alarms to raise"
)


def test_what_hangs_is_ended_and_counted() -> None:
    deadline = Deadline()
    with pytest.raises(TimeoutError, match=r"no end after 0\.2 seconds"), deadline.of(0.2):
        Event().wait()
    assert deadline.rung == 1


def test_what_catches_the_alarm_and_hangs_again_is_ended_again() -> None:
    deadline = Deadline()
    with deadline.of(0.2):
        with suppress(TimeoutError):
            Event().wait()
        with pytest.raises(TimeoutError):
            Event().wait()
    assert deadline.rung == 2


def test_between_two_steps_nothing_rings() -> None:
    deadline = Deadline()
    with deadline:
        with deadline, pytest.raises(TimeoutError):
            signal.raise_signal(signal.SIGALRM)
        signal.raise_signal(signal.SIGALRM)
        with deadline, pytest.raises(TimeoutError):
            signal.raise_signal(signal.SIGALRM)
    assert deadline.rung == 2


def test_afterwards_the_alarm_is_as_it_was() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with Deadline():
        assert signal.getsignal(signal.SIGALRM) != before
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_an_alarm_that_somebody_else_had_set_goes_on() -> None:
    handler = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 900, 7)
    try:
        with Deadline().of(20):
            assert signal.getitimer(signal.ITIMER_REAL)[0] <= 20
        left, again = signal.getitimer(signal.ITIMER_REAL)
        assert 20 < left <= 900
        assert again == pytest.approx(7, abs=0.01)
        assert signal.getsignal(signal.SIGALRM) is signal.SIG_IGN
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)


def test_on_another_thread_it_does_nothing() -> None:
    seen = []

    def enter() -> None:
        with Deadline():
            seen.append(signal.getitimer(signal.ITIMER_REAL))

    thread = Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [(0.0, 0.0)]


def test_what_catches_every_error_is_ended_by_more_than_one() -> None:
    def hang() -> None:
        while True:
            try:
                Event().wait()
            except Exception:
                continue

    with pytest.raises(TimeIsUp, match=r"no end after 0\.4"), Deadline().of(0.1):
        hang()
