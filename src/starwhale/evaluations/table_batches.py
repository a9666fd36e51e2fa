"""Batches of rows as clients send them, every value checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from starwhale.core.errors import Corrupted, UsageError
from starwhale.evaluations.results import check_name
from starwhale.storage.tables.frames import HEADER, decode_frame
from starwhale.storage.tables.told import heard

if TYPE_CHECKING:
    from starwhale.storage.layers.format import Key

MOST_ROWS = 50_000
Row = tuple["Key", dict[str, Any] | None]


def read_batch(data: bytes) -> tuple[int, dict[str, list[Row]]]:
    """The sequence and the rows of a batch, every value checked.

    Raises:
        UsageError: it is none.
    """
    try:
        changes = decode_frame(data, "the batch")
        sequence = int(HEADER.unpack_from(data)[1])
    except (Corrupted, ValueError) as exc:
        raise UsageError("this is no batch, or it was damaged on its way", hint="send it again") from exc
    tables: dict[str, list[Row]] = {}
    many, known = 0, set[str]()
    for change in cast("list[Any]", changes):
        if not _is_pair(change) or not isinstance(change[0], str) or not isinstance(change[1], list):
            raise UsageError("a batch holds pairs of a table and its rows")
        if change[0]:
            check_name(change[0], "table")
        rows = [_row(row, known) for row in cast("list[Any]", change[1])]
        tables.setdefault(change[0], []).extend(rows)
        many += len(rows)
    if many > MOST_ROWS or sequence < 1:
        raise UsageError(f"a batch has at most {MOST_ROWS:,} rows, and batches are counted from 1")
    return sequence, tables


def _is_pair(given: Any) -> bool:
    return isinstance(given, list) and len(cast("list[Any]", given)) == 2


def _row(given: Any, known: set[str]) -> Row:
    if not _is_pair(given) or not (given[1] is None or isinstance(given[1], dict)):
        raise UsageError("a row is a pair of its key and its values")
    key = given[0]
    if type(key) is int:
        if not -(2**63) <= key < 2**63:
            raise UsageError("a key is text, or a whole number of 64 bits")
    elif type(key) is not str or len(key) > 4096:
        raise UsageError("a key is text, or a whole number of 64 bits")
    return key, None if given[1] is None else heard_row(given[1], known)


def heard_row(values: Mapping[str, Any], known: set[str] | None = None) -> dict[str, Any]:
    """Values of a row, checked.

    Args:
        values: As they were sent.
        known: Names of columns that were checked before.
    """
    known = set() if known is None else known
    for name in values.keys() - known:
        check_name(name, "column")
        known.add(name)
    return {name: heard(value, name) for name, value in values.items()}
