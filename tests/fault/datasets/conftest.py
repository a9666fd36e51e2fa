"""A standalone store that programs of their own work on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from starwhale.instance.local import LocalInstance

PROGRAM = Path(__file__).with_name("program.py")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalInstance:
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    return LocalInstance()


@pytest.fixture
def killed_after(
    store: LocalInstance, tmp_path: Path
) -> Callable[[str, int, float], list[tuple[int, int, str]]]:
    """Run a program until it has acknowledged something, then a while longer, kill it; what it had told."""
    journal = tmp_path / "journal"

    def run(what: str, life: int, seconds: float) -> list[tuple[int, int, str]]:
        before = journal.read_text().count("\n") if journal.exists() else 0
        child = subprocess.Popen(
            [sys.executable, str(PROGRAM), what, str(journal), str(life)], env=os.environ
        )
        try:
            while not journal.exists() or journal.read_text().count("\n") <= before:
                assert child.poll() is None, "the program ended by itself"
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
        finally:
            child.kill()
            child.wait()
        lines = [line.split() for line in journal.read_text().splitlines()]
        return [(int(life), int(number), version) for life, number, version in lines]

    return run
