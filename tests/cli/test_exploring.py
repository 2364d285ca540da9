"""`explore` and `replay` at the command line: stories, files, exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from flow.cli.main import run_command
from pytest_purchaseflow import PurchaseflowServer

SHOP = "tests.explorer.test_exploring:forgetful"


@pytest.fixture
def found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Findings of a shop that forgets opt-outs."""
    folder = tmp_path / "found"
    arguments = ["explore", "-n", "100", "--shop", SHOP, "--save", str(folder)]
    assert run_command(arguments) == 1
    capsys.readouterr()
    return folder


def test_a_clean_exploration_exits_0_and_prints_the_seed_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["explore", "-n", "50", "--seed", "7"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "seed: 7"
    assert ": 0 findings" in lines[-2]


def test_a_finding_is_told_as_a_story(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["explore", "-n", "100", "--shop", SHOP]) == 1
    told = capsys.readouterr().out
    assert "FOUND declined_offers_are_opted_out_once" in told
    assert "opt out -> opted_out" in told
    assert "At fault: shop; with the reference shop it does not happen." in told


def test_a_saved_finding_is_a_scenario_and_a_page(found: Path) -> None:
    (scenario,) = found.glob("*.yaml")
    assert run_command(["lint", str(scenario)]) == 0
    page = scenario.with_suffix(".md").read_text(encoding="utf-8")
    assert "sequenceDiagram" in page
    assert "curl -X POST" in page
    assert f"purchaseflow replay {scenario} --shop {SHOP}" in page


def test_a_saved_finding_fails_again_under_replay_and_run(
    found: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["replay", str(found), "--shop", SHOP]) == 1
    assert "0 fixed, 1 failed, 0 error" in capsys.readouterr().out
    assert run_command(["run", str(found), "--shop", SHOP]) == 1
    assert "declined_offers_are_opted_out_once" in capsys.readouterr().out


def test_a_saved_finding_fails_again_over_http_and_is_fixed_there_too(
    found: Path,
    purchaseflow_server: PurchaseflowServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    there = ["replay", str(found), "--backend", purchaseflow_server.url]
    assert run_command([*there, "--shop", SHOP]) == 1
    assert "declined_offers_are_opted_out_once" in capsys.readouterr().out
    assert run_command(there) == 0
    assert "1 fixed, 0 failed, 0 error" in capsys.readouterr().out


def test_a_repaired_finding_is_fixed(found: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["replay", str(found)]) == 0
    assert capsys.readouterr().out.startswith("FIXED ")


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        run_command(["explore", "-n", "100", "--shop", SHOP, "--save", str(tmp_path / name)])
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).glob("*.yaml")}
        for name in ("one", "two")
    )
    assert one == two != {}


def test_an_unknown_persona_is_a_slip(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["explore", "--personas", "declinr"]) == 2
    assert "did you mean 'decliner'?" in capsys.readouterr().err


def test_replay_wants_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["replay"]) == 2
    assert "explore --save" in capsys.readouterr().err
