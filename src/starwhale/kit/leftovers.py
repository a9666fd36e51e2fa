"""Processes that have left the group of whoever started them, found by a variable that they inherited.

A session of its own takes a process out of every group that could be signalled, but it keeps the environment
that it was started with. Linux shows that environment; elsewhere nothing is found. A process that is to live
on must be started without the variable. (One that was only forked may write another value over the one that
Linux shows: `starwhale.worker.template` does.)

Nothing but `os` and its like is imported here: the guard of every worker holds this in memory.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Collection
from pathlib import Path

#: Marks a worker and all that it starts; every worker has a value of its own.
TREE = "STARWHALE_WORKER_TREE"
PROCESSES = Path("/proc")
#: Looks at all processes: those that are found may be starting further ones.
ROUNDS = 20
#: Milliseconds that those of one look have to be gone.
PATIENCE = 500


def kill_marked(variable: str, values: Collection[str]) -> int:
    """Kill every other process that was started with one of these values in its environment.

    Those of this user; root, who may have started them as somebody else, finds those of all users.

    Args:
        variable: Name of the variable.
        values: Each is to be one that nobody else has.

    Returns:
        How many were killed.
    """
    if sys.platform != "linux" or not values:
        return 0
    marks = frozenset(f"{variable}={value}".encode() for value in values)
    killed = 0
    for _ in range(ROUNDS):
        handles = [handle for pid in _numbers() if (handle := _kill(pid, marks)) is not None]
        if not handles:
            break
        killed += len(handles)
        _await(handles)
    return killed


def _numbers() -> list[int]:
    own = os.getpid()
    try:
        numbers = [int(each.name) for each in PROCESSES.iterdir() if each.name.isdecimal()]
    except OSError:
        return []
    return [pid for pid in numbers if pid != own]


def _kill(pid: int, marks: frozenset[bytes]) -> int | None:
    """Kill a process if it is marked.

    Returns:
        A descriptor that tells of its end, -1 where the kernel has none; None when nothing was killed.
    """
    if not _is_marked(pid, marks):
        return None
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    except OSError:
        return _kill_by_number(pid, marks)
    try:
        # The number may have been given anew in between: what is asked again is whom the handle means.
        if _is_marked(pid, marks):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            return handle
    except OSError:
        pass
    os.close(handle)
    return None


def _kill_by_number(pid: int, marks: frozenset[bytes]) -> int | None:
    try:
        began = _start_of(pid)
        if not _is_marked(pid, marks) or _start_of(pid) != began:
            return None
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return None
    return -1


def _is_marked(pid: int, marks: frozenset[bytes]) -> bool:
    try:
        place = PROCESSES / str(pid)
        # Whoever may start workers as another user ends what those have started, too.
        if os.geteuid() not in {0, place.stat().st_uid}:
            return False
        return not marks.isdisjoint((place / "environ").read_bytes().split(b"\0"))
    except OSError:
        return False


def _start_of(pid: int) -> bytes:
    # The name of the program, in parentheses, may hold anything.
    return (PROCESSES / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()[19]


def _await(handles: list[int]) -> None:
    """Wait until they are gone, for a while; a process that waits for a disk may take long."""
    waiting = select.poll()
    known = {handle for handle in handles if handle >= 0}
    for handle in known:
        waiting.register(handle, select.POLLIN)
    if len(known) < len(handles):
        time.sleep(PATIENCE / 10_000)
    until = time.monotonic() + PATIENCE / 1000
    left = set(known)
    while left and (rest := until - time.monotonic()) > 0:
        for handle, _ in waiting.poll(rest * 1000):
            waiting.unregister(handle)
            left.discard(handle)
    for handle in known:
        os.close(handle)
