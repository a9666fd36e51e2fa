"""One worker process of the local executor, seen from the scheduler: it leads a session of its own."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from starwhale.jobs.executors.bodies import Body, Child, Cords, Dress
from starwhale.jobs.executors.identity import ANYBODY, Identity
from starwhale.jobs.executors.port import Attempt, Launch, Outfit
from starwhale.jobs.executors.room import Grant
from starwhale.jobs.executors.template import Gone, Template
from starwhale.jobs.executors.templates import TEMPLATES
from starwhale.jobs.executors.wire import Channel, Message


class WorkerProcess:
    """A worker, from its start to its end.

    Args:
        outfit: What it is started with.
        environment: Its whole environment.
        context: What it builds its services with, as ``module:function``.
        log: File for what it prints while it runs no task.
        identity: As whom it runs.

    Attributes:
        attempts: What it has been given and has not ended, in this order.
        current: The one of them that it runs, where it does not run each in a thread; None before the first.
        since: When that one began, by `time.monotonic`.
        paced: When it last ended some, or got the first after having none.
        recalled: It has been asked to hand back what waits in it.
        kill_at: When it is killed unless it has ended by then, by `time.monotonic`; None while it may live.
        ready: It has loaded what it needs.
        grant: What it has of the machine to itself, for as long as it lives.
        told_to_end: It gets nothing more to run.
        ending: Why and how it ended; empty while it lives.
        tree: Value of `TREE` in its environment, which no other worker ever has.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(
        self,
        outfit: Outfit,
        environment: Mapping[str, str],
        context: str,
        log: Path,
        identity: Identity = ANYBODY,
    ) -> None:
        self.outfit = outfit
        self.log = log
        self.attempts: dict[Attempt, Launch] = {}
        self.current: Attempt | None = None
        self.since = self.paced = 0.0
        self.recalled = False
        self.kill_at: float | None = None
        self.ready = False
        self.grant: Grant | None = None
        self.told_to_end = False
        self.ending = ""
        log.parent.mkdir(parents=True, exist_ok=True)
        dress = Dress(
            python=outfit.python or sys.executable,
            workdir=outfit.workdir,
            environment=environment,
            context=context,
            limits=outfit.limits,
            identity=identity,
        )
        try:
            self._begin(dress, TEMPLATES.find(dress))
        except Gone:
            self._begin(dress, None)

    def _begin(self, dress: Dress, template: Template | None) -> None:
        self.tree = secrets.token_hex(16)
        ours, theirs = socket.socketpair()
        # The worker's guard holds the other end of this pipe; it ends when this process does, however.
        line, self._lifeline = os.pipe()
        try:
            with self.log.open("ab") as output:
                cords = Cords(control=theirs.fileno(), lifeline=line, log=output.fileno(), tree=self.tree)
                self._body: Body = template.fork(dress, cords) if template else Child(dress, cords)
        except BaseException:
            ours.close()
            os.close(self._lifeline)
            raise
        finally:
            theirs.close()
            os.close(line)
        self.channel = Channel(ours)
        self.pid = self._body.pid
        # Children of the user's may keep the socket open after the worker is gone, so its end is no proof.
        self.watch = self._body.watch

    @property
    def name(self) -> str:
        """What to call it."""
        return f"pid {self.pid}"

    def send(self, message: Message) -> None:
        """Tell it something; nothing happens when it is gone, which is noticed elsewhere."""
        with suppress(OSError):
            self.channel.send(message)

    def has_ended(self) -> bool:
        """Whether the process is gone (it may still have to be reaped)."""
        return self._body.has_ended()

    def signal(self, number: int) -> None:
        """Send a signal to it and to all that it started."""
        self._body.signal(number)

    def reap(self) -> None:
        """End what is left of it, wait for it, and note in `ending` how it ended, in words."""
        self.signal(signal.SIGKILL)
        status = self._body.reap()
        self.channel.close()
        os.close(self._lifeline)
        self.ending = self.ending or describe_end(status)


def describe_end(status: int | None) -> str:
    """How a process ended, in words.

    Args:
        status: As `subprocess` tells it: negative for a signal. None where nobody knows.
    """
    if status is None:
        return "the worker was killed"
    if status >= 0:
        return f"the worker ended with status {status}"
    number = -status
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    guess = ", perhaps because memory ran out" if number == signal.SIGKILL else ""
    return f"the worker was killed by {name}{guess}"
