"""Steps of many tasks that do nothing, and of tasks that do as much as one another."""

from __future__ import annotations

import os

from starwhale import handler

MANY = int(os.environ.get("BENCH_TASKS", "10000"))


@handler(replicas=MANY)
def many() -> None:
    """Nothing."""


@handler()
def one() -> None:
    """Nothing, once."""
