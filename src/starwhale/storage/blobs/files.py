"""Files that blobs are copied from and to."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from starwhale.kit.reflink import reflink, reflink_range
from starwhale.storage.objects.disk_errors import disk_errors

_CHUNK = 1 << 20


def cloned(path: Path, target: int, *, at: int = 0, length: int | None = None) -> bool:
    """Let the open file `target` share its blocks with the file at `path`.

    Args:
        path: The file.
        target: Empty, where the whole of it is meant.
        at: Where its bytes go.
        length: How many it has; None where it is the whole of `target`.

    Returns:
        False where that cannot be done, or the file is not there; nothing has happened then.
    """
    try:
        source = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False  # the copy, which is tried next, says what is wrong
    try:
        with disk_errors("the copy of a blob"):
            if length is None:
                return reflink(source, target)
            return reflink_range(source, target, start=0, length=length, at=at)
    finally:
        os.close(source)


def digest_of_file(descriptor: int) -> str:
    """SHA-256 of an open file, from its beginning; its position stays."""
    hasher, position = hashlib.sha256(), 0
    while piece := os.pread(descriptor, _CHUNK, position):
        hasher.update(piece)
        position += len(piece)
    return hasher.hexdigest()


def digest_of_part(descriptor: int, start: int, length: int) -> str:
    """SHA-256 of some bytes of an open file; its position stays."""
    hasher, position, end = hashlib.sha256(), start, start + length
    while piece := os.pread(descriptor, min(_CHUNK, end - position), position):
        hasher.update(piece)
        position += len(piece)
    return hasher.hexdigest()


def digest_of_path(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_all(descriptor: int, data: bytes) -> None:
    """Append `data` to an open file.

    Raises:
        StorageFull: there is no space for it.
    """
    rest = memoryview(data)
    with disk_errors("the copy of a blob"):
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def write_at(descriptor: int, data: bytes, at: int) -> None:
    """Write `data` to a place of an open file; others may write to other places meanwhile.

    Raises:
        StorageFull: there is no space for it.
    """
    rest = memoryview(data)
    with disk_errors("the copy of a blob"):
        while rest:
            written = os.pwrite(descriptor, rest, at)
            rest, at = rest[written:], at + written
