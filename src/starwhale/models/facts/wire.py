"""The wire format of protocol buffers: fields, one after the other, without any schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from starwhale.models.facts.source import Cursor, Unreadable

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_MOST_FIELDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message.

    Attributes:
        number: Which one, as the schema numbers them.
        kind: How it is written: `VARINT`, `FIXED64`, `LENGTH` or `FIXED32`.
        value: The number it holds; of a `LENGTH` field the length of what follows.
    """

    number: int
    kind: int
    value: int


class Wire:
    """Fields of nested messages of one file; what the caller does not read of a field is passed over.

    Args:
        cursor: The file.
        most: Fields that are looked at altogether.
    """

    def __init__(self, cursor: Cursor, *, most: int = _MOST_FIELDS) -> None:
        self._cursor = cursor
        self._left = most

    def fields(self, length: int) -> Iterator[Field]:
        """The fields of a message that is so many bytes long and begins here.

        Raises:
            Unreadable: what lies there is no message, it ends too soon, or there are too many fields.
        """
        end = self._cursor.position + length
        while self._cursor.position < end:
            self._left -= 1
            if self._left < 0:
                raise Unreadable("there are more fields than are looked at")
            found = self._field(end)
            after = self._cursor.position + (found.value if found.kind == LENGTH else 0)
            yield found
            if self._cursor.position > after:
                raise Unreadable(f"a message at {after} is longer than what it lies in")
            self._cursor.skip(after - self._cursor.position)

    def text(self, field: Field, *, most: int = 64 << 10) -> str:
        """What a field holds, as a text; cut after so many bytes, empty for a field that is a number."""
        return self.data(field, most=most).decode("utf-8", "replace")

    def data(self, field: Field, *, most: int = 64 << 10) -> bytes:
        """What a field holds; cut after so many bytes, empty for a field that is a number."""
        return self._cursor.take(min(field.value, most)) if field.kind == LENGTH else b""

    def numbers(self, field: Field, *, most: int = 64) -> list[int]:
        """The signed numbers of a repeated field, packed or not.

        Raises:
            Unreadable: there are more than `most`.
        """
        if field.kind != LENGTH:
            return [signed(field.value)]
        end = self._cursor.position + field.value
        found: list[int] = []
        while self._cursor.position < end:
            if len(found) == most:
                raise Unreadable(f"there are more than {most} numbers at {self._cursor.position}")
            found.append(signed(self._varint()))
        return found

    def _field(self, end: int) -> Field:
        tag = self._varint()
        number, kind = tag >> 3, tag & 7
        if kind in {VARINT, LENGTH}:
            value = self._varint()
        elif kind in {FIXED64, FIXED32}:
            value = int.from_bytes(self._cursor.take(8 if kind == FIXED64 else 4), "little")
        else:
            raise Unreadable(f"there is a field of kind {kind} at {self._cursor.position}")
        if number == 0 or (kind == LENGTH and self._cursor.position + value > end):
            raise Unreadable(f"the field at {self._cursor.position} reaches beyond its message")
        return Field(number, kind, value)

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 70, 7):
            byte = self._cursor.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFF_FFFF_FFFF_FFFF
        raise Unreadable(f"a number at {self._cursor.position} does not end")


def signed(value: int) -> int:
    """A number of 64 bits as one that may be negative."""
    return value - (1 << 64) if value >= 1 << 63 else value
