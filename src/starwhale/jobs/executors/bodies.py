"""Processes of workers as their scheduler sees them: from their start to their exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from starwhale.jobs.executors.identity import ANYBODY, Identity
from starwhale.kit.leftovers import TREE

PROGRAM = "starwhale.worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dress:
    """What all workers that are alike are started with.

    Attributes:
        python: The interpreter.
        workdir: Where they begin.
        environment: Their whole environment, without `TREE`.
        context: What they build their services with, as ``module:function``.
        limits: What the system is to hold them to, by the names of `resource`.
        identity: As whom they run.
    """

    python: str
    workdir: Path
    environment: Mapping[str, str]
    context: str
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    identity: Identity = ANYBODY

    @property
    def words(self) -> list[str]:
        """What a worker is told of it when it begins."""
        limits = [word for name, most in self.limits.items() for word in ("--limit", f"{name}={most}")]
        return ["--parent", str(os.getpid()), "--context", self.context, *limits]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cords:
    """What ties one worker to its scheduler.

    Attributes:
        control: Descriptor of the worker's end of the socket.
        lifeline: Descriptor that ends with the scheduler.
        log: Descriptor of the file for what it prints while it runs no task.
        tree: Value of `TREE` in its environment.
    """

    control: int
    lifeline: int
    log: int
    tree: str


class Body(Protocol):
    """One process, which leads a session of its own."""

    pid: int
    #: Readable when it has ended; None where the system has no such thing.
    watch: int | None

    def has_ended(self) -> bool:
        """Whether it is gone (it may still have to be reaped)."""
        ...

    def signal(self, number: int) -> None:
        """Send a signal to its group; nothing happens when there is none."""
        ...

    def reap(self) -> int | None:
        """Wait for its end; its status as `subprocess` tells it, None where nobody knows."""
        ...


class Child:
    """A worker that was started as a child of this process, as a program of its own.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, dress: Dress, cords: Cords) -> None:
        # -P: a module of the user's must not stand in for one of the standard library before we have begun.
        ties = ("--control", str(cords.control), "--lifeline", str(cords.lifeline))
        self._process = subprocess.Popen(
            [dress.python, "-P", "-m", PROGRAM, *ties, *dress.words],
            cwd=dress.workdir,
            env={**dress.environment, TREE: cords.tree},
            pass_fds=(cords.control, cords.lifeline),
            stdin=subprocess.DEVNULL,
            stdout=cords.log,
            stderr=cords.log,
            start_new_session=True,
            **dress.identity.options(),
        )
        self.pid = self._process.pid
        self.watch = pidfd_of(self.pid)

    def has_ended(self) -> bool:
        """See `Body`."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def signal(self, number: int) -> None:
        """See `Body`."""
        # Not reaped yet, so its number cannot belong to anybody else.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def reap(self) -> int | None:
        """See `Body`."""
        status = self._process.wait()
        if self.watch is not None:
            os.close(self.watch)
        return status


def pidfd_of(pid: int) -> int | None:
    """A descriptor that tells of the end of a process; None where there are none."""
    if sys.platform == "linux":
        with suppress(OSError):
            return os.pidfd_open(pid)
    return None
