"""What the scheduler has told a worker to do, and it has not begun."""

from __future__ import annotations

from collections import deque
from itertools import islice
from threading import Condition

from starwhale.jobs.executors.wire import Message

MOST_AT_ONCE = 256


class Orders:
    """Orders in the order in which they came. One thread puts, another one takes."""

    def __init__(self) -> None:
        self._waiting: deque[Message] = deque()
        self._news = Condition()

    def put(self, order: Message) -> None:
        """Add one."""
        with self._news:
            self._waiting.append(order)
            self._news.notify()

    def take(self) -> Message:
        """Wait for the next one."""
        with self._news:
            while not self._waiting:
                self._news.wait()
            return self._waiting.popleft()

    def like(self, order: Message) -> list[Message]:
        """Tasks of the same step of the same job that come right behind, some at most; they stay."""
        found: list[Message] = []
        with self._news:
            for other in islice(self._waiting, MOST_AT_ONCE):
                if not all(other.get(name) == order[name] for name in ("op", "job", "epoch", "step")):
                    break
                found.append(other)
        return found

    def recall(self) -> list[Message]:
        """Take all tasks that have not begun."""
        with self._news:
            runs = [order for order in self._waiting if order["op"] == "run"]
            self._waiting = deque(order for order in self._waiting if order["op"] != "run")
            return runs
