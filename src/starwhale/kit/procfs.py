"""What processes use, as Linux tells it below ``/proc``; elsewhere nothing is told."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import NamedTuple

PROCESSES = "/proc"
OWN = "/proc/self"
#: Bytes of a file of the system that are read; none of those here is longer.
_LONGEST = 1 << 14
#: Has the system forget what the most was that a process had in memory.
_FORGET_PEAK = b"5"


class Counters(NamedTuple):
    """What a process, or a thread, has used since it began.

    Attributes:
        cpu: Seconds of processors.
        read: Bytes that were fetched from storage; what lay in memory already is not among them.
        written: Bytes that go to storage.
    """

    cpu: float
    read: int
    written: int


class Standing(NamedTuple):
    """Who a process is, and what it has used.

    Attributes:
        parent: Number of the process it is a child of.
        started: When it began, in ticks since the machine did; tells it from another of the same number.
        cpu: Seconds of processors, those of its children included that have ended.
    """

    parent: int
    started: int
    cpu: float


class Memory(NamedTuple):
    """Bytes of a process that are in memory: now, and the most there were."""

    now: int
    peak: int


def is_told() -> bool:
    """Whether this system tells what processes use."""
    return sys.platform == "linux" and _read(f"{OWN}/status") is not None


def ticks() -> int:
    """How many ticks the clock of processes has a second."""
    return os.sysconf("SC_CLK_TCK")


def standing_of(pid: int) -> Standing | None:
    """Who a process is; None where it is gone."""
    return _standing(_read(f"{PROCESSES}/{pid}/stat"))


def thread_seconds(thread: int) -> float | None:
    """Seconds of processors that a thread of this process has used; None where it is gone."""
    found = _standing(_read(f"{OWN}/task/{thread}/stat"), children=False)
    return None if found is None else found.cpu


def storage_of(place: str) -> tuple[int, int]:
    """Bytes read from storage and written to it.

    Args:
        place: Directory of a process or a thread below ``/proc``.

    Returns:
        Twice 0 where the system does not tell it.
    """
    return _field(told := _read(f"{place}/io") or b"", b"\nread_bytes: "), _field(told, b"\nwrite_bytes: ")


def memory_of(pid: int | None = None) -> Memory | None:
    """What a process has in memory; None where it is gone.

    Args:
        pid: Which one; by default this one.
    """
    told = _read(f"{PROCESSES}/{pid}/status" if pid else f"{OWN}/status")
    if told is None:
        return None
    return Memory(now=1024 * _field(told, b"\nVmRSS:"), peak=1024 * _field(told, b"\nVmHWM:"))


def share_of(pid: int) -> int | None:
    """Bytes of a process in memory, of those it shares only its part; None where that is not told."""
    told = _read(f"{PROCESSES}/{pid}/smaps_rollup")
    found = _field(told or b"", b"\nPss:")
    return 1024 * found or None


def forget_peak() -> None:
    """Have the system count anew what the most is that this process has in memory."""
    with suppress(OSError):
        descriptor = os.open(f"{OWN}/clear_refs", os.O_WRONLY)
        try:
            os.write(descriptor, _FORGET_PEAK)
        finally:
            os.close(descriptor)


def has_children() -> bool:
    """Whether this process has children, living or not yet waited for. Costs next to nothing."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def descendants() -> dict[int, Standing]:
    """All that live of what this process has started, and what that has started, by number.

    A process that has left its parents behind is nobody's child and not among them.
    """
    known: dict[int, Standing] = {}
    with suppress(OSError):
        with os.scandir(PROCESSES) as processes:
            numbers = [int(each.name) for each in processes if each.name.isdecimal()]
        known = {pid: found for pid in numbers if (found := standing_of(pid)) is not None}
    family: dict[int, Standing] = {}
    fresh = {os.getpid()}
    while fresh:
        fresh = {pid for pid, found in known.items() if found.parent in fresh and pid not in family}
        family |= {pid: known[pid] for pid in fresh}
    return family


def _standing(told: bytes | None, *, children: bool = True) -> Standing | None:
    # The name of the program, in parentheses, may hold anything.
    words = (told or b"").rpartition(b")")[2].split()
    if len(words) < 20:
        return None
    used = sum(int(word) for word in words[11 : 15 if children else 13])
    return Standing(parent=int(words[1]), started=int(words[19]), cpu=used / ticks())


def _read(path: str) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        return os.read(descriptor, _LONGEST)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _field(told: bytes, name: bytes) -> int:
    """A number behind a name; 0 where there is none."""
    at = told.find(name)
    if at < 0:
        return 0
    words = told[at + len(name) : at + len(name) + 40].split(None, 1)
    return int(words[0]) if words and words[0].isdigit() else 0
