"""Several processes of one server: started from one that does nothing else, and begun again when one ends."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from starwhale.core.errors import Unavailable

_log = logging.getLogger("starwhale.server")
#: Where the processes of one server count together; a variable of `prometheus_client`.
SHARED = "PROMETHEUS_MULTIPROC_DIR"
_TICK = 0.05
_SHORT = 5.0
_LONGEST_WAIT = 30.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
#: Given the number of the process among its siblings, what to call once it works, and a pipe that ends with
#: the parent.
Work = Callable[[int, Callable[[], None], int], None]


@contextmanager
def shared_metrics() -> Generator[None]:
    """Have all processes that are started meanwhile count together."""
    place = tempfile.mkdtemp(prefix="starwhale-metrics-")
    os.environ[SHARED] = place
    try:
        yield
    finally:
        del os.environ[SHARED]
        shutil.rmtree(place, ignore_errors=True)


@dataclass(slots=True)
class _Child:
    index: int
    pid: int
    began: float
    quick_ends: int = 0


@dataclass(slots=True)
class Supervisor:
    """Looks after children that all do the same.

    Attributes:
        count: How many there are.
        work: What each does until it gets SIGTERM.
        patience: Seconds after which one that was told to end is ended.
    """

    count: int
    work: Work
    patience: float
    _children: dict[int, _Child] = field(default_factory=dict[int, _Child], repr=False)
    _due: list[tuple[float, int, int]] = field(default_factory=list[tuple[float, int, int]], repr=False)
    _signals: int = field(default=0, repr=False)
    _told: tuple[int, int] = field(default=(-1, -1), repr=False)
    _alive: tuple[int, int] = field(default=(-1, -1), repr=False)

    def run(self, ready: Callable[[], None]) -> None:
        """Start the children, and return when all have ended after a signal.

        Args:
            ready: Called once all of them work.

        Raises:
            Unavailable: none of them comes to work.
        """
        self._told, self._alive = os.pipe(), os.pipe()
        os.set_blocking(self._told[0], False)
        before = {number: signal.signal(number, self._stop) for number in _SIGNALS}
        try:
            for index in range(self.count):
                self._begin(index, 0)
            self._watch(ready)
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)
            for end in (*self._told, *self._alive):
                with suppress(OSError):
                    os.close(end)

    def _stop(self, *_: object) -> None:
        self._signals += 1

    def _begin(self, index: int, quick_ends: int) -> None:
        pid = os.fork()
        if pid:
            self._children[pid] = _Child(index, pid, time.monotonic(), quick_ends)
            return
        status = 1
        try:
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            os.close(self._told[0])
            os.close(self._alive[1])
            self.work(index, self._say_it_works, self._alive[0])
            status = 0
        except BaseException:  # noqa: BLE001  (nothing of the parent's may run on in a child)
            _log.exception("a process of the server failed")
        finally:
            logging.shutdown()
            os._exit(status)

    def _say_it_works(self) -> None:
        os.write(self._told[1], b".")

    def _watch(self, ready: Callable[[], None]) -> None:
        working = 0
        while not self._signals:
            time.sleep(_TICK)
            before = working
            with suppress(BlockingIOError):
                working += len(os.read(self._told[0], 1024))
            if before < self.count <= working:
                ready()
            self._bury(working)
            for due, index, quick_ends in list(self._due):
                if time.monotonic() >= due:
                    self._due.remove((due, index, quick_ends))
                    self._begin(index, quick_ends)

    def _bury(self, working: int) -> None:
        for child, status in self._ended():
            _log.error("process %d of the server ended with %s and is begun again", child.pid, status)
            if not working and not self._children:
                raise Unavailable("no process of the server comes to work", hint="its log says why")
            quick = child.quick_ends + 1 if time.monotonic() - child.began < _SHORT else 0
            wait = min(_LONGEST_WAIT, 2.0 ** (quick - 1)) if quick > 1 else 0.0
            self._due.append((time.monotonic() + wait, child.index, quick))

    def _ended(self) -> list[tuple[_Child, int]]:
        found: list[tuple[_Child, int]] = []
        for pid in list(self._children):
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                found.append((self._children.pop(pid), os.waitstatus_to_exitcode(status)))
                _forget_gauges(pid)
        return found

    def _end(self) -> None:
        self._tell(signal.SIGTERM)
        deadline, seen = time.monotonic() + self.patience + 5.0, self._signals
        while self._children and time.monotonic() < deadline:
            if self._signals > seen:  # somebody is in a hurry
                seen = self._signals
                self._tell(signal.SIGTERM)
            self._ended()
            time.sleep(_TICK)
        self._tell(signal.SIGKILL)
        for pid in list(self._children):
            os.waitpid(pid, 0)

    def _tell(self, number: signal.Signals) -> None:
        for pid in self._children:
            os.kill(pid, number)


def _forget_gauges(pid: int) -> None:
    """What a process that has ended was doing is done no more."""
    if SHARED in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(pid)
