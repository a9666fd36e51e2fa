"""The bytes of a layer file, whole in a memory map or piece by piece from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pyarrow as pa


class Ranged(Protocol):
    """Bytes that are fetched as they are read; see `storage.blobs.partial`."""

    size: int

    def read(self, at: int, length: int) -> bytes:
        """`length` bytes from `at` on."""
        ...

    def ahead(self, at: int, end: int) -> None:
        """Say that the bytes from `at` to `end` will be read one after the other, beginning now."""
        ...


#: What is fetched of the end of a file, where its index is, before its length is known.
_TAIL = 32 << 10


class Pieces:
    """The bytes of one file.

    Args:
        source: The file, which is mapped, or whoever fetches it.
    """

    def __init__(self, source: Path | Ranged) -> None:
        self._ranged = None if isinstance(source, Path) else source
        self._tail: tuple[int, pa.Buffer] | None = None
        if isinstance(source, Path):
            with pa.memory_map(str(source)) as mapped:
                self._mapped: pa.Buffer = mapped.read_buffer()
            self.size: int = self._mapped.size
            return
        self.size = source.size
        start = max(0, self.size - _TAIL)
        self._tail = start, pa.py_buffer(source.read(start, self.size - start))

    @property
    def mapped(self) -> pa.Buffer | None:
        """The whole file where it is mapped; None where it is fetched."""
        return self._mapped if self._ranged is None else None

    def read(self, at: int, length: int) -> pa.Buffer:
        """`length` bytes from `at` on; less where the file ends sooner."""
        if self._ranged is None:
            return self._mapped[at : at + length]
        if self._tail is not None and at >= self._tail[0]:
            start, buffer = self._tail
            return buffer[at - start : at - start + length]
        return pa.py_buffer(self._ranged.read(at, length))

    def ahead(self, at: int, end: int) -> None:
        """See `Ranged.ahead`; a map needs none of it."""
        if self._ranged is not None:
            self._ranged.ahead(at, end)
