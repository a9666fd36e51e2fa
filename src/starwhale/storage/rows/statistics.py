"""What the columns of a snapshot hold, told column by column; media are counted, not read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

import orjson
import pyarrow as pa
from pyarrow import compute

from starwhale.storage.layers.batch import Batch
from starwhale.storage.layers.columns import build
from starwhale.storage.layers.format import DELETE, HAS, escape
from starwhale.storage.layers.tags import MIXED, Tag, describe
from starwhale.storage.rows.histogram import Histogram
from starwhale.storage.rows.merge import layer_rows, windows
from starwhale.storage.rows.snapshot import Snapshot

pc = cast("Any", compute)  # its functions are made when it is imported, and have no stubs
DISTINCT = 1000
"""Different values of a column that are counted; beyond that they are only said to be many."""

_ORDERED = frozenset({"int", "float", "datetime", "instant", "date", "time", "duration"})
_COUNTED = frozenset({"int", "str", "bool", "date"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnStatistics:
    """What one column holds.

    Attributes:
        name: Its name.
        type: Its type, in a word.
        count: Values that are not null.
        nulls: Rows in which it is null.
        absent: Rows that lack it.
        minimum: Lowest value, or length of text and lists; None where values have no order.
        maximum: Highest.
        mean: Mean, of numbers and lengths.
        size: Bytes of media.
        values: Values and how often each occurs, the most frequent first; empty where there are many.
        histogram: Ranges of numbers and lengths, each with how many lie in it; empty where there are none.
    """

    name: str
    type: str
    count: int
    nulls: int
    absent: int
    minimum: Any = None
    maximum: Any = None
    mean: float | None = None
    size: int | None = None
    values: tuple[tuple[Any, int], ...] = ()
    histogram: tuple[tuple[float, float, int], ...] = ()


def statistics(snapshot: Snapshot) -> list[ColumnStatistics]:
    """Statistics of all columns, in one pass over the rows."""
    tallies = {name: _Tally(name, tag) for name, tag in snapshot.manifest.columns.items()}
    for kind in (int, str):
        for window in windows(snapshot.layers(kind)):
            rows = _see(window, tallies)
            for tally in tallies.values():
                tally.rows += rows
    return [tally.told() for tally in tallies.values()]


def _see(window: list[Batch], tallies: dict[str, _Tally]) -> int:
    """Count a window; the number of its rows."""
    if len(window) == 1 and window[0].ops is None:
        batch = window[0]
        for name, tag in batch.tags.items():
            array = batch.arrow.column(batch.arrow.schema.get_field_index(escape(name)))
            place = batch.arrow.schema.get_field_index(HAS + name)
            if place >= 0:
                array = array.filter(batch.arrow.column(place))
            tallies[name].see(tag, array)
        return batch.rows
    _, merged = layer_rows(window)
    rows = [row.cells for row in merged if row.op != DELETE]
    for name, tally in tallies.items():
        cells = [row[name] for row in rows if name in row]
        if cells:
            tally.see(tally.tag, build(cells, tally.tag))
    return len(rows)


class _Tally:
    """Counts one column."""

    def __init__(self, name: str, tag: Tag) -> None:
        self.name = name
        self.tag = tag
        self.rows = 0
        self._seen = 0
        self._nulls = 0
        self._low: Any = None
        self._high: Any = None
        self._sum = 0.0
        self._summed = 0
        self._size = 0
        self._values: Counter[Any] | None = Counter()
        self._histogram = Histogram(whole=tag != "float")

    def see(self, tag: Tag, array: pa.Array) -> None:
        """Count some cells."""
        self._seen += len(array)
        self._nulls += array.null_count
        if array.null_count:
            array = array.drop_null()
        if len(array) == 0:
            return
        if isinstance(tag, tuple):
            self._see_compound(tag, array)
        elif tag in _ORDERED:
            self._see_ordered(tag, array)
        elif tag in ("str", "bytes"):
            lengths = pc.utf8_length(array) if tag == "str" else pc.binary_length(array)
            self._see_numbers(lengths)
        self._count(tag, array)

    def _see_compound(self, tag: tuple[Any, ...], array: Any) -> None:
        if tag[0] == "media":
            data, meta = array.field(0), array.field(1)
            self._size += pc.sum(pc.binary_length(data)).as_py() or 0
            if data.null_count:
                apart = meta.filter(pc.is_null(data)).to_pylist()
                self._size += sum(orjson.loads(text).get("blob", (0, 0))[1] for text in apart)
        elif tag[0] in ("list", "tuple"):
            self._see_numbers(pc.list_value_length(array))

    def _see_ordered(self, tag: str, array: Any) -> None:
        if tag in ("int", "float"):
            self._see_numbers(array)
            return
        if tag == "duration":
            # Arrow finds no extremes of these.
            found = pc.min_max(array.cast(pa.int64()))
            self._widen(*(timedelta(microseconds=found[each].as_py()) for each in ("min", "max")))
            return
        found = pc.min_max(array)
        self._widen(found["min"].as_py(), found["max"].as_py())

    def _see_numbers(self, array: Any) -> None:
        if pa.types.is_floating(array.type):
            array = array.filter(pc.is_finite(array))
            if len(array) == 0:
                return
        found = pc.min_max(array)
        self._widen(found["min"].as_py(), found["max"].as_py())
        # As floats: a sum of integers may leave 64 bits.
        floats = array.cast(pa.float64(), safe=False)
        self._sum += pc.sum(floats).as_py()
        self._histogram.see(floats.to_numpy(zero_copy_only=False))
        self._summed += len(array)

    def _widen(self, low: Any, high: Any) -> None:
        self._low = low if self._low is None or low < self._low else self._low
        self._high = high if self._high is None or high > self._high else self._high

    def _count(self, tag: Tag, array: pa.Array) -> None:
        if self._values is None:
            return
        if tag not in _COUNTED:
            self._values = None
            return
        for found in pc.value_counts(array).to_pylist():
            self._values[found["values"]] += found["counts"]
        if len(self._values) > DISTINCT:
            self._values = None

    def told(self) -> ColumnStatistics:
        """The outcome."""
        mixed = self.tag == MIXED
        return ColumnStatistics(
            name=self.name,
            type=describe(self.tag),
            count=self._seen - self._nulls,
            nulls=self._nulls,
            absent=self.rows - self._seen,
            minimum=None if mixed else self._low,
            maximum=None if mixed else self._high,
            mean=self._sum / self._summed if self._summed and not mixed else None,
            size=self._size if isinstance(self.tag, tuple) and self.tag[0] == "media" else None,
            values=() if self._values is None or mixed else tuple(_ranked(self._values)),
            histogram=() if mixed else self._histogram.told(),
        )


def _ranked(values: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(values.items(), key=lambda pair: (-pair[1], pair[0]))
