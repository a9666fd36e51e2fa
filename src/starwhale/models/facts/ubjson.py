"""A few values out of Universal Binary JSON, the binary form of models of XGBoost; see `skim`."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import Any

from starwhale.models.facts.skim import EACH, Wanted
from starwhale.models.facts.source import Stream, Unreadable

MOST_MARKS = 4_000_000
_DEEPEST = 100
_LONGEST_TEXT = 64 << 10
_MOST_ITEMS = 100_000
_NUMBERS = {b"i": ">b", b"U": ">B", b"I": ">h", b"l": ">i", b"L": ">q", b"d": ">f", b"D": ">d"}
_WHOLE = frozenset({b"i", b"U", b"I", b"l", b"L"})
_FIXED = {mark: struct.calcsize(form) for mark, form in _NUMBERS.items()} | {b"C": 1}
_NOTHING = b"N"
_CONSTANTS: dict[bytes, Any] = {b"Z": None, b"T": True, b"F": False}


def skim_ubjson(stream: Stream, wanted: Wanted) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values that are wanted, in the order of the file, each with the names that lead to it.

    Raises:
        Unreadable: it is none, is cut off, is nested too deep, or holds more than is looked at.
    """
    reader = _Reader(stream)
    yield from reader.value(reader.mark(), wanted, (), 0)


class _Reader:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._marks = 0

    def mark(self) -> bytes:
        """The sign of the kind of value that comes next."""
        while True:
            self._count()
            found = self._stream.take(1)
            if found != _NOTHING:
                return found

    def value(
        self, mark: bytes, wanted: Wanted, path: tuple[str, ...], depth: int
    ) -> Iterator[tuple[tuple[str, ...], Any]]:
        """What is wanted of the value whose sign was read."""
        if wanted is None:
            yield path, self._whole(mark, depth)
        elif mark == b"{":
            for kind, key in self._members():
                if key in wanted:
                    yield from self.value(kind, wanted[key], (*path, key), depth + 1)
                else:
                    self._pass(kind, depth + 1)
        elif mark == b"[" and EACH in wanted:
            for kind in self._items():
                yield from self.value(kind, wanted[EACH], (*path, EACH), depth + 1)
        else:
            self._pass(mark, depth)

    def _whole(self, mark: bytes, depth: int) -> Any:
        """A value and all that is in it."""
        if depth > _DEEPEST:
            raise Unreadable("it is nested too deep")
        if mark in _CONSTANTS:
            return _CONSTANTS[mark]
        if mark in _NUMBERS:
            return struct.unpack(_NUMBERS[mark], self._stream.take(_FIXED[mark]))[0]
        if mark in {b"S", b"H"}:
            return self._text()
        if mark == b"C":
            return self._stream.take(1).decode("latin-1")
        found: Any = {} if mark == b"{" else []
        if mark == b"{":
            for kind, key in self._members():
                found[key] = self._whole(kind, depth + 1)
                self._bound(found)
        elif mark == b"[":
            for kind in self._items():
                found.append(self._whole(kind, depth + 1))
                self._bound(found)
        else:
            raise Unreadable(f"there is a value of kind {mark!r} at {self._stream.position}")
        return found

    def _pass(self, mark: bytes, depth: int) -> None:
        if depth > _DEEPEST:
            raise Unreadable("it is nested too deep")
        if mark in {b"S", b"H"}:
            self._stream.skip(self._length())
        elif mark in _FIXED:
            self._stream.skip(_FIXED[mark])
        elif mark == b"{":
            for kind, _ in self._members():
                self._pass(kind, depth + 1)
        elif mark == b"[":
            for kind in self._items(skip=True):
                self._pass(kind, depth + 1)
        elif mark not in _CONSTANTS:
            raise Unreadable(f"there is a value of kind {mark!r} at {self._stream.position}")

    def _members(self) -> Iterator[tuple[bytes, str]]:
        """Sign of the value and name of each member; the caller reads the value."""
        kind, count = self._header()
        while count is None or count > 0:
            following = self.mark()
            if following == b"}" and count is None:
                return
            key = self._text(following)
            yield kind or self.mark(), key
            count = None if count is None else count - 1
            self._count()

    def _items(self, *, skip: bool = False) -> Iterator[bytes]:
        """Sign of each item; the caller reads the item.

        Args:
            skip: Go over a list of numbers of one kind at once.
        """
        kind, count = self._header()
        if skip and count is not None and kind in _FIXED:
            self._stream.skip(count * _FIXED[kind])
            return
        while count is None or count > 0:
            following = kind or self.mark()
            if following == b"]" and count is None:
                return
            yield following
            count = None if count is None else count - 1
            self._count()

    def _header(self) -> tuple[bytes, int | None]:
        """Kind and number of the items of a container, where it tells them before."""
        kind: bytes = b""
        if self._stream.peek(1) == b"$":
            self._stream.skip(1)
            kind = self.mark()
            if self._stream.peek(1) != b"#":
                raise Unreadable(f"a container at {self._stream.position} does not tell how long it is")
        if self._stream.peek(1) != b"#":
            return kind, None
        self._stream.skip(1)
        return kind, self._length()

    def _length(self, mark: bytes | None = None) -> int:
        mark = mark or self.mark()
        if mark not in _WHOLE:
            raise Unreadable(f"there is no length at {self._stream.position}")
        (length,) = struct.unpack(_NUMBERS[mark], self._stream.take(_FIXED[mark]))
        if length < 0:
            raise Unreadable(f"a length at {self._stream.position} is negative")
        return length

    def _text(self, mark: bytes | None = None) -> str:
        length = self._length(mark)
        if length > _LONGEST_TEXT:
            raise Unreadable(f"a text at {self._stream.position} would be {length} bytes")
        return self._stream.take(length).decode("utf-8", "replace")

    def _count(self) -> None:
        self._marks += 1
        if self._marks > MOST_MARKS:
            raise Unreadable("it holds more values than are looked at")

    def _bound(self, found: Mapping[str, Any] | list[Any]) -> None:
        if len(found) > _MOST_ITEMS:
            raise Unreadable(f"a list before {self._stream.position} has more than {_MOST_ITEMS} items")
