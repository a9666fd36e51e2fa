"""What a compressed record batch would take in memory, told before anything of it is unpacked."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any

_LENGTH = struct.Struct("<q")


def unpacked_bytes(message: Any, most: int) -> int:
    """Bytes that the buffers of a record batch say that they take when they are unpacked.

    Arrow makes room for as many, and refuses a buffer that has others.

    Args:
        message: As Arrow has read it.
        most: More than these are not counted on.

    Returns:
        0 for a batch that is not compressed, which takes what it has.

    Raises:
        ValueError: a buffer lies outside the batch.
    """
    head = message.metadata.to_pybytes()
    table = _Table(head, struct.unpack_from("<I", head, 0)[0]).table(2)
    if table is None or table.table(3) is None:
        return 0
    body = memoryview(message.body)
    total = 0
    for offset, length in table.pairs(2):
        if length <= 0:
            continue
        if offset < 0 or offset + length > len(body) or length < _LENGTH.size:
            raise ValueError("a buffer lies outside its batch")
        told = _LENGTH.unpack_from(body, offset)[0]
        total += length if told == -1 else told
        if told < -1 or total > most:
            return most + 1
    return total


class _Table:
    """A table of a flat buffer, of which Arrow has seen that it is one."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at

    def table(self, field: int) -> _Table | None:
        """The table in a field; None where there is none."""
        at = self._field(field)
        return None if at is None else _Table(self._data, at + self._number("<I", at))

    def pairs(self, field: int) -> Iterable[tuple[int, int]]:
        """The pairs of 64-bit numbers in a field."""
        at = self._field(field)
        if at is None:
            return []
        begin = at + self._number("<I", at)
        count = self._number("<I", begin)
        return struct.iter_unpack("<qq", self._data[begin + 4 : begin + 4 + 16 * count])

    def _field(self, field: int) -> int | None:
        table = self._at - self._number("<i", self._at)
        if 4 + 2 * field >= self._number("<H", table):
            return None
        offset = self._number("<H", table + 4 + 2 * field)
        return self._at + offset if offset else None

    def _number(self, form: str, at: int) -> int:
        return struct.unpack_from(form, self._data, at)[0]
