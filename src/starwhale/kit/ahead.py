"""Work done ahead in threads, and handed out in order: for bytes that go over a network."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Task = TypeVar("Task")
Result = TypeVar("Result")


def ahead(
    act: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    workers: int,
    waiting: int,
    weigh: Callable[[Task], int] | None = None,
    limit: int = 0,
) -> Iterator[Result]:
    """What `act` gives for each task, in the order of the tasks.

    Args:
        act: Called in a thread.
        tasks: What is to be done; taken by the caller's thread.
        workers: How many are done at a time, > 0.
        waiting: How many results may wait to be taken, > 0.
        weigh: What a task weighs, such as its bytes.
        limit: What those that are under way or wait weigh together at most; a heavier one goes alone.
    """
    pool = ThreadPoolExecutor(workers, "starwhale-ahead")
    pending: deque[tuple[Future[Result], int]] = deque()
    load = 0
    try:
        for task in tasks:
            weight = weigh(task) if weigh is not None else 0
            while pending and load + weight > limit > 0:
                load -= pending[0][1]
                yield pending.popleft()[0].result()
            pending.append((pool.submit(act, task), weight))
            load += weight
            if len(pending) >= workers + waiting:
                load -= pending[0][1]
                yield pending.popleft()[0].result()
        while pending:
            yield pending.popleft()[0].result()
    finally:
        # Whoever stops half-way waits for no more than what is being done just now.
        pool.shutdown(wait=True, cancel_futures=True)
