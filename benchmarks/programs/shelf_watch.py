"""The highest anonymous and shared memory of this process; files that are mapped do not count."""

from __future__ import annotations

import threading
from pathlib import Path


def own_memory() -> int:
    """RssAnon and RssShmem in bytes; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("RssAnon:", "RssShmem:")))


class Watch(threading.Thread):
    """Looks 50 times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak, self._over = own_memory(), threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.02):
            self.peak = max(self.peak, own_memory())

    def lap(self) -> int:
        """The highest so far; from now on it is counted anew."""
        peak, self.peak = max(self.peak, own_memory()), own_memory()
        return peak

    def stop(self) -> int:
        self._over.set()
        self.join()
        return max(self.peak, own_memory())
