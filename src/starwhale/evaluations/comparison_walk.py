"""Rows of several tables side by side, joined by key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

Key = int | str
Row = dict[str, Any]


def walk(tables: Sequence[Iterable[tuple[Key, Row]]]) -> Iterator[tuple[Key, list[Row | None]]]:
    """Walk tables side by side; of each only the row at hand is in memory.

    Args:
        tables: Keys and rows in key order, ints before strings, as a table is scanned.

    Yields:
        Each key that some table has, with its row in each; None where a table lacks it.
    """
    rests = [iter(table) for table in tables]
    heads = [next(rest, None) for rest in rests]
    while True:
        there = [head[0] for head in heads if head is not None]
        if not there:
            return
        key = there[0]
        # Mostly every table has every key, and then nothing has to be put in order.
        if any(each != key for each in there):
            key = min(there, key=_order)
        rows: list[Row | None] = []
        for place, head in enumerate(heads):
            if head is not None and head[0] == key:
                rows.append(head[1])
                heads[place] = next(rests[place], None)
            else:
                rows.append(None)
        yield key, rows


def _order(key: Key) -> tuple[bool, Any]:
    return (isinstance(key, str), key)
