"""The house tests itself: names, words, pictures, and what help must not wait for."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

import flow
import models
from flow.diagram import draw_mermaid

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for package in ("flow", "models") for path in (ROOT / package).rglob("*.py"))
NAMES = [str(path.relative_to(ROOT)) for path in MODULES]


@pytest.mark.parametrize("name", flow.__all__)
def test_every_public_name_of_flow_can_be_had(name: str) -> None:
    assert getattr(flow, name) is not None


def test_the_window_lists_what_it_shows() -> None:
    assert sorted(flow.__all__) == sorted(flow._HOME_OF)
    assert all(hasattr(models, name) for name in models.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        flow.Nothing  # noqa: B018 - asking is the test


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_every_module_says_what_it_is_and_what_it_shows(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "a module begins with a sentence"
    if path.name in ("__main__.py", "base.py") or path.name == "__init__.py":
        return
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert "__all__" in assigned


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_what_a_module_shows_is_there(path: Path) -> None:
    module = (
        importlib.import_module(
            ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        )
        if path.name != "__main__.py"
        else flow
    )
    for name in getattr(module, "__all__", ()):
        assert hasattr(module, name)


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_files_stay_comfortable_to_read(path: Path) -> None:
    """Near 600 lines there is a second noun in it."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600


def test_the_picture_in_the_readme_is_fresh() -> None:
    """`make draw` puts it there."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert draw_mermaid(main_only=True) in readme


def test_help_waits_for_nothing_heavy() -> None:
    code = (
        "import sys; from flow.cli.main import run_command; run_command(['--help']);"
        "heavy = {'pydantic', 'yaml', 'transitions', 'hypothesis', 'models'} & set(sys.modules);"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


def test_a_foreign_models_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("ORDERS = []\n", encoding="utf-8")
    code = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]; import flow"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: purchaseflow needs its own package 'models'")
    assert "virtual environment of its own" in last


SOURCES = re.compile(r"our choice|contract (?:section )?\d|\b[a-z]+(?:_+[a-z]+)*#\d")
REFUSING = {"rule_broken", "missing", "status_change", "not_allowed", "no_offer", "not_priced"}


def _refusing_functions() -> list[tuple[str, str]]:
    """Functions of the insurer that word a refusal, with their source text and comments."""
    found = []
    for path in sorted((ROOT / "flow" / "simulator").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        module = ast.get_docstring(ast.parse(text)) or ""
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.FunctionDef):
                continue
            called = {
                call.func.id
                for call in ast.walk(node)
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
            }
            if called & REFUSING or path.name == "refusal.py":
                source = ast.get_source_segment(text, node) or ""
                after = text.splitlines()[node.end_lineno - 1 if node.end_lineno else 0]
                found.append((f"{path.name}:{node.name}", f"{module}\n{source}\n{after}"))
    return found


@pytest.mark.parametrize(("name", "text"), _refusing_functions(), ids=lambda value: value[:40])
def test_every_refusal_names_its_source_or_is_marked_as_ours(name: str, text: str) -> None:
    """A recording, a section of the contract, or the words "our choice"."""
    if name.split(":")[1] in ("__init__", "answer", "problem"):
        return
    assert SOURCES.search(text), name


def test_the_changelog_knows_this_version() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = pyproject.split('version = "', 1)[1].split('"', 1)[0]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
