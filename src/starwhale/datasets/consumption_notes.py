"""How far a process is in the range that it reads, noted so that its death does not take it along."""

from __future__ import annotations

import mmap
import struct
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from pathlib import Path

_DONE = struct.Struct("<q")


class Note(Protocol):
    """How far one range is read. A context manager."""

    def write(self, done: int) -> None:
        """Note that everything before a position was consumed."""
        ...

    def settle(self) -> None:
        """Whoever reads stops half-way: let others know how far he came."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class MappedNote:
    """A note in memory that outlives the process, for processes of the same machine.

    Args:
        path: The file behind it.
        done: First position that was not consumed yet.
    """

    def __init__(self, path: Path, done: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_DONE.pack(done))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _DONE.size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._memory.close()

    def write(self, done: int) -> None:
        """See `Note.write`."""
        self._memory[:] = _DONE.pack(done)

    def settle(self) -> None:
        """See `Note.settle`: it is known already."""


def noted(path: Path, start: int, stop: int) -> int:
    """What a note says; `start` where it is not there, or says something that is outside of its range."""
    try:
        done = int(_DONE.unpack(path.read_bytes())[0])
    except (OSError, struct.error):
        return start
    return done if start <= done <= stop else start
