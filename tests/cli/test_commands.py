"""The command line, as it is typed: output, exit codes, environment and settings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from flow.cli.exits import ExitCode
from flow.cli.main import _Verbs, cli, run_command
from flow.suite.verdict import Summary

ROOT = Path(__file__).resolve().parents[2]
STORY = """\
scenario: A declined offer is opted out
tags: [smoke]
products:
  - {sku: LAP, name: Laptop, category: computers, price: 1200.00}
steps: [add_to_cart: LAP, request_quote, decline_cover, pay, collect, opt_out, send_invoice]
expect: {state: STATE}
"""
PLUGS = """\
from flow import NoAnswer, Observation, ReferenceShop, ShopAdapter, SimulatorBackend, WireBackend

class Careless(ReferenceShop):
    def opt_out(self, act):
        return self.report()

def shop(backend):
    return Careless(backend)

def backend(seed):
    return SimulatorBackend(seed=seed)

class Misspelt(ReferenceShop):
    def chose_cover(self, act):
        return self.report()

class Quits(ReferenceShop):
    def collect(self, act):
        raise SystemExit(0)

class Browses(ShopAdapter):
    def __init__(self, backend):
        self.backend = backend

    def add_to_cart(self, act):
        return Observation()

class Dead:
    def send(self, call):
        raise NoAnswer("connection refused")

def dead():
    return WireBackend(Dead(), partner="RETLR")

def nothing():
    return object()

def fails(backend):
    raise RuntimeError("no database")
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder with one story that passes and one that fails."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "good.yaml").write_text(STORY.replace("STATE", "closed"), encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(STORY.replace("STATE", "booked"), encoding="utf-8")
    (tmp_path / "myshop.py").write_text(PLUGS, encoding="utf-8")
    yield tmp_path
    sys.modules.pop("myshop", None)


def _run(*arguments: str) -> int:
    return run_command(list(arguments))


@pytest.mark.parametrize("verb", _Verbs._MODULES)
def test_every_verb_has_help_with_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(verb, "--help") == 0
    text = capsys.readouterr().out
    assert "Example" in text
    assert f"purchaseflow {verb}" in text


def test_every_verb_is_in_the_readme_and_every_option_in_the_documents() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = sorted((ROOT / "docs").glob("*.md"))
    documents = readme + "".join(page.read_text(encoding="utf-8") for page in pages)
    for verb in _Verbs._MODULES:
        assert f"purchaseflow {verb}" in readme
        command = _Verbs().get_command(None, verb)  # type: ignore[arg-type]  # needs no context
        assert command is not None
        for option in command.params:
            longest = max(option.opts, key=len)
            if longest.startswith("--"):
                assert longest in documents, f"{verb} {longest}"


def test_what_holds_exits_0_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("run", "good.yaml") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "PASS  good.yaml: A declined offer is opted out"
    assert lines[-3:] == [
        "1 scenario: 1 passed",
        "coverage: states 27.6 %, transitions 7.7 %, pairs of transitions 1.5 %"
        " (1.7 % of those that can happen)",
        "seed: 1",
    ]


def test_what_fails_exits_1_with_file_and_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("run", "bad.yaml", "good.yaml", "-q") == 1
    out = capsys.readouterr().out
    assert "bad.yaml:6: at the end: state was to be booked, and is closed" in out
    assert "PASS" not in out


def test_a_wrong_file_exits_2_and_nothing_runs(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "wrong.yaml").write_text(STORY.replace("opt_out,", "opt_in,"), encoding="utf-8")
    assert _run("run", ".") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "wrong.yaml:5:71: unknown trigger 'opt_in'; did you mean 'opt_out'?" in err


@pytest.mark.parametrize("arguments", [["run", "--tags", "nope"], ["list", "--tags", "nope"]])
def test_nothing_selected_exits_5(arguments: list[str]) -> None:
    assert _run(*arguments, "good.yaml") == 5


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["rum"], "Did you mean 'run'?"),
        (["run", "none.yaml"], "error: none.yaml: there is no such file or folder"),
        (["run", "x" * 300], "x: cannot be read: File name too long"),
        (["run", "--seed", "x", "good.yaml"], "--seed"),
        (["run", "--sed", "1", "good.yaml"], "--seed"),
        (["run", "--tags", "and", "good.yaml"], "write such as 'smoke and not slow'"),
        (["run", "--report", "pdf", "good.yaml"], "'pdf' is no report; one of: junit, json"),
        (["run", "--backend", "real", "good.yaml"], "known are simulator"),
        (["run", "--backend", "nowhere:make", "good.yaml"], "module nowhere cannot be imported"),
        (["run", "--shop", "myshop:none", "good.yaml"], "has no callable none"),
        (["run", "--shop", "myshop:fails", "good.yaml"], "RuntimeError: no database"),
        (["run", "--backend", "myshop:nothing", "good.yaml"], "object lacks add_quotes"),
        (["run", "--workers", "0", "good.yaml"], "--workers"),
        (["run", "--workers", "65", "good.yaml"], "65 is not in the range 1<=x<=64"),
        (["run", "--workers", "two", "good.yaml"], "'two' is not a valid whole number"),
        (["run", "--max-time", "nan", "good.yaml"], "--max-time"),
        (["run", "--max-time", "inf", "good.yaml"], "inf is not a finite number"),
        (["run", "--max-time", "0", "good.yaml"], "0.0 is not in the range x>0"),
        (["coverage", "--fail-under", "all", "good.yaml"], "'all' is not a valid number"),
        (["run", "-q", "-v", "good.yaml"], "--verbose and --quiet exclude each other"),
        (["coverage", "-q", "-v", "good.yaml"], "--verbose and --quiet exclude each other"),
        (["run", "--report-dir", "out", "good.yaml"], "say which ones with --report"),
        (["coverage", "--fail-under", "nan", "good.yaml"], "nan is not a finite number"),
        (["run", "--backend", "sys:exit", "good.yaml"], "its factory fails: SystemExit"),
        (["run", "--tags", "(" * 5000, "good.yaml"], "longer than 500 letters"),
        (["run", "--shop", "myshop:Misspelt", "good.yaml"], "did you mean 'choose_cover'?"),
        (["draw", "--format", "png"], "mermaid"),
    ],
)
def test_a_mistake_exits_2_with_one_clear_sentence(
    arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(*arguments) == 2
    assert text in capsys.readouterr().err


def test_a_plugged_shop_is_held_to_account(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("run", "--shop", "myshop:shop", "--backend", "myshop:backend", "good.yaml") == 1
    out = capsys.readouterr().out
    assert "promise declined_offers_are_opted_out_once, broken after step 6" in out


def test_a_shop_that_quits_is_no_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("run", "--shop", "myshop:Quits", "good.yaml") == 1
    assert "Quits.collect raised SystemExit: 0 (myshop.py:" in capsys.readouterr().out


def test_what_a_shop_does_not_offer_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("run", "--shop", "myshop:Browses", "good.yaml") == 3
    out = capsys.readouterr().out
    assert "SKIP  good.yaml" in out
    assert "step 2, request_quote: Browses does not offer request_quote" in out


def test_an_insurer_out_of_reach_is_inconclusive(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("run", "--backend", "myshop:dead", "good.yaml", "bad.yaml") == 3
    out = capsys.readouterr().out
    assert "step 2, request_quote: create_quotes: no answer: connection refused" in out
    assert "FAIL" not in out


def test_two_runs_with_one_seed_write_the_same_bytes(place: Path) -> None:
    for folder, workers in (("a", "1"), ("b", "1"), ("c", "2")):
        reports = ["--report", "ndjson,json", "--report-dir", folder, "--workers", workers]
        assert _run("run", "good.yaml", "bad.yaml", "--seed", "7", "-q", *reports) == 1
    for name in ("report.ndjson", "report.json"):
        assert len({(place / folder / name).read_bytes() for folder in "abc"}) == 1


def test_findings_do_not_depend_on_the_hash_seed(place: Path) -> None:
    """Python shuffles its sets from process to process; reports must not show it."""
    (place / "wild.py").write_text(
        "from dataclasses import replace\n"
        "from flow import ReferenceShop\n"
        "class Wild(ReferenceShop):\n"
        "    def collect(self, act):\n"
        "        seen = super().collect(act)\n"
        "        return replace(seen, entries=(*seen.entries, *seen.entries))\n",
        encoding="utf-8",
    )
    products = "[" + ", ".join(f"{{sku: P{n}, name: P, price: 10}}" for n in range(6)) + "]"
    steps = [*(f"add_to_cart: P{n}" for n in range(6)), "request_quote", "choose_cover"]
    text = f"scenario: Six\nproducts: {products}\nsteps: [{', '.join(steps)}, pay, collect]\n"
    (place / "six.yaml").write_text(text, encoding="utf-8")
    reports = set()
    for seed in ("0", "1", "2", "3"):
        command = [sys.executable, "-m", "flow", "run", "six.yaml", "--shop", "wild:Wild", "-q"]
        done = subprocess.run(
            [*command, "--report", "ndjson", "--report-dir", seed],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT}:{place}"},
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        reports.add((place / seed / "report.ndjson").read_bytes())
    assert len(reports) == 1


def test_reports_tell_what_happened(place: Path) -> None:
    assert _run("run", "good.yaml", "bad.yaml", "-q", "--report", "junit,json,ndjson") == 1
    lines = (place / "reports" / "report.ndjson").read_text("utf-8").splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["event"] for event in events] == [
        "run_started",
        "scenario_finished",
        "scenario_finished",
        "run_finished",
    ]
    assert [event.get("status") for event in events[1:3]] == ["passed", "failed"]
    document = json.loads((place / "reports" / "report.json").read_text("utf-8"))
    assert document["summary"]["scenarios"]["failed"] == 1
    root = ElementTree.parse(place / "reports" / "junit.xml").getroot()
    suites = {suite.get("name"): suite for suite in root}
    assert [suites[name].get("failures") for name in ("good.yaml", "bad.yaml")] == ["0", "1"]
    assert suites["bad.yaml"].get("errors") == "0"
    failure = suites["bad.yaml"].find("testcase/failure")
    assert failure is not None
    assert "state was to be booked" in (failure.get("message") or "")
    assert suites["bad.yaml"].find("properties/property[@name='seed']") is not None


def test_a_report_folder_that_cannot_be_written_exits_2(place: Path) -> None:
    (place / "taken").write_text("a file", encoding="utf-8")
    assert _run("run", "good.yaml", "--report", "json", "--report-dir", "taken/deeper") == 2


def test_settings_come_from_pyproject_then_environment_then_command_line(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "pyproject.toml").write_text("[tool.purchaseflow]\nseed = 11\n", encoding="utf-8")
    assert _run("run", "good.yaml") == 0
    assert capsys.readouterr().out.endswith("seed: 11\n")
    monkeypatch.setenv("PURCHASEFLOW_SEED", "12")
    assert _run("run", "good.yaml") == 0
    assert capsys.readouterr().out.endswith("seed: 12\n")
    assert _run("run", "good.yaml", "--seed", "13") == 0
    assert capsys.readouterr().out.endswith("seed: 13\n")


def test_paths_and_reports_can_be_set_in_purchaseflow_toml(place: Path) -> None:
    text = 'paths = ["good.yaml"]\nreport = ["json"]\nreport-dir = "out"\nfail-fast = true\n'
    (place / "purchaseflow.toml").write_text(text, encoding="utf-8")
    assert _run("run") == 0
    assert (place / "out" / "report.json").is_file()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("sead = 1", "sead: is no setting; did you mean 'seed'?"),
        ("seed = 'one'", "seed: is to be int, and is str"),
        ("seed = true", "seed: is to be int, and is bool"),
        ("seed = ", "cannot be read"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(
    place: Path, text: str, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "purchaseflow.toml").write_text(text, encoding="utf-8")
    assert _run("run", "good.yaml") == 2
    err = capsys.readouterr().err
    assert fault in err
    assert "purchaseflow.toml" in err


def test_fail_fast_and_max_time_leave_the_rest_and_say_so(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("run", "bad.yaml", "good.yaml", "--fail-fast") == 1
    assert "1 failed, 1 not run" in capsys.readouterr().out
    (place / "more.yaml").write_text((place / "good.yaml").read_text("utf-8"), encoding="utf-8")
    assert _run("run", "good.yaml", "more.yaml", "--max-time", "0.000001") == 3
    assert "1 passed, 1 not run" in capsys.readouterr().out


def test_verbose_tells_every_step_and_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("run", "good.yaml", "-v") == 0
    assert "2 request_quote -> offered  [create_quotes]" in capsys.readouterr().out


def test_coverage_is_printed_and_gated(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("coverage", "good.yaml") == 0
    assert "missed state       booked" in capsys.readouterr().out
    assert _run("coverage", "good.yaml", "--fail-under", "90") == 4
    assert _run("coverage", "bad.yaml", "--fail-under", "1") == 1


def test_the_gate_is_for_states_and_for_transitions() -> None:
    """One story visits more than a quarter of the states, and few transitions."""
    assert _run("coverage", "good.yaml", "--fail-under", "20") == 4


def test_the_shipped_suites_meet_a_gate_of_100() -> None:
    assert _run("coverage", "--fail-under", "100") == 0


def test_lint_list_and_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("lint", "good.yaml") == 0
    assert capsys.readouterr().out == "1 scenario in 1 file: no faults\n"
    assert _run("list", "good.yaml") == 0
    listed = "good.yaml: A declined offer is opted out  [smoke]\n1 scenario\n"
    assert capsys.readouterr().out == listed
    assert _run("schema") == 0
    assert json.loads(capsys.readouterr().out)["title"] == "purchaseflow scenario"


def test_scenarios_and_files_are_counted_apart(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = STORY.replace("STATE", "closed").replace("tags: [smoke]", "examples: [{}, {}]")
    (place / "good.yaml").write_text(text, encoding="utf-8")
    assert _run("lint", "good.yaml") == 0
    assert capsys.readouterr().out == "2 scenarios in 1 file: no faults\n"
    assert _run("list", "good.yaml") == 0
    first, _, count = capsys.readouterr().out.splitlines()
    assert first.endswith("is opted out [1]"), "without tags there are no brackets after it"
    assert count == "2 scenarios"


def test_a_path_given_twice_is_read_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("list", "good.yaml", "good.yaml") == 0
    assert capsys.readouterr().out.endswith("\n1 scenario\n")


def test_a_shipped_suite_is_found_by_name_unless_there_is_one_here(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("list", "scenarios/opt_out") == 0
    assert "opt_out/declined_offer.yaml: " in capsys.readouterr().out
    (place / "scenarios" / "opt_out").mkdir(parents=True)
    (place / "good.yaml").rename(place / "scenarios" / "opt_out" / "own.yaml")
    assert _run("list", "scenarios/opt_out") == 0
    assert capsys.readouterr().out.startswith("scenarios/opt_out/own.yaml: ")


def test_an_empty_folder_holds_no_scenario(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "empty").mkdir()
    assert _run("lint", "empty") == 5
    assert capsys.readouterr().err == "no scenario was found\n"


@pytest.mark.parametrize("verb", ["lint", "list", "run", "coverage"])
def test_every_wrong_file_is_told_by_every_verb(
    verb: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one.yaml", "two.yaml"):
        (place / name).write_text(STORY.replace("opt_out,", "opt_in,"), encoding="utf-8")
    assert _run(verb, "one.yaml", "two.yaml") == 2
    assert capsys.readouterr().err.count("unknown trigger 'opt_in'") == 2


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ("smok", "no scenario was selected; did you mean 'smoke'?"),
        ("smoke and (slw or not smoke)", "no scenario was selected; none has the tag 'slw'"),
        ("not smoke", "no scenario was selected"),
    ],
)
def test_a_tag_that_no_scenario_has_is_told_with_the_nearest(
    tags: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("run", "good.yaml", "--tags", tags) == 5
    assert capsys.readouterr().err == f"{told}\n"


def test_what_is_neither_file_nor_folder_is_told_truly(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "nowhere.yaml").symlink_to("gone.yaml")
    assert _run("run", "nowhere.yaml") == 2
    assert _run("run", os.devnull) == 2
    assert capsys.readouterr().err.splitlines() == [
        "error: nowhere.yaml: is a link that leads nowhere",
        f"error: {os.devnull}: is neither a file nor a folder",
    ]


@pytest.mark.parametrize(("name", "text"), [("SEDE", "did you mean PURCHASEFLOW_SEED?"), ("Q", "")])
def test_a_variable_that_nothing_reads_is_told(
    name: str, text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A seed that was not taken is not seen in the verdicts."""
    monkeypatch.setenv(f"PURCHASEFLOW_{name}", "7")
    assert _run("run", "good.yaml") == 0
    warning = f"warning: nothing reads the variable PURCHASEFLOW_{name}{text and f'; {text}'}\n"
    assert capsys.readouterr().err == warning


def _variables() -> dict[str, str]:
    """Each option's variable, and the option."""
    found = {}
    for verb in _Verbs._MODULES:
        command = _Verbs().get_command(None, verb)  # type: ignore[arg-type]  # needs no context
        assert command is not None
        for option in command.params:
            if isinstance(option.envvar, str):
                found[option.envvar] = max(option.opts, key=len)
    return found


@pytest.mark.parametrize(("variable", "option"), sorted(_variables().items()))
def test_a_variable_is_called_as_its_option_and_known(
    variable: str,
    option: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert variable.startswith("PURCHASEFLOW_")
    assert variable.endswith(option.removeprefix("--").replace("-", "_").upper())
    monkeypatch.setenv(variable, "")
    assert _run("schema") == 0
    assert capsys.readouterr().err == ""


def test_verbose_or_quiet_on_the_command_line_wins_over_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURCHASEFLOW_VERBOSE", "1")
    assert _run("run", "good.yaml", "-q") == 0
    assert "PASS" not in capsys.readouterr().out
    monkeypatch.delenv("PURCHASEFLOW_VERBOSE")
    monkeypatch.setenv("PURCHASEFLOW_QUIET", "1")
    assert _run("run", "good.yaml", "-v") == 0
    assert "2 request_quote -> offered" in capsys.readouterr().out


def test_a_report_folder_may_be_set_where_no_report_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PURCHASEFLOW_REPORT_DIR", "out")
    assert _run("run", "good.yaml") == 0


def test_a_folder_in_a_report_s_place_is_found_before_the_run(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "reports" / "report.json").mkdir(parents=True)
    (place / "reports" / "junit.xml").write_text("old", encoding="utf-8")
    assert _run("run", "good.yaml", "--report", "junit,json") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert f"{Path('reports', 'report.json')} is a folder" in err
    assert (place / "reports" / "junit.xml").read_text("utf-8") == "old"
    assert sorted(os.listdir(place / "reports")) == ["junit.xml", "report.json"]


def test_draw_prints_the_eight_steps_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PURCHASEFLOW_FORMAT", "dot")
    assert _run("draw", "--main") == 0
    text = capsys.readouterr().out
    assert text.startswith("digraph")
    assert "cancel" not in text
    assert text.endswith("}\n")


def test_exit_codes_are_those_of_a_run_and_all_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("--help") == 0
    text = capsys.readouterr().out
    assert all(f"  {code.value} " in text for code in ExitCode)
    assert Summary(seed=1).exit_code == ExitCode.NOTHING_SELECTED
    assert Summary(seed=1, not_run=1).exit_code == ExitCode.INCONCLUSIVE


def test_draw_prints_both_formats(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("draw") == 0
    assert "offered --> covered: choose_cover" in capsys.readouterr().out
    assert _run("draw", "--format", "dot") == 0
    text = capsys.readouterr().out
    assert text.startswith("digraph purchase {")
    assert text.count("{") == text.count("}")


def test_an_interruption_exits_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "main", interrupted)
    assert _run("run", "good.yaml") == 130


@pytest.mark.parametrize(
    "command", [["-m", "flow"], ["-c", "from flow.cli.main import main; main()"]]
)
def test_it_runs_as_a_process(command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, *command, "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.startswith("purchaseflow ")


def test_a_reader_that_leaves_is_no_crash() -> None:
    """`purchaseflow list | head -1` ends quietly, by the system's own signal."""
    with subprocess.Popen(
        [sys.executable, "-m", "flow", "schema"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait() == -signal.SIGPIPE


def _process(place: Path, path: str, *before: str) -> subprocess.CompletedProcess[str]:
    """`purchaseflow run PATH` as a process of its own, in the place's folder."""
    return subprocess.run(
        [*before, sys.executable, "-m", "flow", "run", path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=place,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that closes streams")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_crash(place: Path, closed: str) -> None:
    """A job's output may be nowhere: the exit code tells."""
    done = _process(place, "good.yaml", "sh", "-c", f'exec "$@" {closed}', "sh")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_that_cannot_be_read_is_named(place: Path) -> None:
    """What was not read must not pass for read."""
    shut = place / "stories" / "shut"
    shut.mkdir(parents=True)
    shut.chmod(0)
    if os.access(shut, os.R_OK):
        pytest.skip("root reads everything")
    done = _process(place, "stories")
    shut.chmod(0o700)
    assert done.returncode == 2
    assert done.stderr == "error: stories/shut: cannot be read: Permission denied\n"


def test_an_interrupted_run_tells_what_it_has(place: Path) -> None:
    """Ctrl-C exits 130, and reports are whole."""
    (place / "stop.py").write_text(
        "from flow import ReferenceShop\n"
        "class Stops(ReferenceShop):\n"
        "    def collect(self, act):\n"
        "        raise KeyboardInterrupt\n",
        encoding="utf-8",
    )
    arguments = ["run", "good.yaml", "--shop", "stop:Stops", "--report", "json,junit", "-q"]
    assert _run(*arguments) == 130
    document = json.loads((place / "reports" / "report.json").read_text("utf-8"))
    assert document["summary"]["not_run"] == 1
    ElementTree.parse(place / "reports" / "junit.xml")


def test_a_wrong_plug_costs_no_old_report(place: Path) -> None:
    assert _run("run", "good.yaml", "--report", "json") == 0
    before = (place / "reports" / "report.json").read_bytes()
    assert _run("run", "good.yaml", "--report", "json", "--shop", "myshop:none") == 2
    assert (place / "reports" / "report.json").read_bytes() == before


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_failing_factory_is_one_sentence_with_any_number_of_workers(
    workers: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["run", "good.yaml", "bad.yaml", "--shop", "myshop:fails", "--workers", workers]
    assert _run(*arguments) == 2
    assert "shop 'myshop:fails': its factory fails: RuntimeError" in capsys.readouterr().err


_ENDINGS = {
    "terminated": ("os.kill(os.getpid(), signal.SIGTERM)", 1, 130, "interrupted"),
    "workers ended": (
        "os.kill(parent_process().pid, signal.SIGTERM)",
        2,
        130,
        "interrupted",
    ),
    "worker died": ("os._exit(9)", 2, 3, "a worker process died"),
}


@pytest.mark.parametrize("ending", _ENDINGS)
def test_a_run_that_is_ended_closes_its_reports(tmp_path: Path, ending: str) -> None:
    act, workers, code, told = _ENDINGS[ending]
    (tmp_path / "ending.py").write_text(
        "import os, signal\n"
        "from multiprocessing import parent_process\n"
        "from flow.shops.reference import ReferenceShop\n"
        "class Shop(ReferenceShop):\n"
        "    def request_quote(self, *given, **named):\n"
        f"        {act}\n"
        "        return super().request_quote(*given, **named)\n"
    )
    command = [sys.executable, "-m", "flow", "run", "--shop", "ending:Shop"]
    command += ["--workers", str(workers), "--report", "json", "--report-dir", str(tmp_path)]
    done = subprocess.run(
        [*command, str(ROOT / "scenarios")],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{tmp_path}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads((tmp_path / "report.json").read_text())
