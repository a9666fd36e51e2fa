"""Directories that are in use."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from starwhale.kit.holding import held, unused

HOLD = """
import sys, time
from pathlib import Path
from starwhale.kit.holding import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_several_may_use_a_directory_and_it_is_free_once_all_have_let_go(tmp_path: Path) -> None:
    with held(tmp_path), unused(tmp_path) as free:
        assert not free
        with held(tmp_path), unused(tmp_path) as still_free:
            assert not still_free
    with unused(tmp_path) as free:
        assert free


def test_what_a_process_used_is_free_when_it_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as user:
        assert user.stdout
        assert user.stdout.readline() == b"held\n"
        with unused(tmp_path) as free:
            assert not free
        user.send_signal(signal.SIGKILL)
        user.wait()
    with unused(tmp_path) as free:
        assert free


def test_what_is_gone_is_nothing_to_clear_up_nor_to_use(tmp_path: Path) -> None:
    with unused(tmp_path / "gone") as free:
        assert not free
    with pytest.raises(FileNotFoundError), held(tmp_path / "gone"):
        pass
