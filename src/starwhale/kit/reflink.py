"""Copies that share their blocks, where the file system has them (btrfs, XFS, bcachefs, ...)."""

from __future__ import annotations

import errno
import fcntl
import struct

_FICLONE = 0x40049409
_FICLONERANGE = 0x4020940D
# What file systems say that cannot share, or cannot share between these two files.
_CANNOT = {
    errno.EOPNOTSUPP,
    errno.ENOTTY,
    errno.EXDEV,
    errno.EINVAL,
    errno.ENOSYS,
    errno.EPERM,
    errno.ETXTBSY,
}


def reflink(source: int, target: int) -> bool:
    """Let the open file `target` have the content of the open file `source` without copying a byte.

    A write to either of them later is not seen in the other.

    Returns:
        False when that cannot be done here; `target` is as it was then.

    Raises:
        OSError: the disk is full or broken.
    """
    return _shared(target, _FICLONE, source)


def reflink_range(source: int, target: int, *, start: int, length: int, at: int) -> bool:
    """The same for a part of `source`, which goes into `target` at a place; see `reflink`.

    Args:
        source: An open file.
        target: Another one on the same file system.
        start: First byte; file systems want a multiple of their blocks.
        length: How many bytes; a multiple of that as well, or all up to the end.
        at: Where they go; a multiple too.
    """
    return _shared(target, _FICLONERANGE, struct.pack("qQQQ", source, start, length, at))


def _shared(target: int, order: int, what: int | bytes) -> bool:
    try:
        fcntl.ioctl(target, order, what)
    except OSError as exc:
        if exc.errno in _CANNOT:
            return False
        raise
    return True
