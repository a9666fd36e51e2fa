"""Holes in what is put together of pieces."""

from __future__ import annotations

from collections.abc import Iterator

_PIECE = 1 << 20


def zeros(count: int) -> Iterator[bytes]:
    """So many bytes that are zero, a piece at a time; none where there is nothing to fill."""
    for start in range(0, count, _PIECE):
        yield bytes(min(_PIECE, count - start))
