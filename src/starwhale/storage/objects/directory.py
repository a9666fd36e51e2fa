"""A store of objects that is a directory."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from starwhale.core.errors import Corrupted, NotFound, UsageError
from starwhale.kit.files import fsync_dir
from starwhale.storage.objects.directory_draft import DirectoryDraft, is_abandoned
from starwhale.storage.objects.disk_errors import disk_errors
from starwhale.storage.objects.draft_filling import fill
from starwhale.storage.objects.flock_gate import FlockGate
from starwhale.storage.objects.keys import check_key, check_prefix
from starwhale.storage.objects.ports import Data, Gate, ObjectStat

_YOUNG_SECONDS = 60


class DirectoryObjects:
    """Implements `Objects`: an object is a file, and its key the path of it.

    A write goes to a file of its own in `.tmp`, is synced, renamed to its key, and the directory synced;
    a reader sees the old object or the new one. What a power failure or a kill leaves in `.tmp` is never
    looked at, until `tidy` removes it.

    Args:
        root: The directory. It is made by the first write; reading a store that is not there finds nothing.
    """

    concurrency = 1

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.abspath(root))  # noqa: PTH100  a link at or above the root stays one
        self.gate: Gate = FlockGate(self.root)
        self._corner = self.root / ".tmp"
        self._durable: set[Path] = set()
        self._durable_lock = threading.Lock()

    def put(self, key: str, data: Data | Path) -> None:
        check_key(key)
        with self.draft() as draft:
            if isinstance(data, Path):
                fill(draft, data)
            else:
                draft.write(data)
            draft.commit(key)

    def draft(self) -> DirectoryDraft:
        return DirectoryDraft(self._corner, self._place)

    def get(self, key: str, start: int = 0, length: int = -1) -> bytes:
        if start < 0:
            raise UsageError(f"cannot read from {start} on")
        descriptor = self._open(key)
        try:
            with disk_errors(self.root):
                size = os.fstat(descriptor).st_size
                left = max(0, size - start) if length < 0 else min(length, max(0, size - start))
                return _read(descriptor, start, left)
        finally:
            os.close(descriptor)

    def stat(self, key: str) -> ObjectStat | None:
        with disk_errors(self.root):
            try:
                found = self._file(key).lstat()
            except (FileNotFoundError, NotADirectoryError):
                return None
        return _described(key, found) if stat.S_ISREG(found.st_mode) else None

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        checked = check_prefix(prefix)
        return self._walk(self.root / checked, f"{checked}/" if checked else "")

    def delete(self, key: str) -> None:
        path = self._file(key)
        with disk_errors(self.root), contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()

    def touch(self, key: str) -> None:
        now = time.time_ns()
        with disk_errors(self.root):
            try:
                os.utime(self._file(key), ns=(now, now), follow_symlinks=False)
            except (FileNotFoundError, NotADirectoryError):
                raise _absent(key, self.root) from None

    def path(self, key: str) -> Path | None:
        return self._file(key)

    def tidy(self, older_than: datetime) -> int:
        # A younger one may be about to be locked by its writer.
        cut = min(older_than.timestamp(), time.time() - _YOUNG_SECONDS)
        gone = 0
        with disk_errors(self.root):
            for path in _drafts(self._corner):
                with contextlib.suppress(FileNotFoundError):
                    if path.lstat().st_mtime < cut and is_abandoned(path):
                        path.unlink()
                        gone += 1
        return gone

    def _file(self, key: str) -> Path:
        return self.root / check_key(key)

    def _open(self, key: str) -> int:
        with disk_errors(self.root):
            try:
                descriptor = os.open(self._file(key), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            except (FileNotFoundError, NotADirectoryError):
                raise _absent(key, self.root) from None
            except OSError as exc:
                if exc.errno == errno.ELOOP:
                    raise Corrupted(f"object {key!r} in {self.root} is a symbolic link, not a file") from exc
                raise
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise _absent(key, self.root)
        return descriptor

    def _place(self, key: str) -> Path:
        path = self._file(key)
        with disk_errors(self.root):
            self._make(path.parent)
        return path

    def _make(self, directory: Path) -> None:
        """Make a directory so that it stays after a power failure.

        One that is there already may have been made by a process that has not yet synced what lies above
        it, so each is synced once by every process that relies on it.
        """
        if directory in self._durable and directory.is_dir():
            return
        if directory != self.root:
            self._make(directory.parent)
            with contextlib.suppress(FileExistsError):
                directory.mkdir()
        else:
            directory.mkdir(parents=True, exist_ok=True)
        fsync_dir(directory.parent)
        with self._durable_lock:
            self._durable.add(directory)

    def _walk(self, directory: Path, prefix: str) -> Iterator[ObjectStat]:
        with disk_errors(self.root):
            entries = _sorted_entries(directory)
        for name, is_directory in entries:
            if is_directory:
                yield from self._walk(directory / name, f"{prefix}{name}/")
                continue
            with contextlib.suppress(FileNotFoundError):  # deleted since the directory was read
                found = (directory / name).lstat()
                if stat.S_ISREG(found.st_mode):
                    yield _described(f"{prefix}{name}", found)


def _described(key: str, found: os.stat_result) -> ObjectStat:
    return ObjectStat(key=key, size=found.st_size, modified=datetime.fromtimestamp(found.st_mtime, UTC))


def _absent(key: str, root: Path) -> NotFound:
    return NotFound(f"no object {key!r} in {root}")


def _read(descriptor: int, start: int, length: int) -> bytes:
    """Up to `length` bytes; the kernel gives at most 2 GiB at a time."""
    data = os.pread(descriptor, length, start)
    if len(data) == length:
        return data
    pieces = [data]
    while pieces[-1]:
        start += len(pieces[-1])
        length -= len(pieces[-1])
        pieces.append(os.pread(descriptor, length, start))
    return b"".join(pieces)


def _sorted_entries(directory: Path) -> list[tuple[str, bool]]:
    """Names and whether they are directories, in the order that the keys below them have."""
    try:
        with os.scandir(directory) as entries:
            found = [
                (entry.name, entry.is_dir(follow_symlinks=False))
                for entry in entries
                if not entry.name.startswith(".")  # the corners of the store; no key begins so
            ]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found, key=lambda entry: entry[0] + "/" if entry[1] else entry[0])


def _drafts(corner: Path) -> list[Path]:
    try:
        return list(corner.iterdir())
    except FileNotFoundError:
        return []
