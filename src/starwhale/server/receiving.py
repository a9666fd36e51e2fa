"""Places of a server for what is sent to it and made something of at once; none outlives its request."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from starwhale.core.errors import UsageError
from starwhale.storage.objects.disk_errors import disk_errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

_LOCK = "lock"
_PIECE = 4 << 20


@contextmanager
def place_below(root: Path) -> Generator[Path]:
    """An empty directory that is gone afterwards; those that a dead process has left go now.

    Args:
        root: Where such directories lie, of all processes of a server.
    """
    with disk_errors(root):
        root.mkdir(parents=True, exist_ok=True)
        sweep(root)
        place = Path(tempfile.mkdtemp(dir=root))
        lock = os.open(place / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place
    finally:
        os.close(lock)
        shutil.rmtree(place, ignore_errors=True)


def sweep(root: Path) -> int:
    """Remove the places that nobody holds any more; how many they were."""
    gone = 0
    for place in root.iterdir() if root.is_dir() else ():
        try:
            lock = os.open(place / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            # One that begins has no lock yet; one that ends has none any more.
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            shutil.rmtree(place, ignore_errors=True)
            gone += 1
        finally:
            os.close(lock)
    return gone


async def spool(pieces: AsyncIterator[bytes], path: Path, *, largest: int) -> int:
    """Write what is sent into a file, piece by piece; how many bytes it was.

    Raises:
        UsageError: it is more than allowed.
        StorageFull: there is no space for it.
    """
    taken = 0
    waiting = bytearray()
    with disk_errors(path.parent), path.open("xb") as file:
        async for piece in pieces:
            taken += len(piece)
            if taken > largest:
                raise UsageError(
                    f"more than {largest:,} bytes are sent at once", hint="send them in several parts"
                )
            waiting += piece
            if len(waiting) >= _PIECE:
                await run_in_threadpool(file.write, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(file.write, bytes(waiting))
    return taken
