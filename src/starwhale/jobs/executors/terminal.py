"""A program on a terminal of its own beside a worker: in its directory, as its user, within its limits."""

from __future__ import annotations

import fcntl
import os
import secrets
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starwhale.core.errors import Unavailable
from starwhale.jobs.executors.on_terminal import BOUND
from starwhale.jobs.executors.surroundings import Surroundings
from starwhale.kit.leftovers import kill_marked

#: Marks the program and all that it starts; each has a value of its own.
SHELL = "STARWHALE_SHELL"
#: Seconds that a program whose terminal is gone may take to end.
FAREWELL = 2.0
_STARTER = str(Path(__file__).with_name("on_terminal.py"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a terminal shows things on.

    Attributes:
        rows: Lines, > 0.
        columns: Letters of one, > 0.
        kind: What programs know it as.
        plain: Nobody looks at it: bytes go through as they are, and what is typed is not shown.
    """

    rows: int = 24
    columns: int = 80
    kind: str = "xterm-256color"
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a terminal ended.

    Attributes:
        status: Of the program; None where it was ended.
        cause: Why it was; empty where it ended by itself.
    """

    status: int | None
    cause: str = ""


class Terminal:
    """One program, from its start to its end; it ends no later than `close`.

    Args:
        place: The worker that it stands beside.
        command: What to run; empty for a shell.
        screen: What it is shown on.

    Attributes:
        fd: Reads what it prints and takes what is typed; never waits.
        watch: Readable when it has ended.

    Raises:
        Unavailable: it cannot be started.
    """

    def __init__(self, place: Surroundings, command: Sequence[str], screen: Screen) -> None:
        self._mark = secrets.token_hex(16)
        try:
            self.fd, end = os.openpty()
        except OSError as error:
            raise Unavailable(f"there are no terminals left: {error.strerror}") from error
        try:
            self._prepare(end, place, screen)
            words = tuple(command) or (_shell(),)
            self._process = self._start(end, place, words, screen)
            self.watch = os.pidfd_open(self._process.pid)
        except OSError as error:
            os.close(self.fd)
            raise Unavailable(f"nothing can be started there: {error.strerror or error}") from error
        finally:
            os.close(end)
        os.set_blocking(self.fd, False)

    def _prepare(self, end: int, place: Surroundings, screen: Screen) -> None:
        self.resize(screen.rows, screen.columns)
        if screen.plain:
            modes = termios.tcgetattr(end)
            modes[1] &= ~termios.OPOST
            modes[3] &= ~termios.ECHO
            termios.tcsetattr(end, termios.TCSANOW, modes)
        if place.user != os.geteuid():
            os.fchown(end, place.user, -1)

    def _start(
        self, end: int, place: Surroundings, words: Sequence[str], screen: Screen
    ) -> subprocess.Popen[bytes]:
        limits = ",".join(f"{name}={soft}:{hard}" for name, (soft, hard) in place.limits.items())
        # What is called python there is the one that the worker runs with.
        python, found = Path(place.words[0]), place.environment.get("PATH", os.defpath)
        if python.is_absolute():
            found = os.pathsep.join((str(python.parent), found))
        rights = BOUND if place.user != os.geteuid() else "own"
        own = {"PATH": found, "TERM": screen.kind, SHELL: self._mark}
        return subprocess.Popen[bytes](
            [sys.executable, "-I", "-S", _STARTER, place.workdir, limits, rights, *words],
            env={**place.environment, **own},
            cwd="/",
            stdin=end,
            stdout=end,
            stderr=end,
            start_new_session=True,
            **_as(place),
        )

    def resize(self, rows: int, columns: int) -> None:
        """Tell the program that the terminal has another size now."""
        with suppress(OSError):
            fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def status(self) -> int | None:
        """How it ended, as shells say it: 128 and the signal where one did it; None while it runs."""
        found = self._process.poll()
        return None if found is None else found if found >= 0 else 128 - found

    def close(self) -> int | None:
        """Hang up, and end whatever does not end by itself.

        Returns:
            Its status where it had ended before; None where it was ended now.
        """
        status = self.status()
        if status is None:
            self._signal(signal.SIGHUP)
            self._signal(signal.SIGCONT)
        os.close(self.fd)
        patience = time.monotonic() + FAREWELL
        poll = select.poll()
        poll.register(self.watch, select.POLLIN)
        while status is None and (rest := patience - time.monotonic()) > 0 and not poll.poll(rest * 1000):
            continue
        self._signal(signal.SIGKILL)
        kill_marked(SHELL, {self._mark})
        self._process.wait()
        os.close(self.watch)
        return status

    def _signal(self, number: int) -> None:
        # Not reaped unless its status was asked for, and then its number may be somebody else's.
        if self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


def _shell() -> str:
    return next((each for each in ("/bin/bash", "/bin/sh") if os.access(each, os.X_OK)), "sh")


def _as(place: Surroundings) -> dict[str, Any]:
    """What has a process run as the user of the worker, with the groups of that one."""
    import pwd

    if place.user == os.geteuid():
        return {}
    known = [each.pw_gid for each in pwd.getpwall() if each.pw_uid == place.user]
    others = [each for each in known[:1] if each != place.group]
    return {"user": place.user, "group": place.group, "extra_groups": others}
