"""Reading ahead in threads, in order: for rows whose bytes come over a network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def ahead(
    read: Callable[[Task], Result], tasks: Iterator[Task], *, workers: int, waiting: int
) -> Iterator[Result]:
    """What `read` gives for each task, in the order of the tasks.

    Args:
        read: Called in a thread.
        tasks: What is to be read.
        workers: How many are read at a time, > 0.
        waiting: How many results may wait to be taken, > 0.
    """
    pool = ThreadPoolExecutor(workers, "starwhale-loader")
    pending: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            pending.append(pool.submit(read, task))
            if len(pending) >= workers + waiting:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        # Whoever stops half-way waits for no more than what is being read just now.
        pool.shutdown(wait=True, cancel_futures=True)
