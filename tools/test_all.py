"""Run the test suite on every supported Python that this machine has, and say which it has not.

Each gets an environment of its own under ``build/``, from the same lock. Arguments go to pytest;
without any the suite runs as ``make tests`` runs it, kill loops after the rest.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ALONE = "tests/fault/jobs"
SUPPORTED = ("3.11", "3.12", "3.13", "3.14")
ROOT = Path(__file__).parent.parent


def find(version: str) -> str | None:
    """Path of an interpreter of that version that starts, None where there is none."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    asked = [uv, "python", "find", "--no-project", "--no-python-downloads", version]
    found = subprocess.run(asked, capture_output=True, text=True, check=False) if Path(uv).exists() else None
    candidates = [found.stdout.strip()] if found and found.returncode == 0 else []
    candidates += [path for path in [shutil.which(f"python{version}")] if path]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")  # its shims need a setting to start
    candidates += [str(path) for path in sorted(pyenv.glob(f"versions/{version}.*/bin/python"))]
    return next((path for path in candidates if _is(path, version)), None)


def _is(path: str, version: str) -> bool:
    asked = [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout.strip() == version


def run(version: str, python: str, arguments: list[str]) -> bool:
    """Whether the environment could be made and the suite passes in it."""
    venv = ROOT / "build" / f"venv-{version}"
    print(f"\n== Python {version} ({python})", flush=True)
    install = [str(ROOT / "tools" / "install.sh"), str(venv), "--all-extras", "--group", "dev"]
    if subprocess.run(install, env={**os.environ, "PYTHON": python}, check=False).returncode:
        return False
    suite = [str(venv / "bin" / "python"), "-m", "pytest", "-p", "no:cacheprovider"]
    parts = [arguments] if arguments else [["-n", "auto", f"--ignore={ALONE}"], [ALONE]]
    outcomes = [subprocess.run([*suite, *part], cwd=ROOT, check=False).returncode for part in parts]
    return not any(outcomes)


def main() -> int:
    """Run all; the last lines tell the outcome for each version."""
    verdicts: dict[str, str] = {}
    for version in SUPPORTED:
        python = find(version)
        if python is None:
            verdicts[version] = "not tested: no such interpreter on this machine"
        else:
            verdicts[version] = "passed" if run(version, python, sys.argv[1:]) else "FAILED"
    print()
    for version, verdict in verdicts.items():
        print(f"Python {version}: {verdict}")
    return 1 if "FAILED" in verdicts.values() else 0


if __name__ == "__main__":
    sys.exit(main())
