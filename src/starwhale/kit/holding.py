"""Directories that somebody uses, of which whoever clears up beside him learns."""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from starwhale.kit.files import take

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextlib.contextmanager
def held(place: Path) -> Generator[None]:
    """Use a directory until the block ends; the kernel lets go of it when the process dies.

    Raises:
        OSError: it is not there.
    """
    descriptor = _opened(place)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def unused(place: Path) -> Generator[bool]:
    """Whether nobody uses a directory, and nobody begins to until the block ends; not if it is gone."""
    try:
        descriptor = _opened(place)
    except OSError:
        yield False
        return
    try:
        yield take(descriptor)
    finally:
        os.close(descriptor)


def _opened(place: Path) -> int:
    return os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
