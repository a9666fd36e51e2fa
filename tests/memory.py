"""What a piece of work takes of memory, whatever else this process does meanwhile."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable


def peak_memory(work: Callable[[], object], *, times: int = 3, enough: int = 0) -> int:
    """The most bytes that Python held for ``work``: the least of ``times`` runs of it.

    Threads that other tests left behind are counted too, and can only add to a figure: the
    least one says what the work itself took at most. One of less than ``enough`` is not tried again.
    """
    least = _peak(work)
    for _ in range(times - 1):
        if least < enough:
            break
        least = min(least, _peak(work))
    return least


def _peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
