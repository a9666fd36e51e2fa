"""Reading files of strangers: by ranges, forward, and never more than was allowed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from starwhale.core.errors import UsageError

Read = Callable[[int, int], bytes]
"""Gives `length` bytes from `start`, fewer where the file ends."""

MOST_READ = 96 << 20
MOST_TAKEN = 16 << 20
_FIRST_WINDOW = 4 << 10
LARGEST_WINDOW = 256 << 10


class Unreadable(UsageError):
    """A file is not what its name or its first bytes promise, or asks for more than a look may cost."""

    code = "unreadable_file"


class Source:
    """A file that is read by ranges.

    Args:
        read: Gives its bytes.
        size: Its length in bytes.
        most: Bytes that may be read altogether, some of them twice.
    """

    def __init__(self, read: Read, size: int, *, most: int = MOST_READ) -> None:
        self.size = size
        self._read = read
        self._left = most

    @classmethod
    def of(cls, data: bytes) -> Source:
        """Bytes that are in memory, as a file."""
        return cls(lambda start, length: data[start : start + length], len(data))

    def head(self, length: int) -> bytes:
        """The first bytes, fewer where the file ends."""
        return self.take(0, min(length, self.size))

    def take(self, start: int, length: int) -> bytes:
        """Exactly these bytes.

        Raises:
            Unreadable: the file ends before, or more would be read than is allowed.
        """
        if length > MOST_TAKEN:
            raise Unreadable(f"one piece of the file would be {length} bytes, and {MOST_TAKEN} is the most")
        if start < 0 or start + length > self.size:
            raise Unreadable(f"the file ends at {self.size}, and names bytes up to {start + length}")
        self._left -= length
        if self._left < 0:
            raise Unreadable("the file would take too long to look at")
        data = self._read(start, length)
        if len(data) != length:
            raise Unreadable(f"the file ends before its length of {self.size} bytes")
        return data


class Stream(ABC):
    """Bytes that are read forward.

    Attributes:
        position: Bytes that lie behind.
    """

    def __init__(self) -> None:
        self.position = 0
        self._held = b""
        self._at = 0

    @abstractmethod
    def _next(self, wanted: int) -> bytes:
        """Some of the bytes that come next, about as many as are wanted; none at the end."""

    @abstractmethod
    def _jump(self, count: int) -> None:
        """Go over bytes that are not held.

        Raises:
            Unreadable: there are not so many.
        """

    def take(self, count: int) -> bytes:
        """Exactly so many bytes.

        Raises:
            Unreadable: it ends before, or they are too many for one piece.
        """
        start, end = self._at, self._at + count
        if end > len(self._held):
            self._fill(count)
            start, end = 0, count
        self._at = end
        self.position += count
        return self._held[start:end]

    def skip(self, count: int) -> None:
        """Go over so many bytes.

        Raises:
            Unreadable: there are not so many.
        """
        here = len(self._held) - self._at
        if count <= here:
            self._at += count
        else:
            self._held, self._at = b"", 0
            self._jump(count - here)
        self.position += count

    def some(self) -> bytes:
        """All bytes that are at hand, at least one; none at the end."""
        data = self._held[self._at :] or self._next(LARGEST_WINDOW)
        self._held, self._at = b"", 0
        self.position += len(data)
        return data

    def peek(self, count: int) -> bytes:
        """The bytes that come next, fewer at the end; they stay."""
        while len(self._held) - self._at < count:
            piece = self._next(count)
            if not piece:
                break
            self._held = self._held[self._at :] + piece
            self._at = 0
        return self._held[self._at : self._at + count]

    def line(self, most: int) -> bytes:
        """The bytes up to the end of a line, which is left out.

        Raises:
            Unreadable: there is no end of a line among so many bytes.
        """
        length = 256
        while True:
            length = min(length * 4, most)
            ahead = self.peek(length)
            end = ahead.find(b"\n")
            if end >= 0:
                return self.take(end + 1)[:-1]
            if length >= most or len(ahead) < length:
                raise Unreadable(f"a line at {self.position} does not end")

    def _fill(self, count: int) -> None:
        if count > MOST_TAKEN:
            raise Unreadable(f"a piece at {self.position} would be {count} bytes, {MOST_TAKEN} is the most")
        pieces = [self._held[self._at :]]
        missing = count - len(pieces[0])
        while missing > 0:
            piece = self._next(missing)
            if not piece:
                raise Unreadable(f"the file ends within a piece that begins at {self.position}")
            pieces.append(piece)
            missing -= len(piece)
        self._held, self._at = b"".join(pieces), 0


class Cursor(Stream):
    """A part of a source, read forward; what is skipped is not read.

    Args:
        source: The file.
        start: Where the part begins.
        length: How long it is; to the end of the file by default.
    """

    def __init__(self, source: Source, start: int = 0, length: int | None = None) -> None:
        super().__init__()
        self._source = source
        self._next_at = start
        self._end = source.size if length is None else start + length
        if not 0 <= start <= self._end <= source.size:
            raise Unreadable(f"the file ends at {source.size}, and names bytes up to {self._end}")
        self._window = _FIRST_WINDOW

    @property
    def left(self) -> int:
        """Bytes that lie ahead."""
        return self._end - self._next_at + len(self._held) - self._at

    def _next(self, wanted: int) -> bytes:
        length = min(max(wanted, self._window), self._end - self._next_at, MOST_TAKEN)
        self._window = min(self._window * 2, LARGEST_WINDOW)
        data = self._source.take(self._next_at, length) if length else b""
        self._next_at += length
        return data

    def _jump(self, count: int) -> None:
        if count > self._end - self._next_at:
            raise Unreadable(f"the file ends at {self._end}, and names {count} bytes from {self._next_at}")
        self._next_at += count
        self._window = _FIRST_WINDOW
