"""What tasks print: read once, or followed while the job runs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starwhale.core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from starwhale.cli.session import Session
    from starwhale.core.uri import JobUri

FOLLOW_SECONDS = 0.5


class Follower:
    """Reads on in the logs of the tasks of a job, whole lines at a time.

    Args:
        session: The run of swcli.
        uri: The job.
        all_tasks: Those of steps that read rows as well; they may print a line a row.
    """

    def __init__(self, session: Session, uri: JobUri, *, all_tasks: bool) -> None:
        self._session = session
        self._uri = uri
        self._all = all_tasks
        self._steps: tuple[frozenset[str], bool] | None = None
        self._offsets: dict[str, int] = {}
        self._rest: dict[str, bytes] = {}
        self._next = 0.0

    def pump(self, emit: Callable[[str], None], *, last: bool = False) -> None:
        """Hand on the lines that came since the last call; does nothing when that was a moment ago.

        A line is preceded by its task unless the job has only one.

        Args:
            emit: Gets one line at a time, with the task that printed it.
            last: Nothing more will come: also hand on a line without an end.
        """
        now = time.monotonic()
        if self._session.json or (now < self._next and not last):
            return
        self._next = now + FOLLOW_SECONDS
        reading, alone = self._what()
        sizes = self._session.instance.jobs.log_sizes(self._session.actor, self._uri)
        for task in sorted(sizes, key=_place):
            if (self._all or task.partition(".")[0] not in reading) and (
                sizes[task] > self._offsets.get(task, 0) or (last and self._rest.get(task))
            ):
                for line in self._lines(task, last=last):
                    emit(line if alone else f"{task} | {line}")

    def _what(self) -> tuple[frozenset[str], bool]:
        """Positions of the steps that read rows, and whether there is only one task: neither ever changes."""
        if self._steps is None:
            job = self._session.instance.jobs.info(self._session.actor, self._uri)
            reading = frozenset(str(step.position) for step in job.steps if step.rows)
            self._steps = reading, sum(len(step.tasks) for step in job.steps) == 1
        return self._steps

    def _lines(self, task: str, *, last: bool) -> list[str]:
        service = self._session.instance.jobs
        data = self._rest.get(task, b"")
        while True:
            chunk = service.logs(self._session.actor, self._uri, task, self._offsets.get(task, 0))
            self._offsets[task] = chunk.next
            data += chunk.data
            if not chunk.data:
                break
        lines = data.split(b"\n")
        rest = lines.pop()
        if last and rest:
            lines.append(rest)
            rest = b""
        self._rest[task] = rest
        return [line.decode(errors="replace").rstrip("\r") for line in lines]


def _place(task: str) -> tuple[int, int]:
    step, _, index = task.partition(".")
    return int(step), int(index)


def print_logs(session: Session, uri: JobUri, task: str | None, *, follow: bool) -> None:
    """Print the logs of a job's tasks, or of one of them."""
    from starwhale.jobs.liveness import ATTENDED

    service = session.instance.jobs
    job = service.info(session.actor, uri)
    tasks = [each.id for step in job.steps for each in step.tasks]
    if task is not None and task not in tasks:
        raise NotFound(f"the job has no task {task!r}", hint=f"there are {', '.join(tasks)}")
    wanted = [task] if task is not None else tasks
    offsets = dict.fromkeys(wanted, 0)
    if session.json:
        session.out.document([{"task": each, "log": _read(session, uri, each, offsets)} for each in wanted])
        return
    while True:
        running = follow and service.info(session.actor, uri).state in ATTENDED
        for each in wanted:
            _print(session, each, _read(session, uri, each, offsets), named=len(wanted) > 1)
        if not running:
            return
        time.sleep(FOLLOW_SECONDS)


def _read(session: Session, uri: JobUri, task: str, offsets: dict[str, int]) -> str:
    parts: list[bytes] = []
    while True:
        chunk = session.instance.jobs.logs(session.actor, uri, task, offsets[task])
        offsets[task] = chunk.next
        parts.append(chunk.data)
        if not chunk.data:
            return b"".join(parts).decode(errors="replace")


def _print(session: Session, task: str, text: str, *, named: bool) -> None:
    for line in text.splitlines():
        session.out.line(f"{task} | {line}" if named else line, None)
