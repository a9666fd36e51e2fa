"""Whom jobs run as: one user of this machine for all of them, or numbers of which each has one to itself.

A number belongs to a job for as long as the job runs and no process of its is left, so jobs can neither end
each other's processes nor read what others leave in places that everybody may write to.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from starwhale.core.errors import Unavailable, UsageError
from starwhale.jobs.executors.confinement import harmless
from starwhale.jobs.executors.identity import GROUPS, Identity, numbers
from starwhale.kit.leftovers import PROCESSES

_log = logging.getLogger("starwhale.jobs")
_RANGE = re.compile(r"([1-9][0-9]{0,9})-([1-9][0-9]{0,9})")
_STATE = re.compile(rb"^State:\s+(\S)", re.MULTILINE)
_USERS = re.compile(rb"^Uid:\s+(.+)$", re.MULTILINE)
_MOST = 2**32 - 2
#: Directories in which every user of a machine may leave something.
COMMON = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - they are cleared, not written to
#: Seconds that processes which were killed have to be gone.
PATIENCE = 5.0
_ALL_GONE = ("/bin/sh", "-c", "kill -9 -1")


class Users:
    """Gives jobs whom they run as. Safe among threads.

    Args:
        told: The name of a user; two numbers, such as ``20000-20999``; or nothing for the one that runs us.
    """

    def __init__(self, told: str) -> None:
        self._name = told
        self._numbers = numbers_of(told)
        self._turn = threading.Lock()
        self._taken: set[int] = set()
        # What an earlier server may have left is likely to belong to others than the first.
        self._next = secrets.randbelow(len(self._numbers)) if self._numbers else 0

    @contextmanager
    def own(self, job: str) -> Generator[Identity]:
        """As whom a job runs, for as long as the block lasts.

        Raises:
            Unavailable: all numbers are in use.
        """
        with GROUPS.own(job) as group:
            if not self._numbers:
                yield Identity(user=self._name, group=group)
                return
            number = self._take(self._numbers)
            try:
                yield Identity(user=number, group=group)
            finally:
                self._give_back(number)

    def _take(self, numbers: range) -> int:
        with self._turn:
            in_use = self._taken | at_work()
            for turn in range(len(numbers)):
                number = numbers[(self._next + turn) % len(numbers)]
                if number not in in_use:
                    self._next += turn + 1
                    self._taken.add(number)
                    return number
        raise Unavailable(f"all users of {self._name} are in use", hint="name more of them in `worker_user`")

    def _give_back(self, number: int) -> None:
        if not end_all(number):
            _log.warning("processes of user %d do not end; nobody else gets this number", number)
            return
        sweep(number)
        with self._turn:
            self._taken.discard(number)


def numbers_of(told: str) -> range | None:
    """The numbers of users that a setting tells; None where it tells a name.

    Raises:
        UsageError: there are no such numbers.
    """
    found = _RANGE.fullmatch(told)
    if found is None:
        return None
    first, last = int(found[1]), int(found[2])
    if not first <= last <= _MOST:
        raise UsageError(f"{told} are no numbers of users", hint="name the lowest first, as in 20000-20999")
    return range(first, last + 1)


def at_work() -> set[int]:
    """Numbers of all users of whom a process runs here."""
    found: set[int] = set()
    for each in PROCESSES.glob("[1-9]*/status"):
        try:
            told = each.read_bytes()
        except OSError:
            continue
        state, users = _STATE.search(told), _USERS.search(told)
        if state and users and state[1] not in b"ZX":
            found.update(map(int, users[1].split()))
    return found


def end_all(user: int) -> bool:
    """Kill every process of a user, whatever it has made of its group, its session and its environment.

    Args:
        user: A number that is given to jobs.

    Returns:
        Whether none is left.
    """
    if user <= 0:
        raise ValueError(f"{user} is no user that is given to jobs")
    patience = time.monotonic() + PATIENCE
    while user in at_work():
        if time.monotonic() > patience:
            return False
        # The system ends at one stroke all that somebody may signal: none can start another meanwhile.
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                _ALL_GONE,
                **Identity(user=user).options(),
                cwd="/",
                env=harmless(),
                capture_output=True,
                timeout=1,
                check=False,
            )
        time.sleep(0.01)
    return True


def sweep(user: int) -> None:
    """Remove what a user has left where everybody may leave something; he has no process any more."""
    for place in {tempfile.gettempdir(), *COMMON}:
        with suppress(OSError):
            for each in Path(place).iterdir():
                _remove(each, user)


def _remove(path: Path, user: int) -> None:
    with suppress(OSError):
        if path.lstat().st_uid != user:
            return
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def check_user(told: str, jobs: int = 1) -> None:
    """Make sure that workers can be started as somebody else of this machine.

    Args:
        told: A name or numbers; see `Users`.
        jobs: How many run at the same time.

    Raises:
        UsageError: there is no such user, not enough of them, or this process may not start anything so.
    """
    import pwd

    if os.geteuid() != 0:
        raise UsageError(
            f"only root may run workers as {told!r}", hint="start the server as root, or leave it out"
        )
    given = numbers_of(told)
    if given is None:
        try:
            number = pwd.getpwnam(told).pw_uid
        except KeyError:
            raise UsageError(
                f"there is no user {told!r} on this machine", hint="make one that owns nothing"
            ) from None
        if number == 0:
            raise UsageError("workers that run as root are not kept in", hint="name a user that owns nothing")
        _try(told)
        return
    if len(given) < jobs:
        raise UsageError(f"{told} are fewer users than the {jobs} jobs that run at a time", hint="name more")
    known = next((each for each in pwd.getpwall() if each.pw_uid in given), None)
    if known is not None:
        hint = "name numbers that nobody has"
        raise UsageError(f"user {known.pw_uid} is {known.pw_name!r} on this machine", hint=hint)
    for each in (given[0], given[-1]):
        _try(each)


def _try(user: str | int) -> None:
    try:
        subprocess.run(
            [sys.executable, "-P", "-c", "import starwhale"],
            **Identity(user=user, group=numbers()[0]).options(),
            cwd="/",
            env=harmless(),
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        hint = "install Starwhale where everybody may read it, such as below /opt"
        raise UsageError(f"{user!r} may not run {sys.executable}", hint=hint) from error
