"""Every executor there is. Whoever writes another one adds an entry to `KINDS`: the suite then runs on it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.contract.executors.bay import REPOSITORY

from starwhale.jobs.executors.local import LocalExecutor
from starwhale.jobs.executors.port import Executor
from starwhale.jobs.executors.templates import supported

#: What workers of these tests get their services from; it needs no store.
CONTEXT = "tests.contract.jobs.bench:open_bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One executor, and what a test must know to do it harm.

    Attributes:
        open: Makes it, with a directory of its own; closes it at the end of the context.
        threads: Whether all tasks of a job share one worker.
        kill: Ends a worker, which is named as `TaskRunning` names it, as the failure of its machine would.
        alive: Whether anything of a worker is left, its children included.
        missing: Why it cannot be tried here; empty where it can.
    """

    open: Callable[[Path], AbstractContextManager[Executor]]
    threads: bool = False
    kill: Callable[[str], None]
    alive: Callable[[str], bool]
    missing: Callable[[], str] = lambda: ""


def _local(switch: str) -> Callable[[Path], AbstractContextManager[Executor]]:
    # pytest's variable says another thing in every test, so that no two would share a template.
    environment = {"PYTHONPATH": REPOSITORY, "SW_WORKER_TEMPLATE": switch, "PYTEST_CURRENT_TEST": ""}

    def opened(place: Path) -> AbstractContextManager[Executor]:
        return LocalExecutor(place / "run", environment=environment, context=CONTEXT, most_workers=4)

    return opened


def _number(worker: str) -> int:
    return int(worker.removeprefix("pid "))


def _kill_process(worker: str) -> None:
    os.kill(_number(worker), signal.SIGKILL)


def _group_lives(worker: str) -> bool:
    listed = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return any(int(group) == _number(worker) and not state.startswith("Z") for group, state in rows)


KINDS = {
    "threads": Kind(open=_local("0"), threads=True, kill=_kill_process, alive=_group_lives),
    "processes": Kind(open=_local("0"), kill=_kill_process, alive=_group_lives),
    "processes from a template": Kind(
        open=_local("1"),
        kill=_kill_process,
        alive=_group_lives,
        missing=lambda: "" if supported() else "there are no templates on this system",
    ),
}
