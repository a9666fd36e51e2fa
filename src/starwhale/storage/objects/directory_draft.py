"""A file in a store's own corner, until it is whole."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

from starwhale.kit.files import fsync_dir, fsync_file, take
from starwhale.kit.reflink import reflink, reflink_range
from starwhale.storage.objects.disk_errors import disk_errors
from starwhale.storage.objects.ports import Data

CHUNK = 1 << 20


class DirectoryDraft:
    """Implements `Draft` by a file in the file system of the store, which a commit only renames.

    The file is locked while its writer lives; `is_abandoned` tells those of the dead.

    Args:
        corner: The directory for such files.
        place: The path of a key, its directory made durably.
    """

    def __init__(self, corner: Path, place: Callable[[str], Path]) -> None:
        self._place = place
        self._path = corner / secrets.token_hex(16)
        self._corner = corner
        self._sealed = False
        with disk_errors(corner.parent):
            self._descriptor = self._create()
            fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)

    def _create(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            return os.open(self._path, flags, 0o444)
        except FileNotFoundError:
            self._corner.mkdir(parents=True, exist_ok=True)
            return os.open(self._path, flags, 0o444)

    def write(self, data: Data) -> None:
        rest = memoryview(data).cast("B")
        with disk_errors(self._corner.parent):
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def clone(self, source: int, start: int = 0, length: int | None = None) -> bool:
        with disk_errors(self._corner.parent):
            if length is None:
                return reflink(source, self._descriptor)
            return reflink_range(source, self._descriptor, start=start, length=length, at=0)

    def chunks(self) -> Iterator[bytes]:
        position = 0
        with disk_errors(self._corner.parent):
            while chunk := os.pread(self._descriptor, CHUNK, position):
                yield chunk
                position += len(chunk)

    def seal(self) -> None:
        if not self._sealed:
            with disk_errors(self._corner.parent):
                fsync_file(self._descriptor)
            self._sealed = True

    def commit(self, key: str) -> None:
        self.seal()
        target = self._place(key)
        with disk_errors(self._corner.parent):
            # By the exact clock, which the kernel's own stamps run behind by some milliseconds; and at the
            # commit, since a slow writer may have begun before the cut of a sweep.
            now = time.time_ns()
            os.utime(self._descriptor, ns=(now, now))
            self._path.replace(target)
            fsync_dir(target.parent)
        self._close()

    def discard(self) -> None:
        if self._descriptor >= 0:
            self._path.unlink(missing_ok=True)
            self._close()

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.discard()


def is_abandoned(path: Path) -> bool:
    """Whether the writer of a draft is dead. False as well when the file is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        return take(descriptor)
    finally:
        os.close(descriptor)
