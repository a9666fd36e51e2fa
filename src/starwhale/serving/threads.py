"""Plain functions beside the loop: a bounded number of threads, and a bounded line before them."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from starwhale.core.errors import Unavailable
from starwhale.serving.problems import Ended

_Work = tuple[Callable[[], Any], asyncio.Future[Any]]


class Threads:
    """Runs functions in threads of one loop.

    A call that is given up on (its future is done before it is) keeps its thread until it returns, so another
    thread is started in its place; a server whose calls never return is `stuck` in the end.

    Args:
        count: Calls that run at a time.
        backlog: Calls that may wait.
    """

    def __init__(self, count: int, backlog: int) -> None:
        self._count = count
        self._backlog = backlog
        self._line: SimpleQueue[_Work | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._started = 0
        self._lost: set[asyncio.Future[Any]] = set()
        self._under_way = 0
        self._closed = False
        self._done: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()

    @property
    def under_way(self) -> int:
        """Calls that run or wait."""
        return self._under_way

    @property
    def lost(self) -> int:
        """Calls that were given up on and still run."""
        return len(self._lost)

    @property
    def stuck(self) -> bool:
        """Whether so many calls never returned that there is no thread left to give."""
        return len(self._lost) >= 4 * self._count

    def submit(self, work: Callable[[], Any]) -> asyncio.Future[Any]:
        """Run a function; called on the loop.

        Raises:
            Unavailable: too many wait already.
        """
        if self._under_way >= self._count + self._backlog or self.stuck:
            raise Unavailable("the server has more calls than it can do", hint="try again later")
        self._under_way += 1
        future: asyncio.Future[Any] = self._loop.create_future()
        self._line.put((work, future))
        wanted = self._started - len(self._lost) < self._count and self._under_way > self._started
        if wanted or self._closed:
            self._start()
        return future

    def give_up(self, future: asyncio.Future[Any]) -> None:
        """Wait no longer for a call: its thread is replaced until it returns."""
        if future.cancel() or (future.cancelled() and future not in self._lost):
            self._lost.add(future)
            self._start()

    def close(self) -> None:
        """Let idle threads end; those that are busy end with the process.

        What still has to be cleared up may be submitted, and gets a thread of its own.
        """
        self._closed = True
        for _ in range(self._started):
            self._line.put(None)

    def _start(self) -> None:
        self._started += 1
        threading.Thread(target=self._work, name=f"call-{self._started}", daemon=True).start()
        if self._closed:
            self._line.put(None)

    def _work(self) -> None:
        while (item := self._line.get()) is not None:
            work, future = item
            result, error = None, None
            if not future.cancelled():
                try:
                    result = work()
                except BaseException as exc:  # noqa: BLE001 - the one who waits gets whatever it is
                    error = exc
            self._done.append((future, result, error))
            try:
                self._loop.call_soon_threadsafe(self._deliver)
            except RuntimeError:  # the loop is closed: nobody waits
                return
            del item, work, future, result, error

    def _deliver(self) -> None:
        while self._done:
            future, result, error = self._done.popleft()
            self._under_way -= 1
            if future.cancelled():
                self._take_back(future)
            elif error is None:
                future.set_result(result)
            else:
                future.set_exception(error if _can_be_set(error) else Ended(error))

    def _take_back(self, future: asyncio.Future[Any]) -> None:
        if future in self._lost:
            self._lost.discard(future)
            self._started -= 1
            if not self._closed:  # where it is, each thread has been told already
                self._line.put(None)


def _can_be_set(error: BaseException) -> bool:
    return isinstance(error, Exception) and not isinstance(error, StopIteration)
