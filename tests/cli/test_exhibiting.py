"""`gallery` at the command line: what is caught, by what, and the score."""

from __future__ import annotations

from pathlib import Path

import pytest

from flow.cli.main import run_command
from flow.gallery.catalogue import DEFECTS

STORY = """\
scenario: A declined offer is opted out
products:
  - {sku: LAP, name: Laptop, category: computers, price: 1200.00}
steps: [{add_to_cart: LAP}, request_quote, decline_cover, pay, collect, opt_out, send_invoice]
"""


def test_the_gallery_lists_what_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["gallery", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(DEFECTS) >= 40
    assert any(line.startswith("never-opts-out (shop): ") for line in lines)


def test_the_explorer_catches_a_defect_and_says_by_what(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["gallery", "never-opts-out", "cancels-on-preview"]) == 0
    told = capsys.readouterr().out
    assert "caught  never-opts-out: declined_offers_are_opted_out_once, journey" in told
    assert "caught  cancels-on-preview: previews_change_nothing, journey" in told
    assert "mutation score: 2 of 2, 100.0 %" in told


def test_a_defect_that_nothing_meets_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["gallery", "charges-the-renewal-again", "-n", "10", "--fail-under", "50"]
    assert run_command(arguments) == 4
    captured = capsys.readouterr()
    assert "MISSED  charges-the-renewal-again: not in 10 journeys" in captured.out
    assert "the mutation score is under 50 %" in captured.err


def test_a_suite_is_scored_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "story.yaml").write_text(STORY, encoding="utf-8")
    names = ["never-opts-out", "refunds-twice"]
    assert run_command(["gallery", *names, "--suite", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "caught  never-opts-out: declined_offers_are_opted_out_once, scenario 1" in told
    assert "MISSED  refunds-twice: not in 1 scenarios" in told
    assert "mutation score: 1 of 2, 50.0 %" in told


def test_the_same_seed_scores_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for workers in ("1", "2"):
        run_command(["gallery", "charges-twice", "never-refunds", "-w", workers])
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]


def test_an_unknown_defect_is_a_slip(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["gallery", "never-opt-out"]) == 2
    assert "did you mean 'never-opts-out'?" in capsys.readouterr().err
