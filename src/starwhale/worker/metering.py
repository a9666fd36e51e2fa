"""What an attempt at a task uses, looked at from within its worker: at its end, and now and then before."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from starwhale.jobs.usage import Usage
from starwhale.kit.procfs import (
    OWN,
    PROCESSES,
    Counters,
    Standing,
    descendants,
    forget_peak,
    has_children,
    is_told,
    memory_of,
    share_of,
    storage_of,
    thread_seconds,
    ticks,
)

#: Seconds between two looks; what is over sooner is looked at once, at its end.
LOOK_SECONDS = 2.0
#: A look may take this part of the time between two: where there are many processes it is done less often.
COST = 1 / 200


class Meter(Protocol):
    """Measures one attempt from the moment it is made. Safe among threads."""

    def look(self) -> Usage:
        """What was used so far."""
        ...

    def end(self) -> Usage:
        """The same, by the thread of the attempt, at its end."""
        ...


def start_meter(*, thread: bool) -> Meter | None:
    """Measure from now on; None where this system does not tell what is used.

    Args:
        thread: The attempt is a thread among others of this process.
    """
    if not _told:
        return None
    return ThreadMeter() if thread else ProcessMeter()


_told = is_told()


class ProcessMeter:
    """An attempt that has this process, and all that it starts, for itself."""

    def __init__(self) -> None:
        forget_peak()
        self._turn = threading.Lock()
        self._began = time.monotonic()
        self._born = int(time.clock_gettime(time.CLOCK_BOOTTIME) * ticks())
        self._base = _own()
        self._old: dict[tuple[int, int], Counters] = {}
        self._cpu = 0.0
        self._read = self._written = self._peak = 0

    def look(self) -> Usage:
        """See `Meter`."""
        with self._turn:
            return self._measure(family=has_children())

    def end(self) -> Usage:
        """See `Meter`."""
        with self._turn:
            lasted = time.monotonic() - self._began
            # Where it was over at once, children that are left are not worth a look at all processes.
            return self._measure(family=lasted >= LOOK_SECONDS and has_children())

    def _measure(self, *, family: bool) -> Usage:
        seconds = time.monotonic() - self._began
        used = [_since(_own(), self._base)]
        memory = memory_of()
        now, peak = memory or (0, 0)
        if family:
            found = descendants()
            used += [self._of_child(pid, child) for pid, child in found.items()]
            now = _together(now, found)
        # What has left its parents behind takes along what it had used.
        self._cpu = max(self._cpu, sum(each.cpu for each in used))
        self._read = max(self._read, sum(each.read for each in used))
        self._written = max(self._written, sum(each.written for each in used))
        self._peak = max(self._peak, now, peak)
        return Usage(
            seconds=seconds,
            cpu_seconds=self._cpu,
            memory=now,
            memory_peak=self._peak,
            bytes_read=self._read,
            bytes_written=self._written,
        )

    def _of_child(self, pid: int, child: Standing) -> Counters:
        found = Counters(child.cpu, *storage_of(f"{PROCESSES}/{pid}"))
        if child.started >= self._born:
            return found
        # An attempt before this one has left it; what it had used till now is not for us.
        return _since(found, self._old.setdefault((pid, child.started), found))


class ThreadMeter:
    """An attempt that is a thread among others; what it starts cannot be told from what they start.

    Memory is that of the process, which they share.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._thread = threading.get_native_id()
        self._began = time.monotonic()
        self._cpu = self._first = time.thread_time()
        self._base = storage_of(self._place)
        self._peak = 0

    @property
    def _place(self) -> str:
        return f"{OWN}/task/{self._thread}"

    def look(self) -> Usage:
        """See `Meter`."""
        return self._measure(thread_seconds(self._thread) or 0.0)

    def end(self) -> Usage:
        """See `Meter`."""
        return self._measure(time.thread_time())

    def _measure(self, cpu: float) -> Usage:
        with self._turn:
            memory = memory_of()
            now = memory.now if memory else 0
            self._cpu, self._peak = max(self._cpu, cpu), max(self._peak, now)
            read, written = storage_of(self._place)
            return Usage(
                seconds=time.monotonic() - self._began,
                cpu_seconds=self._cpu - self._first,
                memory=now,
                memory_peak=self._peak,
                bytes_read=max(0, read - self._base[0]),
                bytes_written=max(0, written - self._base[1]),
            )


class Lookout:
    """Looks at what is running now and then, in a thread of its own.

    Args:
        look: Looks at each attempt that has run for `LOOK_SECONDS`, and tells of it.
    """

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, unless it has begun."""
        if self._thread is None and _told:
            self._thread = threading.Thread(target=self._serve, name="starwhale-usage", daemon=True)
            self._thread.start()

    def _serve(self) -> None:
        pause = LOOK_SECONDS
        while True:
            time.sleep(pause)
            began = time.thread_time()
            self._look()
            pause = max(LOOK_SECONDS, (time.thread_time() - began) / COST)


def _own() -> Counters:
    """What this process has used, and those of its children that have ended and were waited for."""
    children = os.times()
    cpu = time.process_time() + children.children_user + children.children_system
    return Counters(cpu, *storage_of(OWN))


def _since(now: Counters, before: Counters) -> Counters:
    return Counters(now.cpu - before.cpu, now.read - before.read, now.written - before.written)


def _together(own: int, family: Iterable[int]) -> int:
    """Bytes in memory of this process and others; what they share, as forked ones do, counts once."""
    shares = [share_of(os.getpid()), *(share_of(pid) for pid in family)]
    if shares[0] is None:
        return own + sum(memory.now for pid in family if (memory := memory_of(pid)))
    return sum(share or 0 for share in shares)
