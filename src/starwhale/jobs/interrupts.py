"""Ctrl-C and the like, turned into wishes about a job while a scheduler runs in this process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

from starwhale.jobs.events import Requested
from starwhale.jobs.states import Want

#: Ctrl-C ends the job. Who ends the process, or closes its terminal, has the job paused first.
_MEANING = {
    signal.SIGINT: (Want.CANCEL, "canceled by Ctrl-C"),
    signal.SIGTERM: (Want.PAUSE, "paused, since its process was asked to end"),
    signal.SIGHUP: (Want.PAUSE, "paused, since its terminal was closed"),
}


class Interrupts:
    """Signals that came and were not dealt with yet; the same one a second time is meant in earnest."""

    def __init__(self) -> None:
        self._came: list[int] = []
        self._all: set[int] = set()
        self._seen: set[int] = set()

    @property
    def unheard(self) -> list[int]:
        """Signals that ask for more than the job to rest: the end of the process."""
        return sorted(self._all - {signal.SIGINT})

    def note(self, number: int) -> None:
        """A signal has come."""
        self._came.append(number)
        self._all.add(number)

    def requests(self) -> list[Requested]:
        """What the signals since the last call ask for."""
        came, self._came = self._came, []
        asked: list[Requested] = []
        for number in came:
            want, cause = _MEANING[signal.Signals(number)]
            asked.append(Requested(want=want, cause=cause, hurry=number in self._seen))
            self._seen.add(number)
        return asked


@contextmanager
def caught(wake: Callable[[], None]) -> Generator[Interrupts]:
    """Collect signals instead of being broken off by them, where this is the main thread.

    Args:
        wake: Called from the signal handler, to have them dealt with soon.
    """
    interrupts = Interrupts()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        interrupts.note(number)
        wake()

    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    before = {number: signal.signal(number, on_signal) for number in _MEANING}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            # None: somebody who is not Python had it.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        for number in interrupts.unheard:
            # The job rests; now the process does what it was asked to.
            os.kill(os.getpid(), number)
