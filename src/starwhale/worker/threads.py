"""Threads that run tasks, kept for the next one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue


class Threads:
    """As many threads as there is work at the same time. They end with the process, not before."""

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._idle = threading.Semaphore(0)

    def run(self, work: Callable[[], None]) -> None:
        """Have a thread do something, at once."""
        if not self._idle.acquire(blocking=False):
            threading.Thread(target=self._serve, name="starwhale-task", daemon=True).start()
        self._work.put(work)

    def _serve(self) -> None:
        while True:
            self._work.get()()
            self._idle.release()
