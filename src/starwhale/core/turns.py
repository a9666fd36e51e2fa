"""Work that is done for one caller at a time, and not waited for without end."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock

from starwhale.core.errors import Unavailable


@contextmanager
def turn(lock: Lock, patience: float, meanwhile: str) -> Generator[None]:
    """Hold a lock while the block runs.

    Whoever would wait for long comes again, so that there is room for others to be answered.

    Args:
        lock: Of those that take turns.
        patience: Seconds to wait for it.
        meanwhile: What others do with it, for the sentence.

    Raises:
        Unavailable: others have it for longer.
    """
    if not lock.acquire(timeout=patience):
        raise Unavailable(meanwhile, hint="ask again in a moment")
    try:
        yield
    finally:
        lock.release()
