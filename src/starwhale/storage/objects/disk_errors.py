"""What the file system says, in our words."""

from __future__ import annotations

import errno
from collections.abc import Generator
from contextlib import contextmanager

from starwhale.core.errors import NotFound, StarwhaleError, StorageFull, Unavailable, UsageError

_FULL = {errno.ENOSPC: "no space or no inodes left", errno.EDQUOT: "the quota is used up"}
_CLOSED = {
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission denied",
    errno.EPERM: "not permitted",
}


@contextmanager
def disk_errors(place: object) -> Generator[None]:
    """Turn what the operating system raises while something is done at `place` into our errors.

    Raises:
        StorageFull: no space, inodes or quota left.
        Unavailable: anything else that the disk or its mode forbids.
    """
    try:
        yield
    except OSError as exc:
        raise translated(exc, place) from exc


def translated(exc: OSError, place: object) -> StarwhaleError:
    """Our error for `exc`, which happened at `place`."""
    if exc.errno in _FULL:
        return StorageFull(
            f"cannot write to {place}: {_FULL[exc.errno]}",
            hint="free some space, such as with `swcli gc` (of a server: `swcli server gc`), and try again;"
            " nothing of this was kept",
        )
    if exc.errno in _CLOSED:
        return Unavailable(
            f"cannot use {place}: {_CLOSED[exc.errno]}",
            hint="let this user write there, or set SW_LOCAL_STORAGE to another directory",
        )
    return Unavailable(f"cannot use {place}: {exc.strerror or exc}")


@contextmanager
def source_errors(path: object) -> Generator[None]:
    """Turn what the operating system raises while a file of the user's is read into our errors.

    Raises:
        NotFound: there is no such file.
        UsageError: it cannot be read.
    """
    try:
        yield
    except FileNotFoundError as exc:
        raise NotFound(f"no file {path}") from exc
    except OSError as exc:
        raise UsageError(f"cannot read {path}: {exc.strerror or exc}") from exc
