"""What tasks print: read once, or followed while the job runs, always a piece at a time."""

from __future__ import annotations

import codecs
import time
from typing import TYPE_CHECKING

from starwhale.core.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starwhale.cli.session import Session
    from starwhale.core.uri import JobUri

FOLLOW_SECONDS = 0.5
#: Bytes of a log that are read at once.
PIECE = 256 << 10
#: Bytes after which a line is broken: a log may be all one line.
LONGEST_LINE = 1 << 20


class _TaskLog:
    """Reads on in the log of one task.

    Args:
        session: The run of swcli.
        uri: The job.
        task: Id of the task.
        returns: Going back to the beginning of a line, as progress bars do, ends it too.
    """

    def __init__(self, session: Session, uri: JobUri, task: str, *, returns: bool) -> None:
        self._session = session
        self._uri = uri
        self._task = task
        self._returns = returns
        self._rest = b""
        self.offset = 0

    def pieces(self) -> Iterator[bytes]:
        """What has come since the last call."""
        service = self._session.instance.jobs
        while True:
            chunk = service.logs(self._session.actor, self._uri, self._task, self.offset, PIECE)
            self.offset = chunk.next
            if not chunk.data:
                return
            yield chunk.data

    def lines(self, *, last: bool) -> Iterator[str]:
        """The lines that have come since the last call, without their ends.

        Args:
            last: Nothing more will come: a line without an end counts too.
        """
        for piece in self.pieces():
            for line in self._split(self._rest + piece):
                yield line.decode(errors="replace").rstrip("\r")
            if len(self._rest) > LONGEST_LINE:
                # A character of which only the beginning is there stays for the next line.
                text, used = codecs.utf_8_decode(self._rest, "replace", False)
                self._rest = self._rest[used:]
                yield text.rstrip("\r")
        if last and self._rest:
            line, self._rest = self._rest, b""
            yield line.decode(errors="replace").rstrip("\r")

    def _split(self, data: bytes) -> list[bytes]:
        if not self._returns:
            *whole, self._rest = data.split(b"\n")
            return whole
        whole = data.splitlines(keepends=True)
        # What ends in a return may yet go on with a line feed that belongs to it.
        self._rest = b"" if data.endswith(b"\n") else whole.pop()
        return [line.rstrip(b"\n") for line in whole]

    def has_rest(self) -> bool:
        """Whether a line has begun that has no end yet."""
        return bool(self._rest)


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
        self._logs: dict[str, _TaskLog] = {}
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
            if not self._all and task.partition(".")[0] in reading:
                continue
            log = self._logs.setdefault(task, _TaskLog(self._session, self._uri, task, returns=False))
            if sizes[task] > log.offset or (last and log.has_rest()):
                for line in log.lines(last=last):
                    emit(line if alone else f"{task} | {line}")

    def _what(self) -> tuple[frozenset[str], bool]:
        """Positions of the steps that read rows, and whether there is only one task: neither ever changes."""
        if self._steps is None:
            job = self._session.instance.jobs.info(self._session.actor, self._uri)
            reading = frozenset(str(step.position) for step in job.steps if step.rows)
            self._steps = reading, sum(len(step.tasks) for step in job.steps) == 1
        return self._steps


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
    logs = {each: _TaskLog(session, uri, each, returns=True) for each in wanted}
    if session.json:
        session.out.document([{"task": each, "log": _whole(log)} for each, log in logs.items()])
        return
    while True:
        running = follow and service.info(session.actor, uri).state in ATTENDED
        for each, log in logs.items():
            for line in log.lines(last=not running):
                session.out.line(line if len(wanted) == 1 else f"{each} | {line}", None)
        if not running:
            return
        time.sleep(FOLLOW_SECONDS)


def _whole(log: _TaskLog) -> str:
    return b"".join(log.pieces()).decode(errors="replace")
