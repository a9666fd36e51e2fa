"""An evaluation whose `predict` is a fixed amount of pure Python, to see what a second replica brings."""

from __future__ import annotations

import os

from starwhale import evaluation

LOOPS = int(os.environ.get("BENCH_LOOPS", "100000"))


def work(loops: int = LOOPS) -> int:
    """Keep the interpreter busy; a count and not a clock, so that contention shows."""
    total = 0
    for i in range(loops):
        total += i & 3
    return total


@evaluation.predict(replicas=1, log_mode="plain")
def one(data):
    return data.label + 0 * work()


@evaluation.predict(replicas=2, log_mode="plain")
def two(data):
    return data.label + 0 * work()


@evaluation.predict(replicas=8, log_mode="plain")
def eight(data):
    return data.label + 0 * work()
