"""Every recorded exchange of the quotes API, played again on the simulator.

The recorded request, re-targeted at the ids that the simulator gave, gets the recorded status,
and a body of the recorded shape in which the same sums hold.
"""

from __future__ import annotations

import pytest

from tests.conformance import recordings
from tests.conformance.stage import Local, compare, play


def test_recordings_are_there() -> None:
    """Twenty-three recordings; in CI a missing folder is a failure, not a skip."""
    recordings.require()
    assert len(recordings.names()) == 23


@pytest.mark.parametrize("name", recordings.names())
def test_recorded_exchange_gets_the_recorded_answer(name: str) -> None:
    exchanges = recordings.load(name)
    for where, exchange, answer in play(name, exchanges, Local(name, exchanges[0])):
        compare(where, exchange, answer)
