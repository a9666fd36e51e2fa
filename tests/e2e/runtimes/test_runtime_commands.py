"""`swcli runtime` as a process: what replaces it, and what goes over the real index."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from tests.slice.runtimes.conftest import environ
from tests.slice.runtimes.index import Index

pytestmark = pytest.mark.e2e

# The command, whatever table leads to it.
PROGRAM = """
import os, sys
from starwhale.cli.commands.runtime import runtime
from starwhale.cli.main import run
sys.exit(run(sys.argv[1:], environ=os.environ, root=runtime, name="swcli runtime"))
"""
WORDS = [sys.executable, "-c", PROGRAM]

Ran = subprocess.CompletedProcess[str]


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    index = Index(tmp_path / "index")
    index.add(
        "alpha", "2.0", scripts={"greet": "alpha:hello"}, files={"alpha.py": "def hello(): print('hi')\n"}
    )
    index.add_needs_of_starwhale()
    (tmp_path / "runtime.yaml").write_text("name: digits\ndependencies: [{pip: [alpha]}]\n")
    made = environ(tmp_path, index, tmp_path / "cache")
    return {**made, "SW_LOCAL_STORAGE": str(tmp_path / "store"), "COLUMNS": "80"}


@pytest.fixture
def swcli(env: dict[str, str], tmp_path: Path) -> Callable[..., Ran]:
    def run(*words: str) -> Ran:
        return subprocess.run(
            [*WORDS, *words], env=env, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
        )

    assert run("build").returncode == 0
    return run


def test_a_command_runs_in_the_environment(swcli: Callable[..., Ran], tmp_path: Path) -> None:
    assert swcli("run", "digits", "--", "greet").stdout == "hi\n"
    program = "import os, sys; print(os.getcwd(), os.environ['VIRTUAL_ENV'] == sys.prefix); sys.exit(7)"
    ran = swcli("run", "digits", "--cwd", str(tmp_path / "store"), "--", "python", "-c", program)
    assert (ran.returncode, ran.stdout) == (7, f"{tmp_path / 'store'} True\n")
    assert swcli("run", "digits", "python", "-V").stdout.startswith("Python 3.")
    assert swcli("run", "digits", "--cwdd", "x", "--", "true").returncode == 2
    missing = swcli("run", "digits", "--", "no-such-program")
    assert (missing.returncode, len(missing.stderr.splitlines())) == (3, 1)


def test_the_worker_of_jobs_is_there(swcli: Callable[..., Ran]) -> None:
    python = swcli("restore", "digits").stdout.strip()
    ours = "import importlib.util as u; print(u.find_spec('starwhale.worker').origin)"
    ran = subprocess.run([python, "-c", ours], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith(str(Path(python).parents[1]))


def test_a_shell_has_the_environment(swcli: Callable[..., Ran], env: dict[str, str], tmp_path: Path) -> None:
    swcli("restore", "digits")
    env = {**env, "SHELL": "/bin/bash"}
    child = pexpect.spawn(
        WORDS[0],
        [*WORDS[1:], "activate", "digits"],
        env={**env, "SHELL": "/bin/bash"},
        cwd=str(tmp_path),
        timeout=60,
    )
    child.expect_exact("(digits/version/")
    child.sendline("greet; echo [$VIRTUAL_ENV]")
    child.expect_exact("hi")
    child.expect_exact(f"[{tmp_path}/store/runtimes/")
    child.sendline("exit 5")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 5


def test_a_runtime_of_real_packages_is_locked_and_restored(tmp_path: Path) -> None:
    """Over the index that this machine is configured for, with whatever its cache holds."""
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
    try:
        urllib.request.urlopen(f"{index.rstrip('/')}/pip/", timeout=5).close()
    except OSError:
        pytest.skip("no package index answers")
    (tmp_path / "runtime.yaml").write_text("name: real\ndependencies: [{pip: [click]}]\n")
    env = {
        **os.environ,
        "SW_LOCAL_STORAGE": str(tmp_path / "store"),
        "SW_CLI_CONFIG": str(tmp_path / "config.yaml"),
    }

    def swcli(*words: str) -> str:
        ran = subprocess.run(
            [*WORDS, *words], env=env, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=280
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    assert swcli("build").startswith("built runtime real/version/")
    program = "import starwhale, pyarrow; print(starwhale.Image(b'x').to_bytes())"
    assert swcli("run", "real", "--", "python", "-c", program) == "b'x'\n"
