"""A process that tracks is killed, or its disk is full: what was acknowledged is there, the rest is said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from starwhale.api import track
from starwhale.api.session import local
from starwhale.core.errors import StorageFull
from starwhale.experiments.schemas import RunDetails, RunState
from starwhale.experiments.service import ExperimentService
from starwhale.instance.local import LocalInstance

pytestmark = pytest.mark.fault

PROGRAM = """
import os, sys
from starwhale.api import track
word = sys.argv[1]
track.start(with_id="killed", auto_run_collect=False)
number = 0
while True:
    track.metrics(x=number)
    if number % 50 == 0:
        track.params({f"{word}{number}": number})
        print("line", number)
    os.write(int(sys.argv[2]), b"%d\\n" % number)
    number += 1
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalInstance]:
    monkeypatch.setenv("SW_LOCAL_STORAGE", str(tmp_path / "store"))
    monkeypatch.setenv("SW_CLI_CONFIG", str(tmp_path / "config.yaml"))
    instance = local()
    yield instance
    track.end()
    instance.close()


def details(here: LocalInstance) -> tuple[ExperimentService, RunDetails]:
    service = here.experiments
    return service, service.details(service.find(here.actor, "self", "killed"))


def started(tmp_path: Path, word: str) -> tuple[subprocess.Popen[bytes], int]:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    read, write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, str(file), word, str(write)], pass_fds=[write], stdout=subprocess.DEVNULL
    )
    os.close(write)
    return process, read


def begun(read: int) -> bytes:
    """What a program tells first, in a few lines."""
    told = b""
    while told.count(b"\n") < 3:
        told += os.read(read, 1)
    return told


def acknowledged(read: int, told: bytes) -> int:
    """The last number of a program whose pipe is at its end, after what it told before."""
    with os.fdopen(read, "rb") as file:
        told += file.read()
    return int(told.rpartition(b"\n")[0].rpartition(b"\n")[2])


@pytest.mark.parametrize("delay", [0.0, 0.4, 1.3])
def test_a_killed_process_loses_nothing_that_was_acknowledged(
    here: LocalInstance, tmp_path: Path, delay: float
) -> None:
    process, read = started(tmp_path, "p")
    told = bytearray(begun(read))
    deadline = time.monotonic() + delay
    os.set_blocking(read, False)
    while time.monotonic() < deadline:
        try:
            told += os.read(read, 1 << 16)
        except BlockingIOError:
            time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    os.set_blocking(read, True)
    last = acknowledged(read, bytes(told))
    service, found = details(here)
    assert found.run.state is RunState.DEAD
    assert f"process {process.pid} on " in found.run.error
    values = list(service.series(found.run, "x").values)
    # The last one may have been written and not yet told.
    assert values in ([*range(last + 1)], [*range(last + 2)])
    assert found.metrics["x"].count == len(values)
    assert [found.params[f"p{number}"] for number in range(0, last + 1, 50)] == [*range(0, last + 1, 50)]
    lines = [line.text for line in service.lines(found.run)]
    assert lines[: last // 50] == [f"line {number}" for number in range(0, last - 49, 50)] or last < 50
    assert not list((tmp_path / "store").rglob("*.journal"))


def test_one_of_several_processes_is_killed_and_the_run_goes_on(here: LocalInstance, tmp_path: Path) -> None:
    processes = [started(tmp_path, word) for word in ("a", "b")]
    told = [begun(read) for _process, read in processes]
    processes[0][0].kill()
    last_of_first = acknowledged(processes[0][1], told[0])
    processes[0][0].wait()
    service, found = details(here)
    assert found.run.state is RunState.RUNNING
    assert found.metrics["x"].count >= last_of_first + 1
    processes[1][0].kill()
    last_of_second = acknowledged(processes[1][1], told[1])
    processes[1][0].wait()
    _service, found = details(here)
    assert found.run.state is RunState.DEAD
    lost = last_of_first + last_of_second + 2 - found.metrics["x"].count
    assert -2 <= lost <= 0
    with track.start(with_id="killed", auto_run_collect=False, auto_console_log_redirect=False):
        track.metrics(x=-1)
    service, found = details(here)
    assert found.run.state is RunState.FINISHED
    assert service.series(found.run, "x").values[-1] == -1


def test_a_full_disk_is_said_and_what_was_acknowledged_stays(
    here: LocalInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    track.start(with_id="killed", auto_run_collect=False, auto_console_log_redirect=False)
    track.metrics(x=1)
    write = os.pwrite

    def full(file: int, data: bytes, offset: int) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(StorageFull, match="no space left in"):
        track.metrics(x=2)
    monkeypatch.setattr(os, "pwrite", write)
    track.metrics(x=3)
    track.end()
    service, found = details(here)
    assert (list(service.series(found.run, "x").values), found.run.state) == ([1, 3], RunState.FINISHED)


def test_a_database_that_does_not_answer_keeps_nobody_from_logging(
    here: LocalInstance, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from starwhale.catalog.tablelog import CatalogRevisions
    from starwhale.core.errors import Unavailable

    run = track.start(with_id="killed", auto_run_collect=False, auto_console_log_redirect=False)
    commit = CatalogRevisions.commit

    def broken(*_: object) -> None:
        raise Unavailable("the database does not answer")

    monkeypatch.setattr(CatalogRevisions, "commit", broken)
    for number in range(30_000):
        track.metrics(x=number)
    deadline = time.monotonic() + 10
    while not caplog.records and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "what was tracked waits in" in caplog.text
    monkeypatch.setattr(CatalogRevisions, "commit", commit)
    run.flush()
    _service, found = details(here)
    assert found.metrics["x"].count == 30_000
    track.end()
    assert details(here)[1].run.state is RunState.FINISHED
