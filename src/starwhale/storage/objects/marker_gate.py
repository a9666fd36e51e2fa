"""The gate of an object store, which has no locks: a marker object says that somebody sweeps."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Protocol


class Markers(Protocol):
    """Small objects that are written under a condition."""

    def holds(self, key: str) -> bool:
        """Whether the object `key` is there now."""
        ...

    def marker(self, name: str) -> tuple[bytes, str] | None:
        """Content and tag of a marker; None when there is none."""
        ...

    def mark(self, name: str, token: bytes, *, replacing: str | None) -> bool:
        """Write a marker where there is none, or in place of the one with the tag `replacing`.

        Returns:
            False when somebody else was first.
        """
        ...

    def unmark(self, name: str) -> None:
        """Remove a marker."""
        ...


class MarkerGate:
    """A sweeper marks the prefix first and then decides; a writer writes first and then looks for a mark.

    Without a mark, a sweep has either not decided yet, and will see that the object is new, or it is over,
    and the writer sees whether the object is still there. With a mark he waits and writes again. A sweeper
    deletes for `turn` seconds at most; the mark of one who died counts for `lifetime` seconds, by the clock
    of the one who waits. A sweeper who is stopped for longer than that between his last look and the
    deletion is the one case this cannot hold; the grace period of a collection covers it.

    Args:
        markers: The store.
        turn: Seconds that a sweeper may delete without marking anew.
        lifetime: Seconds after which a mark that does not change is a dead sweeper's; longer than `turn`
            and the longest deletion together.
        clock: Monotonic seconds.
        sleep: Waits for seconds.
    """

    def __init__(
        self,
        markers: Markers,
        *,
        turn: float = 10.0,
        lifetime: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._markers = markers
        self._turn = turn
        self._lifetime = lifetime
        self._clock = clock
        self._sleep = sleep

    def keep(self, key: str, act: Callable[[], bool]) -> bool:
        name = _name(key.rpartition("/")[0])
        while act():
            if self._markers.marker(name) is not None:
                self._wait(name)
            elif self._markers.holds(key):
                return True
        return False

    @contextmanager
    def sweeping(self, prefix: str) -> Generator[_Turn]:
        name, token = _name(prefix), secrets.token_hex(16).encode()
        while True:
            began = self._clock()
            if self._markers.mark(name, token, replacing=None):
                break
            self._wait(name)
        yield _Turn(self._clock, began + self._turn)
        # After an error the mark stays for its lifetime: a deletion without an answer may still be under way.
        found = self._markers.marker(name)
        if found is not None and found[0] == token:
            self._markers.unmark(name)

    def _wait(self, name: str) -> None:
        """Return when the mark is gone, or when the one who set it must be dead."""
        pause, since = 0.02, self._clock()
        seen = self._markers.marker(name)
        while seen is not None:
            self._sleep(pause)
            pause = min(1.0, pause * 2)
            found = self._markers.marker(name)
            if found != seen:
                seen, since = found, self._clock()
            elif self._clock() - since > self._lifetime:
                # By a conditional write, so that of several who wait only one removes this mark, and none
                # a later one.
                if self._markers.mark(name, secrets.token_hex(16).encode(), replacing=seen[1]):
                    self._markers.unmark(name)
                    return
                seen, since = self._markers.marker(name), self._clock()


class _Turn:
    def __init__(self, clock: Callable[[], float], end: float) -> None:
        self._clock = clock
        self._end = end

    def open(self) -> bool:
        return self._clock() < self._end


def _name(prefix: str) -> str:
    return f".sweep/{prefix}"
