"""A few values out of JSON of any length, in constant memory.

What is wanted is told by a nested mapping: ``{"model": {"name": TAKE, "trees": {"*": {"depth": TAKE}}}}``
takes the member ``name``, and ``depth`` of each item of the list ``trees``. All else is passed over by
looking only for quotes and brackets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, TypeAlias

from starwhale.models.facts.source import Stream, Unreadable

Wanted: TypeAlias = "Mapping[str, Wanted] | None"
TAKE: Wanted = None
EACH = "*"
MOST_MARKS = 3_000_000
LONGEST_VALUE = 1 << 20
_LONGEST_KEY = 1000
_COST = 8  # a value that is taken takes as long as so many marks that are passed over
_DEEPEST = 200
_SPACES = re.compile(rb"[ \t\r\n]*")
_MARKS = re.compile(rb'["\[\]{}]')
_IN_TEXT = re.compile(rb'["\\]')
_END_OF_SCALAR = re.compile(rb"[,\]} \t\r\n]")


def skim(stream: Stream, wanted: Wanted) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The values that are wanted, in the order of the file, each with the names that lead to it.

    Raises:
        Unreadable: it is no JSON as far as it was looked at, a value that is wanted is too long, or there
            are more quotes and brackets than are looked at.
    """
    yield from _Skimmer(stream).value(wanted, ())


class _Skimmer:
    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._data = b""
        self._at = 0
        self._marks = 0
        self._kept: list[bytes] | None = None
        self._room = 0

    def value(self, wanted: Wanted, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        """What is wanted of the value that begins here."""
        first = self._peek()
        if wanted is None:
            self._count(_COST)
            yield path, self._taken()
        elif first == b"{":
            yield from self._members(wanted, path)
        elif first == b"[" and EACH in wanted:
            yield from self._items(wanted[EACH], path)
        else:
            self._pass()

    def _members(self, wanted: Mapping[str, Wanted], path: tuple[str, ...]) -> Iterator[Any]:
        self._eat(1)
        if self._peek() == b"}":
            return self._eat(1)
        while True:
            if self._peek() != b'"':
                self._refuse()
            key = self._taken(_LONGEST_KEY)
            if self._peek() != b":":
                self._refuse()
            self._eat(1)
            if key in wanted:
                yield from self.value(wanted[key], (*path, key))
            else:
                self._pass()
            if self._closed(b"}"):
                return None

    def _items(self, wanted: Wanted, path: tuple[str, ...]) -> Iterator[Any]:
        self._eat(1)
        if self._peek() == b"]":
            return self._eat(1)
        while True:
            yield from self.value(wanted, (*path, EACH))
            if self._closed(b"]"):
                return None

    def _closed(self, bracket: bytes) -> bool:
        """Go over a comma, or over the bracket at the end."""
        mark = self._peek()
        if mark not in {b",", bracket}:
            self._refuse()
        self._eat(1)
        return mark == bracket

    def _taken(self, most: int = LONGEST_VALUE) -> Any:
        self._kept, self._room = [], most
        self._pass()
        data, self._kept = b"".join(self._kept), None
        try:
            return json.loads(data)
        except (ValueError, RecursionError) as exc:
            raise Unreadable(f"it is no JSON near {self._stream.position}") from exc

    def _pass(self) -> None:
        """Go over a value."""
        first = self._peek()
        if first == b'"':
            self._pass_text()
        elif first in {b"{", b"["}:
            self._pass_container()
        elif first in {b"]", b"}", b",", b":"}:
            self._refuse()
        else:
            self._to(_END_OF_SCALAR, needed=False)

    def _pass_container(self) -> None:
        depth = 0
        while True:
            self._to(_MARKS)
            mark = self._data[self._at : self._at + 1]
            if mark == b'"':
                self._pass_text()
                continue
            self._count()
            self._eat(1)
            depth += 1 if mark in {b"{", b"["} else -1
            if depth == 0:
                return
            if depth > _DEEPEST:
                raise Unreadable("the JSON is nested too deep")

    def _pass_text(self) -> None:
        self._count()
        self._eat(1)
        while True:
            self._to(_IN_TEXT)
            escape = self._data[self._at : self._at + 1] == b"\\"
            self._eat(1)
            if not escape:
                return
            self._need()
            self._eat(1)

    def _to(self, pattern: re.Pattern[bytes], *, needed: bool = True) -> None:
        """Go forward to what matches; without `needed`, to the end where nothing does."""
        while True:
            found = pattern.search(self._data, self._at)
            if found is not None:
                self._eat(found.start() - self._at)
                return
            self._eat(len(self._data) - self._at)
            if not self._more():
                if needed:
                    self._refuse()
                return

    def _peek(self) -> bytes:
        """The next byte that is no space; spaces before it are gone."""
        while True:
            found = _SPACES.match(self._data, self._at)
            self._eat(found.end() - self._at if found else 0)
            if self._at < len(self._data):
                return self._data[self._at : self._at + 1]
            self._need()

    def _eat(self, count: int) -> None:
        if self._kept is not None:
            self._room -= count
            if self._room < 0:
                raise Unreadable(f"a value near {self._stream.position} is too long")
            self._kept.append(self._data[self._at : self._at + count])
        self._at += count

    def _need(self) -> None:
        if self._at >= len(self._data) and not self._more():
            self._refuse()

    def _more(self) -> bool:
        self._data, self._at = self._stream.some(), 0
        return bool(self._data)

    def _count(self, cost: int = 1) -> None:
        self._marks += cost
        if self._marks > MOST_MARKS:
            raise Unreadable("there is more in the JSON than is looked at")

    def _refuse(self) -> NoReturn:
        raise Unreadable(f"it is no JSON near {self._stream.position - len(self._data) + self._at}")
