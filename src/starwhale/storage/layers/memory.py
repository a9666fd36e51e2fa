"""What was decoded from layers, kept for the next question: bounded by bytes, shared by the whole process."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")
LIMIT = 256 << 20
#: What anything costs that is kept at all: its objects, and its place here.
SMALLEST = 4096


class Memory:
    """Values by key; the ones that were asked for longest ago go when there are too many bytes.

    Safe to share among threads. A value larger than the whole limit is handed out and not kept.

    Args:
        limit: Bytes.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def bytes(self) -> int:
        """How many are held now."""
        return self._bytes

    @property
    def limit(self) -> int:
        """How many may be held."""
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        with self._lock:
            self._limit = limit
            self._shrink()

    def get(self, key: Hashable) -> Any | None:
        """The value of a key, or None."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                return None
            self._held.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Keep a value that takes so many bytes."""
        size = max(size, SMALLEST)
        with self._lock:
            before = self._held.pop(key, None)
            self._bytes -= before[1] if before is not None else 0
            if size <= self._limit:
                self._held[key] = (value, size)
                self._bytes += size
            self._shrink()

    def once(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """The value of a key, made where it is not there; two threads may both make it."""
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found, size(found))
        return cast("T", found)

    def _shrink(self) -> None:
        while self._bytes > self._limit and self._held:
            _key, (_value, size) = self._held.popitem(last=False)
            self._bytes -= size

    def renew(self) -> None:
        """Be usable in a child that was forked while another thread was in here."""
        self._lock = threading.Lock()


#: The one of this process.
MEMORY = Memory()
os.register_at_fork(after_in_child=MEMORY.renew)


def bytes_outside(arrays: Sequence[pa.Array], mapped: pa.Buffer | None) -> int:
    """Bytes of some arrays that do not lie in a memory map: those that cost memory."""
    start = mapped.address if mapped is not None else 0
    end = start + mapped.size if mapped is not None else 0
    return sum(
        buffer.size
        for array in arrays
        for buffer in array.buffers()
        if buffer is not None and not start <= buffer.address < end
    )
