"""Bringing a file of the user's into a draft."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from starwhale.core.errors import UsageError
from starwhale.storage.objects.disk_errors import source_errors
from starwhale.storage.objects.ports import Draft

CHUNK = 1 << 20


def fill(
    draft: Draft,
    path: Path,
    see: Callable[[bytes], object] | None = None,
    *,
    start: int = 0,
    length: int | None = None,
) -> int:
    """Make what the file at `path` holds the content of `draft`, sharing blocks where that can be done.

    Args:
        draft: A fresh one.
        path: A regular file, or a link to one.
        see: Called with every piece of what the draft holds then, in order.
        start: First byte that is wanted.
        length: How many are, at most; None for all the rest.

    Returns:
        How many bytes it is.

    Raises:
        NotFound: there is no such file.
        UsageError: it is no regular file, or cannot be read.
    """
    descriptor = open_regular(path)
    try:
        # What is seen is read back from the draft, which nobody changes, and not from the user's file.
        shared = draft.clone(descriptor, start, length)
        pieces = draft.chunks() if shared else _copied(descriptor, draft, path, start, length)
        size = 0
        for piece in pieces:
            size += len(piece)
            if see is not None:
                see(piece)
        return size
    finally:
        os.close(descriptor)


def open_regular(path: Path) -> int:
    """Open a regular file to read it; a pipe or a device is refused before it can block.

    Raises:
        NotFound: there is no such file.
        UsageError: it is no regular file, or cannot be read.
    """
    with source_errors(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError(f"{path} is no regular file")
    return descriptor


def _copied(descriptor: int, draft: Draft, path: Path, start: int, length: int | None) -> Iterator[bytes]:
    position, end = start, None if length is None else start + length
    while end is None or position < end:
        with source_errors(path):
            piece = os.pread(descriptor, CHUNK if end is None else min(CHUNK, end - position), position)
        if not piece:
            return
        position += len(piece)
        draft.write(piece)
        yield piece
