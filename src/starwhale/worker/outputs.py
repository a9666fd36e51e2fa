"""Outputs of `predict` on their way into typed columns, and back in their own shape.

In a table every entry of a dict becomes a column of its own (``output/score``), so that results can be
filtered and sorted. Mode ``plain`` leaves it at that. Mode ``pickle`` owes `evaluate` the value that
`predict` returned: entries are put together again, a dict that would not survive this is kept whole in a
tuple of one, and only what no column can hold is pickled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from starwhale.core.errors import UnsupportedValue
from starwhale.core.handlers import LogMode
from starwhale.core.types.registry import logical_name
from starwhale.storage.layers.media import Pickled

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
# Of one word of a column name; the whole name may be 512 long.
_LONGEST = 60


class PredictResults:
    """What `evaluate` iterates over: rows of the table ``results`` whose calls had succeeded.

    Args:
        job: Id of the job; pickled outputs are read inside it only.
        scan: Starts a scan over the table, failed rows included.
    """

    def __init__(self, job: str, scan: Callable[[], Iterator[dict[str, Any]]]) -> None:
        self._job = job
        self._scan = scan
        self._rows = scan()
        self._failed = 0
        self._ended = False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self

    def __next__(self) -> dict[str, Any]:
        for row in self._rows:
            if row.get(ERROR) is None:
                return evaluated_row(row, self._job)
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
                yield {**evaluated_row(row, self._job), "error": row[ERROR], "error_at": row.get(ERROR_AT)}


def output_columns(value: Any, mode: str) -> dict[str, Any]:
    """What is logged for one output, by column.

    Raises:
        UnsupportedValue: no column can hold it, and it cannot be pickled either.
    """
    if mode == LogMode.PLAIN or type(value) in _EXACT:
        return {OUTPUT: value}
    try:
        return _restorable(value)
    except RecursionError:
        return pickled_columns(value)


def _restorable(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        return {OUTPUT: value if holds(value) else _pickled(value)}
    if _spreads(value):
        return {OUTPUT: {key: each if holds(each) else _pickled(each) for key, each in value.items()}}
    return {OUTPUT: (value,), WHOLE: True} if holds(value) else {OUTPUT: _pickled(value)}


def pickled_columns(value: Any) -> dict[str, Any]:
    """The same for an output that was refused although it had looked harmless, as text with half a sign."""
    return {OUTPUT: _pickled(value)}


def evaluated_row(row: Mapping[str, Any], job: str) -> dict[str, Any]:
    """A row of the table ``results`` as `evaluate` sees it: features under ``input``, the output in shape."""
    restore = row.get("_mode", LogMode.PICKLE) == LogMode.PICKLE
    seen: dict[str, Any] = {}
    inputs: dict[str, Any] = {}
    for name, value in row.items():
        if name.startswith(INPUT):
            inputs[name[len(INPUT) :]] = value
        elif name == OUTPUT:
            seen[OUTPUT] = value[0] if row.get(WHOLE) else _revived(value, job)
        elif restore and name.startswith(_NESTED):
            _put(seen.setdefault(OUTPUT, {}), name[len(_NESTED) :].split("/"), _revived(value, job))
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
    return logical_name(kind) is not None


def _spreads(value: dict[Any, Any]) -> bool:
    """Whether the entries of a dict may become columns and still be put together again."""
    if not value:
        return False
    for key, each in value.items():
        if type(key) is not str or not key.isprintable() or "/" in key or not key or len(key) > _LONGEST:
            return False
        if type(each) is dict and each and not (_spreads(each) and holds(each)):
            return False
    return True


def _pickled(value: Any) -> Pickled:
    try:
        return Pickled.of(value)
    except Exception as exc:
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        raise UnsupportedValue(
            f"an output of type {kind} has no stored form and cannot be pickled: {exc}",
            hint="return numbers, text, lists, dicts, arrays or Starwhale's data types",
        ) from exc


def _revived(value: Any, job: str) -> Any:
    return value.load(job) if type(value) is Pickled else value


def _put(tree: dict[str, Any], path: list[str], value: Any) -> None:
    for word in path[:-1]:
        tree = tree.setdefault(word, {})
    tree[path[-1]] = value
