"""Files that are either wholly there or not there at all, also after the power has failed."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)


def fsync_file(descriptor: int) -> None:
    """Return when the bytes of an open file have reached the disk.

    On macOS `fsync` stops at the drive's own cache, so the stronger call is used where there is one.
    """
    if _FULL_SYNC is None:
        os.fsync(descriptor)
        return
    try:
        fcntl.fcntl(descriptor, _FULL_SYNC)
    except OSError:  # a file system that does not know the call
        os.fsync(descriptor)


def fsync_dir(path: Path) -> None:
    """Return when the entries of a directory (names made, renamed, removed) have reached the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_dirs(path: Path, *, mode: int = 0o777) -> None:
    """Make a directory and those above it that are missing, durably; one that exists is left alone.

    Args:
        path: The directory to make.
        mode: Mode of each new directory, less the umask.
    """
    missing: list[Path] = []
    current = path
    while not current.is_dir():
        missing.append(current)
        current = current.parent
    for directory in reversed(missing):
        directory.mkdir(mode=mode, exist_ok=True)
        fsync_dir(directory.parent)


def move(source: Path, target: Path) -> None:
    """Have a file, whose bytes have reached the disk, lie elsewhere, durably.

    In another file system it is copied.
    """
    make_dirs(target.parent)
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        near = target.parent / f".tmp-{os.urandom(8).hex()}"
        try:
            shutil.copyfile(source, near)
            with near.open("rb") as copy:
                fsync_file(copy.fileno())
            near.replace(target)
        except BaseException:
            near.unlink(missing_ok=True)
            raise
        source.unlink()
    fsync_dir(target.parent)


def atomic_write(path: Path, data: bytes | memoryview, *, mode: int = 0o666) -> None:
    """Put `data` at `path`; readers see the old content or the new one, never a part.

    When it returns the content survives a power failure. When it raises, `path` is as it was.

    Args:
        path: Where to; missing directories are made.
        data: The whole content.
        mode: Mode of the file, less the umask; never wider than this, not even for a moment.

    Raises:
        OSError: the disk is full, the directory cannot be written, …
    """
    make_dirs(path.parent)
    temporary = path.parent / f".tmp-{os.urandom(8).hex()}"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        try:
            _write_all(descriptor, data)
            fsync_file(descriptor)
        finally:
            os.close(descriptor)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    fsync_dir(path.parent)


def _write_all(descriptor: int, data: bytes | memoryview) -> None:
    rest = memoryview(data).cast("B")
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def take(descriptor: int) -> bool:
    """Hold an open file or directory alone until it is closed, if nobody else does.

    Returns:
        Whether it is held now.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold the lock file `path` alone, among all processes of this machine; wait for it if need be.

    The kernel lets go of it when the process dies, so a lock is never left behind.
    """
    make_dirs(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
