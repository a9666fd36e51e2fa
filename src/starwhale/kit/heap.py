"""Memory of this process: that little of what is freed is kept, and how much of it is in use."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
#: Blocks of so many bytes are memory maps of their own, and go back when they are freed.
LARGE = 1 << 20
#: Bytes at the end of an arena that are kept for the next block.
KEPT = 256 << 10
#: Arenas that threads share: those of Python take turns at most of what they do.
ARENAS = 2
_OTHERS: list[Callable[[], None]] = []


def be_frugal() -> bool:
    """Have this process keep little of what it frees; called before it has threads.

    Left to itself, glibc gives each thread an arena of its own. Once a block of some MiB was freed, such as
    that in which a password is hashed, it takes all that are no larger from these arenas, and keeps the free
    ends of them: a server of two dozen threads comes to hold hundreds of MiB of nothing, and `malloc_trim`
    gives back none of these. The allocator that Arrow brings along cannot be told to let go of anything: it
    is passed over, where Arrow is not loaded yet.

    Returns:
        Whether there is something that can be told so; elsewhere this is a no-op.
    """
    library = _glibc()
    if library is None:
        return False
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # To set one of the thresholds is what keeps it from being moved.
    wanted = ((_ARENA_MAX, ARENAS), (_MMAP_THRESHOLD, LARGE), (_TRIM_THRESHOLD, KEPT))
    told = [library.mallopt(what, value) for what, value in wanted]
    return all(each == 1 for each in told)


def also(others: Callable[[], None]) -> None:
    """Have `give_back` call this too; for whoever brings an allocator of his own along."""
    _OTHERS.append(others)


def give_back() -> None:
    """Give the machine the pages between what is in use; some milliseconds, in which others may go on."""
    for each in _OTHERS:
        each()
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def settle() -> None:
    """Look no more for garbage among what lives now: it is there to stay.

    A look through all that a server has loaded stops it for a tenth of a second, so that it is done seldom,
    and garbage that refers to itself piles up meanwhile.
    """
    gc.collect()
    gc.freeze()


def blocks() -> int:
    """Blocks of memory that objects of Python take."""
    return sys.getallocatedblocks()


def in_use() -> int | None:
    """Bytes that are in use of what the C library manages; None where it does not tell."""
    library = _glibc()
    if library is None or not hasattr(library, "mallinfo2"):
        return None
    library.mallinfo2.restype = _MallocInfo
    told = library.mallinfo2()
    return int(told.uordblks + told.hblkhd)


class _MallocInfo(ctypes.Structure):
    """`struct mallinfo2`."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    )


@cache
def _glibc() -> Any:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "gnu_get_libc_version") else None
