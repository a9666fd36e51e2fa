"""What a store of objects can do, whatever lies behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, Self, TypeAlias

Data: TypeAlias = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStat:
    """What is known of an object without reading it.

    Args:
        key: Its name in the store.
        size: Bytes.
        modified: When it was last written or touched, by the clock of the store. Never later than it
            happened; object stores round it down by up to a second.
    """

    key: str
    size: int
    modified: datetime


class Draft(Protocol):
    """Bytes on their way into the store, which nobody sees before `commit`.

    Leaving the `with` block discards whatever was not committed.
    """

    def write(self, data: Data) -> None:
        """Append `data`.

        Raises:
            StorageFull: there is no space for it.
        """
        ...

    def clone(self, source: int, start: int = 0, length: int | None = None) -> bool:
        """Make the open file `source`, or a part of it, the content; only before the first `write`.

        The blocks are shared.

        Returns:
            False where the file system cannot do that; nothing has happened then.
        """
        ...

    def chunks(self) -> Iterator[bytes]:
        """The content so far, in pieces."""
        ...

    def seal(self) -> None:
        """End the writing and bring the bytes to safety; the slow part of a commit, done beforehand."""
        ...

    def commit(self, key: str) -> None:
        """Make the content the object `key`: durable, and whole for everybody, when it returns.

        Raises:
            StorageFull: there is no space for it; `key` is as it was.
        """
        ...

    def discard(self) -> None:
        """Forget the content; no-op after a commit."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class Sweep(Protocol):
    """The right to delete, for a short while."""

    def open(self) -> bool:
        """Whether one more object may be looked at and deleted now; False: leave, and enter again."""
        ...


class Gate(Protocol):
    """Keeps those who write objects and the one who sweeps them away out of each other's steps."""

    def keep(self, key: str, act: Callable[[], bool]) -> bool:
        """Run `act`, which makes the object `key` be there and be new, safe from any sweep.

        Args:
            key: The object.
            act: Writes or touches it; False when it cannot, because the object is not there. It may run
                again, when a sweep came between.

        Returns:
            What `act` said last. When True, no sweep that decided earlier removes the object any more.
        """
        ...

    def sweeping(self, prefix: str) -> AbstractContextManager[Sweep]:
        """The right to delete objects whose key is ``prefix/name``. One sweeper at a time has it."""
        ...


class Objects(Protocol):
    """Bytes under keys, which are paths; for what is allowed in them see `keys.check_key`."""

    concurrency: int
    """How many calls at once pay off."""

    gate: Gate

    def put(self, key: str, data: Data | Path) -> None:
        """Make `data`, or what the file holds, the object `key`, in place of what was there.

        Whole for everybody and durable when it returns.

        Raises:
            StorageFull: there is no space for it; `key` is as it was.
        """
        ...

    def draft(self) -> Draft:
        """Begin an object whose key is known only at its end."""
        ...

    def get(self, key: str, start: int = 0, length: int = -1) -> bytes:
        """Read `length` bytes from `start` on; -1 reads to the end. Less where the object ends sooner.

        Raises:
            NotFound: there is no such object.
        """
        ...

    def stat(self, key: str) -> ObjectStat | None:
        """What is known of an object; None when it is not there."""
        ...

    def list(self, prefix: str = "") -> Iterator[ObjectStat]:
        """The objects below ``prefix/``, in the order of their keys; all of them when it is empty."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; no-op when it is not there."""
        ...

    def touch(self, key: str) -> None:
        """Let `modified` be now.

        Raises:
            NotFound: there is no such object.
        """
        ...

    def path(self, key: str) -> Path | None:
        """Where the object lies, to be mapped and only read; None when it is no file of this machine.

        Says nothing about whether it is there.
        """
        ...

    def tidy(self, older_than: datetime) -> int:
        """Remove what writers that died left behind before `older_than`.

        Returns:
            How many leftovers are gone.
        """
        ...
