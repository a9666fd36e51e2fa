"""A terminal in a task, in the terminal of whoever asked for it."""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import termios
import threading
import time
import tty
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from starwhale.core.errors import Conflict, StarwhaleError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from starwhale.cli.session import Session
    from starwhale.core.uri import JobUri
    from starwhale.instance.remote import RemoteInstance
    from starwhale.jobs.executors.terminal import Ended, Screen

_PIECE = 16 << 10
#: Ctrl-D: the end of what is typed, at the beginning of a line.
_END = b"\x04"


class Line(Protocol):
    """A terminal somewhere."""

    def send(self, data: bytes) -> None:
        """Type something."""
        ...

    def resize(self, rows: int, columns: int) -> None:
        """Tell of another size of the screen."""
        ...

    def receive(self) -> bytes | Ended:
        """Wait for what is printed, or for the end."""
        ...


def run_in_task(session: Session, uri: JobUri, task: str, command: Sequence[str]) -> int:
    """Run something beside the worker of a task, on the terminal of this process.

    Args:
        session: Whoever asks.
        uri: The job.
        task: Id of the task; empty for the first that runs.
        command: What to run; empty for a shell.

    Returns:
        Its status.

    Raises:
        Conflict: the job is not in debug mode, the task does not run, or the terminal was closed.
    """
    from starwhale.cli.remote_jobs import server_of

    server = server_of(session)
    opened = _here(session, uri, task, command) if server is None else _there(server, uri, task, command)
    with opened as line:
        ended = converse(line)
    if ended.status is None:
        raise Conflict(f"the terminal was closed: {ended.cause}")
    return ended.status


@contextmanager
def _there(server: RemoteInstance, uri: JobUri, task: str, command: Sequence[str]) -> Generator[Line]:
    from starwhale.client.shells import open_terminal

    if not task:
        tasks = [each for step in server.jobs.info(server.actor, uri).steps for each in step.tasks]
        # Whatever stands in the way, the server says it best.
        task = next((each.id for each in tasks if each.state in {"RUNNING", "PREPARING"}), tasks[0].id)
    with open_terminal(server.http, uri, task, command, _screen()) as line:
        yield line


@contextmanager
def _here(session: Session, uri: JobUri, task: str, command: Sequence[str]) -> Generator[Line]:
    from starwhale.jobs.entering import EntryService
    from starwhale.jobs.executors.talking import LocalTerminal
    from starwhale.jobs.executors.terminal import Terminal

    entries = EntryService(session.instance.jobs)
    visit, place = entries.visit(session.actor, uri, task, command)
    with place:
        entries.note_begin(session.actor, visit)
        began = time.monotonic()
        terminal = Terminal(place, command, _screen())
        try:
            yield LocalTerminal(terminal, place)
        finally:
            status = terminal.close()
            cause = "" if status is not None else "it was closed"
            seconds = time.monotonic() - began
            entries.note_end(session.actor, visit, seconds=seconds, status=status, cause=cause)


def _screen() -> Screen:
    from starwhale.jobs.executors.terminal import Screen

    size = shutil.get_terminal_size()
    kind = os.environ.get("TERM") or "dumb"
    return Screen(rows=size.lines, columns=size.columns, kind=kind, plain=not _is_seen())


def _is_seen() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def converse(line: Line) -> Ended:
    """Carry what is typed here to a terminal, and what is printed there to here, until it ends.

    Raises:
        StarwhaleError: the connection broke off.
    """
    typed, shown = sys.stdin.fileno(), sys.stdout.fileno()
    bell, rope = os.pipe()
    os.set_blocking(rope, False)
    last: list[Ended | StarwhaleError] = []

    def show() -> None:
        try:
            while isinstance(told := line.receive(), bytes):
                _write(shown, told)
            last.append(told)
        except StarwhaleError as error:
            last.append(error)
        except OSError:
            last.append(Conflict("what is printed cannot be shown here any more"))
        os.write(rope, b".")

    reader = threading.Thread(target=show, name="starwhale-terminal", daemon=True)
    try:
        with _raw(typed), _resized(rope):
            reader.start()
            _type(line, typed, bell, last)
    finally:
        reader.join(1.0)
        if not reader.is_alive():
            os.close(bell)
            os.close(rope)
    found = last[0]
    if isinstance(found, StarwhaleError):
        raise found
    return found


def _type(line: Line, typed: int, bell: int, last: list[Ended | StarwhaleError]) -> None:
    sources, ends = [bell, typed], True
    while not last:
        ready, _, _ = select.select(sources, [], [])
        if bell in ready and b"w" in os.read(bell, 1024):
            size = os.get_terminal_size(typed)
            line.resize(size.lines, size.columns)
        if typed in ready:
            data = os.read(typed, _PIECE)
            if data:
                line.send(data)
                ends = data.endswith(b"\n")
            else:
                # Behind a line that has not ended the first one only ends that.
                line.send(_END if ends else _END * 2)
                sources = [bell]


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


@contextmanager
def _raw(fd: int) -> Generator[None]:
    """Have every key go through, where somebody sits at a terminal."""
    if not _is_seen():
        yield
        return
    before = termios.tcgetattr(fd)
    try:
        tty.setraw(fd)
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)


@contextmanager
def _resized(rope: int) -> Generator[None]:
    """Note in a pipe that the window has another size."""
    if not _is_seen():
        yield
        return
    before = signal.signal(signal.SIGWINCH, lambda *_: os.write(rope, b"w"))
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
