"""Where the logs of writers lie: files of a directory, or immutable objects of an object store."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

from starwhale.core.errors import Corrupted, NotFound, StorageFull, Unavailable
from starwhale.kit.files import fsync_dir
from starwhale.storage.objects.ports import Objects

_FULL = {errno.ENOSPC, errno.EDQUOT}
_sync = getattr(os, "fdatasync", os.fsync)


class DirectoryLogs:
    """One append-only file per writer.

    Args:
        root: Directory of the logs; made when the first one is written.
    """

    concurrency = 1

    def __init__(self, root: Path) -> None:
        self._root = root
        self._open: dict[str, int] = {}

    def _path(self, writer: str) -> Path:
        return self._root / writer[:2] / f"{writer}.log"

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
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
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
