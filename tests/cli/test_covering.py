"""`coverage`: shares, files merged and saved, traffic, and what to write next."""

from __future__ import annotations

from pathlib import Path

import pytest

from flow.cli.main import run_command
from flow.coverage import Coverage

STORY = """\
scenario: A declined offer is opted out
products:
  - {sku: LAP, name: Laptop, category: computers, price: 1200.00}
steps: [add_to_cart: LAP, request_quote, decline_cover, pay, collect, opt_out, send_invoice]
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("story.yaml").write_text(STORY, encoding="utf-8")


def _run(*arguments: str) -> int:
    return run_command(["coverage", *arguments])


def test_every_share_is_printed_with_its_counts(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("story.yaml") == 0
    shares = capsys.readouterr().out.splitlines()[-7:]
    assert [line.split("  ")[0] for line in shares] == [
        "states",
        "transitions",
        "pairs of transitions",
        "pairs that can happen",
        "conditions, each way",
        "steps by fault",
        "markets by product by payment",
    ]
    assert shares[0].split()[-5:] == ["8", "of", "29", "27.6", "%"]


def test_verbose_lists_what_else_was_missed(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("story.yaml", "-v", "--pairs") == 0
    out = capsys.readouterr().out
    assert "missed pair        " in out
    assert "missed condition   open_offer true, open_cart" in out
    assert "missed fault       slow in request_quote" in out
    assert "missed market      US USD, product_insurance, single" in out


def test_what_was_saved_can_be_merged_without_playing_anything(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run("story.yaml", "--save", "one.json") == 0
    played = capsys.readouterr().out
    assert _run("--merge", "one.json") == 0
    assert capsys.readouterr().out == played
    assert _run("story.yaml", "--merge", "one.json", "--save", "two.json") == 0
    one = Coverage.from_json(Path("one.json").read_bytes())
    assert Coverage.from_json(Path("two.json").read_bytes()) == Coverage.merged([one, one])


def test_the_gate_is_for_the_sum() -> None:
    assert _run("story.yaml", "--save", "one.json") == 0
    assert _run("--merge", "one.json", "--fail-under", "90") == 4
    assert _run("-t", "not no-such-tag", "--merge", "one.json", "--fail-under", "100") == 0


def test_recorded_traffic_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["run", "story.yaml", "--record", "tapes"]) == 0
    capsys.readouterr()
    assert _run("--journal", "tapes") == 0
    out = capsys.readouterr().out
    assert "seen in traffic    opt_out: collected -> opted_out" in out
    assert _run("story.yaml", "--journal", "tapes") == 0
    assert "seen in traffic" not in capsys.readouterr().out, "a journey took it as well"


def test_what_is_suggested_passes_and_covers_more(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("story.yaml", "--next") == 0
    said = capsys.readouterr()
    assert "---" not in said.out
    assert "transitions" in said.err
    Path("next.yaml").write_text(said.out, encoding="utf-8")
    assert run_command(["lint", "next.yaml"]) == 0
    assert run_command(["run", "next.yaml"]) == 0
    assert _run("story.yaml", "--save", "one.json") == 0
    assert _run("story.yaml", "next.yaml", "--save", "two.json") == 0
    one, two = (Coverage.from_json(Path(f"{n}.json").read_bytes()) for n in ("one", "two"))
    assert two.row_share > one.row_share


def test_several_are_suggested_as_documents(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("story.yaml", "--next=3") == 0
    documents = capsys.readouterr().out.split("---\n")
    assert len(documents) == 3
    assert all(text.startswith("# Visits for the first time:\n#   ") for text in documents)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--merge", "none.json"], "--merge none.json: cannot be read: No such file"),
        (["--merge", "story.yaml"], "--merge story.yaml: it is no coverage that was saved"),
        (["--journal", "story.yaml"], "--journal story.yaml: is not JSON"),
        (["story.yaml", "--save", "no/such.json"], "--save no/such.json: cannot be written"),
        (["story.yaml", "--next", "many"], "'many' is not a valid whole number"),
    ],
)
def test_what_cannot_be_used_is_named(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(*arguments) == 2
    assert told in capsys.readouterr().err
