"""The gate of a directory: writers share a lock, the sweeper has it alone."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from starwhale.storage.objects.disk_errors import disk_errors

_TURN_SECONDS = 0.05


class FlockGate:
    """Two lock files in a store: the kernel lets go of them when a process dies.

    A sweeper waits in `.turn` for `.lock`; writers pass through `.turn` only for an instant, so that a
    crowd of them cannot keep the sweeper waiting for ever.

    Args:
        root: The directory of the store.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._turn = root / ".turn"
        self._lock = root / ".lock"

    def keep(self, key: str, act: Callable[[], bool]) -> bool:
        with self._held(fcntl.LOCK_SH) as turn:
            fcntl.flock(turn, fcntl.LOCK_UN)
            return act()

    @contextmanager
    def sweeping(self, prefix: str) -> Generator[_Turn]:
        with self._held(fcntl.LOCK_EX):
            yield _Turn()

    @contextmanager
    def _held(self, how: int) -> Generator[int]:
        """Lock both files; gives the descriptor of `.turn`."""
        turn = self._open(self._turn)
        try:
            fcntl.flock(turn, how)
            lock = self._open(self._lock)
            try:
                fcntl.flock(lock, how)
                yield turn
            finally:
                os.close(lock)
        finally:
            os.close(turn)

    def _open(self, path: Path) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        with disk_errors(self._root):
            try:
                return os.open(path, flags, 0o666)
            except FileNotFoundError:
                self._root.mkdir(parents=True, exist_ok=True)
                return os.open(path, flags, 0o666)


class _Turn:
    """Some milliseconds of sweeping, so that writers never wait long; one object at the least."""

    def __init__(self) -> None:
        self._end = float("inf")

    def open(self) -> bool:
        now = time.monotonic()
        if self._end == float("inf"):
            self._end = now + _TURN_SECONDS
        return now <= self._end
