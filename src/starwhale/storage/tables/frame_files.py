"""The log of one writer as a file, wherever it was kept: each frame at its offset, zeros where there is none.

A directory of logs has such files already, with whatever a crash left at their ends. In an object store each
frame is an object of its own, and this is how the one becomes the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from starwhale.core.errors import Corrupted
from starwhale.kit.filling import zeros
from starwhale.storage.tables.frames import HEADER, MAGIC, check_frame

#: Bytes of frames that are put into a log at once, unless one frame has more.
RUN = 1 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Run:
    """Frames that lie one behind the other.

    Attributes:
        offset: Where the first begins.
        frames: The frames.
        last: Whether there are no more in the file.
    """

    offset: int
    frames: tuple[bytes, ...]
    last: bool

    @property
    def size(self) -> int:
        """Bytes of them."""
        return sum(map(len, self.frames))


def laid_out(frames: Iterable[tuple[int, bytes]]) -> Iterator[bytes]:
    """The bytes of a file.

    Args:
        frames: Offsets and frames, by offset.

    Raises:
        Corrupted: one begins before the other ends.
    """
    at = 0
    for offset, frame in frames:
        if offset < at:
            raise Corrupted(f"two frames of a log lie in the same place, at {offset}")
        yield from zeros(offset - at)
        yield frame
        at = offset + len(frame)


def runs_of(file: IO[bytes]) -> Iterator[Run]:
    """The frames of a file. What is none is passed over: it was never committed, or cannot be read.

    Args:
        file: Open for reading, and seekable.
    """
    waiting: list[bytes] = []
    start = size = 0
    for offset, frame in _frames(file):
        if waiting and (offset != start + size or size + len(frame) > RUN):
            yield Run(start, tuple(waiting), last=False)
            waiting, size = [], 0
        if not waiting:
            start = offset
        waiting.append(frame)
        size += len(frame)
    if waiting:
        yield Run(start, tuple(waiting), last=True)


def _frames(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    end, at = file.seek(0, 2), 0
    while (at := _next_magic(file, at)) >= 0:
        file.seek(at)
        header = file.read(HEADER.size)
        frame = b""
        if len(header) == HEADER.size:
            length = HEADER.unpack(header)[2]
            if length <= end - at - HEADER.size:
                frame = header + file.read(length)
        if frame and _is_whole(frame):
            yield at, frame
            at += len(frame)
        else:
            at += 1


def _is_whole(frame: bytes) -> bool:
    try:
        check_frame(frame, "a log")
    except Corrupted:
        return False
    return True


def _next_magic(file: IO[bytes], at: int) -> int:
    """Where a frame may begin, from `at` on; -1 where none does."""
    file.seek(at)
    # Most begin where the one before ended.
    piece = file.read(len(MAGIC))
    while len(piece) >= len(MAGIC):
        found = piece.find(MAGIC)
        if found >= 0:
            return at + found
        kept = len(MAGIC) - 1
        at += len(piece) - kept
        more = file.read(_CHUNK)
        if not more:
            break
        piece = piece[-kept:] + more
    return -1
