"""Models whose jobs run in a runtime, named by the user or packed with them; over the real index."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import urllib.request
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e

SWCLI = Path(sysconfig.get_path("scripts")) / "swcli"
CODE = """
import os, sys
import cowsay
from starwhale import evaluation, handler

@handler()
def where():
    evaluation.log_summary(prefix=sys.prefix, cow=cowsay.__version__, venv=os.environ.get("VIRTUAL_ENV"))
"""


class Shell:
    """A user with a runtime that has what this Python has not."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = {
            **os.environ,
            "HOME": str(home),
            "SW_LOCAL_STORAGE": str(home / "store"),
            "SW_CLI_CONFIG": str(home / "config.yaml"),
            # What the machine has fetched before need not come again.
            "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path("~/.cache/uv").expanduser())),
        }
        (home / "runtime.yaml").write_text("name: cows\ndependencies: [{pip: [cowsay==6.1]}]\n")
        (home / "main.py").write_text(CODE)

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SWCLI, *words],
            env=self.env,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )

    def json(self, *words: str) -> Any:
        ran = self("-o", "json", *words)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
    try:
        urllib.request.urlopen(f"{index.rstrip('/')}/cowsay/", timeout=5).close()
    except OSError:
        pytest.skip("no package index answers")
    made = Shell(tmp_path)
    made.json("runtime", "build")
    return made


def test_a_model_runs_in_the_runtime_that_it_brings_even_when_that_is_gone(shell: Shell) -> None:
    shell.json("model", "build", ".", "-m", "main", "-n", "cow", "-r", "cows")
    assert shell.json("runtime", "remove", "cows", "--force")["removed"]
    job = shell.json("model", "run", "-u", "cow", "-h", "where")
    found = job["summary"]
    assert (found["cow"], found["venv"]) == ("6.1", found["prefix"])
    assert found["prefix"].startswith(str(shell.home / "store"))
    assert shell.json("job", "rerun", job["id"])["summary"] == found
    shell.json("gc", "--yes")
    again = shell.json("model", "run", "-u", "cow", "-h", "where")
    assert again["summary"]["cow"] == "6.1"
    without = shell("model", "run", "-u", "cow", "-h", "where", "-fpr")
    assert "No module named 'cowsay'" in without.stderr
    # What is laid out and built again does not bring the runtime along by accident.
    shell.json("model", "extract", "cow", "out")
    rebuilt = shell("model", "build", "out", "-m", "main", "-n", "cow2")
    assert "No module named 'cowsay'" in rebuilt.stderr


def test_a_runtime_may_be_named_for_a_run_and_be_left_out_of_a_package(shell: Shell) -> None:
    job = shell.json("model", "run", "-w", ".", "-m", "main", "-h", "where", "-r", "cows")
    assert job["runtime"].startswith("local/project/self/runtime/cows/version/")
    shell.json("model", "build", ".", "-m", "main", "-n", "cow", "-r", "cows", "--no-package-runtime")
    paths = [each["path"] for each in shell.json("model", "info", "cow", "-of", "files")]
    assert not any(path.startswith(".starwhale/runtime/") for path in paths)
    assert "No module named 'cowsay'" in shell("model", "run", "-u", "cow", "-h", "where").stderr
    assert shell.json("model", "run", "-u", "cow", "-h", "where", "-r", "cows")["state"] == "SUCCESS"


def test_an_environment_that_somebody_changed_is_made_again_before_a_job(shell: Shell) -> None:
    words = ["model", "run", "-w", ".", "-m", "main", "-h", "where", "-r", "cows"]
    prefix = Path(shell.json(*words)["summary"]["prefix"])
    shutil.rmtree(next(prefix.rglob("cowsay-*.dist-info")))
    shutil.rmtree(next(prefix.rglob("cowsay")))
    assert shell.json(*words)["summary"]["cow"] == "6.1"
