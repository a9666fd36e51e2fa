"""Looking into a task of one's own machine."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.e2e.cli.conftest import PATIENCE, Shell

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc"),
]
CODE = """
from starwhale import handler

@handler
def broken():
    raise ValueError("no good")
"""


def test_a_task_that_failed_here_is_looked_into(tmp_path: Path) -> None:
    shell = Shell.at(tmp_path)
    (shell.code / "work.py").write_text(CODE)
    words = ["model", "run", "-w", ".", "-m", "work", "-h", "broken"]
    run = shell.start(*words, "--debug")
    try:
        patience = time.monotonic() + PATIENCE
        while "waits to be looked into" not in shell("job", "logs", "--", job_of(shell)).stdout:
            assert time.monotonic() < patience
            time.sleep(0.2)
        job = job_of(shell)
        seen = shell("job", "exec", job, "--", "sh", "-c", "ls; exit 3")
        assert (seen.returncode, "work.py" in seen.stdout) == (3, True), seen.stderr
        assert shell("job", "cancel", job).returncode == 0
        assert run.wait(PATIENCE) != 0
        assert "CANCELED, so that none of its tasks runs" in shell("job", "exec", job).stderr
    finally:
        run.kill()
        run.communicate()
    shell(*words)
    assert "is not in debug mode" in shell("job", "exec", job_of(shell)).stderr


def job_of(shell: Shell) -> str:
    """The newest job, as soon as there is one."""
    patience = time.monotonic() + PATIENCE
    while not (found := shell.json("job", "list", "--size", "1")):
        assert time.monotonic() < patience
        time.sleep(0.1)
    return found[0]["id"]
