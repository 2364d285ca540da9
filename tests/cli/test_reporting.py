"""`--report` of every verb that has one: which formats, where, and a command that repeats."""

from __future__ import annotations

import html
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from flow.cli.main import run_command

ROOT = Path(__file__).resolve().parents[2]
SHOP = "flow.gallery.shop_checkout:NeverOptsOut"
STORY = """\
scenario: A declined offer is opted out
tags: [smoke]
products:
  - {sku: LAP, name: Laptop, category: computers, price: 1200.00}
steps: [add_to_cart: LAP, request_quote, decline_cover, pay, collect, opt_out, send_invoice]
expect: {state: closed}
"""
VERBS = {
    "run": ["run", "my stories"],
    "replay": ["replay", "my stories"],
    "explore": ["explore", "-n", "20"],
    "coverage": ["coverage", "my stories"],
}
FILES = {
    "run": {"report.html", "report.json", "report.ndjson", "junit.xml"},
    "replay": {"replay.html", "replay.json", "replay.ndjson", "junit-replay.xml"},
    "explore": {"explore.html", "explore.json", "explore.ndjson", "junit-explore.xml"},
    "coverage": {"coverage.html", "coverage.json"},
}
FORMATS = {verb: "html,json" + ",ndjson,junit" * (verb != "coverage") for verb in VERBS}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one story, that is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my stories").mkdir()
    (tmp_path / "my stories" / "declined.yaml").write_text(STORY, encoding="utf-8")
    return tmp_path


def _repeat(page: Path) -> list[str]:
    """The command that a report shows."""
    found = re.search(r'<pre id="repeat">(.*?)</pre>', page.read_text("utf-8"), re.DOTALL)
    assert found is not None
    name, *arguments = shlex.split(_shown(found[1]))
    assert name == "purchaseflow"
    return arguments


def _shown(markup: str) -> str:
    """What a reader sees, and copies."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_writes_its_reports_under_names_of_its_own(verb: str, place: Path) -> None:
    arguments = [*VERBS[verb], "--report", FORMATS[verb], "--report-dir", "out"]
    assert run_command(arguments) == 0
    written = {path.name for path in (place / "out").iterdir()}
    assert written == FILES[verb]
    assert all(path.stat().st_size > 100 for path in (place / "out").iterdir())


@pytest.mark.parametrize("verb", VERBS)
def test_where_the_page_is_that_a_person_opens_is_told(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error: what a machine reads stays as it is."""
    run_command([*VERBS[verb], "--report", "html,json"])
    (name,) = (name for name in FILES[verb] if name.endswith(".html"))
    told = capsys.readouterr()
    assert told.err == f"report: {Path('reports', name)}\n"
    assert "report:" not in told.out


@pytest.mark.parametrize("verb", VERBS)
def test_help_names_the_formats_that_are_written(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command([verb, "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f"{', '.join(_sorted(FORMATS[verb]))}; several with commas" in told


def _sorted(formats: str) -> list[str]:
    return sorted(formats.split(","), key=["junit", "json", "ndjson", "html"].index)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["coverage", "--report", "junit"], "coverage is no test that passes or fails"),
        (["coverage", "--report", "html,ndjson"], "coverage is summed up once and has no events"),
        (["explore", "--report", "pdf"], "'pdf' is no report; one of: junit, json, ndjson, html"),
        (["replay", "x.yaml", "--report-dir", "out"], "say which ones with --report"),
        (["coverage", "--report-dir", "out"], "say which ones with --report"),
        (["explore", "--report-dir", "out"], "say which ones with --report"),
    ],
)
def test_what_a_verb_cannot_write_is_refused_and_why(
    arguments: list[str], told: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(arguments) == 2
    assert told in " ".join(capsys.readouterr().err.split())
    assert not (place / "reports").exists()


def test_the_environment_speaks_to_all_verbs_so_what_one_does_not_write_it_leaves_out(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURCHASEFLOW_REPORT", "junit,html")
    assert run_command(["coverage", "my stories"]) == 0
    assert {path.name for path in (place / "reports").iterdir()} == {"coverage.html"}


def test_a_misspelt_format_in_the_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PURCHASEFLOW_REPORT", "htlm")
    assert run_command(["coverage", "my stories"]) == 2
    assert "'htlm' is no report" in capsys.readouterr().err


@pytest.mark.parametrize("verb", VERBS)
def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(
    verb: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "taken").write_text("a file", encoding="utf-8")
    (place / "quits.py").write_text(
        "def shop(backend):\n    raise AssertionError('it ran')\n", encoding="utf-8"
    )
    into = ["--report", "html", "--report-dir", "taken/deeper", "--shop", "quits:shop"]
    assert run_command([*VERBS[verb], *into]) == 2
    told = capsys.readouterr()
    assert "--report-dir taken/deeper: cannot be written: Not a directory" in told.err
    assert "it ran" not in told.err + told.out


@pytest.mark.parametrize("verb", VERBS)
def test_a_wrong_plug_costs_no_old_report(verb: str, place: Path) -> None:
    assert run_command([*VERBS[verb], "--report", "html"]) == 0
    (page,) = (place / "reports").iterdir()
    before = page.read_bytes()
    assert run_command([*VERBS[verb], "--report", "html", "--shop", "nowhere:shop"]) == 2
    assert page.read_bytes() == before
    assert list((place / "reports").iterdir()) == [page]


def test_the_command_that_a_run_shows_repeats_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever options came from, they are in it."""
    (place / "purchaseflow.toml").write_text('tags = "smoke"\n', encoding="utf-8")
    monkeypatch.setenv("PURCHASEFLOW_SEED", "42")
    monkeypatch.setenv("PURCHASEFLOW_SHOP", SHOP)
    assert run_command(["run", "my stories", "--report", "html,json", "-q", "-w", "2"]) == 1
    arguments = _repeat(place / "reports" / "report.html")
    before = (place / "reports" / "report.json").read_bytes()

    (place / "purchaseflow.toml").unlink()
    monkeypatch.delenv("PURCHASEFLOW_SEED")
    monkeypatch.delenv("PURCHASEFLOW_SHOP")
    assert run_command([*arguments, "--report", "json", "--report-dir", "again"]) == 1
    assert (place / "again" / "report.json").read_bytes() == before
    assert arguments == ["run", "--tags", "smoke", "--shop", SHOP, "--seed", "42", "my stories"]


def test_what_overruled_a_settings_file_is_in_the_command(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is typed where the file still stands, and has to come out the same."""
    settings = 'shop = "nowhere:shop"\nfail-fast = true\nbackend = "nowhere:insurer"\n'
    (place / "purchaseflow.toml").write_text(settings, encoding="utf-8")
    monkeypatch.setenv("PURCHASEFLOW_FAIL_FAST", "0")
    given = ["--shop", "reference", "--backend", "simulator"]
    assert run_command(["run", "my stories", *given, "--report", "html,json"]) == 0
    monkeypatch.delenv("PURCHASEFLOW_FAIL_FAST")
    arguments = _repeat(place / "reports" / "report.html")
    assert "--no-fail-fast" in arguments
    assert run_command([*arguments, "--report", "json", "--report-dir", "again"]) == 0
    before, after = (place / name / "report.json" for name in ("reports", "again"))
    assert before.read_bytes() == after.read_bytes()


def test_the_command_that_an_exploration_shows_repeats_it(place: Path) -> None:
    given = ["-n", "100", "--seed", "3", "--faults", "0.25", "--personas", "decliner,ditherer"]
    report = ["--report", "html,json", "--fail-fast", "--no-at-once", "--save", "found"]
    assert run_command(["explore", *given, "--shop", SHOP, *report]) == 1
    arguments = _repeat(place / "reports" / "explore.html")
    assert "--no-at-once" in arguments
    before = json.loads((place / "reports" / "explore.json").read_bytes())
    assert run_command([*arguments, "--report", "json", "--report-dir", "again"]) == 1
    assert json.loads((place / "again" / "explore.json").read_bytes()) == before
    assert before["findings"]


@pytest.mark.parametrize("verb", ["replay", "coverage"])
def test_the_command_that_other_verbs_show_repeats_them(verb: str, place: Path) -> None:
    arguments = [*VERBS[verb], "--shop", SHOP, "--seed", "9", "--report", "html,json"]
    assert run_command(arguments) == 1
    again = [*_repeat(place / "reports" / f"{verb}.html"), "--report", "json"]
    assert run_command([*again, "--report-dir", "again"]) == 1
    before, after = (place / name / f"{verb}.json" for name in ("reports", "again"))
    assert before.read_bytes() == after.read_bytes()


def test_a_path_that_looks_like_an_option_stays_a_path(place: Path) -> None:
    (place / "-x.yaml").write_text(STORY, encoding="utf-8")
    assert run_command(["run", "--report", "html", "--", "-x.yaml"]) == 0
    assert _repeat(place / "reports" / "report.html") == ["run", "--seed", "1", "--", "-x.yaml"]


def test_a_finding_in_the_report_can_be_saved_and_played_again(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the page says is what one types."""
    assert run_command(["explore", "-n", "100", "--shop", SHOP, "--report", "html"]) == 1
    page = (place / "reports" / "explore.html").read_text("utf-8")
    found = re.search(
        r"<pre>(<span class=.word.>purchaseflow.*?)</pre>\s*<pre class=.yaml.>(.*?)</pre>",
        page,
        re.S,
    )
    assert found is not None
    command, scenario = map(_shown, found.groups())
    _, *arguments = shlex.split(command)
    Path(arguments[1]).write_text(scenario, encoding="utf-8")
    capsys.readouterr()
    assert run_command(arguments) == 1
    assert "declined_offers_are_opted_out_once" in capsys.readouterr().out


def test_an_exploration_that_is_interrupted_tells_what_it_has(place: Path) -> None:
    """Ctrl-C exits 130, and reports are whole."""
    (place / "stops.py").write_text(
        "from flow import ReferenceShop\n"
        "class Stops(ReferenceShop):\n"
        "    def renew(self, act):\n"
        "        raise KeyboardInterrupt\n"
        "    quote_renewal = renew\n",
        encoding="utf-8",
    )
    arguments = ["explore", "--shop", "stops:Stops", "--report", "json,junit,html"]
    assert run_command(arguments) == 130
    document = json.loads((place / "reports" / "explore.json").read_text("utf-8"))
    assert (document["summary"]["findings"], document["summary"]["interrupted"]) == (0, True)
    suite = ElementTree.parse(place / "reports" / "junit-explore.xml").getroot()[0]
    assert (suite.attrib["errors"], suite.attrib["failures"]) == ("1", "0")
    page = (place / "reports" / "explore.html").read_text("utf-8")
    assert "Nobody can say: interrupted" in page
    assert "Nothing was found" not in page


def test_an_interruption_ends_workers_in_whatever_hangs(place: Path) -> None:
    """Nobody waits for a step that takes half a minute."""
    (place / "hanging.py").write_text(
        "import os, signal\n"
        "from multiprocessing import parent_process\n"
        "from threading import Event\n"
        "from flow.shops.reference import ReferenceShop\n"
        "class Shop(ReferenceShop):\n"
        "    def pay(self, act):\n"
        "        os.kill(parent_process().pid, signal.SIGINT)\n"
        "        Event().wait()\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "flow", "explore", "--shop", "hanging:Shop", "-w", "2"]
    done = subprocess.run(
        [*command, "--step-timeout", "600"],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{place}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr


def test_older_findings_in_the_folder_are_not_taken_for_new_ones(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "found").mkdir()
    (place / "found" / "another.yaml").write_text(STORY, encoding="utf-8")
    (place / "found" / "declined-offers-are-opted-out-once.yaml").mkdir()
    arguments = ["explore", "-n", "100", "--shop", SHOP, "--save", "found"]
    assert run_command(arguments) == 1
    told = capsys.readouterr()
    assert "found also holds what this exploration has not found: another.yaml" in told.out
    assert "declined-offers-are-opted-out-once.yaml: Is a directory" in told.err
    assert "100 journeys" in told.out


def test_a_file_for_coverage_that_cannot_be_written_is_told_before(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["explore", "--coverage", "nowhere/visited.json"]) == 2
    assert "nowhere/visited.json cannot be written" in capsys.readouterr().err


def test_what_was_found_before_an_interruption_is_told_and_saved(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "halting.py").write_text(
        "from flow.gallery.shop_checkout import NeverOptsOut\n"
        "class Halting(NeverOptsOut):\n"
        "    visits = 0\n"
        "    def welcome(self, visit):\n"
        "        Halting.visits += 1\n"
        "        if Halting.visits > 3000:\n"
        "            raise KeyboardInterrupt\n"
        "        super().welcome(visit)\n",
        encoding="utf-8",
    )
    arguments = ["explore", "--shop", "halting:Halting", "--save", "found", "-n", "5000"]
    assert run_command(arguments) == 130
    told = capsys.readouterr().out
    assert "FOUND declined_offers_are_opted_out_once" in told
    assert told.splitlines()[-1] == "seed: 1"


def test_what_was_seen_and_not_yet_examined_when_it_was_interrupted_is_told(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "leaving.py").write_text(
        "from flow.chance import Dice\n"
        "from flow.gallery.shop_checkout import NeverOptsOut\n"
        "seen = set()\n"
        "def make(backend, seed):\n"
        "    if seed in seen:\n"
        "        raise KeyboardInterrupt  # a journey is played again, to be made smaller\n"
        "    seen.add(seed)\n"
        "    return NeverOptsOut(backend, Dice(seed))\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(place))
    assert run_command(["explore", "--shop", "leaving:make", "-n", "500"]) == 130
    told = capsys.readouterr().out
    assert "SEEN declined_offers_are_opted_out_once (journey " in told
    assert "the shop has not opted out" in told
    assert "It was not examined" in told
    assert ": 0 findings" in told


def test_a_hang_is_found_filed_and_replayed_within_the_time_of_a_step(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "slow.py").write_text(
        "import threading\n"
        "from flow import ReferenceShop\n"
        "class Slow(ReferenceShop):\n"
        "    def pay(self, act):\n"
        "        threading.Event().wait()\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(place))
    within = ["--shop", "slow:Slow", "--step-timeout", "0.4"]
    assert run_command(["explore", *within, "-n", "50", "--save", "found", "-x"]) == 1
    again = re.search(r"Again: purchaseflow (.*)", capsys.readouterr().out)
    assert again is not None
    assert run_command(shlex.split(again[1])) == 1
    assert "Slow.pay raised TimeoutError: no end after 0.4 seconds" in capsys.readouterr().out
    assert run_command(["run", "found", *within]) == 1
    assert run_command(["replay", "found"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "1 fixed, 0 failed, 0 error"
    assert [file.name for file in (place / "found").glob("*.yaml")] == ["shop-fails-to-pay.yaml"]


def test_a_folder_for_findings_that_cannot_be_made_is_told_before_anything_runs(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "taken").write_text("a file", encoding="utf-8")
    assert run_command(["explore", "--save", "taken/found"]) == 2
    told = capsys.readouterr()
    assert "cannot be made" in told.err
    assert told.out == ""


def test_a_coverage_that_is_interrupted_leaves_the_older_report(place: Path) -> None:
    (place / "halts.py").write_text(
        "from flow import ReferenceShop\n"
        "class Stops(ReferenceShop):\n"
        "    def collect(self, act):\n"
        "        raise KeyboardInterrupt\n",
        encoding="utf-8",
    )
    assert run_command([*VERBS["coverage"], "--report", "html"]) == 0
    before = (place / "reports" / "coverage.html").read_bytes()
    stopped = [*VERBS["coverage"], "--report", "html", "--shop", "halts:Stops"]
    assert run_command(stopped) == 130
    assert [path.name for path in (place / "reports").iterdir()] == ["coverage.html"]
    assert (place / "reports" / "coverage.html").read_bytes() == before


def test_coverage_of_files_alone_is_reported_too(place: Path) -> None:
    assert run_command(["coverage", "my stories", "--save", "kept.json"]) == 0
    assert run_command(["coverage", "--merge", "kept.json", "--report", "html,json"]) == 0
    document = json.loads((place / "reports" / "coverage.json").read_text("utf-8"))
    assert document["transitions"]["pay: declined -> paid (approved)"] == 1
    assert _repeat(place / "reports" / "coverage.html") == [
        "coverage", "--seed", "1", "--merge", "kept.json",
    ]  # fmt: skip
