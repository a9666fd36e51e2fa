"""Packed files of strangers, unpacked as far as is allowed."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Protocol

from starwhale.models.facts.source import LARGEST_WINDOW, Cursor, Source, Stream, Unreadable

MOST_UNPACKED = 256 << 20
_LZMA_MEMORY = 96 << 20


class Unpacker(Protocol):
    """A decompressor of the standard library that stops where it is told to."""

    @property
    def eof(self) -> bool:
        """Whether the packed data is complete."""
        ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Some more of the data; what was not used is kept."""
        ...


class Unpacked(Stream):
    """What a decompressor makes of a stream, up to a limit.

    Args:
        packed: Compressed bytes.
        unpacker: Decompresses them.
        most: Bytes that may come out; a bomb has more.
    """

    def __init__(self, packed: Stream, unpacker: Unpacker, *, most: int = MOST_UNPACKED) -> None:
        super().__init__()
        self._packed = packed
        self._unpacker = unpacker
        self._left = most

    def _next(self, wanted: int) -> bytes:
        try:
            while not self._unpacker.eof:
                hungry = getattr(self._unpacker, "needs_input", True)
                feed = self._packed.some() if hungry else b""
                data = self._unpacker.decompress(feed, LARGEST_WINDOW)
                if data:
                    self._left -= len(data)
                    if self._left < 0:
                        raise Unreadable("the file unpacks to more than is looked at")
                    return data
                if hungry and not feed:
                    break
        except (zlib.error, lzma.LZMAError, OSError, EOFError) as exc:
            raise Unreadable(f"the file does not unpack: {exc}") from exc
        return b""

    def _jump(self, count: int) -> None:
        while count > 0:
            piece = self._next(count)
            if not piece:
                raise Unreadable("the packed file ends too soon")
            self._held = piece[count:]
            count -= len(piece)
        self._at = 0


class Inflater:
    """Deflate, zlib or gzip, with the behaviour of the other decompressors.

    Args:
        window: Bits as zlib wants them: negative for bare deflate, 47 for zlib or gzip.
    """

    def __init__(self, window: int) -> None:
        self._inner = zlib.decompressobj(window)

    @property
    def eof(self) -> bool:
        """Whether the packed data is complete."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """Whether there is nothing left of what was given."""
        return not self._inner.unconsumed_tail

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Some more of the data."""
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


_PACKINGS: tuple[tuple[bytes, str, Callable[[], Unpacker]], ...] = (
    (b"\x1f\x8b", "gzip", lambda: Inflater(47)),
    (b"x\x01", "zlib", lambda: Inflater(47)),
    (b"x\x5e", "zlib", lambda: Inflater(47)),
    (b"x\x9c", "zlib", lambda: Inflater(47)),
    (b"x\xda", "zlib", lambda: Inflater(47)),
    (b"BZh", "bz2", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", "xz", lambda: lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)),
    (b"]\x00\x00", "lzma", lambda: lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)),
)


def unpacked(source: Source) -> tuple[Stream, str]:
    """A file from its beginning, unpacked where it is packed as a whole, and the name of the packing."""
    head = source.head(8)
    for magic, name, unpacker in _PACKINGS:
        if head.startswith(magic):
            return Unpacked(Cursor(source), unpacker()), name
    return Cursor(source), ""
