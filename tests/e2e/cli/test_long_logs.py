"""The log of a task that printed far more than fits into memory twice."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.e2e.cli.conftest import SWCLI, Shell

pytestmark = pytest.mark.e2e

SIZE = 50_000_000
CODE = """
from starwhale import handler

@handler()
def talks():
    print("begin")
"""


@pytest.fixture
def log(shell: Shell) -> Path:
    (shell.code / "talking.py").write_text(CODE)
    shell.json("model", "run", "-w", ".", "-m", "talking", "-h", "talking:talks")
    job = shell.newest_job()["id"]
    return shell.home / "store" / "run" / job / "logs" / "0.0.log"


def peak(shell: Shell, job: str, *words: str) -> tuple[int, int]:
    """Most bytes of memory that printing the log took, and bytes printed."""
    printed = shell.home / "printed"
    with printed.open("wb") as out:
        process = subprocess.Popen(
            [SWCLI, "job", "logs", job, *words], env=shell.environ, cwd=shell.code, stdout=out
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_maxrss * 1024, printed.stat().st_size


@pytest.mark.parametrize("words", [(), ("--follow",)], ids=["read", "follow"])
def test_fifty_megabytes_of_log_take_no_more_memory_than_a_line(
    shell: Shell, log: Path, words: tuple[str, ...]
) -> None:
    job = log.parent.parent.name
    before, printed = peak(shell, job, *words)
    assert printed == len("begin\n")
    with log.open("ab") as file:
        file.write(b"x" * 199 + b"\n")
        for _ in range(SIZE // 20_000):
            file.write((b"y" * 99 + b"\n") * 200)
    after, printed = peak(shell, job, *words)
    assert printed == log.stat().st_size > SIZE
    assert after - before < 30_000_000
