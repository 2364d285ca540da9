"""The shipped suites over HTTP come to the same as in process, line by line of the report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_purchaseflow import PurchaseflowServer
from tests.backends.sockets import nobody

ROOT = Path(__file__).resolve().parents[2]
STORY = "scenarios/opt_out"
SHARED_OUT = ("scenarios/time", "scenarios/renewal", "scenarios/in_store")
"""What two workers play: clocks that move, portals, renewals."""


def _begin(*options: str, **variables: str) -> subprocess.Popen[str]:
    """`purchaseflow run`, in a process of its own and with no settings but these."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("PURCHASEFLOW_")}
    return subprocess.Popen(
        [sys.executable, "-m", "flow", "run", "--quiet", *options],
        cwd=ROOT,
        env={**own, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(run: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = run.communicate(timeout=120)
    return run.returncode, out, err


def _read(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "report.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module")
def played(
    purchaseflow_server: PurchaseflowServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[dict[str, Any]]]:
    """Reports of three runs, all at the same time; two of them on one server."""
    url = purchaseflow_server.url
    options = {
        "in_process": [],
        "over_http": ["--backend", url],
        "two_workers": ["--backend", f"{url}/x", "--workers", "2", *SHARED_OUT],
    }
    folder = tmp_path_factory.mktemp("reports")
    runs = {
        name: _begin("--report", "ndjson", "--report-dir", str(folder / name), *given)
        for name, given in options.items()
    }
    for name, run in runs.items():
        status, out, err = _end(run)
        assert (status, err) == (0, ""), f"{name}: {out}"
    return {name: _read(folder / name) for name in runs}


def _is_alike(here: list[dict[str, Any]], there: list[dict[str, Any]]) -> None:
    """Line by line; what names the backend aside."""
    for left, right in zip(here, there, strict=True):
        assert {**left, "backend": ""} == {**right, "backend": ""}, left.get("name")


def test_all_shipped_scenarios_come_to_the_same_over_http(
    played: dict[str, list[dict[str, Any]]],
) -> None:
    """Verdicts, steps, states, calls, failures, promises, transitions and coverage."""
    here, there = played["in_process"], played["over_http"]
    assert here[0]["backend"] == "simulator"
    assert there[0]["backend"].startswith("http://127.0.0.1:")
    assert len(here) > 300
    _is_alike(here, there)


def test_two_workers_over_http_come_to_the_same_in_the_same_order(
    played: dict[str, list[dict[str, Any]]],
) -> None:
    """Each has a world of its own on the one server."""
    told = [one for one in played["in_process"][1:-1] if one["file"].startswith(SHARED_OUT)]
    there = played["two_workers"][1:-1]
    assert len(there) > 30
    _is_alike(sorted(told, key=_place), sorted(there, key=_place))
    folders = [one["file"].rpartition("/")[0] for one in there]
    assert list(dict.fromkeys(folders)) == list(SHARED_OUT)


def _place(verdict: dict[str, Any]) -> tuple[str, int, str]:
    return verdict["file"], verdict["line"], verdict["name"]


def test_scenarios_over_http_make_calls_and_judge_them(
    played: dict[str, list[dict[str, Any]]],
) -> None:
    """Equal reports of nothing would be equal too."""
    verdicts = played["over_http"][1:-1]
    calls = [call for verdict in verdicts for step in verdict["steps"] for call in step["calls"]]
    assert {verdict["status"] for verdict in verdicts} == {"passed"}
    assert len(calls) > 1000
    assert any("refused" in call for call in calls)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_insurer_that_cannot_be_reached_ends_the_run_with_one_sentence(workers: str) -> None:
    url = nobody()
    status, out, err = _end(_begin(STORY, "--backend", url, "--workers", workers))
    assert (status, out) == (3, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("error: ")
    assert f"{url} cannot be reached" in err


def test_a_wrong_control_token_ends_the_run_with_one_sentence(
    purchaseflow_server: PurchaseflowServer,
) -> None:
    run = _begin(
        STORY, "--backend", purchaseflow_server.url, PURCHASEFLOW_CONTROL_TOKEN="wrong-token"
    )
    status, out, err = _end(run)
    assert (status, out) == (3, "")
    assert len(err.splitlines()) == 1
    assert "status 401: the control API wants" in err
    assert "wrong-token" not in err


def test_wrong_keys_are_told_once_and_before_the_run(
    purchaseflow_server: PurchaseflowServer, tmp_path: Path
) -> None:
    run = _begin(
        STORY, "--backend", purchaseflow_server.url, PURCHASEFLOW_API_SECRET="wrong-secret"
    )
    status, out, err = _end(run)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "answers 403: You do not have permission" in err
    assert "PURCHASEFLOW_API_SECRET" in err
    assert "wrong-secret" not in err


def test_an_address_with_a_password_is_refused_and_not_printed(tmp_path: Path) -> None:
    status, out, err = _end(_begin(STORY, "--backend", "http://me:pa55word@127.0.0.1:1"))
    assert status == 2
    assert "http://***@127.0.0.1:1" in err
    assert "pa55word" not in out + err


@pytest.mark.parametrize("name", ["127.0.0.1:8089", "localhost:8089", "http:/127.0.0.1:8089"])
def test_an_address_without_its_scheme_is_guessed(name: str) -> None:
    status, _, err = _end(_begin(STORY, "--backend", name))
    assert status == 2
    assert "did you mean 'http://" in err
