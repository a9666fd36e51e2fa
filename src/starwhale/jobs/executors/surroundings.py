"""What a worker runs in, as the system shows it: enough to put something beside it.

Any process of the machine that may look at the worker can do that, so it makes no difference which one
answers a request. Linux shows it; elsewhere nothing is found.
"""

from __future__ import annotations

import os
import re
import select
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from starwhale.core.errors import Conflict, Unavailable
from starwhale.kit.leftovers import PROCESSES, TREE

_NAME = re.compile(r"pid ([1-9][0-9]{0,9})")
#: What of the limits of a worker whatever stands beside it is held to as well, by the words of the system.
LIMITS = {
    "Max data size": "RLIMIT_DATA",
    "Max open files": "RLIMIT_NOFILE",
    "Max processes": "RLIMIT_NPROC",
    "Max core file size": "RLIMIT_CORE",
    "Max address space": "RLIMIT_AS",
    "Max file size": "RLIMIT_FSIZE",
}
_LIMIT = re.compile(r"^(Max \S.*?) {2,}(\d+|unlimited) +(\d+|unlimited)", re.MULTILINE)
_UNLIMITED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where one worker is. Close it, or use it as a context manager.

    Attributes:
        pid: The worker, which leads a session.
        handle: Readable when it has ended.
        words: How it was started.
        environment: With which variables.
        workdir: Where it is now.
        user: Number of its user, and of his group.
        group: Number of the group.
        limits: What the system holds it to, by the names of `resource`: soft and hard.
    """

    pid: int
    handle: int
    words: Sequence[str]
    environment: Mapping[str, str]
    workdir: str
    user: int
    group: int
    limits: Mapping[str, tuple[int, int]]

    @property
    def has_ended(self) -> bool:
        """Whether the worker is gone."""
        poll = select.poll()
        poll.register(self.handle, select.POLLIN)
        return bool(poll.poll(0))

    def processes(self) -> set[int]:
        """The worker and what it has started: all of its session, and what carries its mark."""
        mark = f"{TREE}={self.environment[TREE]}".encode()
        numbers = [int(each.name) for each in PROCESSES.iterdir() if each.name.isdecimal()]
        return {pid for pid in numbers if _session_of(pid) == self.pid or _has(pid, mark)}

    def close(self) -> None:
        """Let go of it."""
        os.close(self.handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def find_surroundings(
    worker: str, is_meant: Callable[[Mapping[str, str], Sequence[str]], bool]
) -> Surroundings:
    """Those of a worker of this machine.

    Args:
        worker: Its name, as the executor tells it.
        is_meant: Whether it is the right one, by its environment and the words it was started with: numbers
            of processes are given again.

    Raises:
        Conflict: it has ended.
        Unavailable: this system does not show them, or the worker is no process of this machine.
    """
    found = _NAME.fullmatch(worker)
    if sys.platform != "linux":
        raise Unavailable(f"what runs in a worker is shown by Linux only, and this is {sys.platform}")
    if found is None:
        raise Unavailable(f"the worker {worker!r} is no process of this machine")
    pid = int(found[1])
    try:
        handle = os.pidfd_open(pid)
    except OSError as error:
        raise _ended() from error
    try:
        # Asked while the handle is held: whatever has this number, has it from here on.
        return _look_at(pid, handle, is_meant)
    except BaseException as error:
        os.close(handle)
        if isinstance(error, PermissionError):
            hint = "where workers run as another user, that takes the capability SYS_PTRACE"
            raise Unavailable("this system does not let us look at the worker", hint=hint) from error
        if isinstance(error, OSError):
            raise _ended() from error
        raise


def _look_at(
    pid: int, handle: int, is_meant: Callable[[Mapping[str, str], Sequence[str]], bool]
) -> Surroundings:
    place = PROCESSES / str(pid)
    pairs = [os.fsdecode(each).partition("=") for each in (place / "environ").read_bytes().split(b"\0")]
    environment = {name: value for name, equals, value in pairs if name and equals}
    words = tuple(os.fsdecode(each) for each in (place / "cmdline").read_bytes().split(b"\0")[:-1])
    if TREE not in environment or not is_meant(environment, words):
        raise _ended()
    status = (place / "status").read_text("utf-8", "replace")
    user, group = _only(status, "Uid"), _only(status, "Gid")
    return Surroundings(
        pid=pid,
        handle=handle,
        words=words,
        environment=environment,
        workdir=str((place / "cwd").readlink()),
        user=user,
        group=group,
        limits=_limits((place / "limits").read_text("ascii")),
    )


def _only(status: str, name: str) -> int:
    """The user or group of a process, which has one and no other beside it: as programs of root's have."""
    (line,) = re.findall(rf"^{name}:\s*(.*)$", status, re.MULTILINE)
    (number, *others) = set(line.split())
    if others:
        raise Unavailable("the worker runs a program with the rights of somebody else")
    return int(number)


def _limits(told: str) -> dict[str, tuple[int, int]]:
    def number(word: str) -> int:
        return _UNLIMITED if word == "unlimited" else int(word)

    found = {line[1]: (number(line[2]), number(line[3])) for line in _LIMIT.finditer(told)}
    return {LIMITS[name]: both for name, both in found.items() if name in LIMITS}


def _ended() -> Conflict:
    return Conflict("the worker of this task has ended", hint="look at the job again")


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1


def _has(pid: int, mark: bytes) -> bool:
    try:
        return mark in (PROCESSES / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
