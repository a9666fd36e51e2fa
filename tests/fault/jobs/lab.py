"""A store with a dataset, some code of a user's, and schedulers that can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from starwhale.catalog.tables.jobs import RangeRow
from starwhale.core.settings import Settings
from starwhale.core.uri import JobUri
from starwhale.instance.local import LocalInstance
from starwhale.jobs.schemas import JobRead
from starwhale.jobs.states import JobState

PLAY = Path(__file__).with_name("play.py")
MARK = "SW_TEST_MARK"
#: For what looks for the processes of a job.
NEEDS_PROC = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="needs /proc to find processes"
)


def doubling(seconds: float) -> str:
    """Code of a user's that doubles each row, and takes its time."""
    return f"""
    import time
    from starwhale import evaluation

    @evaluation.predict
    def predict(data):
        time.sleep({seconds})
        return data["x"] * 2
"""


class Play:
    """A scheduler in a process of its own."""

    def __init__(self, lab: Lab, *words: str) -> None:
        self.lab = lab
        self.process = subprocess.Popen(
            [sys.executable, str(PLAY), str(lab.root), str(lab.workdir), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, MARK: lab.mark},
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self._said = self.process.stdout
        self.job = self._said.readline().strip()

    def end(self, timeout: float = 60) -> str:
        """Wait for its last words."""
        said, _ = self.process.communicate(timeout=timeout)
        return said.strip()

    def send(self, number: int) -> None:
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        self._said.close()


class Lab:
    """See the module."""

    def __init__(self, root: Path, rows: int, code: str) -> None:
        self.root, self.rows, self.mark = root / "store", rows, uuid4().hex
        self.workdir = root / "user"
        self.workdir.mkdir()
        self.code(code)
        self.instance = LocalInstance(Settings.at(self.root))
        self.jobs, self.actor = self.instance.jobs, self.instance.actor
        writer = self.instance.datasets.writer(self.actor, "self", "d", None)
        for row in range(rows):
            writer.put(row, {"x": row})
        writer.commit()
        writer.close()

    def code(self, text: str) -> None:
        (self.workdir / "code_of_user.py").write_text(dedent(text))

    @contextmanager
    def play(self, *words: str) -> Generator[Play]:
        play = Play(self, *words)
        try:
            yield play
        finally:
            with suppress(ProcessLookupError):
                os.killpg(play.process.pid, signal.SIGKILL)
            play.process.wait()
            play.close()

    def job(self, name: str) -> JobRead:
        return self.jobs.info(self.actor, self.uri(name))

    def uri(self, name: str) -> JobUri:
        return JobUri(instance="local", project="self", job=name)

    def durable(self, name: str) -> int:
        """Rows that the catalog says are done."""
        query = select(func.sum(RangeRow.done)).where(RangeRow.job_id == name)
        with self.instance.catalog.read() as session:
            return session.scalar(query) or 0

    def productive(self, name: str) -> list[int]:
        """Workers that made rows durable in their present attempt."""
        tasks = {task.id: task for step in self.job(name).steps for task in step.tasks}
        query = select(RangeRow.holder, RangeRow.holder_attempt).where(
            RangeRow.job_id == name, RangeRow.moved > 0
        )
        with self.instance.catalog.read() as session:
            found = {(holder, attempt) for holder, attempt in session.execute(query)}
        return [
            int(task.worker.removeprefix("pid "))
            for task in tasks.values()
            if (task.id, task.attempt) in found and task.state == "RUNNING"
        ]

    def outputs(self, name: str) -> dict[int, int]:
        """What `predict` gave for each row, as readers see it."""
        found: dict[int, int] = {}
        for row in self.instance.results("self", name).scan("results"):
            assert row["_index"] not in found
            found[row["_index"]] = row["output"]
        return found

    def processes(self) -> dict[int, str]:
        """Everything that schedulers of this lab have started and that still runs, and themselves."""
        found: dict[int, str] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                    if self.mark.encode() in (entry / "environ").read_bytes() and state != "Z":
                        found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
        return found

    def workers(self) -> list[int]:
        """Leaders of their sessions that are workers."""
        workers = (pid for pid, command in self.processes().items() if "starwhale.worker" in command)
        return [pid for pid in workers if os.getsid(pid) == pid]

    def templates(self) -> list[int]:
        """What workers are forked from: each leads a group, and no session."""
        found = (pid for pid, command in self.processes().items() if "--template" in command)
        return [pid for pid in found if os.getpgid(pid) == pid != os.getsid(pid)]

    def until(self, holds: Callable[[], object], seconds: float = 20, what: str = "") -> None:
        patience = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < patience, what or "it does not come about"
            time.sleep(0.01)

    def until_gone(self, seconds: float = 5) -> None:
        self.until(lambda: not self.processes(), seconds, f"left over: {self.processes()}")

    def check_success(self, name: str) -> None:
        job = self.job(name)
        assert job.state is JobState.SUCCESS, job.cause
        assert {task.state for step in job.steps for task in step.tasks} == {"SUCCESS"}
        assert self.outputs(name) == {row: row * 2 for row in range(self.rows)}
        assert self.durable(name) == job.done == self.rows


Make = Callable[[int, str], Lab]
