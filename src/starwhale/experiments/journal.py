"""The journal of one process of a run: each record is with the kernel before it is acknowledged.

A process that is killed loses none of them, and no transaction is waited for. The records move into the
tables of the run in groups (`settling`); what a dead process left is moved by whoever looks next. The lock
on the file tells the dead from the living, since the kernel opens it when its holder is gone.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starwhale.core.errors import Corrupted, StorageFull, Unavailable
from starwhale.kit.files import fsync_dir, make_dirs, take
from starwhale.storage.tables.frames import HEADER, MAGIC, decode_frame, encode_frame

SUFFIX = ".journal"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_sync = getattr(os, "fdatasync", os.fsync)

Record = list[Any]
"""A kind, and what belongs to it; see `settling`."""


class Journal:
    """Appends records to a file that this process holds locked. Safe to share among threads.

    Args:
        path: The file; made, and its directories.
        sequence: Number of the last record before.
    """

    def __init__(self, path: Path, sequence: int = 0) -> None:
        self.path = path
        self.sequence = sequence
        self.size = 0
        self._synced = 0
        self._lock = threading.Lock()
        with _explained(path):
            make_dirs(path.parent)
            self._file = _locked_file(path)
            fsync_dir(path.parent)

    def append(self, record: Record) -> None:
        """Write one record; it outlives this process when this returns.

        Raises:
            StorageFull: there is no space for it; it is not written.
            Unavailable: the file cannot be written.
        """
        with self._lock:
            frame = encode_frame(self.sequence + 1, record)
            with _explained(self.path):
                written = os.pwrite(self._file, frame, self.size)
                while written < len(frame):
                    written += os.pwrite(self._file, memoryview(frame)[written:], self.size + written)
            # Only now: what a failed write has left behind is overwritten by the next.
            self.sequence += 1
            self.size += len(frame)

    def sync(self) -> bool:
        """Bring what was written to the disk; whether there was anything."""
        size = self.size
        if size == self._synced:
            return False
        with _explained(self.path):
            _sync(self._file)
        self._synced = size
        return True

    def read(self, offset: int, limit: int) -> bytes:
        """At most `limit` bytes from `offset`, and none behind the last record."""
        return os.pread(self._file, max(min(limit, self.size - offset), 0), offset)

    def forget(self, offset: int) -> bool:
        """Empty the file if nothing lies behind `offset`; whether it was emptied."""
        with self._lock:
            if offset != self.size:
                return False
            os.ftruncate(self._file, 0)
            self.size = self._synced = 0
            return True

    def close(self, *, remove: bool = False) -> None:
        """Let go of the file, and delete it if it is not needed any more."""
        with self._lock:
            if self._file < 0:
                return
            if remove:
                self.path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = -1

    def abandon(self) -> None:
        """In a forked child: close the file without a look at locks that a thread of the parent may hold."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _locked_file(path: Path) -> int:
    """A new file, locked before anybody can find it under its name and take its owner for dead."""
    hidden = path.with_suffix(".new")
    file = os.open(hidden, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        hidden.rename(path)
    except BaseException:
        os.close(file)
        hidden.unlink(missing_ok=True)
        raise
    return file


def records_of(data: bytes) -> Iterator[tuple[int, int, Record]]:
    """The whole records at the beginning of `data`: end, sequence, record; what is torn ends them."""
    start = 0
    while start + HEADER.size <= len(data):
        magic, sequence, length, _checksum = HEADER.unpack_from(data, start)
        end = start + HEADER.size + length
        if magic != MAGIC or end > len(data):
            return
        try:
            record = decode_frame(data[start:end], "a journal")
        except Corrupted:
            return
        yield end, sequence, record
        start = end


@contextmanager
def claimed(path: Path) -> Generator[bool]:
    """Hold the journal of a process if that process is gone.

    Yields:
        False where its process lives, or somebody else looks after it, or it is not there any more.
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        yield False
        return
    try:
        # Between opening and locking its owner may have deleted it.
        yield take(file) and _is_at(path, file)
    finally:
        os.close(file)


def _is_at(path: Path, file: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(file).st_ino
    except FileNotFoundError:
        return False


@contextmanager
def _explained(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise StorageFull(
                f"no space left in {path.parent}", hint="free some space; what was acknowledged is kept"
            ) from exc
        raise Unavailable(f"cannot write to {path.parent}: {exc.strerror}") from exc
