"""Copies that share their blocks, where the file system has them (btrfs, XFS, bcachefs, ...)."""

from __future__ import annotations

import errno
import fcntl

_FICLONE = 0x40049409
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
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError as exc:
        if exc.errno in _CANNOT:
            return False
        raise
    return True
