"""Where the logs of writers lie: files of a directory, or immutable objects of an object store."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import groupby
from pathlib import Path

from starwhale.core.errors import Corrupted, NotFound, StorageFull, Unavailable
from starwhale.kit.files import fsync_dir, take
from starwhale.storage.objects.ports import Objects
from starwhale.storage.tables.ports import Kept

_FULL = {errno.ENOSPC, errno.EDQUOT}
_sync = getattr(os, "fdatasync", os.fsync)
_SUFFIX, _DRAFT = ".log", ".pruned"
_PIECE, _BLOCK, _SECTOR = 1 << 20, 4096, 512
#: A log of which fewer bytes can go is left as it is: it has to be written anew for that.
_WORTH_IT = 64 << 10


class DirectoryLogs:
    """One append-only file per writer, which holds a lock on it for as long as it may append.

    Args:
        root: Directory of the logs; made when the first one is written.
    """

    concurrency = 1

    def __init__(self, root: Path) -> None:
        self._root = root
        self._open: dict[str, int] = {}

    def _path(self, writer: str) -> Path:
        return self._root / writer[:2] / f"{writer}{_SUFFIX}"

    def append(self, writer: str, offset: int, frames: Sequence[bytes]) -> None:
        """See `Logs.append`."""
        data = b"".join(frames)
        try:
            handle = self._open.get(writer)
            if handle is None:
                handle = self._create(writer)
            written = 0
            while written < len(data):
                written += os.pwrite(handle, memoryview(data)[written:], offset + written)
            _sync(handle)
        except OSError as exc:
            if exc.errno in _FULL:
                raise StorageFull(
                    f"no space left in {self._root}", hint="free some space and run it again"
                ) from exc
            raise Unavailable(f"cannot write to {self._root}: {exc.strerror}") from exc

    def _create(self, writer: str) -> int:
        path = self._path(writer)
        path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            fcntl.flock(handle, fcntl.LOCK_SH)
            if os.fstat(handle).st_nlink:
                break
            os.close(handle)  # it was pruned before we had the lock
        fsync_dir(path.parent)
        self._open[writer] = handle
        return handle

    def read(self, writer: str, offset: int, length: int) -> bytes:
        """See `Logs.read`."""
        try:
            with self._path(writer).open("rb") as file:
                file.seek(offset)
                data = file.read(length)
        except FileNotFoundError:
            raise Corrupted(f"the log of writer {writer[:12]} is gone") from None
        if len(data) != length:
            raise Corrupted(f"the log of writer {writer[:12]} is cut short at {offset + len(data)}")
        return data

    def holds(self, writer: str) -> bool:
        """See `Logs.holds`."""
        return self._path(writer).exists()

    def close(self, writer: str) -> None:
        """See `Logs.close`."""
        handle = self._open.pop(writer, None)
        if handle is not None:
            os.close(handle)

    def sweep(self, kept: Kept, older_than: datetime, *, dry_run: bool = False) -> Iterator[int]:
        """See `Logs.sweep`. What is referred to stays where it is in its file; holes take no space."""
        for path in sorted(self._root.glob(f"??/*{_SUFFIX}")):
            if freed := self._prune(path, kept, older_than, dry_run=dry_run):
                yield freed

    def _prune(self, path: Path, kept: Kept, older_than: datetime, *, dry_run: bool) -> int:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return 0
        try:
            if not take(handle):
                return 0  # its writer has it open
            return self._prune_locked(handle, path, kept, older_than, dry_run=dry_run)
        finally:
            os.close(handle)

    def _prune_locked(
        self, handle: int, path: Path, kept: Kept, older_than: datetime, *, dry_run: bool
    ) -> int:
        found = os.fstat(handle)
        if not found.st_nlink or found.st_mtime >= older_than.timestamp():
            return 0
        extents = sorted(set(kept(path.stem)))
        # Blocks, since what went before is a hole already.
        freed = found.st_blocks * _SECTOR - _space(extents) if extents else found.st_size
        if extents and freed < _WORTH_IT:
            return 0
        if not dry_run:
            self._rewrite(handle, path, extents)
        return freed

    def _rewrite(self, handle: int, path: Path, extents: Sequence[tuple[int, int]]) -> None:
        if not extents:
            path.unlink()
            return
        draft = path.with_suffix(_DRAFT)
        try:
            with draft.open("wb") as file:
                for offset, length in extents:
                    file.seek(offset)
                    for start in range(offset, offset + length, _PIECE):
                        file.write(os.pread(handle, min(_PIECE, offset + length - start), start))
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        except OSError as exc:
            with suppress(OSError):
                draft.unlink()
            raise Unavailable(f"cannot prune {path}: {exc.strerror}") from exc
        fsync_dir(path.parent)


class ObjectLogs:
    """One immutable object per frame, for stores without files."""

    def __init__(self, objects: Objects, prefix: str = "tables") -> None:
        self._objects = objects
        self._prefix = prefix

    @property
    def concurrency(self) -> int:
        """See `Logs.concurrency`."""
        return self._objects.concurrency

    def _key(self, writer: str, offset: int) -> str:
        return f"{self._prefix}/{writer}/{offset:016d}"

    def append(self, writer: str, offset: int, frames: Sequence[bytes]) -> None:
        """See `Logs.append`."""
        for frame in frames:
            self._objects.put(self._key(writer, offset), frame)
            offset += len(frame)

    def read(self, writer: str, offset: int, length: int) -> bytes:
        """See `Logs.read`."""
        try:
            data = self._objects.get(self._key(writer, offset), 0, length)
        except NotFound:
            raise Corrupted(f"the log of writer {writer[:12]} is gone at {offset}") from None
        if len(data) != length:
            raise Corrupted(f"the log of writer {writer[:12]} is cut short at {offset + len(data)}")
        return data

    def holds(self, writer: str) -> bool:
        """See `Logs.holds`."""
        return next(self._objects.list(f"{self._prefix}/{writer}"), None) is not None

    def close(self, writer: str) -> None:
        """Nothing is held open."""

    def sweep(self, kept: Kept, older_than: datetime, *, dry_run: bool = False) -> Iterator[int]:
        """See `Logs.sweep`. A frame is never written twice, so that its age tells whether it is committed."""
        for place, frames in groupby(
            self._objects.list(self._prefix), lambda found: found.key.rpartition("/")[0]
        ):
            old = [each for each in frames if each.modified < older_than]
            named = {offset for offset, _ in kept(place.rpartition("/")[2])} if old else set[int]()
            gone = [each for each in old if int(each.key.rpartition("/")[2]) not in named]
            for each in gone if not dry_run else ():
                self._objects.delete(each.key)
            if gone:
                yield sum(each.size for each in gone)


def _space(extents: Sequence[tuple[int, int]]) -> int:
    """Bytes that the blocks take in which some extents lie, which are in order."""
    count, end = 0, 0
    for offset, length in extents:
        first, last = max(offset // _BLOCK, end), -(-(offset + length) // _BLOCK)
        count, end = count + max(0, last - first), max(end, last)
    return count * _BLOCK
