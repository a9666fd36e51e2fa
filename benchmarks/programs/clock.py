"""Time of one stretch of a program: wall, and CPU of this process and of the children it waited for."""

from __future__ import annotations

import resource
import time
from typing import Self


def _cpu() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


class Clock:
    """Context manager; read `figures` after it ended."""

    def __enter__(self) -> Self:
        self._wall = time.perf_counter()
        self._used = _cpu()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall = time.perf_counter() - self._wall
        self.cpu = _cpu() - self._used

    def figures(self) -> dict[str, float]:
        """Seconds by name."""
        return {"wall": self.wall, "cpu": self.cpu}
