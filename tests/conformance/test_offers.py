"""Every capture of the offers API, played again on the simulator, in process and over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import urllib3

from pytest_purchaseflow import PurchaseflowServer, start
from tests.conformance import recordings
from tests.conformance.offers_stage import (
    NOT_HERE,
    STORIES,
    Here,
    Stage,
    There,
    as_staged,
    exchanges_of,
    play_story,
)
from tests.conformance.recordings import OFFERS


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PurchaseflowServer]:
    """A server that sells what was sold in the captures."""
    file = tmp_path_factory.mktemp("catalogue") / "catalogue.yaml"
    file.write_text(as_staged().model_dump_json(), encoding="utf-8")
    process, url = start("--partner", "E3CCM", "--catalogue", str(file))
    yield PurchaseflowServer(url, partner="E3CCM")
    process.terminate()
    process.communicate(timeout=20)


@pytest.fixture(scope="module")
def pool() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager() as pool:
        yield pool


def test_recordings_are_there() -> None:
    """Twenty-four recordings, each in one story or named as left out."""
    recordings.require(OFFERS)
    told = {name for story in STORIES.values() for name in story}
    assert told | NOT_HERE == set(recordings.names(OFFERS))
    assert len(told | NOT_HERE) == 24


@pytest.mark.parametrize("story", STORIES)
def test_recorded_story_gets_the_recorded_answers(story: str) -> None:
    recordings.require(OFFERS)
    exchanges = exchanges_of(story)
    play_story(story, Stage(Here(), next(iter(exchanges.values()))), exchanges)


@pytest.mark.parametrize("story", STORIES)
def test_recorded_story_gets_the_recorded_answers_over_http(
    story: str, server: PurchaseflowServer, pool: urllib3.PoolManager
) -> None:
    recordings.require(OFFERS)
    exchanges = exchanges_of(story)
    play_story(story, Stage(There(server, pool), next(iter(exchanges.values()))), exchanges)
