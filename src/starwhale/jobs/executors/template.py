"""One template of workers, seen from the scheduler, and the workers that came from it."""

from __future__ import annotations

import json
import os
import secrets
import select
import socket
import subprocess
import threading
from contextlib import suppress
from typing import Any

from starwhale.core.release import __version__
from starwhale.jobs.executors.bodies import PROGRAM, Cords, Dress, pidfd_of
from starwhale.kit.leftovers import TREE, kill_marked

#: Seconds a template may take for an answer, which costs it some milliseconds.
PATIENCE = 5.0


class Gone(Exception):
    """The template is gone, or does not answer and was ended."""


class Template:
    """A process that forks workers.

    Args:
        dress: What all its workers are started with; their working directories may differ.
        place: Directory it starts in.

    Attributes:
        workers: Process ids of those that came from it and have not been reaped.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, dress: Dress, place: str) -> None:
        self.workers: set[int] = set()
        self._turn = threading.Lock()
        self._ready = self._stranger = False
        self._tree = secrets.token_hex(16)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        words = ("--template", str(theirs.fileno()), str(os.getpid()))
        try:
            self._process = subprocess.Popen(
                [dress.python, "-P", "-m", PROGRAM, *words],
                cwd=place,
                env={**dress.environment, TREE: self._tree},
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # Not in our group, so that a signal from the terminal is none of its business.
                process_group=0,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._end = ours

    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    @property
    def is_unfit(self) -> bool:
        """It has ended by itself before it was ready, or is of another release: so would be the next one."""
        return self._stranger or (not self._ready and (self._process.poll() or 0) > 0)

    def is_ready(self, patience: float) -> bool:
        """Whether it can fork workers by now; waits for that so many seconds."""
        with self._turn:
            if not self._ready and not self.has_ended():
                with suppress(Gone, OSError):
                    self._greet(patience)
            return self._ready and not self.has_ended()

    def _greet(self, patience: float) -> None:
        if self._speaks(patience):
            self._ready = self._hear(0).get("ready") == __version__
            self._stranger = not self._ready
            if self._stranger:
                raise self._give_up()

    def fork(self, dress: Dress, cords: Cords) -> Forked:
        """Have it fork a worker.

        Raises:
            Gone: it is no more; nothing is left of what it may have begun.
            OSError: no worker can be started.
        """
        workdir = os.open(dress.workdir, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        order = {"op": "fork", "tree": cords.tree, "words": dress.words}
        with self._turn:
            try:
                answer = self._ask(order, [cords.control, cords.lifeline, cords.log, workdir])
            except BaseException:
                # It may have forked one that nobody will ever hear of.
                kill_marked(TREE, {self._tree, cords.tree})
                raise
            finally:
                os.close(workdir)
            if "pid" not in answer:
                raise OSError(answer["errno"], os.strerror(answer["errno"]))
            worker = Forked(self, answer["pid"])
            self.workers.add(worker.pid)
            return worker

    def reap(self, pid: int) -> int | None:
        """The exit status of a worker that has ended; None where nobody knows it any more."""
        with self._turn:
            self.workers.discard(pid)
            try:
                return int(self._ask({"op": "reap", "pid": pid})["status"])
            except Gone:
                return None

    def close(self) -> None:
        """End it; its workers live on."""
        self._end.close()
        self._process.kill()
        self._process.wait()

    def forget(self) -> None:
        """In a child of the process that made it: leave it alone."""
        self._turn = threading.Lock()
        self._end.close()
        # It is not our child, so it cannot be waited for, and is nothing to be warned of.
        self._process.returncode = 0

    def _ask(self, order: dict[str, Any], ties: list[int] | None = None) -> dict[str, Any]:
        try:
            socket.send_fds(self._end, [json.dumps(order).encode()], ties or [])
            return self._hear(PATIENCE)
        except OSError as error:
            raise self._give_up() from error
        except BaseException:
            # Its answer would be taken for that to the next question.
            self._give_up()
            raise

    def _hear(self, patience: float) -> dict[str, Any]:
        text = self._end.recv(4096) if self._speaks(patience) else b""
        if not text:
            raise self._give_up()
        answer: dict[str, Any] = json.loads(text)
        return answer

    def _speaks(self, patience: float) -> bool:
        if self._end.fileno() < 0:
            return False
        waiting = select.poll()
        waiting.register(self._end, select.POLLIN)
        return bool(waiting.poll(patience * 1000))

    def _give_up(self) -> Gone:
        self._process.kill()
        self._process.wait()
        return Gone()


class Forked:
    """A worker that came from a template. See `Body`."""

    def __init__(self, template: Template, pid: int) -> None:
        self._template = template
        self.pid = pid
        # The template has not reaped it, so the number means no other.
        watch = pidfd_of(pid)
        if watch is None:
            raise OSError(f"process {pid} cannot be watched")
        self.watch: int | None = watch
        self._end = select.poll()
        self._end.register(watch, select.POLLIN)

    def has_ended(self) -> bool:
        """See `Body`."""
        return self.watch is None or bool(self._end.poll(0))

    def signal(self, number: int) -> None:
        """See `Body`."""
        # Whoever lives keeps his number, and so does whoever the template has yet to reap. When both are
        # gone the number may be another's: the worker's guard ends the group in that case.
        if self.has_ended() and self._template.has_ended():
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def reap(self) -> int | None:
        """See `Body`."""
        if self.watch is not None:
            self._end.poll()
            os.close(self.watch)
            self.watch = None
        return self._template.reap(self.pid)
