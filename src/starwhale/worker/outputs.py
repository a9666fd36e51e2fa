"""Outputs of `predict` on their way into typed columns, and back in their own shape.

In a table every entry of a dict becomes a column of its own (``output/score``), so that results can be
filtered and sorted. Mode ``plain`` leaves it at that. Mode ``pickle`` owes `evaluate` the value that
`predict` returned: entries are put together again, a dict that would not survive this is kept whole in a
tuple of one, and only what no column can hold is pickled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from starwhale.core.handlers import LogMode

INPUT = "input/"
OUTPUT = "output"
# Columns of our own begin like the older `_index` and `_mode`: a column "error" of the user's stays his.
ERROR = "_error"
ERROR_AT = "_error_at"
WHOLE = "_whole"

_NESTED = f"{OUTPUT}/"
_HIDDEN = frozenset({ERROR, ERROR_AT, WHOLE})
_EXACT = frozenset(
    {type(None), bool, int, float, complex, str, bytes, datetime, date, time, timedelta, Decimal, UUID}
)
_COLUMN = re.compile(r"[A-Za-z0-9_: -]+")


class PredictResults:
    """What `evaluate` iterates over: rows of the table ``results`` whose calls had succeeded.

    Args:
        scan: Starts a scan over the table, failed rows included.
    """

    def __init__(self, scan: Callable[[], Iterator[dict[str, Any]]]) -> None:
        self._scan = scan
        self._rows = scan()
        self._failed = 0
        self._ended = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self

    def __next__(self) -> dict[str, Any]:
        for row in self._rows:
            if row.get(ERROR) is None:
                return evaluated_row(row)
            self._failed += 1
        self._ended = True
        raise StopIteration

    @property
    def failed(self) -> int:
        """How many rows failed, of the whole table."""
        return self._failed if self._ended else sum(1 for _ in self.failures())

    def failures(self) -> Iterator[dict[str, Any]]:
        """The rows that failed, each with ``error`` and ``error_at``."""
        for row in self._scan():
            if row.get(ERROR) is not None:
                yield {**evaluated_row(row), "error": row[ERROR], "error_at": row.get(ERROR_AT)}


def output_columns(value: Any, mode: str) -> dict[str, Any]:
    """What is logged for one output, by column."""
    if mode == LogMode.PLAIN or type(value) in _EXACT:
        return {OUTPUT: value}
    if type(value) is dict and _spreads(cast("dict[Any, Any]", value)):
        return {OUTPUT: {key: each if holds(each) else _pickled(each) for key, each in value.items()}}
    if not holds(value):
        return {OUTPUT: _pickled(value)}
    if _has_dict_or_media(value):
        return {OUTPUT: (value,), WHOLE: True}
    return {OUTPUT: value}


def pickled_columns(value: Any) -> dict[str, Any]:
    """The same for an output that was refused although it had looked harmless, as text with half a sign."""
    return {OUTPUT: _pickled(value)}


def evaluated_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the table ``results`` as `evaluate` sees it: features under ``input``, the output in shape."""
    restore = row.get("_mode", LogMode.PICKLE) == LogMode.PICKLE
    seen: dict[str, Any] = {}
    inputs: dict[str, Any] = {}
    for name, value in row.items():
        if name.startswith(INPUT):
            inputs[name[len(INPUT) :]] = value
        elif name == OUTPUT:
            seen[OUTPUT] = value[0] if row.get(WHOLE) else _revived(value)
        elif restore and name.startswith(_NESTED):
            _put(seen.setdefault(OUTPUT, {}), name[len(_NESTED) :].split("/"), _revived(value))
        elif name not in _HIDDEN:
            seen[name] = value
    seen["input"] = inputs
    return seen


def holds(value: Any) -> bool:
    """Whether typed columns hold `value` and give it back as what it is."""
    kind = type(value)
    if kind in _EXACT:
        return True
    if kind is list or kind is tuple:
        return all(type(each) in _EXACT or holds(each) for each in value)
    if kind is dict:
        return all(type(key) in _EXACT and holds(each) for key, each in value.items())
    if kind.__module__ == "numpy":
        # Not only what looks like an array: subclasses of it would come back as their base.
        objects = getattr(getattr(value, "dtype", None), "hasobject", True)
        return objects is False and kind.__name__ not in {"matrix", "memmap", "recarray"}
    return _is_media(kind)


def _is_media(kind: type[Any]) -> bool:
    from starwhale.core.types.registry import logical_name

    return logical_name(kind) is not None


def _spreads(value: dict[Any, Any]) -> bool:
    """Whether the entries of a dict may become columns and still be put together again."""
    if not value:
        return False
    for key, each in value.items():
        if type(key) is not str or each is None or _COLUMN.fullmatch(key) is None:
            return False
        kind = type(each)
        if kind in _EXACT:
            continue
        if kind is dict and not (_spreads(each) and holds(each)):
            return False
        if kind in {list, tuple} and _has_dict_or_media(each):
            return False
    return True


def _has_dict_or_media(value: Any) -> bool:
    kind = type(value)
    if kind is list or kind is tuple:
        return any(type(each) not in _EXACT and _has_dict_or_media(each) for each in value)
    return kind is dict or (kind not in _EXACT and _is_media(kind) and hasattr(kind, "payload"))


def _pickled(value: Any) -> Any:
    from starwhale.storage.values import Pickled

    return Pickled.of(value)


def _revived(value: Any) -> Any:
    if type(value) in _EXACT:
        return value
    from starwhale.storage.values import Pickled

    return value.load() if isinstance(value, Pickled) else value


def _put(tree: dict[str, Any], path: list[str], value: Any) -> None:
    for word in path[:-1]:
        tree = tree.setdefault(word, {})
    tree[path[-1]] = value
