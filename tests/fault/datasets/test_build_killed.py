"""`swcli dataset build` killed on its way: no half version, no orphan, and the next build is whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from starwhale import dataset
from starwhale.core.errors import NotFound
from starwhale.instance.local import LocalInstance
from starwhale.kit.process import start_of

pytestmark = pytest.mark.fault

CODE = """
import os, time
from pathlib import Path

def rows():
    Path(os.environ["PID_FILE"]).write_text(str(os.getpid()))
    for number in range(3000):
        if number == 1500 and "SLOW" in os.environ:
            time.sleep(float(os.environ["SLOW"]))
        yield {"number": number, "payload": bytes(200)}
"""


def build(code: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [str(Path(sys.executable).with_name("swcli")), "dataset", "build", "--handler", "source:rows"]
    return subprocess.Popen(
        [*command, "--name", "killed", "--workdir", str(code)],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def gone(pid: int, patience: float = 10.0) -> bool:
    end = time.monotonic() + patience
    while start_of(pid) is not None:
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def kill_and_check(rounds: int, store: LocalInstance, tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "source.py").write_text(CODE)
    told = tmp_path / "pid"
    for number in range(rounds):
        told.unlink(missing_ok=True)
        cli = build(code, {"PID_FILE": str(told), "SLOW": "30"})
        while not told.exists() or not told.read_text():
            assert cli.poll() is None, "the build ended by itself"
            time.sleep(0.005)
        child = int(told.read_text())
        time.sleep(number % 5 * 0.01)
        cli.send_signal(signal.SIGKILL)
        cli.wait()
        assert gone(child), "the user's code outlived the command"
        with pytest.raises(NotFound):
            dataset("killed", create="forbid")
    whole = build(code, {"PID_FILE": str(told)})
    assert whole.wait(60) == 0
    assert len(dataset("killed")) == 3000
    assert len(dataset("killed").history()) == 1


def test_a_build_that_is_killed_leaves_nothing(store: LocalInstance, tmp_path: Path) -> None:
    kill_and_check(4, store, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_build_that_is_killed_a_hundred_times_leaves_nothing(store: LocalInstance, tmp_path: Path) -> None:
    kill_and_check(100, store, tmp_path)
