"""What is remembered for a moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Moments(Generic[T]):
    """Values by key, each for so many seconds; those whose time is over take no memory. Safe among threads.

    Args:
        seconds: How long.
        most: Values at a time; the oldest go first.
        clock: Seconds that only go forward.
    """

    def __init__(self, seconds: float, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._most = most
        self._clock = clock
        self._held: dict[Hashable, tuple[float, T]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Hashable) -> T | None:
        """The value of a key; None where there is none any more."""
        found = self._held.get(key)
        return found[1] if found is not None and found[0] > self._clock() else None

    def put(self, key: Hashable, value: T) -> None:
        """Remember a value from now on."""
        now = self._clock()
        with self._lock:
            self._held.pop(key, None)
            self._held[key] = (now + self._seconds, value)
            # In the order in which their time is over, since it is the same for all.
            while len(self._held) > 1 and self._is_over(now):
                del self._held[next(iter(self._held))]

    def forget(self, key: Hashable) -> None:
        """Remember a key no more."""
        with self._lock:
            self._held.pop(key, None)

    def _is_over(self, now: float) -> bool:
        until, _value = next(iter(self._held.values()))
        return len(self._held) > self._most or until <= now

    def clear(self) -> None:
        """Remember nothing."""
        with self._lock:
            self._held.clear()
