"""What the README shows is true: its samples run, its mistakes are told as it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from flow.cli.main import run_command
from flow.explorer.personas import PERSONAS
from flow.gallery.catalogue import DEFECTS
from flow.promises.every import PROMISES
from flow.suite.loader import load
from flow.suite.shipped import shipped_suites

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the README's scenario."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "my-scenarios").mkdir()
    (sample,) = _blocks("yaml")
    (tmp_path / "my-scenarios" / "declined.yaml").write_text(sample, encoding="utf-8")
    return tmp_path


def test_the_sample_scenario_passes() -> None:
    assert run_command(["run", "my-scenarios/", "-v"]) == 0


def test_the_sample_mistake_is_told_as_shown(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = place / "my-scenarios" / "declined.yaml"
    text = path.read_text(encoding="utf-8").replace("decline_cover", "declien_cover")
    path.write_text(text, encoding="utf-8")
    assert run_command(["lint", "my-scenarios"]) == 2
    assert capsys.readouterr().err.strip() in README


def test_the_python_samples_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    adapter, transport, journey = _blocks("python")
    (place / "my_shop").mkdir()
    (place / "my_shop" / "adapter.py").write_text(adapter, encoding="utf-8")
    assert run_command(["run", "--shop", "my_shop.adapter:make_shop", "my-scenarios/"]) == 3
    assert "MyShop does not offer add_to_cart" in capsys.readouterr().out
    for sample in (transport, journey):
        exec(compile(sample, "README.md", "exec"), {})
    assert "in_cart" in capsys.readouterr().out


def test_counts_in_the_readme_are_those_of_the_house() -> None:
    assert f"a ledger and {len(PROMISES)} promises" in " ".join(README.split())
    cases = load([shipped_suites()]).cases
    assert f"{len(cases)} scenarios: {len(cases)} passed" in README
    assert f"PASS  {cases[-1].file}: {cases[-1].name}" in README


def test_every_exit_code_is_in_the_readme() -> None:
    from flow.cli.exits import ExitCode

    for code in ExitCode:
        assert f"| {code.value} |" in README


def test_the_numbers_told_are_those_there_are() -> None:
    exploring = (ROOT / "docs" / "exploring.md").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    dashboard = (ROOT / "docs" / "dashboard.md").read_text(encoding="utf-8")
    for told in (README, changes, dashboard):
        assert f"{len(PROMISES)} promises" in told
    assert f"{len(DEFECTS)} shops and insurers" in changes
    assert f"{len(DEFECTS)} known defects" in README
    assert f"{len(DEFECTS)} shops and insurers" in exploring
    assert all(f"`{persona.name}`" in exploring for persona in PERSONAS)
