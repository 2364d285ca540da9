"""Builds the wheel, installs it in an empty environment elsewhere, and runs it from there.

It must carry suites and catalogue, and print what a checkout prints. A foreign package `models`
in the way must be refused in one clear sentence.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command; its output, or an end with it."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    """Build, install, run, compare."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", place, ROOT, cwd=ROOT)
        (wheel,) = place.glob("*.whl")
        venv.create(place / "env", with_pip=True)
        scripts = place / "env" / "bin"
        pip = (scripts / "python", "-m", "pip", "--disable-pip-version-check", "--quiet")
        run(*pip, "install", "--constraint", ROOT / "constraints.txt", wheel, cwd=place)
        away = run(scripts / "purchaseflow", "run", cwd=place)
        home = run(ROOT / ".venv" / "bin" / "purchaseflow", "run", cwd=ROOT)
        if away != home:
            sys.exit(f"the wheel prints something else than the checkout:\n{away}\n---\n{home}")
        foreign = place / "partner"
        foreign.mkdir()
        (foreign / "models.py").write_text("ANSWER = 42\n", encoding="utf-8")
        clash = subprocess.run(
            [scripts / "python", "-c", "import flow"],
            cwd=foreign,
            capture_output=True,
            text=True,
            check=False,
        )
        if clash.returncode == 0 or "needs its own package 'models'" not in clash.stderr:
            sys.exit(f"a foreign models was not refused:\n{clash.stderr}")
    sys.stdout.write(f"{wheel.name}: installed elsewhere, runs the same\n")


if __name__ == "__main__":
    main()
