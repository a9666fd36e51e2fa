"""What the text of a column stands for.

A column is of the first of these kinds that all its texts are of: true or false, whole numbers,
numbers, days (``2024-02-29``), moments (ISO 8601). Empty fields say nothing and become None; so
does every field of a column of empty fields. Text that only looks like a number to some stays text:
``007``, ``1,5``, ``nan``, ``0x1f``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

Convert = Callable[[str], Any]

_WHOLE = re.compile(r"[+-]?(0|[1-9]\d*)", re.ASCII)
_NUMBER = re.compile(r"[+-]?((0|[1-9]\d*)(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_WORDS = {"true": True, "false": False}


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
    return value


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text)


def _moment(text: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise ValueError
    return datetime.fromisoformat(text)


_KINDS: tuple[Convert, ...] = (_bool, _int, _float, _day, _moment)


class ColumnGuess:
    """What a column may hold, given the texts that were seen."""

    __slots__ = ("_kind", "_seen")

    def __init__(self) -> None:
        self._kind = 0
        self._seen: str | None = None

    def see(self, text: str) -> None:
        """Take one more field into account."""
        if not text or self._kind == len(_KINDS):
            return
        while self._kind < len(_KINDS) and not self._fits(text):
            self._kind += 1
        self._seen = self._seen or text

    def _fits(self, text: str) -> bool:
        kind = _KINDS[self._kind]
        try:
            kind(text)
            # A kind that comes late must hold the earlier texts too; ints are the only ones that do.
            if self._seen is not None:
                kind(self._seen)
        except (ValueError, KeyError):
            return False
        return True

    def convert(self, text: str) -> Any:
        """The value of a field."""
        if not text:
            return None if self._typed else text
        return _KINDS[self._kind](text) if self._typed else text

    @property
    def _typed(self) -> bool:
        return self._kind < len(_KINDS)
