"""What the text of a column stands for.

A column is of the first of these kinds that all its texts are of: true or false, whole numbers,
numbers, days (``2024-02-29``), moments (ISO 8601) with an offset, moments without. Empty fields say
nothing and become None; so does every field of a column of empty fields. Text that only looks like a
number to some stays text: ``007``, ``+49301234``, ``1,5``, ``nan``, ``0x1f``; and so does a column
that has whole numbers above 2**53 beside numbers with a point, which would cost them digits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any

Convert = Callable[[str], Any]

_WHOLE = re.compile(r"0|-?[1-9]\d*", re.ASCII)
_NUMBER = re.compile(r"-?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_WORDS = {"true": True, "false": False}
_EXACT = 2**53
"""Up to here every whole number is a float as well."""


def _bool(text: str) -> bool:
    return _WORDS[text.lower()]


def _int(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError
    return int(text)


def _float(text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else math.inf
    if math.isinf(value):  # so large that nothing of it would be left
        raise ValueError
    if abs(value) >= _EXACT and _WHOLE.fullmatch(text) and abs(int(text)) > _EXACT:
        raise ValueError
    return value


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text)


def _moment(text: str, *, offset: bool) -> datetime:
    match = _MOMENT.fullmatch(text)
    if match is None or (match[3] is not None) is not offset:
        raise ValueError
    return datetime.fromisoformat(text)


_KINDS: tuple[Convert, ...] = (
    _bool, _int, _float, _day, partial(_moment, offset=True), partial(_moment, offset=False)
)  # fmt: skip
_INTS = _KINDS.index(_int)


class ColumnGuess:
    """What a column may hold, given the texts that were seen."""

    __slots__ = ("_kind", "_largest", "_seen")

    def __init__(self) -> None:
        self._kind = 0
        self._seen = ""
        self._largest = 0

    def see(self, text: str) -> None:
        """Take one more field into account."""
        if not text or self._kind == len(_KINDS) or self._holds(text):
            return
        # A kind that comes late must hold the earlier texts too. Only of whole numbers can some be of
        # a later kind and others not, those that a float would cut; so the largest of them is kept.
        seen = self._seen
        while self._kind < len(_KINDS):
            self._kind += 1
            if self._kind < len(_KINDS) and self._holds(text) and (not seen or self._holds(seen)):
                return

    def _holds(self, text: str) -> bool:
        try:
            value = _KINDS[self._kind](text)
        except (ValueError, KeyError):
            return False
        if self._kind != _INTS:
            self._seen = self._seen or text
        elif not self._seen or abs(value) > self._largest:
            self._seen, self._largest = text, abs(value)
        return True

    def convert(self, text: str) -> Any:
        """The value of a field.

        Raises:
            ValueError: it is not of the kind that the texts before were of.
        """
        if self._kind == len(_KINDS):
            return text
        try:
            return _KINDS[self._kind](text) if text else None
        except KeyError:
            raise ValueError from None
