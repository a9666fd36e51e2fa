"""A remote blob of which only those parts are fetched that somebody reads."""

from __future__ import annotations

import os
import secrets
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock

from starwhale.storage.blobs.cache import BlobCache
from starwhale.storage.blobs.files import digest_of_file, write_at
from starwhale.storage.blobs.names import damaged
from starwhale.storage.objects.disk_errors import disk_errors

#: Bytes that are fetched ahead of whoever reads on and on: the first time, and at most.
FIRST_AHEAD = 512 << 10
MOST_AHEAD = 8 << 20
_THREADS = 4


class PartialBlob:
    """Keeps what was fetched in a sparse file; once that is whole and verified, the cache has it.

    Parts that come alone are not verified here, for a digest is of the whole.

    Args:
        digest: Of the blob.
        size: Its bytes.
        fetch: Gives so many bytes of it from a position on.
        cache: Where the whole goes.
    """

    def __init__(self, digest: str, size: int, fetch: Callable[[int, int], bytes], cache: BlobCache) -> None:
        self.size = size
        self._digest = digest
        self._fetch = fetch
        self._cache = cache
        self._lock = Lock()
        self._there: list[tuple[int, int]] = []
        self._coming: list[tuple[int, int, Future[None]]] = []
        self._window = FIRST_AHEAD
        self._whole = False
        self._path, self._descriptor = _sparse_file(cache.corner / f"{digest}.{secrets.token_hex(8)}")
        self._close = weakref.finalize(self, _forget, self._descriptor, self._path)

    def read(self, at: int, length: int) -> bytes:
        """`length` bytes from `at` on, fetched where they have not been.

        Raises:
            Unavailable: the other side does not answer.
            Corrupted: with these bytes it is complete, and not what was written.
        """
        end = min(self.size, at + length)
        for waiting in self._on_their_way(at, end):
            waiting.exception()  # what went wrong there is tried again here
        for low, high in self._gaps(at, end):
            self._take(low, high)
        return os.pread(self._descriptor, end - at, at)

    def ahead(self, at: int, end: int) -> None:
        """Say that the bytes from `at` to `end` will be read one after the other, beginning now.

        The more was read so, the more is fetched before it is asked for.
        """
        if self._whole:
            return
        with self._lock:
            known = _end_of_run([*self._there, *((low, high) for low, high, _ in self._coming)], at)
            if known - at > self._window // 2 or known >= end:
                return
            high = min(end, known + self._window)
            self._window = min(MOST_AHEAD, self._window * 2)
            waiting = _fetchers(os.getpid()).submit(self._take, known, high)
            self._coming.append((known, high, waiting))
        waiting.add_done_callback(self._arrived)

    def _arrived(self, done: Future[None]) -> None:
        with self._lock:
            self._coming = [each for each in self._coming if each[2] is not done]

    def _on_their_way(self, at: int, end: int) -> list[Future[None]]:
        with self._lock:
            return [waiting for low, high, waiting in self._coming if low < end and at < high]

    def _gaps(self, at: int, end: int) -> list[tuple[int, int]]:
        with self._lock:
            return list(_between(self._there, at, end))

    def _take(self, low: int, high: int) -> None:
        position = low
        while position < high:
            piece = self._fetch(position, high - position)
            if not piece:
                raise damaged(self._digest)
            write_at(self._descriptor, piece, position)
            position += len(piece)
        with self._lock:
            self._there = _joined(self._there, (low, high))
            complete = not self._whole and self._there == [(0, self.size)]
            self._whole = self._whole or complete
        if complete:
            self._finish()

    def _finish(self) -> None:
        if digest_of_file(self._descriptor) == self._digest:
            self._cache.adopt(self._digest, self._path, self.size)
            return
        with self._lock:
            self._there, self._whole = [], False
        raise damaged(self._digest)


def _between(there: list[tuple[int, int]], at: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a range that are not covered by sorted, disjoint ones."""
    for low, high in there:
        if high <= at:
            continue
        if low >= end:
            break
        if at < low:
            yield at, low
        at = high
    if at < end:
        yield at, end


def _joined(there: list[tuple[int, int]], new: tuple[int, int]) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    for low, high in sorted([*there, new]):
        if result and low <= result[-1][1]:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return result


def _end_of_run(ranges: list[tuple[int, int]], at: int) -> int:
    """Up to where bytes are covered from `at` on without a gap."""
    for low, high in sorted(ranges):
        if low <= at < high:
            at = high
    return at


def _sparse_file(path: Path) -> tuple[Path, int]:
    with disk_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        return path, os.open(path, flags, 0o600)


def _forget(descriptor: int, path: Path) -> None:
    os.close(descriptor)
    with suppress(OSError):
        path.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def _fetchers(process: int) -> ThreadPoolExecutor:  # noqa: ARG001 - a fork needs threads of its own
    return ThreadPoolExecutor(_THREADS, thread_name_prefix="starwhale-ahead")
