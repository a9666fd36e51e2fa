"""Several threads of which one runs at a time, in an order that a seed decides."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable


class Killed(BaseException):
    """What a thread meets that is killed; nothing of it runs afterwards that matters."""


class Interleaver:
    """Runs functions in turns: each gives way wherever it calls `give_way`.

    Args:
        seed: Decides who is next. The same seed gives the same history.
    """

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._scheduler = threading.Semaphore(0)
        self._turns: dict[int, threading.Semaphore] = {}
        self._kill_at: dict[int, int] = {}
        self._steps: dict[int, int] = {}
        self.failures: list[BaseException] = []

    def give_way(self) -> None:
        """Let somebody run, perhaps the caller again."""
        me = threading.get_ident()
        self._scheduler.release()
        self._turns[me].acquire()
        self._steps[me] += 1
        if self._steps[me] == self._kill_at.get(me):
            raise Killed

    def run(self, *functions: Callable[[], None], kill: dict[int, int] | None = None) -> None:
        """Run all to their ends.

        Args:
            functions: What runs.
            kill: By index of a function, at which of its steps it is killed.
        """
        alive: list[int] = []
        started = threading.Semaphore(0)

        def body(index: int, function: Callable[[], None]) -> None:
            me = threading.get_ident()
            self._turns[me], self._steps[me] = threading.Semaphore(0), 0
            if kill and index in kill:
                self._kill_at[me] = kill[index]
            alive.append(me)
            started.release()
            self._turns[me].acquire()
            try:
                function()
            except Killed:
                pass
            except BaseException as exc:  # noqa: BLE001  the test reports it
                self.failures.append(exc)
            finally:
                alive.remove(me)
                self._scheduler.release()

        threads = [threading.Thread(target=body, args=pair, daemon=True) for pair in enumerate(functions)]
        for thread in threads:
            thread.start()
            started.acquire()  # so that the order of `alive` is that of the functions
        while alive:
            self._turns[self._dice.choice(alive)].release()
            assert self._scheduler.acquire(timeout=30), "somebody waits for what is not to come"
        for thread in threads:
            thread.join()
