"""Whole and verified copies of remote blobs on this machine, so that they can be mapped."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from starwhale.kit.files import fsync_file
from starwhale.storage.objects.disk_errors import disk_errors

CHUNK = 8 << 20
_LIMIT = 50 << 30
_FORGET_SECONDS = 7 * 24 * 3600


class BlobCache:
    """A directory of blobs, the longest unused of which give way.

    A download goes to a file of its own and goes on there after it was interrupted, in whatever process;
    only when its digest is right is it renamed to where it can be found.

    Args:
        root: The directory.
        limit: Bytes it may hold; a single blob may be larger.
    """

    def __init__(self, root: Path, *, limit: int = _LIMIT) -> None:
        self._root = root
        self._limit = limit
        self._added = limit  # so that the first download looks at what earlier processes left
        self._lock = threading.Lock()

    def find(self, digest: str) -> Path | None:
        """Where a copy lies; it counts as used now. None when there is none."""
        path = self._path(digest)
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        return path

    def fetch(self, digest: str, size: int, read: Callable[[int, int], bytes]) -> Path | None:
        """Download a blob, and say where the copy lies.

        Args:
            digest: Of the blob.
            size: Its bytes.
            read: Reads from a position so many bytes of it.

        Returns:
            None when what was read does not have the digest; nothing of it is kept.

        Raises:
            StorageFull: there is no space for it; what has come so far is kept.
        """
        partial = self.corner / digest
        with disk_errors(self._root), _alone(partial) as descriptor:
            found = self.find(digest)  # somebody else may have fetched it while this one waited
            if found is not None:
                return found
            if not _download(descriptor, digest, size, read):
                partial.unlink()
                return None
            fsync_file(descriptor)
            path = self._path(digest)
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.replace(path)
        self._make_room(size)
        return path

    @property
    def corner(self) -> Path:
        """Directory for copies that are not whole."""
        return self._root / ".partial"

    def adopt(self, digest: str, path: Path, size: int) -> None:
        """Take a whole and verified copy over, which lies in the corner.

        Args:
            digest: Of the blob.
            path: Where it lies; it may still be open and be read.
            size: Its bytes.
        """
        with disk_errors(self._root):
            target = self._path(digest)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        self._make_room(size)

    def add(self, digest: str, data: bytes) -> None:
        """Keep a copy of a blob that was read, and verified."""
        rough = self.corner / f"{digest}.{secrets.token_hex(8)}"
        with disk_errors(self._root):
            rough.parent.mkdir(parents=True, exist_ok=True)
            rough.write_bytes(data)
        self.adopt(digest, rough, len(data))

    def drop(self, digest: str) -> None:
        """Forget a copy; no-op when there is none."""
        with disk_errors(self._root):
            self._path(digest).unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self._root / digest[:2] / digest[2:]

    def _make_room(self, size: int) -> None:
        """Look at the whole directory now and then, not after each blob."""
        with self._lock:
            self._added += size
            if self._added < self._limit // 16:
                return
            self._added = 0
        self._forget_interrupted()
        entries: list[tuple[float, int, Path]] = []
        for path in self._root.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):
                found = path.stat()
                entries.append((found.st_mtime, found.st_size, path))
        total = sum(length for _, length, _ in entries)
        for _, length, path in sorted(entries)[:-1]:
            if total <= self._limit:
                return
            path.unlink(missing_ok=True)  # who has mapped it keeps it until he lets go
            total -= length

    def _forget_interrupted(self) -> None:
        for path in self._root.glob(".partial/*"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _FORGET_SECONDS:
                    path.unlink()


def _download(descriptor: int, digest: str, size: int, read: Callable[[int, int], bytes]) -> bool:
    """Complete an open file; whether it then has the digest."""
    hasher, position = hashlib.sha256(), 0
    while piece := os.pread(descriptor, CHUNK, position):
        hasher.update(piece)
        position += len(piece)
    while position < size:
        piece = read(position, min(CHUNK, size - position))
        if not piece:
            return False
        hasher.update(piece)
        rest = memoryview(piece)
        while rest:
            written = os.pwrite(descriptor, rest, position)
            position += written
            rest = rest[written:]
    return hasher.hexdigest() == digest


@contextmanager
def _alone(path: Path) -> Generator[int]:
    """Open a file and hold it alone among all processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_at(descriptor, path):
                yield descriptor
                return
        finally:
            os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file is still the one at `path`, and was not renamed by whoever held it before."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
